"""What text the commands read: many files, formats, languages, and what they say of it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.commands import Run
from tests.schemas import schema


@pytest.fixture
def static(tiny_vectors: Path) -> list[str]:
    """The quickest encoder."""
    return ["-e", f"context:{tiny_vectors}"]


def compared(run: Run, *args: str) -> dict[str, Any]:
    done = run("compare", *args, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(found, schema("comparison"))
    return found


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_several_files_are_read_and_told_apart(run: Run, static: list[str], tmp_path: Path) -> None:
    write(tmp_path, old__a_txt="A cold man.\n", old__b_txt="The man ran.\n\nNobody.\n")
    (tmp_path / "new.txt.gz").write_bytes(gzip.compress(b"Go man the post!\n"))
    files = ["-s", str(tmp_path / "old"), "-s", str(tmp_path / "*.gz")]
    found = compared(run, "man", *files, *static)
    sources = [Path(o["source"]).name for o in found["occurrences"]]
    assert sources == ["a.txt:1", "b.txt:1", "new.txt.gz:1"]
    assert [Path(f["path"]).name for f in found["manifest"]["input"]] == [
        "a.txt",
        "b.txt",
        "new.txt.gz",
    ]
    assert all(len(f["sha256"]) == 64 for f in found["manifest"]["input"])
    assert "1 of 4 sentences do not contain 'man'" in found["warnings"]
    assert found["skipped"] == []


@pytest.mark.parametrize("command", ["compare", "neighbors", "reach"])
def test_every_command_reads_the_same_text(
    command: str, run: Run, static: list[str], tmp_path: Path
) -> None:
    write(
        tmp_path,
        a_csv="Text;Jahr;page\nA cold man is it today.;1901;3\n",
        b_csv="Text;Jahr;page\nThe man is cold today.;1902;4\n",
    )
    args = ["man", "-s", str(tmp_path), "--columns", "sentence=text,group=jahr", *static]
    done = run(command, *args, "--format", "json")
    assert done.returncode == 0, done.stderr
    text = json.dumps(json.loads(done.stdout))
    assert "A cold man is it today." in text or command == "reach"
    assert "a.csv" in text
    assert "b.csv" in text


def test_groups_units_and_other_columns_come_out_again(
    run: Run, static: list[str], tmp_path: Path
) -> None:
    write(tmp_path, a_csv="sentence,group,unit,page\nA cold man.,old,d1,3\nThe man.,new,,\n")
    found = compared(run, "man", "-s", str(tmp_path / "a.csv"), *static)
    assert [(o["group"], o["unit"], o["columns"]) for o in found["occurrences"]] == [
        ("old", "d1", {"page": "3"}),
        ("new", None, {}),
    ]


def test_standard_input_may_be_packed(run: Run, static: list[str]) -> None:
    packed = gzip.compress(b"A cold man.\nThe man.\n")
    done = run("compare", "man", "-s", "-", *static, "--format", "json", stdin=packed)
    assert len(json.loads(done.stdout)["occurrences"]) == 2


def test_split_context_and_language(run: Run, static: list[str], tmp_path: Path) -> None:
    write(tmp_path, a_txt="Es war kalt. Der alte Mann, z. B. er, kam. Niemand sprach.\n")
    args = ["Mann", "-s", str(tmp_path / "a.txt"), "--split", "--context", "1", "--lang", "de"]
    (use,) = compared(run, *args, *static)["occurrences"]
    assert use["sentence"] == "Es war kalt. Der alte Mann, z. B. er, kam. Niemand sprach."
    assert use["start"] == 22
    args = ["Mann", "-s", str(tmp_path / "a.txt"), "--split", "--lang", "de"]
    (use,) = compared(run, *args, *static)["occurrences"]
    assert use["sentence"] == "Der alte Mann, z. B. er, kam."


def test_what_is_asked_for_stands_in_the_manifest(
    run: Run, static: list[str], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes("Ein Männchen; ein Mann.\n".encode("cp1252"))
    args = ["Mann", "-s", str(tmp_path / "a.txt"), "--encoding", "cp1252", "--lang", "de"]
    found = compared(run, *args, *static)
    assert found["manifest"]["options"]["encoding"] == "cp1252"
    assert found["manifest"]["options"]["lang"] == "de"
    assert f"{tmp_path / 'a.txt'}: read as CP1252" in found["warnings"]


def test_lemmas_of_a_corpus(run: Run, static: list[str], tmp_path: Path) -> None:
    write(tmp_path, a_vrt="<s>\nCold\tcold\nmen\tman\n</s>\n<s>\nNo\tno\nman\tman\n</s>\n")
    args = ["man", "-s", str(tmp_path / "a.vrt"), "--match", "lemma"]
    assert [o["form"] for o in compared(run, *args, *static)["occurrences"]] == ["men", "man"]
    write(tmp_path, b_txt="Cold men.\n")
    done = run("compare", "man", "-s", str(tmp_path / "b.txt"), "--match", "lemma", *static)
    assert done.returncode == 3
    assert "has no lemmas" in done.stderr


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["-s", "none.txt"], 3, "none.txt: there is no such file"),
        (["-s", "*.none"], 3, "*.none: no file matches"),
        (["-s", "a.txt", "--encoding", "klingon"], 2, "there is no encoding 'klingon'"),
        (["-s", "a.txt", "--encoding", "idna"], 2, "there is no encoding 'idna'"),
        (["-s", "a.txt", "--encoding", "undefined"], 2, "there is no encoding 'undefined'"),
        (["-s", "a.txt", "--columns", "sentence"], 2, "'sentence' is not NAME=COLUMN"),
        (["-s", "a.txt", "--columns", "satz=text"], 2, "'satz=text' is not NAME=COLUMN"),
        (["-s", "a.tsv", "--columns", "sense=kind"], 3, "has no column kind"),
        (["-s", "b.tsv"], 3, "--columns sentence=text"),
        (["-s", "a.txt", "--context", "-1"], 2, "-1"),
        (["-s", "a.txt", "--input-format", "conllu"], 3, "fields where CoNLL-U has ten"),
        (["-s", "cut.txt.gz"], 3, "cut.txt.gz: cannot be unpacked"),
        ([], 2, "--sentences"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    args: list[str],
    code: int,
    message: str,
    run: Run,
    static: list[str],
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        a_txt="A cold man.\n",
        a_tsv="sentence\tsense\nA man.\tx\n",
        b_tsv="text\tsense\nA man.\tx\n",
    )
    packed = gzip.compress(b"".join(b"A man, %d.\n" % i for i in range(9999)))
    (tmp_path / "cut.txt.gz").write_bytes(packed[:-500])
    here = [str(tmp_path / arg) if (tmp_path / arg).is_file() else arg for arg in args]
    done = run("compare", "man", *here, *static)
    assert done.returncode == code
    assert done.stdout == ""
    assert message in done.stderr
    if code == 3:
        assert done.stderr.count("\n") == 1


def test_a_file_that_a_pattern_stands_for_is_not_overwritten(
    run: Run, static: list[str], tmp_path: Path
) -> None:
    write(tmp_path, a_txt="A cold man.\n", b_txt="The man.\n")
    out = tmp_path / "b.txt"
    for read in (tmp_path, tmp_path / "*.txt"):
        done = run("compare", "man", "-s", str(read), *static, "-o", str(out))
        assert done.returncode == 2
        assert "b.txt" in done.stderr
        assert out.read_text() == "The man.\n"
