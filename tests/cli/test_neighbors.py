"""`embcmp neighbors` as its user meets it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

from tests.conftest import MAN, ROOT, Run
from tests.encoders import tiny
from tests.encoders.neural.test_masked_lm import save
from tests.schemas import schema

SCHEMA = schema("neighbors")
REFERENCE = "The boy is cold.\nTwo men stood here.\ngo post a few words today\nGo man the post!\n"


@pytest.fixture
def reference(tmp_path: Path) -> str:
    path = tmp_path / "reference.txt"
    path.write_text(REFERENCE)
    return str(path)


@pytest.fixture
def static(tiny_vectors: Path) -> list[str]:
    return ["-e", f"word2vec:{tiny_vectors}", "-e", f"context:{tiny_vectors}"]


@pytest.fixture(scope="module")
def with_head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("heads") / "tiny-masked", "BertForMaskedLM")


def test_table(
    run: Run, static: list[str], with_head: Path, reference: str, man_file: Path
) -> None:
    done = run(
        "neighbors", "man", "--sentences", str(man_file), "--reference", reference,
        *static, "-e", f"bert:{with_head}", env={"COLUMNS": "80"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"man: 3 occurrences ({man_file})"
    assert "one vector per type: the same for every use" in done.stdout
    assert "1  [Man], is it cold today?" in lines
    assert "2  Go [man] the post!" in lines
    assert done.stdout.count("man in other sentences: ") == 6
    assert done.stdout.count("in its place: ") == 3
    assert "the word itself, man ." in done.stdout


def test_verbose_shows_the_tokens_and_a_cut_is_a_warning(
    run: Run, tiny_bert: Path, reference: str
) -> None:
    args = ("neighbors", "manned", "-s", "-", "--reference", reference, "-e", f"bert:{tiny_bert}")
    text = f"go manned post\n{'the ' * 30}manned it\n"
    done = run("-v", *args, stdin=text)
    used = [line.strip() for line in done.stdout.splitlines() if "used: " in line]
    assert used == ["used: man ##n ##e ##d", "used: man ##n ##e ##d (cut)"]
    says = f"warning: bert:{tiny_bert}@3: 1 of 2 sentences are too long and were cut to a"
    assert says in done.stderr
    assert "used: " not in run(*args, stdin=text).stdout


def test_a_decoder_gets_a_warning(run: Run, reference: str, tmp_path: Path) -> None:
    spec = f"bert:{tiny.save('gpt2', tmp_path / 'gpt2')}"
    args = ("neighbors", "man", "-s", "-", "--reference", reference, "-e", spec)
    assert "warning: gpt2 reads from left to right" in run(*args, stdin="go man\n").stderr


@pytest.mark.parametrize("correct", ["none", "abtt"])
def test_json(
    run: Run, static: list[str], tiny_bert: Path, reference: str, man_file: Path, correct: str
) -> None:
    done = run(
        "neighbors", "man", "-s", str(man_file), "--reference", reference, "--top", "2",
        "--correct", correct, "--format", "json", *static, "-e", f"bert:{tiny_bert}@all",
    )  # fmt: skip
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    assert (found["correct"], found["top"]) == (correct, 2)
    assert found["reference"]["sentences"] == 4
    word2vec, context, bert = found["results"]
    [of_man] = word2vec["vocabulary"]
    assert len(of_man["neighbors"]) == 2
    assert [layer["layer"] for layer in bert["layers"]] == [0, 1, 2, 3]
    assert bert["substitutes"]["undefined"] == "the checkpoint has no masked-word head"
    for layer in (*context["layers"], *bert["layers"]):
        assert [o["id"] for o in layer["occurrences"]] == ["1", "2", "3"]
        second = layer["occurrences"][1]
        sentences = [n["sentence"] for n in second["other_words"] + second["same_word"]]
        assert len(second["other_words"]) == 2
        assert MAN[1] not in sentences  # its own sentence, which the reference has, too
    assert found["manifest"]["options"] == {
        "match": "word", "max_occurrences": 5, "strict": False, "top": 2,
        "device": "auto",
    }  # fmt: skip
    assert set(found["manifest"]["encoders"]) == {r["name"] for r in found["results"]}
    assert found["manifest"]["input"]["path"] == str(man_file)
    assert (f"word2vec:{static[1].partition(':')[2]}: the vocabulary is not corrected" in str(
        found["warnings"]
    )) == (correct != "none")  # fmt: skip


def test_the_same_bytes_every_time(run: Run, static: list[str], man_file: Path) -> None:
    def once() -> object:
        done = run("neighbors", "man", "-s", str(man_file), "--format", "json", *static)
        found = json.loads(done.stdout)
        del found["manifest"]["peak_memory_bytes"]
        return found

    assert once() == once()


def test_the_background_is_the_default(run: Run, static: list[str], man_file: Path) -> None:
    done = run("neighbors", "man", "-s", str(man_file), "--format", "json", *static)
    found = json.loads(done.stdout)
    assert found["reference"]["name"] == "embcmp's background"
    assert found["reference"]["sentences"] == 400
    [layer] = found["results"][1]["layers"]
    near = layer["occurrences"][0]["other_words"]
    assert near
    assert all(n["source"].startswith("background:") for n in near)


def test_an_own_encoder_has_substitutes(
    run: Run, tiny_vectors: Path, tmp_path: Path, reference: str
) -> None:
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("".join(f"the man of few words is n{i} today\n" for i in range(200)))
    kept = tmp_path / "kept.safetensors"
    done = run(
        "train", "lstm", "--corpus", str(corpus), "--vectors", str(tiny_vectors),
        "--tokens", "500", "--out", str(kept),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    done = run(
        "neighbors", "man", "-s", "-", "--reference", reference, "--format", "json",
        "-e", f"lstm:{kept}", stdin="the man of few words\n",
    )  # fmt: skip
    [result] = json.loads(done.stdout)["results"]
    [slot] = result["substitutes"]["occurrences"]
    assert len(slot["words"]) == 10
    assert slot["original"]["word"] == "man"
    assert 1 <= slot["original"]["rank"] <= slot["among"]


def test_a_sample_of_the_uses(run: Run, static: list[str], reference: str) -> None:
    text = "".join(f"the man is cold {i}\n" for i in range(9))
    done = run(
        "neighbors", "man", "-s", "-", "--reference", reference, "--max-occurrences", "2",
        "--format", "csv", *static, stdin=text,
    )  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len({r["id"] for r in rows if r["id"]}) == 2
    of_one = [r for r in rows if r["list"] == "same_word" and r["neighbor_id"]]
    assert len({r["neighbor_id"] for r in of_one}) == 9  # those that are not shown are searched
    assert "warning: 2 of 9 occurrences are shown, a sample drawn with seed 0" in done.stderr


def test_markdown_into_a_file(
    run: Run, static: list[str], man_file: Path, reference: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.md"
    args = ("--reference", reference, "--format", "markdown", "-o", str(out), *static)
    done = run("neighbors", "man", "-s", str(man_file), *args)
    assert (done.returncode, done.stdout) == (0, "")
    assert out.read_text().startswith("**man**: neighbors\n")
    assert run("neighbors", "man", "-s", str(man_file), *args[:-5], "-o", reference).returncode == 2


def test_hostile_text(run: Run, static: list[str], tmp_path: Path) -> None:
    hostile = "the boy is\x1b]0;owned\x07 cold \u202e\x00<b>"
    reference = tmp_path / "hostile.txt"
    reference.write_text(f"{hostile}\n")
    for form in ("table", "markdown", "csv", "json"):
        done = run(
            "neighbors", "man", "-s", "-", "--reference", str(reference), "--format", form,
            *static, stdin=hostile.replace("boy", "man") + "\nthe man is it\n",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert not set(done.stdout) & set("\x1b\x07\x00\u202e")
        assert "boy" in done.stdout


def test_a_use_without_a_vector(run: Run, static: list[str], reference: str) -> None:
    done = run(
        "neighbors", "man", "-s", "-", "--reference", reference, *static, stdin="man\nthe man is\n"
    )
    assert done.returncode == 0
    assert "there is no content word besides the target" in done.stdout
    assert "2 of 2 uses have no vector" in done.stderr
    assert run(
        "-q", "neighbors", "man", "-s", "-", "--reference", reference, *static, stdin="the man\n"
    ).stderr == ""  # fmt: skip


@pytest.mark.parametrize(
    ("args", "status", "says"),
    [
        (["-s", "none.txt"], 3, "none.txt: there is no such file"),
        (["-s", "-", "--reference", "none.txt"], 3, "none.txt: there is no such file"),
        (["-s", "-", "--reference", "-"], 2, "cannot be both"),
        (["-s", "-", "-e", "elmo"], 2, "there is no family 'elmo'"),
        (["-s", "-", "--top", "0"], 2, "--top"),
        (["-s", "-", "-e", "lstm:none"], 4, "none: cannot be read"),
        (["-s", "-", "-o", "no/folder/x"], 6, "cannot be written"),
        ([], 2, "--sentences"),
    ],
)
def test_errors_are_one_line(run: Run, args: list[str], status: int, says: str) -> None:
    done = run("neighbors", "man", *args, stdin="the man is cold\n")
    assert done.returncode == status
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert says in done.stderr


def test_a_word_that_does_not_occur(run: Run, static: list[str]) -> None:
    done = run("neighbors", "mam", "-s", "-", *static, stdin="the man is cold\n")
    assert done.returncode == 3
    assert "'mam' does not occur in the 1 sentence; similar words that occur: man" in done.stderr
    rows = "sentence\tword\nthe man is\tman\nnobody\tman\n"
    table = ["-s", "-", "--input-format", "tsv", "--strict"]
    strict = run("neighbors", "man", *table, *static, stdin=rows)
    assert strict.returncode == 3


def test_the_memory_of_a_search_changes_no_neighbor(run: Run, man_file: Path) -> None:
    vectors = ROOT / "fixtures" / "vectors" / "word2vec.txt"
    command = ("neighbors", "man", "-s", str(man_file), "-e", f"word2vec:{vectors}")
    first, second = run(*command), run(*command, "--memory", "64")
    assert (first.returncode, first.stdout) == (0, second.stdout)
    assert run(*command, "--memory", "0").returncode == 2
