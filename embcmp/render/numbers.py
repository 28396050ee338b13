"""Numbers as text, in the style of statistical reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from embcmp.types import Metric


def short(value: float, decimals: int = 2) -> str:
    """Format a number without the zero before the point: .68, -.12, 1.00."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def interval(ci95: Sequence[float] | None, *, approximate: bool = False) -> str:
    """Format an interval as [.06, .24], with a tilde if it is approximate; None as nothing."""
    if not ci95:
        return ""
    low, high = ci95
    return f"{'~' if approximate else ''}[{short(low)}, {short(high)}]"


def with_interval(metric: Metric) -> str:
    """Format a measure as 0.732 ~[.61, .85], or give the reason why it has no value."""
    if metric.value is None:
        return metric.undefined or ""
    ci95 = interval(metric.ci95, approximate=metric.approximate)
    return f"{metric.value:.3f} {ci95}".rstrip()


def p_value(p: float | None) -> str:
    """Format a p-value as p = .004, or p < .001."""
    if p is None:
        return "p unknown"
    return "p < .001" if p < 0.001 else f"p = {p_number(p)}"


def p_number(p: float | None) -> str:
    """Format a p-value for a table as .004 or <.001; None as nothing."""
    if p is None:
        return ""
    return "<.001" if p < 0.001 else short(p, 3)


def plural(count: int, noun: str) -> str:
    """Format a count with its noun: `1 occurrence`, `1,200 occurrences`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def two(value: float | None) -> str:
    """Format a number with two decimals; None as a dash."""
    return "–" if value is None else short(value)


def three(value: float | None) -> str:
    """Format a number with three decimals; None as a dash."""
    return "–" if value is None else short(value, 3)


def p(value: float | None) -> str:
    """Format a p-value; None as a dash."""
    return p_number(value) or "–"


def megabytes(count: int) -> str:
    """Format a number of bytes: `0.8 MB`, `84 MB`."""
    mb = count / 1e6
    return f"{mb:.1f} MB" if mb < 9.95 else f"{mb:,.0f} MB"


def seconds(value: float) -> str:
    """Format seconds: `12 ms`, `2.5 s`."""
    return f"{value * 1e3:.0f} ms" if value < 1 else f"{value:,.1f} s"


def sort_key(value: float | None) -> str:
    """Return the key by which a table is sorted; None as nothing."""
    return "" if value is None else f"{value}"


def breakable(name: str) -> str:
    """Return HTML of a name that may be broken after an underscore."""
    from markupsafe import Markup, escape

    return Markup("_<wbr>").join(escape(part) for part in name.split("_"))


def tenths(share: float) -> str:
    """Return the number of the shade for a share, from 0 to 10."""
    return f"{round(10 * min(1.0, max(0.0, share)))}"


FILTERS: Mapping[str, Callable[..., str]] = {
    f.__name__: f
    for f in (
        *(plural, short, two, three, interval, p, megabytes, seconds),
        *(sort_key, breakable, tenths),
    )
}
