"""Concordances: a hit a line, with the text left and right of it, as corpus tools write them.

It reads tables with three such columns and a header (Sketch Engine, AntConc 4, CQPweb, DWDS,
quanteda), tables without a header (AntConc 3), text in which the hits stand below each other, hits
in brackets (NoSketch Engine as text), between tags (NoSketch Engine as XML, COSMAS II).
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import mean

from embcmp.errors import InputError
from embcmp.text.column_roles import plain
from embcmp.text.concordance_hits import HitColumns, concordance_row
from embcmp.text.delimited_text import TAB, Table, Trio, concordance_columns, header_of
from embcmp.text.input_files import TextFile
from embcmp.text.sentence_rows import Sentence

_ENOUGH = 4  # lines that are needed before a text without a header can be called a concordance
_LOOKED_AT = 200  # lines of the sample by which it is recognized
_NARROWEST = 10  # characters left of a node that stands in a column of text
_LONGEST_NODE = 5  # words; a node is a word or a short phrase
_HEADER_WITHIN = 12  # lines: corpus tools write up to five above the header
_NLTK = re.compile(r"Displaying \d+ of \d+ matches:")
_COLUMN_NAME = re.compile(r"\w[\w./-]*(?<!\.)")  # unlike a stretch between the commas of prose
_NODE = re.compile(r"[\w'’-]+|\S+")
_TAGGED = re.compile(r"<B>(.*?)</>")  # COSMAS II
_BRACKETED = re.compile(
    r"^(?:(?P<place>[^\t]*)\t)*?(?P<left>[^\t<]*)<(?P<node>[^<>]+)>(?P<right>[^\t]*)$"
)
_XML_LINE = re.compile(
    r"<left_context>(?P<left>(?:(?!</?left_context>).)*+)</left_context>\s*+"
    r"<kwic>(?P<node>(?:(?!</?kwic>).)*+)</kwic>\s*+"
    r"<right_context>(?P<right>(?:(?!</?right_context>).)*+)</right_context>",
    re.DOTALL,
)
_XML_REFERENCE = re.compile(r"<ref>((?:(?!</?ref>).)*+)</ref>", re.DOTALL)
_TAGS = re.compile(r"<[^<>]*>")
_COSMAS_SOURCE = re.compile(r"^(?P<source>\S+)\s{2,}(?P<rest>.*)$", re.DOTALL)
_COSMAS_EXAMPLES = re.compile(r"^Belege \(")


def read_concordance(file: TextFile, given: Mapping[str, str]) -> Iterator[Sentence]:
    """The hits of a concordance, each with the place of its node.

    Raises:
        InputError: the file is no concordance of a shape that is known.
    """
    head = file.head
    lines = _lines(file)
    if "<kwic>" in head:
        yield from _read_xml(file)
    elif _TAGGED.search(head):
        yield from _read_cosmas(file)
    elif any(concordance_columns(header_of(line)) for line in lines[:_HEADER_WITHIN]):
        form = "tsv" if TAB in head and not _starts_quoted(lines) else "csv"
        yield from read_concordance_table(file, Table(file, form, given), given)
    elif (trio := headless_columns(lines)) is not None:
        yield from _read_headless(file, trio)
    elif lines and all(_BRACKETED.fullmatch(line) or line.startswith("#") for line in lines):
        yield from _read_bracketed(file)
    elif (column := aligned_column(lines, asked_for=True)) is not None:
        yield from _read_aligned(file, column)
    else:
        raise InputError(
            f"{file.name}: is no concordance that embcmp knows",
            "give it a header with the columns left, kwic and right, with TABs between them",
        )


def format_of_content(file: TextFile) -> str | None:
    """The format of a file of plain text that does not look like a list of sentences, if any.

    Returns:
        kwic, tsv, csv or jsonl; None for sentences.
    """
    lines = _lines(file)[:_LOOKED_AT]
    if _is_concordance(file, lines):
        return "kwic"
    names = header_of(lines[0]) if lines else []
    if (
        len(names) > 1
        and "sentence" in map(plain, names)
        and all(_COLUMN_NAME.fullmatch(name.strip()) for name in names)
    ):
        return "tsv" if TAB in lines[0] else "csv"
    if lines and re.match(r'\s*\{.*"sentence"\s*:', lines[0]):
        return "jsonl"
    return None


def _is_concordance(file: TextFile, lines: Sequence[str]) -> bool:
    if any(concordance_columns(header_of(line)) for line in lines[:_HEADER_WITHIN]):
        return True
    if _TAGGED.search(file.head) or "<kwic>" in file.head:
        return True
    if _NLTK.fullmatch(file.head.partition("\n")[0].strip()):
        return True
    bracketed = (line.startswith("#") or (TAB in line and _BRACKETED.match(line)) for line in lines)
    if len(lines) > 1 and all(bracketed):
        return True
    if len(lines) < _ENOUGH:
        return False
    return headless_columns(lines) is not None or aligned_column(lines) is not None


def _lines(file: TextFile) -> list[str]:
    """The lines of the sample without blank ones, and without the one that NLTK writes on top."""
    lines = (line for line in file.head_lines if line.strip())
    return [line for line in lines if not _NLTK.fullmatch(line.strip())]


def read_concordance_table(
    file: TextFile, table: Table, given: Mapping[str, str]
) -> Iterator[Sentence]:
    """The hits of a table with columns for the node (the hit itself) and the text on each side.

    Args:
        file: the file with the table.
        table: the table.
        given: the columns that the user named, as for `Columns`.

    Raises:
        InputError: it has no such columns, or a record is too short or too long.
    """
    hits = HitColumns.of(file, table.names, f"{file.name}:{table.line}", given)
    if hits is None:
        raise InputError(
            f"{file.name}:{table.line}: has no columns left, kwic and right",
            "give the three columns these names",
        )
    for number, cells in table.records():
        yield hits.hit(cells, f"{file.name}:{number}")


def _starts_quoted(lines: Sequence[str]) -> bool:
    return any(line.startswith('"') for line in lines[:_HEADER_WITHIN])


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
    widths = Counter(line.count(TAB) + 1 for line in file.head_lines if line.strip())
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


def aligned_column(lines: Sequence[str], *, asked_for: bool = False) -> int | None:
    """The offset at which the node begins if it does so in all lines; None if there is none.

    The node is the word that begins at the same place in all lines and has the fewest forms.

    Args:
        lines: the lines of the file.
        asked_for: whether the user says that it is a concordance; otherwise lines that look alike
            by chance are ruled out.
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
    by_chance = max(len(sample) - widths, whole) > len(sample) / 2 and not asked_for
    if kinds > max(1, len(sample) // 4) or by_chance:
        return None
    return column if column >= _NARROWEST else None


def _word_at(line: str, start: int) -> str:
    match = _NODE.match(line, start)
    return match[0].casefold() if match else ""


def _read_aligned(file: TextFile, column: int) -> Iterator[Sentence]:
    for number, line in file.lines():
        if line.strip() and not _NLTK.fullmatch(line.strip()):
            node = _NODE.match(line, column)
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
                f"{file.name}:{number}: has no hit in <brackets>", "export the concordance again"
            )
        columns = {"reference": match["place"]} if match["place"] else {}
        yield concordance_row(
            match["left"], match["node"], match["right"], f"{file.name}:{number}", columns=columns
        )


def _read_xml(file: TextFile) -> Iterator[Sentence]:
    """Yield the lines of the concordance, whose elements may be on separate lines of the file."""
    text, start, reference = "", 1, ""
    for number, line in file.lines():
        if ref := _XML_REFERENCE.search(line):
            reference = html.unescape(ref[1])
        if "<left_context>" in line:
            text, start = "", number
        elif not text:
            continue
        text += line + "\n"
        if "</right_context>" not in line:
            continue
        if match := _XML_LINE.search(text):
            left, node, right = (
                html.unescape(_TAGS.sub("", match[part])) for part in ("left", "node", "right")
            )
            columns = {"reference": reference} if reference else {}
            yield concordance_row(left, node, right, f"{file.name}:{start}", columns=columns)
            reference = ""
        text = ""


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
