"""The tables of docs/notes/simulations.md and docs/notes/simulated-tests.md.

    python -m tests.measures.simulate --table coverage

Each table comes with the standard error of a share of .95 or .05 in it. For speed, max-t takes
10,000 draws here instead of 50,000.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, pairwise

from embcmp.measures import encoder_differences as module
from tests.measures.error_rates import (
    Sizes,
    band_coverage,
    claimed,
    coverage,
    coverage_by_estimate,
    false_claims,
    power_as_planned,
    power_at_detectable,
    size_over_words,
    units_across_senses,
)

AUCS = (0.5, 0.6, 0.75, 0.85, 0.9, 0.97)
SHAPES: tuple[Sizes, ...] = (
    (5, 5), (10, 10), (20, 20), (50, 50), (5, 15), (10, 30), (20, 60),
    (5, 5, 5), (10, 10, 10), (20, 20, 20), (10, 20, 30),
)  # fmt: skip
EDGES = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
EDGE_SHAPES: tuple[Sizes, ...] = (
    (5, 5), (5, 15), (10, 10), (10, 30), (10, 20, 30), (20, 20), (20, 60), (40, 40),
)  # fmt: skip
TESTED: tuple[Sizes, ...] = ((5, 5), (10, 10), (20, 20), (10, 30), (10, 10, 10), (10,) * 5)
BINS = (0.4, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
UNITS = (5, 10, 20, 40, 80)
MIDDLES = (0.65, 0.7, 0.75, 0.8, 0.85)
PLANNED: tuple[Sizes, ...] = ((5, 5), (10, 10), (20, 20), (40, 40), (10, 30), (10, 10, 10))
PILOTS: tuple[tuple[Sizes, float], ...] = (((10, 10), 0.1), ((20, 20), 0.1), ((10, 10, 10), 0.1))
CURVES = {  # the true AUC of each of seven layers
    "low": (0.5, 0.52, 0.55, 0.58, 0.6, 0.6, 0.58),
    "middle": (0.65, 0.68, 0.7, 0.75, 0.8, 0.82, 0.8),
    "high": (0.6, 0.75, 0.85, 0.9, 0.95, 0.96, 0.95),
}
CLAIMS = ("better", "slightly_better", "equal", "unclear", "worse")


def coverage_table(repeats: int, *, uneven: bool = False, macro: bool = True) -> Iterator[str]:
    yield from head("sentences a sense", [f"AUC {auc:g}" for auc in AUCS])
    for sizes in SHAPES:
        yield row(sizes, (coverage(sizes, a, repeats, uneven=uneven, macro=macro) for a in AUCS))


def edge_table(repeats: int, *, macro: bool = True) -> Iterator[str]:
    """At the ends of what `is_calibrated` takes: the worse of even and uneven contexts."""
    yield from head("sentences a sense", [f"AUC {auc:g}" for auc in EDGES])
    for sizes in EDGE_SHAPES:
        yield row(
            sizes,
            (
                min(coverage(sizes, a, repeats, uneven=u, macro=macro) for u in (False, True))
                for a in EDGES
            ),
        )


def estimate_table(repeats: int, *, macro: bool = True) -> Iterator[str]:
    names = [f"{low:g} to {high:g}" for low, high in pairwise(BINS)]
    yield from head("sentences a sense", [*names, "not marked"])
    for uneven in (False, True):
        for units in UNITS:
            by_bin, trusted = coverage_by_estimate(units, BINS, repeats, uneven=uneven, macro=macro)
            name = f"{units}, {units}{', uneven' if uneven else ''}"
            yield row(name, [*by_bin, trusted])


def band_table(repeats: int) -> Iterator[str]:
    yield from head("sentences a sense", [*CURVES, *(f"{name}, uneven" for name in CURVES)])
    for sizes in TESTED:
        yield row(
            sizes,
            (
                band_coverage(sizes, curve, repeats, uneven=uneven)
                for uneven in (False, True)
                for curve in CURVES.values()
            ),
        )


def size_table(repeats: int, *, uneven: bool = False, alike: bool = False) -> Iterator[str]:
    yield from head("sentences a sense", [f"AUC {auc:g}" for auc in AUCS])
    for sizes in TESTED:
        yield row(
            sizes, (false_claims(sizes, a, repeats, uneven=uneven, alike=alike) for a in AUCS)
        )


def several_table(repeats: int) -> Iterator[str]:
    numbers = (2, 4, 7)
    yield from head("sentences a sense, AUC", [f"{n} encoders" for n in numbers])
    for sizes in ((10, 10), (20, 20), (10, 10, 10)):
        for auc in (0.6, 0.75, 0.9):
            for uneven in (False, True):
                yield row(
                    f"{_joined(sizes)}: {auc:g}{', uneven' if uneven else ''}",
                    (false_claims(sizes, auc, repeats, number=n, uneven=uneven) for n in numbers),
                )


def detectable_table(
    repeats: int,
    *,
    number: int = 2,
    middles: Sequence[float] = MIDDLES,
    shapes: Sequence[Sizes] = PLANNED,
) -> Iterator[str]:
    kinds = [(auc, uneven) for auc in middles for uneven in (False, True)]
    yield from head(
        "sentences a sense", [f"AUC {auc:g}{', uneven' if uneven else ''}" for auc, uneven in kinds]
    )
    for sizes in shapes:
        found = (
            power_at_detectable(sizes, auc, repeats, uneven=uneven, number=number)
            for auc, uneven in kinds
        )
        yield row(sizes, (f"{power:.3f} at {difference:.3f}" for power, difference in found))


def planned_table(
    repeats: int,
    *,
    pilots: Sequence[tuple[Sizes, float]] = PILOTS,
    middles: Sequence[float] = (0.65, 0.75, 0.8),
) -> Iterator[str]:
    kinds = [(auc, uneven) for auc in middles for uneven in (False, True)]
    yield from head(
        "sentences a sense, margin",
        [f"AUC {auc:g}{', uneven' if uneven else ''}" for auc, uneven in kinds],
    )
    for sizes, margin in pilots:
        found = (
            power_as_planned(sizes, auc, margin, repeats, uneven=uneven) for auc, uneven in kinds
        )
        yield row(
            f"{_joined(sizes)}: {margin:g}",
            (f"{power:.3f} with {needed:.0f}" for power, needed in found),
        )


def claims_table(repeats: int) -> Iterator[str]:
    yield from head("sentences a sense, true difference", CLAIMS)
    for uneven in (False, True):
        for units in (10, 20, 40, 80, 160):
            for difference in (0.0, 0.03, 0.1):
                made = claimed((units, units), difference, repeats, uneven=uneven)
                name = f"{units}, {units}: {difference:g}{', uneven' if uneven else ''}"
                yield row(name, (made[claim] / repeats for claim in CLAIMS))


def units_table(repeats: int) -> Iterator[str]:
    columns = ("mean estimate", "coverage", "coverage of the mean", "size")
    yield from head("units of so many uses, share in common, AUC", columns)
    for per_unit in (2, 4):
        for units in (10, 20, 40):
            for share in (0.0, 0.3, 0.6):
                for auc in (0.75, 0.9):
                    found = units_across_senses(units, auc, repeats, share=share, per_unit=per_unit)
                    yield row(
                        f"{units} of {per_unit}, {share:g}: {auc:g}",
                        (found["mean"], found["coverage"], found["coverage of the mean"],
                         found["size"]),
                    )  # fmt: skip


def words_table(repeats: int) -> Iterator[str]:
    yield from head("words", ["joint t, 2 encoders", "sign flip", "joint t, 4 encoders"])
    for words in (6, 10, 12, 20, 50):
        joint, flip = size_over_words(words, repeats)
        yield row(str(words), (joint, flip, size_over_words(words, repeats, number=4)[0]))


def head(first: str, columns: Sequence[str]) -> Iterator[str]:
    yield f"| {first} | {' | '.join(columns)} |"
    yield f"| --- |{' --- |' * len(columns)}"


def row(name: Sizes | str, cells: Iterable[float | str]) -> str:
    texts = (cell if isinstance(cell, str) else f"{cell:.3f}" for cell in cells)
    name = name if isinstance(name, str) else _joined(name)
    return f"| {name} |{''.join(f' {text} |' for text in texts)}".replace(" 0.", " .")


def _joined(sizes: Sizes) -> str:
    return ", ".join(map(str, sizes))


TABLES: dict[str, tuple[int, Callable[[int], Iterator[str]]]] = {  # words a cell, table
    "coverage": (400, coverage_table),
    "coverage-uneven": (400, partial(coverage_table, uneven=True)),
    "coverage-pooled": (400, partial(coverage_table, macro=False)),
    "coverage-pooled-uneven": (400, partial(coverage_table, uneven=True, macro=False)),
    "estimate": (2000, estimate_table),
    "estimate-pooled": (2000, partial(estimate_table, macro=False)),
    "edges": (1000, edge_table),
    "edges-pooled": (1000, partial(edge_table, macro=False)),
    "size": (400, size_table),
    "size-uneven": (400, partial(size_table, uneven=True)),
    "size-alike": (400, partial(size_table, alike=True)),
    "size-alike-uneven": (400, partial(size_table, uneven=True, alike=True)),
    "several": (400, several_table),
    "detectable": (400, detectable_table),
    "detectable-four": (
        400,
        partial(
            detectable_table,
            number=4,
            middles=(0.65, 0.75, 0.8),
            shapes=((5, 5), (10, 10), (20, 20)),
        ),
    ),
    "planned": (400, planned_table),
    "claims": (400, claims_table),
    "units": (400, units_table),
    "band": (400, band_table),
    "words": (1000, words_table),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, help="simulated words a cell")
    parser.add_argument("--table", choices=TABLES, action="append")
    options = parser.parse_args()
    module.SIMULATED = 10_000
    for name in options.table or TABLES:
        repeats = options.repeats or TABLES[name][0]
        error = (0.05 * 0.95 / repeats) ** 0.5
        note = f"{name}: {repeats} words a cell, standard error {error:.3f} at .95 or .05"
        for line in chain([f"\n{note}\n"], TABLES[name][1](repeats)):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
