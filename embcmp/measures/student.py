"""Student's t: the two numbers that intervals and tests need, without loading scipy.stats."""

from __future__ import annotations


def two_sided_p(t: float, df: int) -> float:
    """P(|T| >= |t|) for Student's t with `df` degrees of freedom."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def quantile_975(df: int) -> float:
    """The t that P(|T| <= t) = .95 belongs to, with `df` degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))
