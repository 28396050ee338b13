"""The benchmark of change, on made-up uses whose answer is known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from embcmp.measures import permutation
from tests.benchmarks import change, change_simulations
from tests.benchmarks.change import Graph, bias_table, plug_in, size_table
from tests.benchmarks.change_simulations import (
    coverage_table,
    made,
    power_table,
    separate,
    unlike_table,
)
from tests.benchmarks.sense_data import ENCODERS, Word


def numbers(line: str) -> list[float]:
    """The numbers of a table's row, without standard errors."""
    cells = [cell.split(" (")[0] for cell in line.strip("| ").split(" | ")]
    return [float(cell) for cell in cells if cell.lstrip("-.").replace(".", "").isdigit()]


def graph(documents: int, uses: int, seed: int) -> Graph:
    """A word of two periods alike; the uses of a document are nearly equal."""
    rng = np.random.default_rng(seed)
    x, units, _ = made(documents, uses, 0.0, rng)
    x = x[units * uses] + rng.standard_normal(x.shape) / 20
    later = (units % 2).astype(np.intp)
    return Graph(f"w{seed}", later, separate(len(x), units), dict.fromkeys(ENCODERS, x))


def test_the_plug_in_is_the_distance_of_the_mean_vectors() -> None:
    x, groups = made(20, 1, 0.5, np.random.default_rng(0))[0], np.arange(20) % 2
    one, two = (x[groups == g].mean(axis=0) for g in (0, 1))
    distance = 1 - one @ two / (np.linalg.norm(one) * np.linalg.norm(two))
    assert plug_in(x @ x.T, groups) == pytest.approx(distance)


@pytest.fixture
def one_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (change, change_simulations):
        monkeypatch.setattr(module, "ENCODERS", ENCODERS[:1])
    monkeypatch.setattr(permutation, "MOST_DRAWS", change.DRAWS)


@pytest.mark.usefixtures("one_encoder")
def test_halves_of_documents_are_told_apart_by_use_and_not_by_document() -> None:
    [row] = size_table([graph(16, 4, seed) for seed in range(3)], 10).splitlines()[2:]
    by_document, _, _, by_use = numbers(row)
    assert by_document < 0.3 < by_use


@pytest.mark.usefixtures("one_encoder")
def test_without_change_the_plug_in_is_above_0_and_the_measures_are_not() -> None:
    row, _ = bias_table([graph(120, 1, seed) for seed in range(2)], 8).splitlines()[2:]
    plugged, prt, spread, excess, jsd_plugged, jsd = numbers(row)
    assert abs(prt) < plugged / 2
    assert 0 < spread < plugged
    assert abs(excess) < 0.05
    assert abs(jsd) < jsd_plugged


@pytest.mark.usefixtures("one_encoder")
def test_most_intervals_hold_the_true_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_simulations, "SIZES", ((10, 10),))
    monkeypatch.setattr(change_simulations, "SHIFTS", (1.0,))
    [row] = coverage_table(12).splitlines()[2:]
    shares = [float(share) for cell in row.split(" | ")[2:5] for share in cell.split()]
    assert len(shares) == 6
    assert min(shares) >= 0.6


def two_senses() -> Word:
    """A word with 50 uses of one sense and 20 of another, far from each other."""
    x = np.random.default_rng(0).standard_normal((70, 8)) / 10
    x[:50, 0] += 1
    x[50:, 1] += 1
    return Word("made", "w", np.repeat([0, 1], [50, 20]), dict.fromkeys(ENCODERS, x))


@pytest.mark.usefixtures("one_encoder")
def test_uses_of_a_new_sense_come_first() -> None:
    for row in unlike_table([two_senses()]).splitlines()[2:]:
        before, new, old, _, wrong = numbers(row)[1:]
        assert (before, new, wrong) == (1, 1, 0)
        assert old < 0.3


@pytest.mark.usefixtures("one_encoder")
def test_a_sense_far_from_the_other_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_simulations, "KINDS", (("real", 10), ("like real", 10)))
    rows = power_table([two_senses()], 4).splitlines()[2:]
    assert [row.strip("| ").split(" | ")[-1] for row in rows] == ["1.00 1.00 1.00"] * 2


def test_the_command_reads_the_graphs_and_prints_correlations(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words differ as much in their vectors as people say they do."""
    names = ("axe_nn", "bow_nn", "cat_nn", "dog_nn", "owl_nn")
    header = "lemma\tidentifier\tgrouping\tcontext\tindexes_target_token\n"
    for name in names:
        folder = tmp_path / "dwug_en" / "data" / name
        folder.mkdir(parents=True)
        lines = [f"{name}\tfic_{i}.txt-1\t{1 + i % 2}\tMy {name[:3]} {i}\t3:6\n" for i in range(12)]
        (folder / "uses.csv").write_text(header + "".join(lines), encoding="utf-8")
    stats = tmp_path / "dwug_en" / "stats" / "opt"
    stats.mkdir(parents=True)
    graded = "".join(f"{name}\t{i / 5}\n" for i, name in enumerate(names[:4]))
    (stats / "stats_groupings.csv").write_text("lemma\tchange_graded\n" + graded, encoding="utf-8")

    def encoded(spec: str, uses: list, cache: Path) -> np.ndarray:  # type: ignore[type-arg]
        assert {use.word for use in uses} == {name[:3] for name in names[:4]}
        x = np.random.default_rng(0).standard_normal((len(uses), 6)) / 20
        x[:, 0] += 1
        word = np.arange(len(uses)) // 12
        x[:, 1] += np.where(np.arange(len(uses)) % 2, word / 4, 0)
        return x.astype(np.float32)

    monkeypatch.setattr(change, "encoded", encoded)
    monkeypatch.setattr(change, "read_words", lambda *_: [])
    monkeypatch.setattr(change, "CORRECTIONS", ("none",))
    argv = ["benchmark", str(tmp_path), "--cache", str(tmp_path), "--only", "people"]
    monkeypatch.setattr(sys, "argv", argv)
    change.main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "people"
    assert "| context | none | 1.00 | 1.00 | 1.00 | 1.00 |" in lines[4]
    assert len([line for line in lines if line.startswith("| bert@")]) == len(change.LAYERS)
    assert lines[-2].startswith("apd of context less that of bert@6")
