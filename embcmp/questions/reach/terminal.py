"""A Reach for people: a small curve for each encoder, and how far its context counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from embcmp.questions.reach.curves import SIDES, SPAN
from embcmp.questions.reach.encoder_reach import Reach, ReachResult
from embcmp.render.figures import sparkline
from embcmp.render.numbers import interval, p_value, plural, short
from embcmp.render.text import visible
from embcmp.types import Metric, PairTest

_SHOWN = (1, 2, 3, 5, SPAN)
_LAGS = (1, 2, 3, 5, 10, 15)
_DONE = {
    "word": "replaced by another (at most {} draws)",
    "mask": "masked",
    "delete": "deleted",
}


def render(reach: Reach, console: Console) -> None:
    """Print the curves, the numbers and the tests."""
    for line in _heading(reach):
        console.print(Text(visible(line)), soft_wrap=True)
    console.print()
    for text in (*_curves(reach), *_numbers(reach), *_summary(reach), *_jacobians(reach)):
        console.print(text, soft_wrap=True)
    tests = [t for t in reach.tests if t.metric == "reach50"]
    if tests and any(t.p is not None for t in tests):
        console.print()
        for t in tests:
            console.print(Text(f"  {visible(_spoken(t))}"), soft_wrap=True)
    for r in reach.results:
        if r.info.per_type:
            console.print(
                Text(f"\n  {visible(r.name)}: one vector per type, so no context word counts")
            )


def _heading(reach: Reach) -> Iterator[str]:
    uses = plural(len(reach.uses), "occurrence")
    yield f"{reach.word}: {uses}, {reach.long_uses} with {SPAN} words on each side"
    if reach.method == "gradient":
        yield "  sensitivity of the vector to each word's input, as a share of the sentence's total"
        return
    done = _DONE[reach.method].format(reach.draws)
    yield f"  change of the vector when one context word is {done},"
    yield "  divided by its change when all context words are replaced"
    if reach.left_out:
        reason = "have fewer than five replacements and were left out"
        yield f"  {reach.left_out} of {reach.positions} words {reason}"


def _curves(reach: Reach) -> Iterator[Text]:
    """The curves on one scale, from 0 to the highest share."""
    width = _width(reach.results)
    known = [m.value for r in reach.results for m in r.curve.values() if m.value is not None]
    high = max(known, default=0.0) or 1.0
    k = reach.distance
    ends = f"-{k}".ljust(k - 2) + "-1", "1".ljust(k - len(str(k))) + str(k)
    yield Text(f"  {'distance in words':{width}}  {ends[0]}   {ends[1]}", "dim")
    for r in reach.results:
        left = sparkline((m.value for d, m in r.curve.items() if d < 0), 0.0, high)
        right = sparkline((m.value for d, m in r.curve.items() if d > 0), 0.0, high)
        style = "dim" if r.twin_of else ""
        yield Text(f"  {visible(r.name):{width}}  {left} ∎ {right}", style)
    yield Text(f"  {'':{width}}  the highest bar is {short(high)}", "dim")


def _numbers(reach: Reach) -> Iterator[Text]:
    at = [*(-d for d in reversed(_SHOWN)), *_SHOWN]
    heads = [*map(str, at), *([] if reach.method == "gradient" else ["all"])]
    rows = []
    for r in reach.results:
        whole = (
            []
            if r.change_of_all is None or r.change_of_all.value is None
            else [short(r.change_of_all.value, 3)]
        )
        rows.append((r, r.name, [*(_share(r.curve[d]) for d in at), *whole]))
    yield from _table(reach, "share at", heads, rows, 6)


def _summary(reach: Reach) -> Iterator[Text]:
    if not reach.long_uses:
        yield Text(f"\n  reach50: no occurrence has {SPAN} words on each side", "dim")
        return
    rows = [
        (r, r.name, [_distance(r.reach50[side]) for side in SIDES])
        for r in reach.results
        if not r.info.per_type
    ]
    yield from _table(reach, "reach50, in words", SIDES, rows, 14)


def _jacobians(reach: Reach) -> Iterator[Text]:
    """Norms of the derivative of a state with respect to an earlier one, by steps between them."""
    rows = []
    for r in reach.results:
        for part, norms in (r.jacobian or {}).items():
            cells = [f"{norms[lag].frobenius:.1e}" if lag in norms else "·" for lag in _LAGS]
            rows.append((r, f"{r.name}, {part}", cells))
    if rows:
        yield from _table(reach, "Jacobian over steps", [*map(str, _LAGS)], rows, 9)
        yield Text("  Frobenius norm over root width, geometric mean; 1 for the identity", "dim")


def _table(
    reach: Reach,
    title: str,
    heads: Sequence[str],
    rows: Sequence[tuple[ReachResult, str, Sequence[str]]],
    cell: int,
) -> Iterator[Text]:
    """A table with a label and cells for each result; the rows of untrained twins are dim."""
    width = max([_width(reach.results), *(len(label) for _, label, _ in rows)])
    yield Text("")
    yield Text(f"  {title:{width}}" + "".join(f"{head:>{cell}}" for head in heads), "dim")
    for r, label, cells in rows:
        line = f"  {visible(label):{width}}" + "".join(f"{c:>{cell}}" for c in cells)
        yield Text(line, "dim" if r.twin_of else "")


def _width(results: Sequence[ReachResult]) -> int:
    return max(17, *(len(visible(r.name)) for r in results))


def _share(m: Metric) -> str:
    return "·" if m.value is None else short(m.value)


def _distance(m: Metric) -> str:
    if m.value is None:
        return "·"
    ends = m.ci95 and f" [{m.ci95[0]:.0f}, {m.ci95[1]:.0f}]"
    return f"{m.value:.0f}{ends or ''}"


def _spoken(t: PairTest) -> str:
    if t.difference is None or t.p is None:
        return f"{t.a} and {t.b}: {t.undefined}"
    ends = f"{interval(t.ci95)}, {p_value(t.p_adjusted)}"
    if t.p_adjusted is None or t.p_adjusted >= 0.05:
        words = short(t.difference, 1)
        return f"{t.a} and {t.b} are not distinguishable: reach50 differs by {words} {ends}"
    near, far = (t.a, t.b) if t.difference < 0 else (t.b, t.a)
    return f"{far} reaches farther than {near}: reach50 differs by {short(t.difference, 1)} {ends}"
