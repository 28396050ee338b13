"""A Reach for people: a small curve for each encoder, and how far it reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from embcmp.questions.reach.curves import SIDES, SPAN
from embcmp.questions.reach.results import Reach, ReachResult
from embcmp.render.figures import sparkline
from embcmp.render.numbers import interval, p_value, short
from embcmp.render.text import visible
from embcmp.types import Metric, PairTest

_SHOWN = (1, 2, 3, 5, SPAN)
_LAGS = (1, 2, 3, 5, 10, 15)
_DONE = {
    "word": "replaced by another, {} draws",
    "mask": "hidden",
    "delete": "taken out",
}


def render(found: Reach, console: Console) -> None:
    """Print the curves, the numbers and the tests."""
    for line in _heading(found):
        console.print(Text(visible(line)), soft_wrap=True)
    console.print()
    for text in (*_curves(found), *_numbers(found), *_summary(found), *_jacobians(found)):
        console.print(text, soft_wrap=True)
    tests = [t for t in found.tests if t.metric == "reach50"]
    if tests and any(t.p is not None for t in tests):
        console.print()
        for t in tests:
            console.print(Text(f"  {visible(_spoken(t))}"), soft_wrap=True)
    for r in found.results:
        if r.info.per_type:
            console.print(Text(f"\n  {visible(r.name)}: one vector per type: no context counts"))


def _heading(found: Reach) -> Iterator[str]:
    n = len(found.uses)
    uses = "1 occurrence" if n == 1 else f"{n} occurrences"
    yield f"{found.word}: {uses}, {found.long} with {SPAN} words on each side"
    if found.method == "gradient":
        yield "  sensitivity of the vector to each word's input, as shares of the sentence"
        return
    done = _DONE[found.method].format(found.draws)
    yield f"  change of the vector when one context word is {done},"
    yield "  over its change when all are replaced"
    if found.left_out:
        few = "have fewer than five replacements and were left out"
        yield f"  {found.left_out} of {found.positions} words {few}"


def _curves(found: Reach) -> Iterator[Text]:
    """All on one scale, from 0 to the highest share."""
    width = _width(found.results)
    known = [m.value for r in found.results for m in r.curve.values() if m.value is not None]
    high = max(known, default=0.0) or 1.0
    k = found.distance
    ends = f"-{k}".ljust(k - 2) + "-1", "1".ljust(k - len(str(k))) + str(k)
    yield Text(f"  {'distance in words':{width}}  {ends[0]}   {ends[1]}", "dim")
    for r in found.results:
        left = sparkline((m.value for d, m in r.curve.items() if d < 0), 0.0, high)
        right = sparkline((m.value for d, m in r.curve.items() if d > 0), 0.0, high)
        style = "dim" if r.twin_of else ""
        yield Text(f"  {visible(r.name):{width}}  {left} ∎ {right}", style)
    yield Text(f"  {'':{width}}  the highest bar is {short(high)}", "dim")


def _numbers(found: Reach) -> Iterator[Text]:
    at = [*(-d for d in reversed(_SHOWN)), *_SHOWN]
    heads = [*map(str, at), *([] if found.method == "gradient" else ["all"])]
    rows = []
    for r in found.results:
        whole = [] if r.whole is None or r.whole.value is None else [short(r.whole.value, 3)]
        rows.append((r, r.name, [*(_share(r.curve[d]) for d in at), *whole]))
    yield from _table(found, "share at", heads, rows, 6)


def _summary(found: Reach) -> Iterator[Text]:
    if not found.long:
        yield Text(f"\n  reach50: no occurrence has {SPAN} words on each side", "dim")
        return
    rows = [
        (r, r.name, [_distance(r.reach50[side]) for side in SIDES])
        for r in found.results
        if not r.info.per_type
    ]
    yield from _table(found, "reach50, in words", SIDES, rows, 14)


def _jacobians(found: Reach) -> Iterator[Text]:
    """Norms of the derivative of a state by the one so many steps before, as powers of ten."""
    rows = []
    for r in found.results:
        for part, norms in (r.jacobian or {}).items():
            cells = [f"{norms[lag].frobenius:.1e}" if lag in norms else "·" for lag in _LAGS]
            rows.append((r, f"{r.name}, {part}", cells))
    if rows:
        yield from _table(found, "Jacobian over steps", [*map(str, _LAGS)], rows, 9)
        yield Text("  Frobenius norm over root width, geometric mean; 1 for the identity", "dim")


def _table(
    found: Reach,
    title: str,
    heads: Sequence[str],
    rows: Sequence[tuple[ReachResult, str, Sequence[str]]],
    cell: int,
) -> Iterator[Text]:
    """Rows of results with their labels and cells; untrained twins are dim."""
    width = max([_width(found.results), *(len(label) for _, label, _ in rows)])
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
