"""A Trace for people: a row for each token, the directions side by side, the gates shaded."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from embcmp.questions.trace.trace import EDGES, SHEET_NOTE, Gate, Step, Trace, TracedToken
from embcmp.render.columns import Block, side_by_side
from embcmp.render.figures import SHADES
from embcmp.render.numbers import short
from embcmp.render.text import visible

_LONGEST = 16  # cells of a token
_UNREAD = "·"
_NOTES = (
    "gates: mean over the units, \u00b1 standard deviation; memory, state: norms",
    "carry: share of the first word's memory that the forget gates have kept",
)


def render(trace: Trace, console: Console) -> None:
    """Print a trace."""
    for line in _heading(trace):
        console.print(Text(visible(line)), soft_wrap=True)
    console.print()
    labels = ["", "", *(_label(t) for t in trace.tokens)]
    read = [d for d in EDGES if any(t.steps[d] for t in trace.tokens)]
    side_by_side(labels, [_block(trace, direction) for direction in read], console)
    for note in _NOTES:
        console.print(Text(f"  {note}", "dim"), soft_wrap=True)


def _heading(trace: Trace) -> Iterator[str]:
    yield f"{trace.info.name}: {trace.info.model}, {trace.cell} cell"
    if trace.cell == "sheet":
        yield f"  {SHEET_NOTE}"
    if trace.target is not None:
        form = trace.target.form
        yield f"  each direction reads up to [{form}], which it does not see"


def _label(t: TracedToken) -> str:
    token = visible(t.token)
    while cell_len(token) > _LONGEST:
        token = token[:-2] + "…"
    if t.target:
        return f"[{token}]"
    return token if t.known else f"{token} ?"


def _block(trace: Trace, direction: str) -> Block:
    steps = [t.steps[direction] for t in trace.tokens]
    high = max((s.memory for s in steps if s), default=0.0) or 1.0
    head = "".join(f"{name:9}" for name in ("forget", "input", "output"))
    lines = [
        Text(direction, "bold"),
        Text(f"{head}{'memory':8}{'state':7}carry", "dim"),
        *(Text(_UNREAD, "dim") if s is None else Text(_row(s, high)) for s in steps),
    ]
    return Block.of(lines)


def _row(s: Step, high: float) -> str:
    gates = "".join(f"{_gate(g):9}" for g in (s.forget, s.input, s.output))
    memory = f"{_shade(s.memory / high)}{s.memory:.2f}"
    carry = "" if s.carry is None else f"{_shade(s.carry)}{short(s.carry)}"
    return f"{gates}{memory:8}{s.state:<7.2f}{carry}".rstrip()


def _gate(g: Gate) -> str:
    return f"{_shade(g.mean)}{short(g.mean)}±{short(g.spread)}"


def _shade(share: float) -> str:
    return SHADES[round(min(1.0, max(0.0, share)) * (len(SHADES) - 1))]
