"""What scripts and notebooks use: the public names, and how a Comparison shows itself."""

from __future__ import annotations

import doctest
import importlib
import json
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import embcmp
from embcmp import Comparison, Occurrence, compare, find_occurrences
from embcmp.errors import UsageError
from embcmp.gate.runs import read_run
from embcmp.questions.compare.json import to_object
from tests.commands import ROOT, run_code
from tests.conftest import needs_models

SENSES = {"noun": "He is a man of {} words.", "verb": "Go man the {} today!"}
WORDS = ("few", "cold", "post", "it", "a few")


@pytest.fixture(scope="module")
def comparison(tiny_vectors: Path, tiny_bert: Path) -> Comparison:
    uses = [
        replace(o, id=f"{sense}{i}", sense=sense)
        for sense, sentence in SENSES.items()
        for i, word in enumerate(WORDS)
        for o in find_occurrences([sentence.format(word)], "man")
    ]
    specs = [f"word2vec:{tiny_vectors}", f"context:{tiny_vectors}", f"bert:{tiny_bert}@all"]
    return compare(uses, specs, seed=1)


def test_to_json_is_what_the_command_writes(comparison: Comparison, tmp_path: Path) -> None:
    assert json.loads(comparison.to_json()) == json.loads(json.dumps(to_object(comparison)))
    saved = tmp_path / "run.json"
    saved.write_text(comparison.to_json())
    assert read_run(saved).occurrences == comparison.occurrences


def test_to_pandas_has_every_number(comparison: Comparison) -> None:
    pd = pytest.importorskip("pandas", reason="the extra notebook is not installed")
    frame = comparison.to_pandas()
    assert list(frame) == [
        "word", "encoder", "layer", "metric", "value", "low", "high", "chance", "reason",
    ]  # fmt: skip
    assert len(frame) == sum(len(r.metrics) for r in comparison.results)
    auc = frame[frame.metric == "auc"].set_index("encoder")
    for r in comparison.results:
        m, row = r.metrics["auc"], auc.loc[r.name]
        values = [np.nan if m.value is None else m.value, *(m.ci95 or (np.nan, np.nan))]
        np.testing.assert_array_equal([row.value, row.low, row.high], values)
        reason = m.undefined or m.no_interval
        assert row.reason == reason or (reason is None and pd.isna(row.reason))
    assert frame.value.dtype == np.float64


def test_without_pandas_the_package_is_named(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install pandas"):
        comparison.to_pandas()


def test_the_heat_maps_hold_the_cosines_in_the_order_of_the_senses(comparison: Comparison) -> None:
    mixed = replace(comparison, occurrences=comparison.occurrences)
    figure = mixed.plot_similarity()
    order = sorted(range(10), key=lambda i: (str(comparison.occurrences[i].sense), i))
    assert len(figure.data) == len(comparison.results)
    for trace, r in zip(figure.data, comparison.results, strict=True):
        np.testing.assert_array_equal(trace.z, r.similarity[np.ix_(order, order)])
    assert "[man]" in figure.data[0].customdata[0][1]


def test_a_metric_has_its_interval_and_its_chance(comparison: Comparison) -> None:
    figure = comparison.plot_metric("centroid")
    values, chance = figure.data
    shown = dict(zip(values.x, values.y, strict=True))
    have = [r for r in comparison.results if r.metrics["centroid"].value is not None]
    assert list(shown.values()) == [r.metrics["centroid"].value for r in have]
    assert chance.name == "chance"
    for i, r in enumerate(have):
        m = r.metrics["centroid"]
        assert m.value is not None
        assert m.ci95 is not None
        ends = values.y[i] - values.error_y.arrayminus[i], values.y[i] + values.error_y.array[i]
        assert ends == pytest.approx(m.ci95)
    with pytest.raises(UsageError, match="there is no measure 'acu'"):
        comparison.plot_metric("acu")


def test_the_layers_are_one_curve(comparison: Comparison) -> None:
    (curve,) = comparison.plot_layers().data
    assert list(curve.x) == [0, 1, 2, 3]
    assert list(curve.y) == [r.metrics["auc"].value for r in comparison.results[2:]]
    alone = replace(comparison, results=comparison.results[:2])
    with pytest.raises(UsageError, match="for example bert@all"):
        alone.plot_layers()


def test_the_map_has_every_use_once_an_encoder(comparison: Comparison) -> None:
    figure = comparison.plot_map()
    assert [trace.name for trace in figure.data[:2]] == ["noun", "verb"]
    assert sum(len(trace.x) for trace in figure.data) == 10 * len(comparison.results)


class Tags(HTMLParser):
    """The tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


def test_a_notebook_shows_a_table(comparison: Comparison) -> None:
    page = comparison._repr_html_()
    assert Tags(page).found == {"div", "b", "table", "tr", "th", "td", "span", "p"}
    assert "man: 10 occurrences" in page
    assert 'title="one vector per type' in page
    auc = comparison.results[1].metrics["auc"].value
    assert f"<td>{auc:.3f} [" in page


def test_hostile_sentences_are_text_in_every_view(tiny_vectors: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>\x1b\u202e"
    uses = [Occurrence(str(i), "man", f"few man {hostile}", 4, 7, hostile) for i in range(2)]
    found = compare(uses, [f"context:{tiny_vectors}"])
    views = [
        found._repr_html_(),
        *(str(plot().to_dict()) for plot in (found.plot_similarity, found.plot_map)),
    ]
    for text in views:
        assert not {"\x1b", "\u202e"} & set(text)
        assert "<img" not in text


@pytest.mark.process("it shows which modules a fresh interpreter imports")
def test_nothing_of_the_views_is_loaded_before_it_is_asked_for() -> None:
    code = (
        "import sys; from embcmp import Comparison, compare, load_encoder\n"
        "print([m for m in ('plotly', 'pandas', 'rich', 'torch') if m in sys.modules])"
    )
    assert run_code(code).stdout == "[]\n"


@needs_models
@pytest.mark.parametrize("module", ["embcmp"])
def test_the_examples_of_the_docstrings_run(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted > 0
    assert found.failed == 0


@needs_models
def test_the_examples_of_the_page_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = doctest.testfile(str(ROOT / "docs" / "reference" / "api.md"), module_relative=False)
    assert (found.failed, found.attempted > 5) == (0, True)


def test_the_package_is_typed() -> None:
    assert (Path(embcmp.__file__).parent / "py.typed").is_file()
