"""The tables of docs/notes/findings.md in Markdown, from comparisons of the homographs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from embcmp import Comparison
from embcmp.batch.over_words import Standing, WordsTest, paired, standings
from embcmp.measures.inference import TRUSTED_WORDS, interactions
from embcmp.types import Metric
from tests.benchmarks.homographs import Homograph

METRICS = ("auc_macro", "auc", "centroid")
PRIMARY = METRICS[0]
PAIRS = "minimal_pairs"

# Settings may be chosen on the first half of the alphabet; the other one is reported.
DEVELOPMENT, REPORTED = "A to M", "N to Z"
SECOND_HALF = "n"
BY_KIND = ("all", "homonym", "polyseme", "pos")
GROUPS = (*BY_KIND, "shared topics", "own topics")

DEFAULTS = ("context", "lstm", "bert@6")
LAYERS = tuple(f"bert@{layer}" for layer in range(7))
NEARBY, FORM, POSITION = "context,window=3,stopwords=keep", "form", "position"
TWINS = {"lstm": "lstm,weights=random", "bert@6": "bert@6,weights=random"}
CHANCE = "chance"
ROWS = (
    *("word2vec", *DEFAULTS, *LAYERS[1:-1], LAYERS[0]),
    *(*TWINS.values(), NEARBY, FORM, POSITION, CHANCE),
)
NO_VALUE = "–"


def in_short(comparisons: Sequence[Comparison], homographs: Mapping[str, Homograph]) -> str:
    """The table of the README: the primary metric by kind, the other ones over all words."""
    groups = _groups(comparisons, homographs, REPORTED)
    columns = {f"`{PRIMARY}`, {group}": (groups[group], PRIMARY) for group in BY_KIND}
    columns |= {f"`{metric}`, all": (groups["all"], metric) for metric in METRICS[1:]}
    return _over_words(f"Means over words {REPORTED}", columns)


def tables(comparisons: Sequence[Comparison], homographs: Mapping[str, Homograph]) -> Iterator[str]:
    """Those of docs/notes/findings.md: means by kind, tests, a chosen layer, minimal pairs."""
    halves = {half: _groups(comparisons, homographs, half) for half in (REPORTED, DEVELOPMENT)}
    for half, groups in halves.items():
        for metric in METRICS:
            columns = {group: (chosen, metric) for group, chosen in groups.items()}
            yield _over_words(f"`{metric}`, words {half}", columns)
    reported = halves[REPORTED]
    yield _tests(
        f"Encoders in pairs, `{PRIMARY}`, words {REPORTED}",
        [
            (group, test)
            for group, chosen in reported.items()
            for test in paired(chosen, PRIMARY, list(combinations(DEFAULTS, 2)))
        ],
    )
    against = [(e, c) for e in DEFAULTS for c in (FORM, POSITION, NEARBY)]
    against += [*TWINS.items(), ("bert@6", "bert@0")]
    yield _tests(
        f"Encoders against controls, `{PRIMARY}`, words {REPORTED}",
        [(group, test) for group in BY_KIND for test in paired(reported[group], PRIMARY, against)],
    )
    best = _best_layer(halves[DEVELOPMENT]["all"])
    yield _tests(
        f"The layer chosen on words {DEVELOPMENT}, `{best}`: `{PRIMARY}`, words {REPORTED}",
        [
            (group, test)
            for group in GROUPS
            for test in paired(reported[group], PRIMARY, [(best, name) for name in DEFAULTS])
        ],
    )
    kinds = {kind: reported[kind] for kind in BY_KIND[1:]}
    yield _interactions(f"Kinds of words, `{PRIMARY}`, words {REPORTED}", kinds, [])
    topics = {group: reported[group] for group in GROUPS[len(BY_KIND) :]}
    yield _interactions(f"Topics, `{PRIMARY}`, words {REPORTED}", topics, [(best, "bert@6")])
    yield _over_words(
        "Minimal pairs, share of words in which the kept pairs are closer",
        {half: (groups["all"], PAIRS) for half, groups in halves.items()},
    )


def _groups(
    comparisons: Sequence[Comparison], homographs: Mapping[str, Homograph], half: str
) -> dict[str, list[Comparison]]:
    return {
        group: [c for c in comparisons if _in(homographs[c.word], half, group)] for group in GROUPS
    }


def _in(homograph: Homograph, half: str, group: str) -> bool:
    """Whether a word belongs to a half of the alphabet and to a group."""
    second = homograph.word >= SECOND_HALF
    groups = ("all", homograph.kind, f"{homograph.topics} topics")
    return second == (half == REPORTED) and group in groups


def _best_layer(comparisons: Sequence[Comparison]) -> str:
    return next(s.name for s in standings(comparisons, PRIMARY) if s.name in LAYERS)


def _over_words(title: str, columns: Mapping[str, tuple[Sequence[Comparison], str]]) -> str:
    """A row for each encoder and control; columns are a heading's comparisons and metric."""
    cells = []
    header = []
    for heading, (chosen, metric) in columns.items():
        found = {s.name: s for s in standings(chosen, metric)}
        words = max(s.words for s in found.values())
        header.append(f"{heading} ({words}{'' if words >= TRUSTED_WORDS else ', t'})")
        cells.append([_cell(found.get(name), words) for name in ROWS])
    rows = [[f"`{name}`", *of_name] for name, *of_name in zip(ROWS, *cells, strict=True)]
    return _markdown(title, ["encoder", *header], rows)


def _cell(standing: Standing | None, words: int) -> str:
    """Mean and interval; where fewer words than the column says have a value, how many."""
    if standing is None or not standing.words:
        return NO_VALUE
    fewer = f" ({standing.words})" if standing.words < words else ""
    summary, ci95 = standing.summary, standing.summary.ci95
    if ci95 is not None:  # every measure of these tables is a share
        summary = replace(summary, ci95=(max(0.0, ci95[0]), min(1.0, ci95[1])))
    return _summary(summary) + fewer


def _tests(title: str, found: Sequence[tuple[str, WordsTest]]) -> str:
    header = [
        "words",
        "a",
        "b",
        "n",
        "mean a - b",
        "p",
        "p, max-t",
        "p, sign flip",
        "d_z",
        "won",
        "detectable",
    ]
    rows = [
        [
            *(group, f"`{t.a}`", f"`{t.b}`", str(t.words), _summary(t.difference)),
            *map(_p, (t.p, t.p_adjusted, t.p_sign_flip)),
            "" if t.effect_size is None else _short(t.effect_size),
            "" if t.share_won is None else f"{t.share_won:.0%}",
            "" if t.detectable is None else _short(t.detectable),
        ]
        for group, t in found
    ]
    return _markdown(title, header, rows)


def _interactions(
    title: str, groups: Mapping[str, Sequence[Comparison]], others: Sequence[tuple[str, str]]
) -> str:
    """Whether the differences of the default encoders, and other ones, depend on the group."""
    pairs = [*combinations(DEFAULTS, 2), *others]
    rows = [(k, c) for k, chosen in enumerate(groups.values()) for c in chosen]
    values = [{r.name: r.metrics[PRIMARY].value or 0.0 for r in c.results} for _, c in rows]
    differences = np.array([[v[a] - v[b] for a, b in pairs] for v in values])
    found = interactions(differences, np.array([k for k, _ in rows]))
    names = list(groups)
    return _markdown(
        title,
        ["a - b", "words", "other words", "difference of means", "p, adjusted"],
        [
            [
                " - ".join(f"`{name}`" for name in pairs[x.column]),
                names[x.one],
                names[x.other],
                f"{_short(x.value)} [{_short(x.ci95[0])}, {_short(x.ci95[1])}]",
                _p(x.p_adjusted),
            ]
            for x in found
        ],
    )


def _summary(summary: Metric) -> str:
    mean = "" if summary.value is None else _short(summary.value)
    if summary.ci95 is None:
        return mean
    return f"{mean} [{_short(summary.ci95[0])}, {_short(summary.ci95[1])}]"


def _p(p: float | None) -> str:
    return "" if p is None else "< .001" if p < 0.001 else _short(p, 3)


def _short(value: float, decimals: int = 2) -> str:
    """As statistics are printed: .68, -.12, 1.00."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def _markdown(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]
    return "\n".join([f"{title}:", "", *lines])
