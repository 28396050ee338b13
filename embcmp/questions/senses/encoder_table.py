"""What each encoder makes of the uses, in one row: for the terminal and for documents."""

from __future__ import annotations

from collections.abc import Iterator

from embcmp.questions.senses.encoder_senses import EncoderSenses
from embcmp.questions.senses.senses import Senses
from embcmp.render.numbers import p, short, two

NONE = "–"
_DETECTION = "detection: the share of a sense's uses that are like none while it is unknown"
_P = "p: the p-value of the hypothesis that all uses have one sense"
_UNMEASURED = "~: no null was measured for it, so that p is a hint, and counts only where all are"
_AMI = "AMI: how alike the groups are to those of {}, from 0 (chance) to 1"
_ARI = "ARI: how alike the groups are to the labels, from 0 (chance) to 1"
_TRUE_K = "true k: the ARI of as many groups as there are labels"
_SIZES = 4  # groups whose sizes are listed


def encoder_columns(s: Senses) -> Iterator[tuple[list[str], str]]:
    """Yield columns, each a title and a cell for each encoder, and what they show, or nothing."""
    if s.main.known:
        known = [r.known for r in s.results]
        yield ["method", *(k.method if k else NONE for k in known)], ""
        yield ["accuracy", *(two(k and k.accuracy) for k in known)], ""
        yield ["like none", *(str(len(r.unlike)) if r.known else NONE for r in s.results)], ""
        yield ["detection", *(two(k and k.detection) for k in known)], _DETECTION
    else:
        yield ["groups", *(str(len(r.groups) or NONE) for r in s.results)], ""
        yield ["uses in each", *map(_sizes, s.results)], ""
        yield ["stability", *map(_stability, s.results)], ""
        ps = [f"{'' if r.measured or r.p is None else '~'}{p(r.p)}" for r in s.results]
        yield ["p", *ps], f"{_P}; {_UNMEASURED}" if "~" in "".join(ps) else _P
    if s.agreement:
        alike = {frozenset((a.a, a.b)): a.ami for a in s.agreement}
        amis = [alike.get(frozenset((r.name, s.main.name))) for r in s.results]
        yield ["AMI", *map(two, amis)], _AMI.format(s.main.name)
    for title, metrics, note in (
        ("ARI", [r.metrics for r in s.results], _ARI),
        ("true k", [r.metrics_true_k for r in s.results], _TRUE_K),
    ):
        aris = [m["ari"].value if m else None for m in metrics]
        if any(ari is not None for ari in aris):
            yield [title, *map(two, aris)], note


def legend(s: Senses) -> str:
    """Say what the columns are."""
    return f"{'; '.join(note for _, note in encoder_columns(s) if note)}."


def _sizes(r: EncoderSenses) -> str:
    sizes = [str(len(group.uses)) for group in r.groups]
    return ", ".join(sizes[:_SIZES] + ["…"] * (len(sizes) > _SIZES)) or NONE


def _stability(r: EncoderSenses) -> str:
    """The stability of the groups, from the lowest to the highest."""
    values = sorted(group.stability for group in r.groups if group.stability is not None)
    return " to ".join(dict.fromkeys(short(v) for v in values[:1] + values[-1:])) or NONE
