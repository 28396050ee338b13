"""The senses in a report: the words by evidence on its first page, the groups on a word's page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from embcmp.batch.report.pages import write_report
from embcmp.batch.word_senses import by_evidence
from embcmp.errors import InputError
from embcmp.render.page import Json
from tests.batch.saved import write_batch
from tests.render.reading import Page

P = {"bank": 0.5, "man": 1e-6, "oak": None, "seal": 0.04}
KEYWORDS = ["river", "</script><script>alert(1)</script>"]


def outline(p: float | None) -> Json:
    group = {"group": 1, "size": 3, "keywords": KEYWORDS}
    groups = [] if p is None else [group, {"group": 2, "size": 2, "keywords": []}]
    said = f"<b>says</b> \u202e{p}"
    return {"uses": 18, "p": p, "encoder": "bert@3", "k": len(groups) or None, "groups": groups,
            "verdict": [said]}  # fmt: skip


def senses_of(comparison: Json, outline: Json) -> Json:
    ids = [o["id"] for o in comparison["occurrences"]]
    groups = [
        {**group, "name": f"<i>{group['group']}</i>", "stability": 0.75, "central": ids[:2]}
        for group in outline["groups"]
    ]
    return {
        "schema": "embcmp.senses/1",
        "results": [{"name": "context", "groups": []}, {"name": "bert@3", "groups": groups}],
        "verdict": outline["verdict"],
    }


@pytest.fixture
def batch(hostile_json: Json, tmp_path: Path) -> Path:
    outlines: Mapping[str, Json] = {word: outline(p) for word, p in P.items()}
    words = [(word, {**hostile_json, "word": word}) for word in P]
    folder = write_batch(tmp_path / "out", words, senses=by_evidence(outlines))
    (folder / "senses").mkdir()
    for word, comparison in words:
        saved = senses_of(comparison, outlines[word])
        (folder / "senses" / f"{word}.json").write_text(json.dumps(saved))
    return folder


def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_the_first_page_lists_words_by_evidence_with_links_to_their_groups(batch: Path) -> None:
    index = read(write_report(batch))
    links = [str(a["href"]) for tag, a in index.elements if tag == "a"]
    assert [link for link in links if link.endswith(".html#senses")] == [
        f"{word}.html#senses" for word in ("man", "seal", "bank", "oak")
    ]
    text = index.words()
    assert (
        "1 of 3 tested words shows more than one sense (p < .05, adjusted over the words): man."
        in text
    )
    harmonic = 1 + 1 / 2 + 1 / 3
    adjusted = (3 / 2 * harmonic * 0.04, harmonic * 0.5)
    seal, bank = (f"{p:.3f}".removeprefix("0") for p in adjusted)
    shown = "3: river, </script><script>alert(1)</script>; 2"
    assert f"seal 18 .040 {seal} 2 {shown} bank 18 .500 {bank} 2 {shown} oak 18 – – –" in text


def test_the_page_of_a_word_has_the_verdict_and_the_groups(batch: Path, hostile_json: Json) -> None:
    folder = write_report(batch).parent
    text = read(folder / "seal.html").words()
    assert "<b>says</b> �0.04" in text
    assert "Adjusted for all words of the batch, p is .110." in text
    assert "<i>1</i>: 3 uses, stability .75 river, </script>" in text
    id = hostile_json["occurrences"][0]["id"]
    assert id in text[text.index("stability .75") :][:200]
    oak = read(folder / "oak.html").words()
    assert "<b>says</b> �None" in oak
    assert "Adjusted for all words" not in oak
    assert "stability" not in oak


def test_a_batch_without_senses_says_nothing_of_them(batch: Path) -> None:
    summary = json.loads((batch / "summary.json").read_text())
    del summary["senses"]
    (batch / "summary.json").write_text(json.dumps(summary))
    folder = write_report(batch).parent
    for name in ("index", "seal"):
        assert "Senses without labels" not in read(folder / f"{name}.html").words()


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ("{", "senses/man.json: is broken: "),
        ('{"schema": "other/1"}', "senses/man.json: is not embcmp.senses/1"),
        ('{"schema": "embcmp.senses/1", "verdict": [], "results": []}', "man.json: is broken: "),
    ],
)
def test_a_broken_file_of_groups_is_named(batch: Path, saved: str, message: str) -> None:
    (batch / "senses" / "man.json").write_text(saved)
    with pytest.raises(InputError) as e:
        write_report(batch)
    assert message in str(e.value)
    (batch / "senses" / "man.json").unlink()
    with pytest.raises(InputError, match=r"man\.json: cannot be read"):
        write_report(batch)


def test_files_outside_the_folder_are_not_read(batch: Path) -> None:
    summary = json.loads((batch / "summary.json").read_text())
    for words in (summary["words"], summary["senses"]):
        [entry] = [w for w in words if w["word"] == "bank"]
        entry["file"] = "../senses/bank.json"
    (batch / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(InputError, match="is not a file in"):
        write_report(batch)
