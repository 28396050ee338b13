"""The lines under a comparison's table: what chance gives, and why there is no number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from embcmp.questions.compare.tables import shown
from embcmp.render.numbers import short
from embcmp.render.text import by_reason
from embcmp.types import Comparison, Result


def footnotes(c: Comparison) -> Iterator[str]:
    """What chance gives, why measures have no value, each reason once, and what the tilde means.

    The verdict tells of one vector per type.
    """
    if chances := ", ".join(_chances(c.results)):
        yield f"by chance: {chances}"
    for reason, names in by_reason(_undefined(c)).items():
        yield f"{', '.join(names)}: {reason}"
    if any(m.approximate for r in (*c.results, *(c.controls or ())) for m in r.metrics.values()):
        yield (
            "~ approximate: simulated, such intervals are too narrow or too wide"
            " (docs/reference/measures.md)"
        )


def _undefined(c: Comparison) -> Iterator[tuple[str, str | None]]:
    """What has no value, and why."""
    yield from _lacking([r for r in c.results if not r.info.per_type])
    for r in c.controls or ():
        yield r.name, r.metrics["auc"].undefined
    for x in c.agreement:
        yield "rsa", x.rsa_undefined
        yield "cka", x.cka_undefined
    for t in c.tests:
        yield "tests", t.undefined


def _lacking(results: Sequence[Result]) -> Iterator[tuple[str, str]]:
    """What encoders have no value for, and why; who, where it is not all of them."""
    lacking: dict[tuple[str, str], list[str]] = {}
    for r in results:
        for name in shown(r):
            if why := r.metrics[name].undefined:
                lacking.setdefault((name, why), []).append(r.name)
    for (name, why), who in lacking.items():
        yield name, why if len(who) == len(results) else f"{why} ({', '.join(who)})"


def _chances(results: Sequence[Result]) -> Iterator[str]:
    """What measures are by chance, from the least to the most of the encoders."""
    for name in shown(results[0]):
        found = [chance for r in results if (chance := r.metrics[name].chance) is not None]
        if found:
            least, most = short(min(found)), short(max(found))
            yield f"{name} {least}" if least == most else f"{name} {least} to {most}"
