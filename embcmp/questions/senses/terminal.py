"""Senses on the terminal: the verdict, a row an encoder, and the groups with their typical uses."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from embcmp.questions.compare.screen import file_name, heading, more
from embcmp.questions.senses.conclusion import conclusion
from embcmp.questions.senses.encoder_senses import EncoderSenses, Group
from embcmp.questions.senses.senses import Senses
from embcmp.render.columns import Block, in_columns
from embcmp.render.line_breaks import (
    brief,
    cut_at_word,
    first,
    fitted,
    in_context,
    shortened,
    wrapped,
)
from embcmp.render.numbers import p_number, plural, short
from embcmp.render.text import visible
from embcmp.types import Occurrence

HEIGHT = 38  # of 40 lines: the command and the next prompt are on the screen as well
_VERDICT = 8  # the most lines of each part
_FEW = 10  # uses that are all listed
_NAME = 30  # the most cells of a name
_SIZES = 4  # of groups, in the row of an encoder
_P = "p: of one sense alone"
_CAUTIOUS = " (~ a cautious one: no null was measured for this encoder)"
_DETECTED = "detection: the share of a sense's uses that are like none while it is unknown"
_AMI = "AMI: how alike the groups are to those of {}, from 0 (chance) to 1"


def render(s: Senses, console: Console, *, everything: bool = False) -> None:
    """Print senses: on one screen of 80 by 40, or with the groups of every encoder.

    Args:
        s: what `senses` returned.
        console: the console to print on; its width decides how much of a use is shown.
        everything: whether to print the groups of every encoder with all uses that are between
            groups, instead of one screen.
    """
    width = console.width
    for line in _everything(s, width) if everything else _screen(s, width):
        console.print(line, soft_wrap=True)


def _screen(s: Senses, width: int) -> list[Text]:
    room = HEIGHT - len(brief(s.warnings, s.skipped, width))
    top = _top(s, width, _VERDICT)
    last = [Text(), *_more(s, width)]
    room -= len(top) + len(last)
    body = _body(s, s.main, width, room) if s.main.groups else _uses(s, width, room)
    return [*top, *body, *last]


def _everything(s: Senses, width: int) -> list[Text]:
    lines = _top(s, width, 100)
    for r in s.results:
        if r.groups:
            lines += [*_groups(s, r, width, central=3, between=1000), Text()]
    return lines


def _top(s: Senses, width: int, most: int) -> list[Text]:
    verdict = fitted(conclusion(s), width, most)
    lines = [*heading(s.word, s.occurrences, s.correct, width), Text(), *map(Text, verdict), Text()]
    return [*lines, *(_table(s, width) if s.main.groups else ())]


def _table(s: Senses, width: int) -> list[Text]:
    """A row an encoder: its groups, its evidence, and how alike it groups the uses."""
    alike = {frozenset((a.a, a.b)): a.ami for a in s.agreement}
    columns = [*_known(s)] or [
        ["groups", *(str(len(r.groups) or "–") for r in s.results)],
        ["of uses", *(_sizes(r) for r in s.results)],
        ["stability", *(_stability(r) for r in s.results)],
        ["p", *(_p(r) for r in s.results)],
    ]
    if alike:
        with_main = [alike.get(frozenset((r.name, s.main.name))) for r in s.results]
        columns.append(["AMI", *("–" if ami is None else short(ami) for ami in with_main)])
    for name, title in (("ari", "ARI"), ("b_cubed", "B-cubed F")):
        values = [r.metrics[name].value if name in r.metrics else None for r in s.results]
        if any(value is not None for value in values):
            columns.append([title, *("–" if v is None else short(v) for v in values)])
    labels = ["", *(shortened(visible(r.name), min(_NAME, width // 3)) for r in s.results)]
    cautious = any(r.p is not None and not r.measured for r in s.results)
    legend = _DETECTED if s.main.known else _P + (_CAUTIOUS if cautious else "")
    legend += f"; {_AMI.format(shortened(s.main.name, _NAME))}." if alike else "."
    below = [Text(f"  {line}", "dim") for line in wrapped(legend, width - 2)]
    return [*in_columns(labels, list(map(Block.right, columns)), width)[:-1], *below, Text()]


def _known(s: Senses) -> Iterator[list[str]]:
    """The columns of known senses; none where the uses make the groups."""
    if s.main.known:
        known = [r.known for r in s.results]
        yield ["method", *(k.method if k else "–" for k in known)]
        yield ["accuracy", *(short(k.accuracy) if k else "–" for k in known)]
        yield ["like none", *(str(len(r.unlike)) if r.known else "–" for r in s.results)]
        yield ["detection", *(short(k.detection) if k else "–" for k in known)]


def _p(r: EncoderSenses) -> str:
    return f"{'' if r.measured else '~'}{p_number(r.p)}" if r.p is not None else "–"


def _sizes(r: EncoderSenses) -> str:
    sizes = [str(len(group.uses)) for group in r.groups]
    return ", ".join(sizes[:_SIZES] + ["…"] * (len(sizes) > _SIZES)) or "–"


def _stability(r: EncoderSenses) -> str:
    """The stability of the groups, from the lowest to the highest."""
    values = sorted(group.stability for group in r.groups if group.stability is not None)
    return " to ".join(dict.fromkeys(short(v) for v in values[:1] + values[-1:])) or "–"


def _body(s: Senses, r: EncoderSenses, width: int, room: int) -> list[Text]:
    """The groups of an encoder, with as many uses of each as there is room for."""
    for central, between in ((3, 2), (3, 1), (2, 1), (2, 0), (1, 0), (0, 0)):
        lines = list(_groups(s, r, width, central=central, between=between))
        if len(lines) <= room:
            return lines
    return lines[:room]


def _groups(
    s: Senses, r: EncoderSenses, width: int, *, central: int, between: int
) -> Iterator[Text]:
    name = shortened(visible(r.name), _NAME)
    yield Text(cut_at_word(f"Groups by {name}, with central uses", width))
    for group in r.groups:
        yield from _group(group, width)
        for i in group.central[:central]:
            yield _use(s.occurrences[i], "", width)
        for i in [i for i in group.borderline if i not in group.central[:central]][:between]:
            yield _use(s.occurrences[i], "?", width)
    if r.unlike:
        yield Text(f"  like no known sense  {plural(len(r.unlike), 'use')}", "bold")
        yield from (_use(s.occurrences[i], "", width) for i in r.unlike[: max(central, between)])
    if between and any(group.borderline for group in r.groups):
        yield Text("  ? marks uses that are between groups.", "dim")


def _group(group: Group, width: int) -> Iterator[Text]:
    name = shortened(visible(group.name), _NAME)
    stable = "" if group.stability is None else f", stability {short(group.stability)}"
    about = [f"{plural(len(group.uses), 'use')}{stable}", ", ".join(group.keywords)]
    about += [
        f"{f.column} {f.value}: {f.inside} here, {f.outside} elsewhere" for f in group.features
    ]
    text = "; ".join(visible(part) for part in about if part)
    lines = first(wrapped(f"{name}  {text}", width - 2), 2, width - 2)
    yield from (Text(f"  {line}", "bold") for line in lines)


def _use(o: Occurrence, mark: str, width: int) -> Text:
    before, form, after = in_context(o.sentence, o.start, o.end, max(12, width - 9))
    line = Text(f"    {mark:1} ").append(before).append("[").append(form, "bold")
    return line.append("]").append(after)


def _uses(s: Senses, width: int, room: int) -> list[Text]:
    """The uses themselves, where there are no groups."""
    shown = s.occurrences[: max(0, min(_FEW, room - 1))]
    lines = [_use(o, "", width) for o in shown]
    if rest := len(s.occurrences) - len(shown):
        lines.append(Text(f"      {plural(rest, 'more use')}", "dim"))
    return lines


def _more(s: Senses, width: int) -> list[Text]:
    file = file_name(s.word)
    offers = ["--all (groups of every encoder)"] if s.main.groups else []
    if s.main.groups:
        offers.append(f"--format tsv -o {file}.tsv (the uses with {s.main.name}'s groups)")
    return more([*offers, f"--format html -o {file}.html (map, sentences)"], width)
