from __future__ import annotations

import errno
import json
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from huggingface_hub import constants
from huggingface_hub.utils import close_session

from embcmp.encoders import load_encoder
from embcmp.errors import ModelError, OutputError, UsageError
from embcmp.models.checkpoints import find_checkpoint
from embcmp.models.hub import fetch, offline, verify_cached
from embcmp.types import Occurrence
from tests.commands import Run, run_code, run_on_terminal
from tests.models.hub import Hub
from tests.schemas import schema

WEIGHTS = bytes(range(256)) * 200  # 51,200 bytes
FILES = {
    "config.json": b'{"model_type": "bert"}',
    "tokenizer.json": b"{}",
    "model.safetensors": WEIGHTS,
}
BIG = "model.safetensors"


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    return tmp_path / "hub" / "models--org--tiny"


def refused(revision: str | None = None) -> ModelError:
    """The error that ends a fetch; it is one line that says what to do."""
    with pytest.raises(ModelError) as e:
        fetch("org/tiny", revision)
    assert e.value.exit_code == 4
    assert e.value.hint
    assert "\n" not in str(e.value)
    return e.value


def go_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on embcmp is offline, and a socket is an error."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    refuse_sockets(monkeypatch)


def refuse_sockets(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """From now on a socket is an error; its address is added to the list."""
    refused = []

    def guard(*place: object) -> None:
        refused.append(place)
        if isinstance(place[0], socket.socket):
            place[0].close()
        raise AssertionError("a socket was opened, or an address looked up")

    close_session()  # its connections are open already
    for owner, name in ((socket.socket, "connect"), (socket.socket, "connect_ex")):
        monkeypatch.setattr(owner, name, guard)
    monkeypatch.setattr(socket, "getaddrinfo", guard)
    return refused


def test_only_needed_files_are_downloaded(hub: Hub, storage: Path) -> None:
    names = ("pytorch_model.bin", "tf_model.h5", "onnx/model.onnx", "flax_model.msgpack")
    unwanted = dict.fromkeys(names, b"x")
    declared = {"tokenizer_config.json": b"{ }", "special_tokens_map.json": b"{  }"}
    wanted = {**FILES, **declared, "vocab.txt": b"[UNK]", "README.md": b"read me"}
    commit = hub.publish({**wanted, **unwanted})
    found = fetch("org/tiny")
    assert found == storage / "snapshots" / commit
    assert {p.name: p.read_bytes() for p in found.iterdir()} == wanted
    assert hub.sent() == {name: len(content) for name, content in wanted.items()}
    assert (storage / "refs" / "main").read_text() == commit
    assert not list(storage.rglob("*.incomplete"))


def test_the_modules_after_a_transformer_are_downloaded(hub: Hub, tiny_bert: Path) -> None:
    modules = {
        "modules.json": b"[]",
        "config_sentence_transformers.json": b"{}",
        "sentence_bert_config.json": b"{}",
        "1_Pooling/config.json": b"{}",
        "2_Dense/config.json": b"{}",
        "2_Dense/model.safetensors": b"dense",
    }
    unwanted = {"2_Dense/pytorch_model.bin": b"x", "0_Transformer/model.safetensors": b"x"}
    hub.publish({**FILES, **modules, **unwanted})
    folder = fetch("org/tiny")
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert found == {*FILES, *modules}
    assert verify_cached("org/tiny") == folder
    (folder / "2_Dense/model.safetensors").resolve().write_bytes(b"other")
    with pytest.raises(ModelError, match=r"2_Dense/model\.safetensors: is damaged"):
        verify_cached("org/tiny")


def test_a_tokenizer_of_several_files_is_downloaded_completely(hub: Hub) -> None:
    parts = {"vocab.json": b"{}", "merges.txt": b"a b", "special_tokens_map.json": b"{ }"}
    files = {n: c for n, c in FILES.items() if n != "tokenizer.json"}
    hub.publish({**files, **parts}, "refs/pr/1")
    folder = fetch("org/tiny", "refs/pr/1")
    assert {p.name for p in folder.iterdir()} == {*files, *parts}


def test_cached_files_are_not_downloaded_again(hub: Hub) -> None:
    hub.publish(FILES)
    fetch("org/tiny")
    hub.requests.clear()
    fetch("org/tiny")
    assert [r.path.partition("?")[0] for r in hub.requests] == [
        "/api/models/org/tiny/revision/main"
    ]


def test_a_cached_commit_needs_no_request(hub: Hub) -> None:
    commit = hub.publish(FILES)
    fetch("org/tiny", commit)
    hub.requests.clear()
    assert fetch("org/tiny", commit).name == commit
    assert hub.requests == []


def test_vectors_equal_those_of_a_local_folder(hub: Hub, tiny_bert: Path) -> None:
    commit = hub.publish_folder(tiny_bert)
    use = [Occurrence("1", "man", "go man the post!", 3, 6)]
    fetched, local = load_encoder("bert:org/tiny,revision=main"), load_encoder(f"bert:{tiny_bert}")
    np.testing.assert_array_equal(fetched.encode(use).vectors, local.encode(use).vectors)
    assert fetched.info.fingerprint == local.info.fingerprint
    assert (fetched.info.model, fetched.info.revision) == ("org/tiny", commit)
    assert fetched.info.name == "bert:org/tiny@3,revision=main"
    assert local.info.revision is None


def test_untrained_weights_are_not_fetched(hub: Hub, storage: Path, tiny_bert: Path) -> None:
    old = hub.publish_folder(tiny_bert)
    target = [Occurrence("1", "man", "go man", 3, 6)]
    drawn = load_encoder("bert:org/tiny,weights=random").encode(target).vectors
    assert BIG not in hub.sent()
    expected = load_encoder(f"bert:{tiny_bert},weights=random").encode(target).vectors
    np.testing.assert_array_equal(drawn, expected)
    load_encoder("bert:org/tiny")
    assert hub.sent()[BIG] == (tiny_bert / BIG).stat().st_size
    new = hub.publish_folder(tiny_bert, **{"README.md": b"new"})
    assert fetch("org/tiny", weights=False).name == new
    assert (storage / "refs" / "main").read_text() == old  # the new commit lacks its weights
    assert fetch("org/tiny").name == new
    assert (storage / "refs" / "main").read_text() == new


def test_pickled_weights_are_no_problem_if_weights_are_not_needed(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {n: c for n, c in FILES.items() if n != BIG} | {"pytorch_model.bin": b"x"}
    commit = hub.publish(files)
    assert fetch("org/tiny", weights=False).name == commit
    assert set(hub.sent()) == {"config.json", "tokenizer.json"}
    go_offline(monkeypatch)
    assert fetch("org/tiny", weights=False).name == commit
    assert "there is no model.safetensors" in refused().message


def test_a_shard_with_a_name_that_no_system_allows(hub: Hub) -> None:
    name = "x" * 5000
    index = json.dumps({"weight_map": {"a": name}}).encode()
    hub.publish(
        {
            "config.json": b"{}",
            "tokenizer.json": b"{}",
            "model.safetensors.index.json": index,
            name: b"x",
        }
    )
    with pytest.raises(ModelError, match="File name too long"):
        fetch(hub.repo)


def test_shards_are_downloaded_with_their_index(hub: Hub) -> None:
    shards = {"a.safetensors": b"a" * 5000, "b.safetensors": b"b" * 5000}
    index = {"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}}
    files = {n: c for n, c in FILES.items() if n != BIG} | shards
    hub.publish({**files, "model.safetensors.index.json": json.dumps(index).encode()})
    assert {p.name for p in fetch("org/tiny").iterdir()} >= set(shards)
    del files["b.safetensors"]
    hub.publish({**files, "model.safetensors.index.json": json.dumps(index).encode() + b"\n"})
    assert "has no b.safetensors, which its index names" in refused().message


def test_a_lost_connection_is_resumed(hub: Hub) -> None:
    hub.publish(FILES)
    hub.cuts[BIG] = [20_000, 9_000]
    folder = fetch("org/tiny")
    assert (folder / BIG).read_bytes() == WEIGHTS
    assert hub.sent()[BIG] == len(WEIGHTS)
    ranges = [r.headers.get("Range") for r in hub.requests if r.path.startswith("/storage")]
    assert ranges == [None, "bytes=20000-", "bytes=29000-"]


def test_a_later_run_downloads_only_the_rest(hub: Hub, storage: Path) -> None:
    hub.publish(FILES)
    hub.cuts[BIG] = [30_000] + [0] * 20
    error = refused()
    assert error.message.endswith(
        f"{BIG}: the connection to the hub was lost (RemoteProtocolError)"
    )
    assert error.hint == "run the command again: what has been downloaded is kept"
    assert not (storage / "refs").exists()
    assert len(list((storage / "blobs").glob("*.incomplete"))) == 1
    hub.cuts.clear()
    hub.requests.clear()
    assert (fetch("org/tiny") / BIG).read_bytes() == WEIGHTS
    assert hub.sent() == {BIG: len(WEIGHTS) - 30_000}
    assert not list(storage.rglob("*.incomplete"))


@pytest.mark.process("the run is killed with SIGKILL")
def test_the_download_of_a_killed_run_is_resumed(hub: Hub, tmp_path: Path) -> None:
    hub.publish(FILES)
    kill = (
        "import os, huggingface_hub.file_download as f\n"
        "real = f.http_get\n"
        "def get(url, file, **k):\n"
        "    if 'safetensors' not in url: return real(url, file, **k)\n"
        "    class File:\n"
        "        def write(self, data):\n"
        "            file.write(data); file.flush()\n"
        "            if file.tell() > 0: os.kill(os.getpid(), 9)\n"
        "    real(url, File(), **k)\n"
        "f.http_get = get; f.constants.DOWNLOAD_CHUNK_SIZE = 8000\n"
        "from embcmp.models.hub import fetch; fetch('org/tiny')"
    )
    env = {"HF_ENDPOINT": hub.url, "HF_HUB_CACHE": str(tmp_path / "hub")}
    done = run_code(kill, env=env)
    assert done.returncode == -9
    (part,) = (tmp_path / "hub").rglob("*.incomplete")
    came = part.stat().st_size
    assert 0 < came < len(WEIGHTS)
    hub.requests.clear()
    assert (fetch("org/tiny") / BIG).read_bytes() == WEIGHTS
    assert hub.sent() == {BIG: len(WEIGHTS) - came}


def test_a_resumed_download_of_another_file_is_refused(hub: Hub, storage: Path) -> None:
    hub.publish(FILES)
    hub.cuts[BIG] = [30_000] + [0] * 20
    refused()
    (part,) = storage.rglob("*.incomplete")
    part.write_bytes(b"x" * 30_000)
    hub.cuts.clear()
    assert "its sha256 is not" in refused().message
    assert (fetch("org/tiny") / BIG).read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (BIG, b"?" + WEIGHTS[1:], "its sha256 is not "),
        (BIG, WEIGHTS[:100], "100 bytes instead of 51,200"),
        (BIG, WEIGHTS + b"more", "more than 51,200 bytes"),
        ("config.json", b'{"model_type": "tree"}', "its git blob id is not "),
    ],
    ids=["digest", "short", "long", "small file"],
)
def test_files_that_differ_from_the_listing_are_refused(
    hub: Hub, storage: Path, name: str, content: bytes, says: str
) -> None:
    hub.publish(FILES)
    hub.served[name] = content
    message = refused().message
    assert f"{name}: the file from {hub.url}/org/tiny/resolve/" in message
    assert f"{name} is not the one that is listed: {says}" in message
    assert content not in {p.read_bytes() for p in storage.rglob("*") if p.is_file()}
    assert not (storage / "refs").exists()
    hub.served.clear()
    assert (fetch("org/tiny") / name).read_bytes() == FILES[name]


def test_a_listed_file_that_cannot_be_downloaded(hub: Hub) -> None:
    hub.publish(FILES)
    hub.lost = {BIG}
    error = refused()
    assert error.message == f"org/tiny: {BIG}: is listed by the hub but cannot be downloaded (404)"
    assert error.hint == "try again later, or name another revision"


def test_the_token_is_sent_to_the_hub_only(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    hub.publish(FILES)
    fetch("org/tiny")
    told = {r.path.split("/")[1]: r.headers.get("authorization") for r in hub.requests}
    assert told == {"api": "Bearer hf_secret", "org": "Bearer hf_secret", "storage": None}


def test_a_model_that_was_renamed(hub: Hub) -> None:
    commit = hub.publish(FILES)
    assert (fetch("old/tiny") / BIG).read_bytes() == WEIGHTS
    assert fetch("old/tiny").name == commit


@pytest.mark.parametrize(
    ("status", "code", "says", "hint"),
    [
        (
            401,
            None,
            "no such model is visible on the hub (401)",
            "check the name; for a private model",
        ),
        (
            404,
            "RepoNotFound",
            "no such model is visible on the hub (404)",
            "check the name; for a",
        ),
        (
            403,
            "GatedRepo",
            "is gated, and the hub does not let you download it (403)",
            "accept its",
        ),
        (403, None, "the hub refuses access to it (403)", "check the name, and log in"),
        (404, "RevisionNotFound", "has no revision 'v9'", "name a branch, a tag or a commit"),
        (503, None, "the hub is busy or down (503, asked 4 times)", "try again later"),
        (429, None, "the hub is busy or down (429, asked 4 times)", "try again later"),
    ],
)
def test_refusals_of_the_hub(hub: Hub, status: int, code: str | None, says: str, hint: str) -> None:
    hub.publish(FILES, "v9")
    hub.fails["/api/"] = [status] * 9
    hub.codes = {status: code} if code else {}
    error = refused("v9")
    assert error.message.startswith("org/tiny: ")
    assert error.message.endswith(says)
    assert error.hint.startswith(hint)


def test_a_gated_file(hub: Hub) -> None:
    hub.publish(FILES)
    hub.fails["/resolve/"] = [403]
    hub.codes = {403: "GatedRepo"}
    assert "config.json: is gated" in refused().message


def test_a_busy_hub_is_asked_again(hub: Hub) -> None:
    hub.publish(FILES)
    hub.fails = {"/api/": [503, 502], "/storage/": [503, 504, 500]}
    assert (fetch("org/tiny") / BIG).read_bytes() == WEIGHTS
    assert sum(r.path.startswith("/storage/") for r in hub.requests) == 4


def test_a_cached_model_works_while_the_hub_is_down(hub: Hub) -> None:
    hub.publish(FILES)
    found = fetch("org/tiny")
    hub.fails["/api/"] = [503] * 9
    assert fetch("org/tiny") == found


def test_no_network(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.publish(FILES)
    commit = fetch("org/tiny").name
    with socket.socket() as closed:  # bound and not listening: nobody else answers there
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        assert fetch("org/tiny").name == commit
        error = refused("v2")
    assert error.message.endswith("and the hub cannot be reached (ConnectError)")
    assert error.hint.startswith("check the network, or name a local folder")


def test_a_cached_model_works_offline(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.publish(FILES)
    found = fetch("org/tiny")
    go_offline(monkeypatch)
    assert fetch("org/tiny") == found
    assert fetch("org/tiny", found.name) == found


def test_the_offline_error_lists_what_would_be_downloaded(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish(FILES)
    go_offline(monkeypatch)
    error = refused("v2")
    assert error.message == "org/tiny: is not in the local cache"
    assert error.hint == (
        "leave out --offline to fetch config.json, tokenizer and safetensors weights of revision v2"
        " from the hub, or name a local folder"
    )


def test_an_incomplete_cached_model_is_refused_offline(
    hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fetch_as_other_tools(hub, storage)
    (folder / BIG).unlink()
    go_offline(monkeypatch)
    assert (
        f"is not complete in the local cache ({folder}: there is no {BIG} with" in refused().message
    )


def fetch_as_other_tools(hub: Hub, storage: Path) -> Path:
    """A snapshot of main in the cache as other tools write it: links to blobs."""
    folder = fetch_commit(hub)
    (storage / "refs").mkdir(exist_ok=True)
    (storage / "refs" / "main").write_text(folder.name)
    return folder


def fetch_commit(hub: Hub) -> Path:
    return fetch("org/tiny", hub.publish(FILES))


def test_a_damaged_file_is_detected_offline_and_downloaded_again_online(
    hub: Hub, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fetch_as_other_tools(hub, storage)
    (folder / BIG).resolve().write_bytes(b"?" + WEIGHTS[1:])
    with monkeypatch.context() as offline_now:
        offline_now.setenv("HF_HUB_OFFLINE", "1")
        assert f"{BIG}: is damaged: its sha256 is not " in refused().message
    assert (fetch("org/tiny") / BIG).read_bytes() == WEIGHTS


def test_a_branch_is_updated_after_all_files_are_downloaded(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = hub.publish(FILES)
    fetch("org/tiny")
    new = hub.publish({**FILES, BIG: WEIGHTS[::-1]})
    hub.cuts[BIG] = [1000] + [0] * 20
    assert fetch_or_none() is None
    with monkeypatch.context() as offline_now:
        offline_now.setenv("HF_HUB_OFFLINE", "1")
        assert fetch("org/tiny").name == old
    hub.cuts.clear()
    assert fetch("org/tiny").name == new
    assert (fetch("org/tiny") / BIG).read_bytes() == WEIGHTS[::-1]
    assert (fetch("org/tiny", old) / BIG).read_bytes() == WEIGHTS


def fetch_or_none() -> Path | None:
    try:
        return fetch("org/tiny")
    except ModelError:
        return None


def test_a_branch_is_the_same_commit_during_a_run(hub: Hub) -> None:
    old = hub.publish(FILES)
    first = find_checkpoint("org/tiny")
    hub.publish({**FILES, BIG: WEIGHTS[::-1]})
    assert find_checkpoint("org/tiny") == first
    assert first.revision == old


def test_concurrent_runs_download_a_file_once(hub: Hub) -> None:
    hub.publish(FILES)
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: fetch("org/tiny"), range(4)))
    assert {(f / BIG).read_bytes() for f in folders} == {WEIGHTS}
    assert hub.sent()[BIG] == len(WEIGHTS)


@pytest.mark.parametrize(
    ("lacks", "has", "says", "hint"),
    [
        (BIG, "pytorch_model.bin", "has no safetensors weights", "pytorch_model.bin is a pickle"),
        (BIG, "tf_model.h5", "has no safetensors weights", "name a model that has them"),
        ("config.json", "modules.json", "has no config.json", "name a model that transformers"),
        ("tokenizer.json", "x.json", "has no tokenizer", "it is usually in tokenizer.json"),
    ],
)
def test_unusable_models_are_refused_before_the_download(
    hub: Hub, lacks: str, has: str, says: str, hint: str
) -> None:
    hub.publish({n: c for n, c in FILES.items() if n != lacks} | {has: b"x"})
    error = refused()
    assert error.message == f"org/tiny: {says}"
    assert error.hint.startswith(hint)
    assert not hub.sent()


def test_a_hub_without_digests_is_refused(hub: Hub) -> None:
    hub.publish(FILES)
    hub.undigested = True
    assert "lists no commit of it, or no digests of its files" in refused().message


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk(hub: Hub, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    hub.publish(FILES)

    def full(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        error = refused()
    assert "config.json: the disk with " in error.message
    assert error.hint == "free 22 bytes there, or set HF_HOME to another disk"
    assert (fetch("org/tiny") / BIG).read_bytes() == WEIGHTS


def test_a_cache_that_cannot_be_written(hub: Hub, tmp_path: Path) -> None:
    hub.publish(FILES)
    (tmp_path / "hub").write_text("a file where the folder should be")
    error = refused()
    assert "cannot be written: Not a directory" in error.message
    assert error.hint.endswith("set HF_HOME to another folder")


def test_a_reference_that_cannot_be_written(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.publish(FILES)

    def fails(*_: object) -> None:
        raise OutputError("no")

    monkeypatch.setattr("embcmp.models.hub.write_whole", fails)
    assert refused().message.endswith("refs/main: cannot be written")


@pytest.mark.parametrize("source", ["a--b", "org/name.git", "x" * 97, "org/name."])
def test_an_impossible_model_name(source: str) -> None:
    with pytest.raises(
        ModelError, match="and no model on the hub can have that name; check the name"
    ):
        find_checkpoint(source)


@pytest.mark.parametrize("source", ["all-MiniLM-L6-v2", None, "."])
def test_only_the_hub_has_revisions(source: str | None) -> None:
    with pytest.raises(UsageError, match="only models on the hub have revisions") as e:
        find_checkpoint(source, "main")
    assert e.value.exit_code == 2


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_by_the_environment(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert not offline()
    monkeypatch.setenv(variable, "1")
    assert offline()


@pytest.mark.parametrize("tokenizer", ["tokenizer.json", "vocab.txt"])
def test_the_command_line_records_the_commit_and_then_needs_no_network(
    run: Run,
    hub: Hub,
    tiny_bert: Path,
    man_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    tokenizer: str,
) -> None:
    files = {p.name: p.read_bytes() for p in tiny_bert.iterdir()}
    if tokenizer == "vocab.txt":  # transformers reads it
        pieces = json.loads(files.pop("tokenizer.json"))["model"]["vocab"]
        files |= {"vocab.txt": "\n".join(sorted(pieces, key=pieces.get)).encode()}
    commit = hub.publish(files)
    args = ("compare", "man", "-s", str(man_file), "-e", "bert:org/tiny", "--format", "json")
    first = run(*args)
    assert (first.returncode, first.stderr) == (0, "")
    name = "bert:org/tiny@3"
    jsonschema.validate(json.loads(first.stdout), schema("comparison"))
    assert json.loads(first.stdout)["manifest"]["revisions"] == {name: commit}
    refused = refuse_sockets(monkeypatch)
    again = run("--offline", *args)
    assert (again.returncode, again.stderr) == (0, "")
    both = [json.loads(done.stdout)["results"][0] for done in (first, again)]
    assert both[0]["similarity"] == both[1]["similarity"]
    assert not refused
    run(*args)
    assert refused  # the guard is there


def test_an_error_of_the_hub_is_one_line(run: Run, hub: Hub, man_file: Path) -> None:
    hub.publish(FILES)
    hub.fails["/api/"] = [401] * 9
    done = run("compare", "man", "-s", str(man_file), "-e", "bert:org/tiny")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("embcmp: org/tiny: there is no folder of that name, and no such")
    assert done.stderr.count("\n") == 1


@pytest.mark.process("the hub's client reads whether to show progress when it is imported")
@pytest.mark.parametrize("quiet", [False, True])
def test_progress_is_shown_on_a_terminal(
    hub: Hub, man_file: Path, tmp_path: Path, quiet: bool
) -> None:
    hub.publish({**FILES, "config.json": b"{}"})  # nothing can be loaded from it
    args = ["compare", "man", "-s", str(man_file), "-e", "bert:org/tiny"]
    env = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "home")}
    done = run_on_terminal(*(["-q"] if quiet else []), *args, env=env, alone=True)
    assert (done.returncode, done.stdout) == (4, "")
    assert ("model.safetensors: 100%" in done.stderr) is not quiet
