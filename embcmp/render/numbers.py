"""Numbers as statistics are printed, whatever they are printed on."""

from __future__ import annotations


def short(value: float, decimals: int = 2) -> str:
    """Without the zero before the point, as statistics are printed: .68, -.12, 1.00."""
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def interval(ci95: tuple[float, float] | None) -> str:
    """As [.06, .24]; nothing where there is none."""
    return f"[{short(ci95[0])}, {short(ci95[1])}]" if ci95 else ""


def p_value(p: float | None) -> str:
    """As p = .004; p < .001 below that."""
    if p is None:
        return "p unknown"
    return "p < .001" if p < 0.001 else f"p = {short(p, 3)}"


def p_number(p: float | None) -> str:
    """As in a table: .004, <.001 below that; nothing where there is none."""
    if p is None:
        return ""
    return "<.001" if p < 0.001 else short(p, 3)
