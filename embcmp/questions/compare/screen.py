"""The first screen of a comparison: the answer, one row an encoder, and where more is.

It fits 80 columns by 40 lines, whatever is compared. Text that does not fit is cut at a word, and
rows that do not fit are replaced by their number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from embcmp.measures.encoder_differences import PRIMARY
from embcmp.questions.compare.encoder_rows import CHANCE, control_note, row_count, table
from embcmp.questions.compare.matrices import LARGEST_MATRIX, matrices
from embcmp.questions.compare.names_in_prose import plain_names
from embcmp.questions.compare.shortened_lists import fitted_lists
from embcmp.questions.compare.shortfall import shortfall
from embcmp.questions.compare.similar_pairs import pair_lines
from embcmp.render.columns import in_columns
from embcmp.render.line_breaks import first, fitted, in_context, shortened, wrapped
from embcmp.render.numbers import plural, short
from embcmp.render.text import visible
from embcmp.types import Comparison, Occurrence

NO_VERDICT = "No verdict"

_HEADING = 3  # the largest number of lines of each part
_MORE = 3
_LEGEND = 3
_CONCLUSION = 8
_BLANK_LINES = 3
_WORD = 30  # the most cells of a name within a sentence
_SENSES = 12  # senses that the heading names


def screen(c: Comparison, width: int, height: int, color_system: str | None = None) -> list[Text]:
    """Return the lines of the screen that suits the uses.

    Args:
        c: what `compare` returned.
        width: the width of the terminal in cells.
        height: the largest number of lines.
        color_system: the colors of the console, as rich names them.
    """
    missing = None if c.circular else shortfall(c.occurrences)
    if len(c.occurrences) <= LARGEST_MATRIX:
        lines = _few(c, width, missing, color_system)
        if len(lines) <= height and max(line.cell_len for line in lines) <= width:
            return lines
    if missing is not None:
        return _cosines(c, width, height, missing)
    return _answer(c, width, height)


def _answer(c: Comparison, width: int, height: int) -> list[Text]:
    """Return the verdict, then the encoders, for uses with enough labels for a verdict."""
    top, legend, more = (
        heading(c.word, c.occurrences, c.correct, width),
        _legend(c),
        _more(c, width),
    )
    room = height - len(top) - len(more) - _BLANK_LINES
    below = fitted(legend, width - 2, room)
    names = _names(c)
    said = fitted(c.verdict, width, room)
    rows = row_count(c)
    if rows + len(said) + len(below) > room:  # the encoders first, then the verdict
        below = fitted(legend, width - 2, _LEGEND)
        room -= len(below)
        said = fitted_lists(c.verdict, names, width, room - rows, half=room // 2)
        shown = table(c, width, room - len(said))  # may be shorter, with layers in one line
        said = fitted_lists(c.verdict, names, width, room - len(shown))
    else:
        room -= len(below)
        shown = table(c, width, room - len(said))
    return [
        *top,
        Text(),
        *map(Text, said),
        *([Text()] if said else []),
        *shown,
        *(Text(f"  {line}", "dim") for line in below),
        Text(),
        *more,
    ]


def _few(c: Comparison, width: int, missing: str | None, color_system: str | None) -> list[Text]:
    """Return the uses and, for all encoders, the cosines of every two uses."""
    lines = heading(c.word, c.occurrences, c.correct, width)
    digits = len(str(len(c.occurrences)))
    for i, o in enumerate(c.occurrences, 1):
        sense = (
            "" if o.sense is None else f"  {shortened(visible(o.sense), min(_WORD, width // 3))}"
        )
        room = width - Text(sense).cell_len
        lines.append(use_line(o, f"  {i:{digits}}  ", room).append(sense, "dim"))
    lines.append(Text())
    most = min(_WORD, width - 8)
    wide = in_columns(*matrices(c, color_system=color_system, width=most), width)
    narrow = matrices(c, color_system=color_system, width=most, narrow=True)
    tables = min(wide, in_columns(*narrow, width), key=len)
    return [*lines, *tables, *_conclusion(c, width, missing), Text(), *_more(c, width)]


def _cosines(c: Comparison, width: int, height: int, missing: str) -> list[Text]:
    """Return the nearest and farthest pairs, and what is missing for a verdict."""
    head = [*heading(c.word, c.occurrences, c.correct, width), Text()]
    last = [*_conclusion(c, width, missing), Text(), *_more(c, width)]
    room = height - len(head) - len(last) - 1
    body = pair_lines(c, width, room)
    if body and body[-1].plain:
        body.append(Text())
    return [*head, *body, *last]


def _conclusion(c: Comparison, width: int, missing: str | None) -> list[Text]:
    sentences = list(c.verdict)
    if missing:
        sentences = [missing, *(s for s in sentences if not s.startswith(NO_VERDICT))]
    return [Text(line) for line in fitted_lists(sentences, _names(c), width, _CONCLUSION)]


def _names(c: Comparison) -> set[str]:
    """Return the names by which sentences call encoders and controls."""
    names = {r.name for r in (*c.results, *(c.controls or ()))}
    return {*names, *plain_names(c.results).values()}


def heading(word: str, uses: Sequence[Occurrence], correct: str, width: int) -> list[Text]:
    """Say in one sentence what was read: the uses, the senses and the files."""
    parts = [plural(len(uses), "use")]
    sentences = len({o.sentence for o in uses})
    if sentences < len(uses):
        parts[0] += f" in {plural(sentences, 'sentence')}"
    senses = Counter(o.sense for o in uses if o.sense is not None)
    if senses:
        ordered = sorted(senses.items(), key=lambda item: (-item[1], item[0]))
        named = [f"{shortened(visible(s), _WORD)} {n:,}" for s, n in ordered[:_SENSES]]
        if len(ordered) > _SENSES:
            named.append(f"{len(ordered) - _SENSES} more")
        parts.append(f"{plural(len(senses), 'sense')} ({', '.join(named)})")
        if unlabeled := sum(o.sense is None for o in uses):
            parts.append(f"{unlabeled:,} without a sense")
    name = shortened(visible(word), _WORD)
    corrected = "" if correct == "none" else f", correction {correct}"
    lines = wrapped(f"{name}: {', '.join(parts)}{files(uses)}{corrected}", width)
    return [Text(line) for line in first(lines, _HEADING, width)]


def use_line(o: Occurrence, start: str, width: int) -> Text:
    """Show a use in its sentence, the word in brackets, after a start of the line."""
    room = width - len(start) - 2
    before, form, after = in_context(o.sentence, o.start, o.end, max(12, room))
    return Text(start).append(before).append("[").append(form, "bold").append("]").append(after)


def files(uses: Sequence[Occurrence]) -> str:
    """Say which file uses are from, or how many, to end a heading."""
    named = sorted({(o.source or "").rpartition(":")[0] for o in uses} - {""})
    if not named:
        return ""
    return f" in {visible(named[0])}" if len(named) == 1 else f" in {len(named)} files"


def _legend(c: Comparison) -> list[str]:
    """Say what is drawn."""
    notes = [
        f"AUC: how often a use is nearer to its own sense than to another; {short(CHANCE, 1)} is"
        " chance."
    ]
    shown = [r.metrics[PRIMARY] for r in (*c.results, *(c.controls or ()))]
    if any(m.inferred and m.inferred.ci95 for m in shown):
        layered = any(len(r.info.layers) > 1 for r in c.results)
        for_all = ", for all layers at once" if layered else ""
        approximate = any(m.approximate and m.inferred for m in shown)
        tilde = "; ~ marks approximate ones" if approximate else ""
        notes.append(f"├─●─┤: 95 % interval{for_all}{tilde}.")
    if any(m.inference for m in shown):
        notes.append("AUC leaves out senses that are rare; nearest sense counts them.")
    if (note := control_note(c)) is not None:
        notes.insert(0, f"{note}.")
    return notes


def _more(c: Comparison, width: int) -> list[Text]:
    """Say which options show more."""
    labeled = any(o.sense is not None for o in c.occurrences)
    offers = [
        "--all (every measure, matrices)" if labeled else "--all (every measure)",
        f"--format html -o {file_name(c.word)}.html (maps, sentences)",
    ]
    if c.controls is None and shortfall(c.occurrences) is None:
        offers.append("--controls")
    return more(offers, width)


def file_name(word: str) -> str:
    """Return a name for a file about a word, without its extension."""
    return re.sub(r"\W+", "_", visible(word)).strip("_")[:_WORD] or "word"


def more(offers: Sequence[str], width: int) -> list[Text]:
    """Return the lines that offer more, at most three."""
    lines = wrapped(f"More: {', '.join(offers)}", width)
    return [Text(line, "dim") for line in first(lines, _MORE, width)]
