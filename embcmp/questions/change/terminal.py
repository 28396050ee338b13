"""Changes on the terminal: the verdict, a row an encoder or a word, and the uses that are new."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from embcmp.questions.change.conclusion import conclusion, spoken
from embcmp.questions.change.word_change import NOT_ASKED, Changes, EncoderChange, WordChange
from embcmp.questions.compare.screen import file_name, files, more, use_line
from embcmp.render.columns import Block, in_columns
from embcmp.render.line_breaks import brief, fitted, shortened, wrapped
from embcmp.render.numbers import interval, p_number, plural, short
from embcmp.render.text import visible

HEIGHT = 38  # of 40 lines: the command and the next prompt are on the screen as well
_VERDICT = 10  # the most lines of the verdict
_NAME = 30  # the most cells of a name
_ALL = "--all (every word)"
_ALL_USES = "--all (every use that is unlike the other group)"
_PAGE = "--format html -o {}.html (maps, all uses)"
_OTHERS = "--control-words 50 (do other words change as much?)"
_PERCENTILE = "percentile: prt is above that of so many % of {}."
_USES = 3  # the most uses of a list
_LEGEND = (
    "prt: how far apart the groups' mean vectors are, 0 without a change; apd: mean cosine distance"
    " of two uses of different groups, and by how much it exceeds that within the groups; jsd: how"
    " different the groups' shares of clusters of similar uses are, 0 without a change and at most"
    " 1."
)
_LEGEND_OF_WORDS = "prt: how far apart the groups' mean vectors are, 0 without a change; {}{}."
_ADJUSTED, _RATE = "adjusted: p, adjusted over the words", "FDR: estimated false discovery rate"


def render(c: Changes, console: Console, *, everything: bool = False) -> None:
    """Print changes: on one screen, or with every word or use that changed.

    Args:
        c: what `change` returned.
        console: the console to print on; its width decides how much of a use is shown.
        everything: whether to print all words and uses instead of one screen.
    """
    width = console.width
    below = len(brief(c.warnings, c.skipped, width))
    room = 1_000_000 if everything else HEIGHT - below
    lines = _one(c, width, room) if len(c.changes) == 1 else _many(c, width, room)
    for line in lines:
        console.print(line, soft_wrap=True)


def _one(c: Changes, width: int, room: int) -> list[Text]:
    [change] = c.changes
    top = [*_heading(change, width), Text(), *_verdict(c, width), Text(), *_encoders(change, width)]
    legend, offers = _LEGEND, [_PAGE.format(file_name(change.word))]
    if len({*change.main.gained}) > _USES or len({*change.main.lost}) > _USES:
        offers.insert(0, _ALL_USES)
    if change.controls:
        others = plural(len(change.controls.words), "other word")
        legend = f"{legend[:-1]}; {_PERCENTILE.format(others)}"
    elif c.no_controls == NOT_ASKED:
        offers.append(_OTHERS)
    below = [Text(f"  {line}", "dim") for line in wrapped(legend, width - 2)]
    last = [Text(), *more(offers, width)]
    left = room - len(top) - len(below) - len(last) - 1
    for most in (left if left > HEIGHT else _USES, 2, 1):
        if len(found := list(_what_changed(change, width, most))) <= left:
            break
    gap = [Text()] if found else []
    return [*top, *below, *gap, *found[: max(0, left)], *last]


def _many(c: Changes, width: int, room: int) -> list[Text]:
    groups = ", ".join(visible(name) for name in c.groups)
    top = [Text(line) for line in wrapped(f"{len(c.changes)} words in {groups}", width)]
    top += [Text(), *_verdict(c, width), Text()]
    last = [Text(), *more([_ALL, _PAGE.format("change")], width)]
    among = _RATE if c.rates else _ADJUSTED
    controlled = any(change.controls for change in c.changes)
    others = f"; {_PERCENTILE.format('the control words')[:-1]}" if controlled else ""
    legend = wrapped(_LEGEND_OF_WORDS.format(among, others), width - 2)
    last = [*(Text(f"  {line}", "dim") for line in legend), *last]
    ranked = sorted(c.changes, key=_rank)
    shown = ranked[: max(1, room - len(top) - len(last) - 4)]
    columns = [
        ["uses", *(", ".join(map(str, change.groups.counts)) for change in shown)],
        ["prt", *(_number(change.main, "prt", 3) for change in shown)],
        ["p", *(p_number(change.main.primary.p) or "–" for change in shown)],
        [
            "FDR" if c.rates else "adjusted",
            *(p_number(change.main.primary.among_words) or "–" for change in shown),
        ],
    ]
    if controlled:
        columns.append(["percentile", *(_percentile(change, change.main) for change in shown)])
    labels = ["", *(shortened(visible(change.word), _NAME) for change in shown)]
    lines = [Text(f"By {visible(c.changes[0].main.name)}, the largest change first")]
    lines += in_columns(labels, list(map(Block.right, columns)), width)[:-1]
    if rest := len(ranked) - len(shown):
        lines.append(Text(f"  {plural(rest, 'more word')}", "dim"))
    return [*top, *lines, *last]


def _rank(change: WordChange) -> tuple[bool, float]:
    value = change.main.primary.metric.value
    return value is None, -(value or 0)


def _verdict(c: Changes, width: int) -> list[Text]:
    return [Text(line) for line in fitted(conclusion(c), width, _VERDICT)]


def _heading(change: WordChange, width: int) -> list[Text]:
    counts = zip(change.groups.names, change.groups.counts, strict=True)
    uses = ", ".join(f"{spoken(name)} {plural(count, 'use')}" for name, count in counts)
    word = shortened(visible(change.word), _NAME)
    return list(map(Text, wrapped(f"{word}: {uses}{files(change.groups.occurrences)}", width)))


def _encoders(change: WordChange, width: int) -> list[Text]:
    results = change.results
    columns = [
        ["prt", *(_number(r, "prt") for r in results)],
        ["", *(interval(r.primary.metric.ci95) for r in results)],
        ["p", *(p_number(r.primary.p) or "–" for r in results)],
        *([name, *(_number(r, name) for r in results)] for name in ("apd", "excess", "jsd")),
    ]
    if change.controls:
        columns.append(["percentile", *(_percentile(change, r) for r in results)])
    labels = ["", *(shortened(visible(r.name), min(_NAME, width // 3)) for r in results)]
    return in_columns(labels, list(map(Block.right, columns)), width)[:-1]


def _percentile(change: WordChange, r: EncoderChange) -> str:
    value = change.percentile(r)
    return "–" if value is None else f"{value:.0f}"


def _number(r: EncoderChange, name: str, decimals: int = 2) -> str:
    value = r.change.measures[name].metric.value
    return "–" if value is None else short(value, decimals)


def _what_changed(change: WordChange, width: int, most: int) -> Iterator[Text]:
    """The words that set the groups apart, and uses that are unlike the other group."""
    for name, words in zip(change.groups.names, change.keywords, strict=True):
        if words:
            text = f"{shortened(visible(name), _NAME)}: {', '.join(map(visible, words))}"
            yield from (Text(f"  {line}") for line in wrapped(text, width - 2)[:2])
    main, names = change.main, [visible(name) for name in change.groups.names]
    first, last = names[0], names[-1]
    lists = (
        (last, f"uses unlike those in {first}", main.gained),
        (last, f"uses most unlike those in {first}", () if main.gained else main.most_unlike[1]),
        (first, f"uses unlike those in {last}", main.lost),
        (first, f"uses most unlike those in {last}", () if main.lost else main.most_unlike[0]),
        *((name, "typical uses", uses) for name, uses in zip(names, main.typical, strict=False)),
    )
    for group, which, uses in lists:
        if uses:
            yield Text(f"  {shortened(f'{group}: {which}', width - 2)}", "bold")
            by_sentence = {o.sentence: o for o in (change.groups.occurrences[i] for i in uses)}
            shown = list(by_sentence.values())[:most]
            yield from (use_line(o, " " * 6, width) for o in shown)
