"""The changes in a report: the words by change on its first page, and the page of each word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embcmp.batch.report.pages import write_report
from embcmp.batch.word_changes import by_change
from embcmp.errors import InputError
from embcmp.render.page import Json
from tests.batch.saved import write_batch
from tests.render.reading import Page

PRT = {"bank": (0.1, 0.5), "man": (0.4, 1e-6), "oak": (None, None), "seal": (0.2, 0.04)}
OLD, NEW = "<i>old</i>", "</script><b>new</b>"
KEYWORDS = {OLD: ["river", "</script><script>alert(1)</script>"], NEW: []}


def outline(prt: float | None, p: float | None) -> Json:
    low, high = (None, None) if prt is None else (prt - 0.05, prt + 0.05)
    return {"uses": {OLD: 11, NEW: 7}, "encoder": "bert@3", "prt": prt, "low": low, "high": high,
            "p": p, "keywords": KEYWORDS, "verdict": [f"<b>says</b> \u202e{p}"]}  # fmt: skip


def change_of(comparison: Json, outline: Json) -> Json:
    def measure(value: float | None, p: float | None = None) -> Json:
        return {"value": value, "ci95": None, "p": p, "undefined": None}

    ids = [o["id"] for o in comparison["occurrences"]]
    others = {"apd": measure(0.625), "excess": measure(0.125), "jsd": measure(None)}
    main = {
        "name": "bert@3",
        "metrics": {"prt": measure(outline["prt"], outline["p"]), **others},
        "keywords": KEYWORDS,
        "most_unlike": {OLD: ids[:2], NEW: []},
    }
    groups = [{"name": name, "uses": uses} for name, uses in outline["uses"].items()]
    word = {"results": [main], "groups": groups, "verdict": outline["verdict"]}
    return {"schema": "embcmp.change/1", "changes": [word]}


@pytest.fixture
def batch(hostile_json: Json, tmp_path: Path) -> Path:
    outlines = {word: outline(*values) for word, values in PRT.items()}
    words = [(word, {**hostile_json, "word": word}) for word in PRT]
    averaged = {"metric": "change_prt", "name": "bert@3", "words": 3, "mean": 0.2, "low": 0.1,
                "high": 0.3, "undefined": None}  # fmt: skip
    folder = write_batch(tmp_path / "out", words, changes=by_change(outlines))
    summary = json.loads((folder / "summary.json").read_text())
    summary["standings"].append(averaged)
    (folder / "summary.json").write_text(json.dumps(summary))
    (folder / "changes").mkdir()
    for word, comparison in words:
        saved = change_of(comparison, outlines[word])
        (folder / "changes" / f"{word}.json").write_text(json.dumps(saved))
    return folder


def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_the_first_page_lists_words_by_change_with_links_to_their_pages(batch: Path) -> None:
    index = read(write_report(batch))
    links = [str(a["href"]) for tag, a in index.elements if tag == "a"]
    assert [link for link in links if link.endswith(".html#changes")] == [
        f"{word}.html#changes" for word in ("man", "seal", "bank", "oak")
    ]
    text = index.words()
    assert (
        "1 of 3 tested words is shown to have changed (p < .05, adjusted over the words): man."
        in text
    )
    assert (
        "by itself is below .05 for 2 of 3 tested words; .2 are expected by chance alone." in text
    )
    harmonic = 1 + 1 / 2 + 1 / 3
    adjusted = (3 / 2 * harmonic * 0.04, harmonic * 0.5)
    seal, bank = (f"{p:.3f}".removeprefix("0") for p in adjusted)
    keywords = f"{OLD}: river, </script><script>alert(1)</script>"
    assert (
        f"seal 11 7 .200 [.15, .25] .040 {seal} 50 {keywords}"
        f" bank 11 7 .100 [.05, .15] .500 {bank} 0 {keywords} oak 11 7 – – – – {keywords}"
    ) in text
    options = text[text.index("Measure") :][:200]
    assert "nearest_neighbor" in options
    assert "change_prt" not in options, "no encoder is the better the more change it sees"


def test_the_page_of_a_word_has_its_change(batch: Path, hostile_json: Json) -> None:
    folder = write_report(batch).parent
    text = read(folder / "seal.html").words()
    assert "<b>says</b> �0.04" in text
    assert "Adjusted for all words of the batch, p is .110." in text
    assert "Of the other words of the batch, 50 % changed less by bert@3." in text
    assert "bert@3 .200 .040 .625 .125 –" in text
    assert f"{OLD}: 11 uses river, </script>" in text
    assert hostile_json["occurrences"][1]["id"] in text[text.index(f"{OLD}: 11 uses") :][:300]
    oak = read(folder / "oak.html").words()
    assert "<b>says</b> �None" in oak
    assert "Adjusted for all words" not in oak
    assert "Of the other words" not in oak


def test_false_discovery_rates_stand_in_the_place_of_adjusted_p(batch: Path) -> None:
    summary = json.loads((batch / "summary.json").read_text())
    for row in summary["changes"]:
        row["false_discovery_rate"], row["p_adjusted"] = row["p_adjusted"], None
    (batch / "summary.json").write_text(json.dumps(summary))
    index = read(write_report(batch)).words()
    assert (
        "1 of 3 tested words is shown to have changed (estimated false discovery rate < .05): man."
        in index
    )
    assert "pestimated FDRpercentile" in index
    assert "adjusted ppercentile" not in index
    seal = read(batch / "report" / "seal.html").words()
    assert "Of the words of the batch with a p as small, an estimated share of .110 did not" in seal


def test_a_batch_without_groups_says_nothing_of_change(batch: Path) -> None:
    summary = json.loads((batch / "summary.json").read_text())
    del summary["changes"]
    (batch / "summary.json").write_text(json.dumps(summary))
    folder = write_report(batch).parent
    for name in ("index", "seal"):
        assert "Change between groups" not in read(folder / f"{name}.html").words()


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ("{", "changes/man.json: is broken: "),
        ('{"schema": "embcmp.senses/1"}', "changes/man.json: is not embcmp.change/1"),
        ('{"schema": "embcmp.change/1", "changes": []}', "changes/man.json: is broken: "),
    ],
)
def test_a_broken_file_of_a_change_is_named(batch: Path, saved: str, message: str) -> None:
    (batch / "changes" / "man.json").write_text(saved)
    with pytest.raises(InputError) as e:
        write_report(batch)
    assert message in str(e.value)
