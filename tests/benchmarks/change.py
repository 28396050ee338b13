"""How well change between two groups of uses is measured, tested and correlated with people's.

    python -m tests.benchmarks.change FOLDER --cache FOLDER

FOLDER holds the data sets of `sense_data`; words A to M alone are used. The parts are size, bias,
coverage, power, unlike and people; `--only` chooses among them.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from embcmp import Occurrence, load_encoder
from embcmp.background.corrections import spaces
from embcmp.measures import permutation
from embcmp.measures.group_change import MEASURES, group_change
from embcmp.measures.ratings import spearman
from embcmp.measures.sense_groups import suggested
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping
from embcmp.text.input_files import opened
from embcmp.text.usage_graphs import read_usage_graph
from tests.benchmarks.change_simulations import (
    LEVEL,
    coverage_table,
    p_of,
    power_table,
    unlike_table,
    value_of,
)
from tests.benchmarks.sense_data import CHOOSING, ENCODERS, encoded, read_words, short, table

Floats = NDArray[np.float64]
Index = NDArray[np.intp]
OLD = "1"  # the period whose documents have more uses each
LAYERS = tuple(f"bert@{layer}" for layer in range(7))
SHOWN = ("context", "bert@6")
CORRECTIONS = ("none", "center", "zscore", "abtt")
PARTS = ("size", "bias", "coverage", "power", "unlike", "people")
DRAWS = 999  # instead of 9,999: enough to tell whether p <= .05
FEW, MANY = 10, 100  # units


@dataclass(frozen=True)
class Graph:
    """The uses of a word of DWUG EN.

    Attributes:
        name: the lemma with its part of speech.
        later: [n], 1 in the later period, else 0.
        uses: how they belong together; documents are units.
        vectors: [n, dim] by encoder.
    """

    name: str
    later: Index
    uses: Grouping
    vectors: dict[str, Floats]

    def part(self, spec: str, rows: Index) -> tuple[Floats, Grouping]:
        """The cosines of some of the uses, and how these belong together."""
        rows = rows[np.isfinite(self.vectors[spec][rows]).all(axis=1)]
        uses = Grouping(
            (None,) * len(rows),
            self.uses.sentences[rows],
            np.unique(self.uses.units[rows], return_inverse=True)[1],
            self.uses.weights[rows],
        )
        return cosine_matrix(self.vectors[spec][rows]), uses


def read_graphs(folder: Path, cache: Path, specs: tuple[str, ...]) -> list[Graph]:
    """The words A to M."""
    words: dict[str, list[Occurrence]] = {}
    for path in sorted(folder.glob("dwug_en/data/[a-m]*/uses.csv")):
        with opened(path) as file:
            words[path.parent.name] = [
                Occurrence(f"{s.word}.{n}", str(s.word), s.text, s.start, s.end,
                           group=s.group, unit=s.unit)
                for n, s in enumerate(read_usage_graph(file))
                if s.start is not None and s.end is not None
            ]  # fmt: skip
    flat = [use for uses in words.values() for use in uses]
    vectors = {spec: encoded(spec, flat, cache).astype(np.float64) for spec in specs}
    graphs, start = [], 0
    for name, uses in words.items():
        rows = slice(start, start := start + len(uses))
        later = np.array([use.group != OLD for use in uses]).astype(np.intp)
        own = {spec: v[rows] for spec, v in vectors.items()}
        graphs.append(Graph(name, later, Grouping.of(uses), own))
    return graphs


def plug_in(similarity: Floats, groups: Index) -> float:
    """`prt` with each use paired with itself: the distance of the means of the unit vectors."""
    one, two = groups == 0, groups == 1
    within = similarity[np.ix_(one, one)].mean() * similarity[np.ix_(two, two)].mean()
    return float(1 - similarity[np.ix_(one, two)].mean() / np.sqrt(within))


def with_error(by_word: Floats) -> str:
    """A mean over words with its standard error."""
    error = np.nanstd(by_word, ddof=1) / len(by_word) ** 0.5
    return f"{np.nanmean(by_word):.3f} ({error:.3f})"


def size_table(graphs: list[Graph], splits: int) -> str:
    """The share of p <= .05 for random halves of the documents of the earlier period."""
    rows = []
    for spec in ENCODERS:
        found = []
        for graph in graphs:
            similarity, uses = graph.part(spec, np.flatnonzero(graph.later == 0))
            clusters, documents = suggested(similarity), uses.units.max() + 1
            rng = np.random.default_rng(0)
            p = []
            for seed in range(splits):
                half = rng.permutation(documents)[: documents // 2]
                groups = np.isin(uses.units, half).astype(np.intp)
                whole = group_change(similarity, groups, uses, clusters, seed=seed)
                by_use = replace(uses, units=uses.sentences)
                single = group_change(similarity, groups, by_use, seed=seed)
                p.append([*(p_of(whole, m) for m in ("prt", "apd", "jsd")), p_of(single, "prt")])
            found.append((np.array(p) <= LEVEL).mean(axis=0))
        rows.append([spec, *map(with_error, np.array(found).T)])
    head = ["encoder", "prt by document", "apd by document", "jsd by document", "prt by use"]
    return table(head, rows)


def bias_table(graphs: list[Graph], draws: int) -> str:
    """Means of measures where there is no change, at 10 against 100 units of both periods."""
    rows = []
    for spec in ENCODERS:
        for kind in ("uses", "documents"):
            by_word = []
            for graph in graphs:
                rng = np.random.default_rng(1)
                every = np.arange(len(graph.later))
                if kind == "uses":  # one of each document
                    every = np.unique(graph.uses.units, return_index=True)[1]
                similarity, uses = graph.part(spec, every)
                clusters, units = suggested(similarity), uses.units.max() + 1
                found = []
                for seed in range(draws):
                    order = rng.permutation(units)
                    groups = np.full(len(uses.units), 2)
                    groups[np.isin(uses.units, order[:FEW])] = 0
                    groups[np.isin(uses.units, order[FEW : FEW + MANY])] = 1
                    change = group_change(similarity, groups, uses, clusters, seed=seed)
                    prt, excess, jsd = (value_of(change, m) for m in ("prt", "excess", "jsd"))
                    chance = change.measures["jsd"].metric.chance or 0.0
                    found.append([plug_in(similarity, groups), prt, excess, jsd + chance, jsd])
                mean, spread = np.nanmean(found, axis=0), np.nanstd(found, axis=0, ddof=1)
                by_word.append([*mean[:2], spread[1], *mean[2:]])
            rows.append([spec, kind, *map(with_error, np.array(by_word).T)])
    head = ["encoder", "10 and 100", "prt, plug-in", "prt", "SD of prt", "excess", "jsd, plug-in",
            "jsd"]  # fmt: skip
    return table(head, rows)


def people_table(graphs: list[Graph], folder: Path) -> str:
    """Spearman's correlation of measures with `change_graded`, by encoder, layer and correction."""
    with (folder / "dwug_en" / "stats" / "opt" / "stats_groupings.csv").open(newline="") as file:
        graded = {
            r["lemma"]: float(r["change_graded"]) for r in csv.DictReader(file, delimiter="\t")
        }
    people = np.array([graded[graph.name] for graph in graphs])
    once = np.ones((1, len(people)))
    rows, apd = [], {}
    for spec in ("context", "lstm", *LAYERS):
        for how in CORRECTIONS if spec in ENCODERS else CORRECTIONS[:1]:
            values = scores(graphs, spec, how)
            rows.append([spec, how, *(short(spearman(v, people, once)[0]) for v in values.T)])
            if how == CORRECTIONS[0]:
                apd[spec] = values[:, 0]
    head = ["encoder", "correction", "apd", "prt, plug-in", "prt", "excess", "jsd"]
    rng = np.random.default_rng(3)
    draws = rng.multinomial(len(people), np.full(len(people), 1 / len(people)), 10_000)
    a, b = (spearman(apd[spec], people, draws.astype(np.float64)) for spec in SHOWN)
    low, high = np.nanquantile(a - b, [0.025, 0.975])
    words = "apd of {} less that of {}, 95 % of samples of words".format(*SHOWN)
    return f"{table(head, rows)}\n{words}: {low:.2f} to {high:.2f}\n"


def scores(graphs: list[Graph], spec: str, how: str) -> Floats:
    """[words, 5] values of one encoder under a correction."""
    correction = None
    if how != CORRECTIONS[0]:
        correction = spaces(load_encoder(spec), how)[0].correction
    values = []
    for graph in graphs:
        x = graph.vectors[spec]
        x = x if correction is None else correction.apply(x.astype(np.float32))
        present = np.isfinite(x).all(axis=1)
        similarity = cosine_matrix(x)
        clusters = np.full(len(x), -1)
        clusters[present] = suggested(similarity[np.ix_(present, present)])
        change = group_change(similarity, graph.later, graph.uses, clusters)
        found = {name: value_of(change, name) for name in MEASURES}
        means = plug_in(similarity[np.ix_(present, present)], graph.later[present])
        values.append([found["apd"], means, found["prt"], found["excess"], found["jsd"]])
    return np.array(values)


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the vectors")
    parser.add_argument("--only", nargs="*", default=PARTS, choices=PARTS)
    parser.add_argument("--splits", type=int, default=100, help="random halves of a word")
    parser.add_argument("--repeats", type=int, default=400, help="made-up words of each kind")
    options = parser.parse_args()
    graphs = read_graphs(options.data, options.cache, ("context", "lstm", *LAYERS))
    words = [w for w in read_words(options.data, options.cache, CHOOSING) if w.data != "DWUG"]
    tables: dict[str, Callable[[], str]] = {
        "size": lambda: size_table(graphs, options.splits),
        "bias": lambda: bias_table(graphs, options.splits // 2),
        "coverage": lambda: coverage_table(options.repeats),
        "power": lambda: power_table(words, options.repeats // 4),
        "unlike": lambda: unlike_table(words),
        "people": lambda: people_table(graphs, options.data),
    }
    with patch.object(permutation, "MOST_DRAWS", DRAWS):
        for part in options.only:
            sys.stdout.write(f"{part}\n\n{tables[part]()}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
