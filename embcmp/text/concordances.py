"""Concordances: a hit a line, with what stands left and right of it, as corpus tools write them.

Read are tables with three such columns and a header (Sketch Engine, AntConc 4, CQPweb, DWDS,
quanteda), tables without a header (AntConc 3), text in which the hits stand below each other, hits
in brackets (NoSketch Engine as text), between tags (NoSketch Engine as XML, COSMAS II).
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import mean

from embcmp.errors import InputError
from embcmp.text.columns import Columns
from embcmp.text.files import TextFile
from embcmp.text.rows import Sentence, row_sentence
from embcmp.text.tables import TAB, Table, Trio, concordance_columns

_ENOUGH = 4  # lines that are needed before a text without a header can be called a concordance
_LOOKED_AT = 200  # lines of the sample by which it is recognized
_NARROWEST = 10  # characters left of a node that stands in a column of text
_LONGEST_NODE = 5  # words; a node is a word or a short phrase
_NO_BLANK_BEFORE = re.compile(r"[,.;:!?)\]}»”’'%…、。，！？：；）」』]")
_TAGGED = re.compile(r"<B>(.*?)</>")  # COSMAS II
_BRACKETED = re.compile(
    r"^(?:(?P<place>[^\t]*)\t)*?(?P<left>[^\t<]*)<(?P<node>[^<>]+)>(?P<right>[^\t]*)$"
)
_XML_LINE = re.compile(
    r"<left_context>(?P<left>.*?)</left_context>\s*<kwic>(?P<node>.*?)</kwic>\s*"
    r"<right_context>(?P<right>.*?)</right_context>",
    re.DOTALL,
)
_XML_REFERENCE = re.compile(r"<ref>(.*?)</ref>", re.DOTALL)
_TAGS = re.compile(r"<[^<>]*>")
_COSMAS_SOURCE = re.compile(r"^(?P<source>\S+)\s{2,}(?P<rest>.*)$", re.DOTALL)
_COSMAS_EXAMPLES = re.compile(r"^Belege \(")


def read_concordance(file: TextFile, given: Mapping[str, str]) -> Iterator[Sentence]:
    """The hits of a concordance, each with the place of its node.

    Raises:
        InputError: the file is no concordance of a shape that is known.
    """
    head = file.head
    lines = [line for line in head.splitlines() if line.strip()]
    if "<kwic>" in head:
        yield from _read_xml(file)
    elif _TAGGED.search(head):
        yield from _read_cosmas(file)
    elif any(concordance_columns(_cells(line)) for line in lines[:12]):
        form = "tsv" if TAB in head and not _starts_quoted(lines) else "csv"
        yield from read_concordance_table(file, Table(file, form, given), given)
    elif (trio := headless_columns(lines)) is not None:
        yield from _read_headless(file, trio)
    elif lines and all(_BRACKETED.fullmatch(line) or line.startswith("#") for line in lines):
        yield from _read_bracketed(file)
    elif (column := aligned_column(lines)) is not None:
        yield from _read_aligned(file, column)
    else:
        raise InputError(
            f"{file.name}: is no concordance that embcmp knows",
            "give it a header with the columns left, kwic and right, with TABs between them",
        )


def what_it_is(file: TextFile) -> str | None:
    """What a file of plain text looks like, if not like sentences: a concordance, or a table."""
    lines = [line for line in file.head.splitlines() if line.strip()][:_LOOKED_AT]
    if any(concordance_columns(_cells(line)) for line in lines[:12]):
        return "kwic"
    if _TAGGED.search(file.head) or "<kwic>" in file.head:
        return "kwic"
    if len(lines) > 1 and all(
        line.startswith("#") or (TAB in line and _BRACKETED.fullmatch(line)) for line in lines
    ):
        return "kwic"
    if len(lines) >= _ENOUGH:
        if headless_columns(lines) is not None or aligned_column(lines) is not None:
            return "kwic"
    widths = {line.count(TAB) for line in lines}
    first = [cell.strip().casefold() for cell in lines[0].split(TAB)] if lines else []
    return "tsv" if widths != {0} and len(widths) == 1 and "sentence" in first else None


def concordance_row(left: str, node: str, right: str, source: str, **more: object) -> Sentence:
    """A hit as a sentence: what stands left of the node, the node, and right of it.

    Tools write the parts with or without a blank between them; the sentence has one, but for
    scripts without blanks and before punctuation.
    """
    left, form, right = left.strip(), node.strip(), right.strip()
    before = left + (" " if left and _apart(left[-1], form[:1]) else "")
    after = (" " if right and _apart(form[-1:], right[0]) else "") + right
    problem = None if form else "the concordance has no node here"
    return Sentence(
        before + form + after,
        source,
        start=len(before),
        end=len(before) + len(form),
        problem=problem,
        marked=True,
        **more,  # type: ignore[arg-type]
    )


def _apart(before: str, after: str) -> bool:
    """Whether a blank stands between two characters that a tool wrote into two cells."""
    if _NO_BLANK_BEFORE.match(after) or before in "([{«“„":
        return False
    return not (_without_blanks(before) and _without_blanks(after))


def _without_blanks(char: str) -> bool:
    """Whether a character is of a script that writes no blanks between words."""
    return (
        "\u2e80" <= char <= "\u9fff"  # Chinese and Japanese
        or "\uf900" <= char <= "\ufaff"
        or "\u0e00" <= char <= "\u0eff"  # Thai and Lao
        or "\u1000" <= char <= "\u109f"  # Burmese
        or "\u1780" <= char <= "\u17ff"  # Khmer
        or "\U00020000" <= char <= "\U0003ffff"
    )


def read_concordance_table(
    file: TextFile, table: Table, given: Mapping[str, str]
) -> Iterator[Sentence]:
    """The hits of a table that has columns left of the node, for the node, and right of it.

    Args:
        file: that holds the table.
        table: the table.
        given: the columns that the user named, as for `Columns`.

    Raises:
        InputError: it has no such columns, or a record is too short or too long.
    """
    trio = concordance_columns(table.names)
    if trio is None:
        raise InputError(
            f"{file.name}:{table.line}: has no columns left, kwic and right", "name them so"
        )
    rest = {i: name for i, name in enumerate(table.names) if i not in trio and name.strip()}
    # The rest is read as in any other table: a sense, a group, a word.
    columns = Columns.of(["sentence", *rest.values()], f"{file.name}:{table.line}", given)
    for note in columns.notes:
        file.note(note)
    for number, cells in table.records():
        left, node, right = (cells[i] for i in trio)
        hit = concordance_row(left, node, right, f"{file.name}:{number}")
        values = {"sentence": hit.text, **{name: cells[i] for i, name in rest.items()}}
        labeled = row_sentence(values, columns, hit.source)
        yield replace(labeled, start=hit.start, end=hit.end, problem=hit.problem, marked=hit.marked)


def _starts_quoted(lines: Sequence[str]) -> bool:
    return any(line.startswith('"') for line in lines[:12])


def _cells(line: str) -> list[str]:
    for delimiter in (TAB, ";", ","):
        cells = [cell.strip().strip('"') for cell in line.split(delimiter)]
        if len(cells) > 2:
            return cells
    return []


def headless_columns(lines: Sequence[str]) -> Trio | None:
    """Which columns are left, node and right of lines that TABs cut; None if they are none.

    The node's column has a word or two in each line, of few kinds, between two columns of text.
    """
    every = [line.split(TAB) for line in lines[:_LOOKED_AT]]
    width = Counter(map(len, every)).most_common(1)[0][0] if every else 0
    rows = [row for row in every if len(row) == width]
    if width < 3 or len(rows) < len(every) * 2 / 3:
        return None
    columns = list(zip(*rows, strict=True))
    words = [[len(cell.split()) for cell in column] for column in columns]
    for i in range(1, width - 1):
        kinds = len({cell.strip().casefold() for cell in columns[i]})
        short = all(1 <= n <= _LONGEST_NODE for n in words[i])
        text = min(mean(words[i - 1]), mean(words[i + 1])) > mean(words[i]) + 1
        if short and text and (kinds <= max(1, len(rows) // 2) or len(rows) < _ENOUGH):
            return i - 1, i, i + 1
    return None


def _read_headless(file: TextFile, trio: Trio) -> Iterator[Sentence]:
    widths = Counter(line.count(TAB) + 1 for line in file.head.splitlines() if line.strip())
    width = widths.most_common(1)[0][0]
    for number, line in file.lines():
        if not line.strip():
            continue
        cells = line.split(TAB)
        if len(cells) != width:
            raise InputError(
                f"{file.name}:{number}: has {len(cells)} fields where the others have {width}",
                "a TAB separates the fields of a concordance",
            )
        left, node, right = (cells[i] for i in trio)
        rest = [cell.strip() for i, cell in enumerate(cells) if i not in trio]
        columns = {f"column {i}": cell for i, cell in enumerate(rest, 1) if cell}
        yield concordance_row(left, node, right, f"{file.name}:{number}", columns=columns)


def aligned_column(lines: Sequence[str]) -> int | None:
    """Where the node begins in lines that have it below each other; None if they have not.

    The node is the word that begins at the same place in all lines and has the fewest forms.
    """
    sample = list(dict.fromkeys(lines[:_LOOKED_AT]))
    if len(sample) < _ENOUGH or any(TAB in line for line in sample):
        return None
    shortest = min(map(len, sample))
    candidates = [
        (len({_word_at(line, i) for line in sample}), i)
        for i in range(1, shortest)
        if all(line[i - 1] == " " and line[i] != " " for line in sample)
    ]
    kinds, column = min(candidates, default=(0, 0))
    widths = Counter(map(len, sample)).most_common(1)[0][1]
    # Lines of a concordance are cut to one width, in the middle of a sentence; sentences that
    # happen to agree are not.
    whole = sum(line[0].isupper() for line in sample)
    if kinds > max(1, len(sample) // 4) or max(len(sample) - widths, whole) > len(sample) / 2:
        return None
    return column if column >= _NARROWEST else None


def _word_at(line: str, start: int) -> str:
    match = re.compile(r"[\w'’-]+|\S").match(line, start)
    return match[0].casefold() if match else ""


def _read_aligned(file: TextFile, column: int) -> Iterator[Sentence]:
    for number, line in file.lines():
        if line.strip():
            node = re.compile(r"[\w'’-]+|\S+").match(line, column)
            end = node.end() if node else column
            yield concordance_row(
                line[:column], line[column:end], line[end:], f"{file.name}:{number}"
            )


def _read_bracketed(file: TextFile) -> Iterator[Sentence]:
    for number, line in file.lines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _BRACKETED.fullmatch(line)
        if match is None:
            raise InputError(
                f"{file.name}:{number}: has no node in <brackets>", "export the concordance again"
            )
        columns = {"reference": match["place"]} if match["place"] else {}
        yield concordance_row(
            match["left"], match["node"], match["right"], f"{file.name}:{number}", columns=columns
        )


def _read_xml(file: TextFile) -> Iterator[Sentence]:
    """A line of the concordance at a time; its elements may stand on lines of their own."""
    text, start, reference = "", 1, ""
    for number, line in file.lines():
        if ref := _XML_REFERENCE.search(line):
            reference = html.unescape(ref[1])
        if "<left_context>" in line:
            text, start = "", number
        text += line + "\n"
        if match := _XML_LINE.search(text):
            left, node, right = (
                html.unescape(_TAGS.sub("", match[part])) for part in ("left", "node", "right")
            )
            columns = {"reference": reference} if reference else {}
            yield concordance_row(left, node, right, f"{file.name}:{start}", columns=columns)
            text, reference = "", ""


def _read_cosmas(file: TextFile) -> Iterator[Sentence]:
    """The examples in full where the export has them, else its lines of a few words each."""
    short: list[Sentence] = []
    in_full = False
    for number, line in file.lines():
        if _COSMAS_EXAMPLES.match(line):
            in_full = True
        elif (hit := _TAGGED.search(line)) is not None:
            left, right = _TAGS.sub("", line[: hit.start()]), _TAGS.sub("", line[hit.end() :])
            source = f"{file.name}:{number}"
            if in_full:
                yield concordance_row(left, hit[1], right, source)
                continue
            place = _COSMAS_SOURCE.match(left)
            columns = {"reference": place["source"]} if place else {}
            left = place["rest"] if place else left
            short.append(concordance_row(left, hit[1], right, source, columns=columns))
    if not in_full:
        yield from short
