"""Numbers as statistics are printed, whatever they are printed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from embcmp.types import Metric


def short(value: float, decimals: int = 2) -> str:
    """Without the zero before the point, as statistics are printed: .68, -.12, 1.00."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def interval(ci95: Sequence[float] | None, *, approximate: bool = False) -> str:
    """As [.06, .24], with a tilde where it is approximate; nothing where there is none."""
    if not ci95:
        return ""
    low, high = ci95
    return f"{'~' if approximate else ''}[{short(low)}, {short(high)}]"


def with_interval(metric: Metric) -> str:
    """As 0.732 ~[.61, .85]; the reason where there is no value."""
    if metric.value is None:
        return metric.undefined or ""
    ends = interval(metric.ci95, approximate=metric.approximate)
    return f"{metric.value:.3f} {ends}".rstrip()


def p_value(p: float | None) -> str:
    """As p = .004; p < .001 below that."""
    if p is None:
        return "p unknown"
    return "p < .001" if p < 0.001 else f"p = {p_number(p)}"


def p_number(p: float | None) -> str:
    """As in a table: .004, <.001 below that; nothing where there is none."""
    if p is None:
        return ""
    return "<.001" if p < 0.001 else short(p, 3)


def plural(count: int, noun: str) -> str:
    """As `1 occurrence`, `1,200 occurrences`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def three(value: float | None) -> str:
    """Three decimals; a dash where there is no value."""
    return "–" if value is None else short(value, 3)


def p(value: float | None) -> str:
    """A p-value; a dash where there is none."""
    return p_number(value) or "–"


def megabytes(count: int) -> str:
    """As `84 MB`."""
    mb = count / 1e6
    return f"{mb:.1f} MB" if mb < 9.95 else f"{mb:,.0f} MB"


def seconds(value: float) -> str:
    """As `12 ms` or `2.5 s`."""
    return f"{value * 1e3:.0f} ms" if value < 1 else f"{value:,.1f} s"


def sort_key(value: float | None) -> str:
    """What a table is sorted by; nothing where there is no value."""
    return "" if value is None else f"{value}"


def breakable(name: str) -> str:
    """A name that may go over to the next line after an underscore."""
    from markupsafe import Markup, escape

    return Markup("_<wbr>").join(escape(part) for part in name.split("_"))


def tenths(share: float) -> str:
    """A share as the number of a shade, from 0 to 10."""
    return f"{round(10 * min(1.0, max(0.0, share)))}"


FILTERS: Mapping[str, Callable[..., str]] = {
    f.__name__: f
    for f in (plural, short, three, interval, p, megabytes, seconds, sort_key, breakable, tenths)
}
