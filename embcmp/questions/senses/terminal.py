"""Senses on the terminal: the verdict, a row an encoder, and the groups with their typical uses."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from embcmp.questions.compare.names_in_prose import plain_names
from embcmp.questions.compare.screen import file_name, heading, more, use_line
from embcmp.questions.compare.shortened_lists import fitted_lists
from embcmp.questions.senses.conclusion import conclusion
from embcmp.questions.senses.encoder_senses import EncoderSenses, Group
from embcmp.questions.senses.encoder_table import encoder_columns, legend
from embcmp.questions.senses.senses import Senses
from embcmp.render.columns import Block, in_columns
from embcmp.render.line_breaks import brief, first, shortened, wrapped
from embcmp.render.numbers import plural, short
from embcmp.render.text import visible

HEIGHT = 38  # of 40 lines: the command and the next prompt are on the screen as well
_VERDICT = 8  # the most lines of the verdict
_FEW = 10  # the most uses that are listed where there are no groups
_NAME = 30  # the most cells of a name
_INDENT = " " * 4


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
            lines += [*_groups(s, r, width, central=3, between=len(s.occurrences)), Text()]
    return lines


def _top(s: Senses, width: int, most: int) -> list[Text]:
    names = {name for pair in plain_names([r.result for r in s.results]).items() for name in pair}
    verdict = fitted_lists(conclusion(s), names, width, most)
    lines = [*heading(s.word, s.occurrences, s.correct, width), Text(), *map(Text, verdict), Text()]
    return [*lines, *(_table(s, width) if s.main.groups else ())]


def _table(s: Senses, width: int) -> list[Text]:
    """A row an encoder: its groups, its evidence, and how alike it groups the uses."""
    labels = ["", *(shortened(visible(r.name), min(_NAME, width // 3)) for r in s.results)]
    columns = [Block.right(column) for column, _ in encoder_columns(s)]
    table = in_columns(labels, columns, width)[:-1]
    return [*table, *(Text(f"  {line}", "dim") for line in wrapped(legend(s), width - 2)), Text()]


def _body(s: Senses, r: EncoderSenses, width: int, room: int) -> list[Text]:
    """The groups of an encoder, with as many uses of each as there is room for."""
    for central, between in ((3, 2), (3, 1), (2, 1), (2, 0), (1, 0), (0, 0)):
        lines = list(_groups(s, r, width, central, between))
        if len(lines) <= room:
            return lines
    return lines[:room]


def _groups(s: Senses, r: EncoderSenses, width: int, central: int, between: int) -> Iterator[Text]:
    """The groups of an encoder, with at most so many uses of each that are central, or between."""
    name = shortened(visible(r.name), _NAME)
    yield Text(first(wrapped(f"Groups by {name}, with central uses", width), 1, width)[0])
    for group in r.groups:
        yield from _group(group, width)
        for i in group.central[:central]:
            yield use_line(s.occurrences[i], f"{_INDENT}  ", width - 1)
        for i in [i for i in group.borderline if i not in group.central[:central]][:between]:
            yield use_line(s.occurrences[i], f"{_INDENT}? ", width - 1)
    if r.unlike:
        yield Text(f"  like no known sense  {plural(len(r.unlike), 'use')}", "bold")
        yield from (
            use_line(s.occurrences[i], f"{_INDENT}  ", width - 1)
            for i in r.unlike[: max(central, between)]
        )
    if between and any({*group.borderline} - {*group.central[:central]} for group in r.groups):
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


def _uses(s: Senses, width: int, room: int) -> list[Text]:
    """The uses themselves, where there are no groups."""
    shown = s.occurrences[: max(0, min(_FEW, room - 1))]
    lines = [use_line(o, f"{_INDENT}  ", width - 1) for o in shown]
    if rest := len(s.occurrences) - len(shown):
        lines.append(Text(f"      {plural(rest, 'more use')}", "dim"))
    return lines


def _more(s: Senses, width: int) -> list[Text]:
    file = file_name(s.word)
    offers = [f"--format html -o {file}.html (map, sentences)"]
    if s.main.groups:
        exported = f"--format tsv -o {file}.senses.tsv (the uses with {s.main.name}'s groups)"
        offers = ["--all (groups of every encoder)", exported, *offers]
    return more(offers, width)
