"""docs/notes/findings.md shows what its command prints, and the command computes what is saved."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from embcmp import load_encoder
from tests.benchmarks.balance import auc_by_context, auc_by_position
from tests.benchmarks.findings import SAVED, main, measure, put, read, run
from tests.benchmarks.findings_tables import METRICS, PAIRS, ROWS, in_short, tables
from tests.benchmarks.homographs import read_homographs
from tests.benchmarks.minimal_pairs import read_items, shares
from tests.conftest import ROOT, needs_models
from tests.questions.encoders import Made

PAGES = sorted((ROOT / "docs" / "notes").glob("findings*.md"))
PAGE = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs" / "guide" / "tutorial.md").read_text(encoding="utf-8")
RESULTS = README.split("## Which encoder separates senses best")[1].split("\n## ")[0]
MANY_WORDS = TUTORIAL.split("## Many words")[1].split("\n## ")[0]
COMMAND = "python -m tests.benchmarks.findings"
FEW_PAIRS = 0.002  # two or three pairs of cosines change places
OTHER_MACHINE = 0.02  # rounding there may swap two cosines that are nearly equal


def test_the_pages_show_the_tables_that_the_command_makes_of_the_saved_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["findings", "--from", str(SAVED)])
    main()
    printed = capsys.readouterr().out.strip().split("\n\n")
    assert len(printed) == 2 * 13  # a title and a table each
    assert "\n\n".join(printed[:2]) + "\n\n" in README
    for title, table in zip(printed[2::2], printed[3::2], strict=True):
        assert f"{title}\n\n{table}\n" in PAGE, title
    assert f"    {COMMAND}\n" in PAGE
    assert COMMAND.removeprefix("python ") in (ROOT / "Makefile").read_text()


def made() -> list[str]:
    """The tables of the saved values."""
    return list(tables(list(read(SAVED)), read_homographs()))


def test_the_first_table_is_made_of_columns_of_the_others() -> None:
    auc, *others = ([row.split(" | ") for row in table.splitlines()[4:]] for table in made()[:3])
    expected = [[*cells[:5], *(other[i][1] for other in others)] for i, cells in enumerate(auc)]
    first = in_short(list(read(SAVED)), read_homographs()).splitlines()[4:]
    assert [row.removesuffix(" |").split(" | ") for row in first] == expected


@pytest.mark.parametrize(
    "text", [PAGE, RESULTS, MANY_WORDS], ids=["findings.md", "README.md", "tutorial.md"]
)
def test_what_is_said_in_words_is_in_the_tables(text: str) -> None:
    shown = "\n".join(made())
    said = "\n".join(line for line in text.splitlines() if not line.startswith("|"))
    estimates = re.findall(r"-?[.\d]+ \[[^\]]*\d\]", said)
    assert estimates
    for estimate in estimates:
        assert f"| {estimate}" in shown or f"| {mirrored(estimate)}" in shown, estimate
    for p in re.findall(r"\(?p = (\.\d+)", said):
        assert f"| {p} |" in shown, p


def mirrored(estimate: str) -> str:
    """The same difference, b - a: ".04 [.00, .09]" of "-.04 [-.09, .00]"."""
    mean, low, high = (
        x if float(x) == 0 else x.removeprefix("-") if x.startswith("-") else f"-{x}"
        for x in re.findall(r"-?[.\d]+", estimate)
    )
    return f"{mean} [{high}, {low}]"


def test_tables_are_put_under_their_titles(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before.\n\nOne:\n\n| old |\n| old |\n\nTwo:\n\n| old |\n")
    other = tmp_path / "other.md"
    other.write_text("Three:\n\n| old |\n")
    put([page, other], ["One:\n\n| new \\1 |", "Three:\n\n| new |", "Two:\n\n| newer |"])
    assert page.read_text() == "Before.\n\nOne:\n\n| new \\1 |\n\nTwo:\n\n| newer |\n"
    assert other.read_text() == "Three:\n\n| new |\n"
    with pytest.raises(ValueError, match="0 tables are titled 'Four:'"):
        put([page, other], ["Four:\n\n| x |"])


def test_the_saved_values_are_of_all_words_and_encoders() -> None:
    comparisons = list(read(SAVED))
    assert [c.word for c in comparisons] == list(read_homographs())
    for comparison in comparisons:
        assert {r.name for r in comparison.results} == set(ROWS), comparison.word


@needs_models
def test_three_words_come_out_as_they_are_saved(tmp_path: Path) -> None:
    words = ["bank", "duck", "newspaper"]  # a homonym, a part of speech, a polyseme
    path = tmp_path / "three.csv"
    run(path, words)
    saved = {c.word: {r.name: r.metrics for r in c.results} for c in read(SAVED)}
    comparisons = list(read(path))
    assert [c.word for c in comparisons] == words
    for comparison in comparisons:
        assert len(comparison.results) == len(ROWS)
        for result in comparison.results:
            for metric in (*METRICS, PAIRS):
                value = result.metrics[metric].value
                expected = saved[comparison.word][result.name][metric].value
                assert (value is None) == (expected is None), (result.name, metric)
                if value is not None and expected is not None:
                    assert value == pytest.approx(expected, abs=OTHER_MACHINE)


@needs_models
def test_the_values_are_those_of_the_sentences_that_ship() -> None:
    homographs = read_homographs()
    saved = {c.word: {r.name: r.metrics["auc_macro"].value for r in c.results} for c in read(SAVED)}
    words = list(homographs)
    by_context = auc_by_context(list(homographs.values()))
    by_position = [auc_by_position(h) for h in homographs.values()]
    assert by_context == pytest.approx([saved[w]["context"] for w in words], abs=FEW_PAIRS)
    assert by_position == pytest.approx([saved[w]["position"] for w in words], abs=FEW_PAIRS)


@needs_models
def test_the_shares_are_those_of_the_minimal_pairs_that_ship() -> None:
    [by_context] = shares(read_items(), load_encoder("context")).values()
    saved = {
        c.word: r.metrics[PAIRS].value
        for c in read(SAVED)
        for r in c.results
        if r.name == "context"
    }
    assert {word: share for word, share in saved.items() if share is not None} == by_context


def test_chance_is_what_shuffled_senses_reach_with_the_last_layer() -> None:
    duck = read_homographs()["duck"]
    by_sense = Made(lambda o: [1.0, o.sense == "verb"])
    by_place = Made(lambda o: [o.start, len(o.sentence)], name="bert@2", layers=(2,))
    compared = measure(duck, [by_sense, by_place], [])
    *_, chance = compared.controls or ()
    expected = compared.results[-1].metrics
    assert expected["centroid"].chance != compared.results[0].metrics["centroid"].chance
    assert {m: chance.metrics[m].value for m in METRICS} == {m: expected[m].chance for m in METRICS}


def test_a_layer_is_chosen_on_the_first_half_of_the_alphabet_alone() -> None:
    chosen = next(table for table in made() if table.startswith("The layer"))
    means = {}
    for name in (f"bert@{layer}" for layer in range(7)):
        values = [
            r.metrics["auc_macro"].value
            for c in read(SAVED) if c.word < "n"
            for r in c.results if r.name == name
        ]  # fmt: skip
        means[name] = np.mean([v for v in values if v is not None])
    best = max(means, key=lambda name: means[name])
    assert chosen.startswith(f"The layer chosen on words A to M, `{best}`")
