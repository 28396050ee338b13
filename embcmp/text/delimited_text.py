"""Tables of delimited text: which delimiter, which quoting, and their records one at a time."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice

from embcmp.errors import InputError
from embcmp.text.column_roles import plain
from embcmp.text.input_files import LONGEST_LINE, TextFile, lines_of

Record = tuple[int, list[str]]  # the number of its first line, and its cells

TAB = "\t"
_DELIMITERS = {"csv": (",", ";", TAB, "|"), "tsv": (TAB, ";", ",")}
_LOOKED_THROUGH = 12  # records at the start: corpus tools write up to five lines above the header
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?')  # the first line that Excel reads and writes
_DEFUSED = re.compile(r"'(?=[=+\-@])")  # what embcmp's own CSV puts before a formula

# How corpus tools call the columns left of the node, the node itself, and right of it.
_CONCORDANCE = (
    {"left", "left_context", "leftcontext", "left_hand_side", "pre", "contextbefore",
     "context_before", "before", "links", "kontext_links"},
    {"kwic", "node", "keyword", "hit", "match", "query_item", "treffer", "key", "center", "kw"},
    {"right", "right_context", "rightcontext", "right_hand_side", "post", "contextafter",
     "context_after", "after", "rechts", "kontext_rechts"},
)  # fmt: skip
Trio = tuple[int, int, int]  # the numbers of the columns left, node and right


def concordance_columns(names: Sequence[str]) -> Trio | None:
    """The numbers of a concordance's three columns in a table; None if it has not one of each."""
    columns = []
    for known in _CONCORDANCE:
        places = [i for i, name in enumerate(names) if plain(name) in known]
        if len(places) != 1:
            return None
        columns.append(places[0])
    left, node, right = columns
    return left, node, right


def header_of(line: str) -> list[str]:
    """The names of columns in a line, split at the delimiter that gives the most names."""
    return max((_cells(line, delimiter) for delimiter in _DELIMITERS["csv"]), key=len)


class Table:
    """A table of text that is read from a file.

    Attributes:
        delimiter: the character between cells.
        quoted: whether quotes protect delimiters, quotes and ends of lines in a cell.
        names: the names of the columns, as they stand in the table.
        line: the number of the line with these names.
    """

    def __init__(self, file: TextFile, form: str, given: Mapping[str, str]) -> None:
        """Recognize the delimiter, quoting and header of a table.

        Args:
            file: the file with the table.
            form: "csv" or "tsv", by its extension or by the user.
            given: the columns that the user named, as for `Columns`.

        Raises:
            InputError: a quote is not closed, or the file is not in its encoding.
        """
        self._file = file
        head = file.head
        separator = _SEPARATOR_LINE.fullmatch(file.head_lines[0].strip())
        self.delimiter = separator[1] if separator else _delimiter(head, form, given)
        self.quoted = form == "csv" or _stands_in_quotes(head, self.delimiter)
        if self.quoted and form == "tsv":
            file.note("cells in quotes are read without them, as spreadsheets write them")
        self._form = form
        self._records = self._all_records()
        if separator:
            next(self._records, None)
        self.line, self.names = self._header()

    def _header(self) -> Record:
        """The record with the names of the columns; lines above it are ignored."""
        first = list(islice(self._records, 1))
        if not first:
            return 1, []
        if "sentence" in map(plain, first[0][1]) or concordance_columns(first[0][1]):
            return first[0]
        above = list(islice(self._records, _LOOKED_THROUGH - 1))
        for i, record in enumerate(above):
            if concordance_columns(record[1]):
                self._give_again(above[i + 1 :])
                return record
        self._give_again(above)
        return first[0]

    def _give_again(self, records: list[Record]) -> None:
        rest = self._records

        def both() -> Iterator[Record]:
            yield from records
            yield from rest

        self._records = both()

    def records(self) -> Iterator[Record]:
        """The records below the header, each as wide as it.

        Raises:
            InputError: a record is too short or too long, or a quote is not closed.
        """
        width = len(self.names)
        for number, cells in self._records:
            if len(cells) > width and not any(cells[width:]):
                del cells[width:]  # empty cells at the end, as spreadsheets write them
            if len(cells) != width:
                fields = "1 field" if len(cells) == 1 else f"{len(cells)} fields"
                raise InputError(
                    f"{self._file.name}:{number}: has {fields} where the header has {width}",
                    self._hint,
                )
            yield number, cells

    @property
    def _hint(self) -> str:
        if self.quoted:
            name = {TAB: "TAB", ",": "comma", ";": "semicolon"}.get(self.delimiter, "delimiter")
            return f'a cell with a {name}, a quote or a line end must stand in "quotes"'
        return "a TAB separates the cells, and quotes do not protect it"

    def _all_records(self) -> Iterator[Record]:
        if self.quoted:
            with _cells_of_bounded_size():
                yield from self._quoted_records()
        else:
            for number, line in self._file.lines():
                if line:
                    yield number, line.split(self.delimiter)

    def _quoted_records(self) -> Iterator[Record]:
        lines = (line for _, line in self._file.lines_with_ends())
        rows = csv.reader(lines, delimiter=self.delimiter, strict=True)
        while True:
            number = rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as e:
                what = str(e).partition(" - ")[0]  # what follows is advice to programmers
                raise InputError(
                    f"{self._file.name}:{number}: is not {self._form.upper()}: {what}", self._hint
                ) from e
            if row:
                yield number, [_DEFUSED.sub("", cell, count=1) if cell[:1] == "'" else cell
                               for cell in row]  # fmt: skip


def _delimiter(head: str, form: str, given: Mapping[str, str]) -> str:
    """The delimiter that gives the table the columns it must have, else the most columns."""
    lines = [line for line in lines_of(head) if line.strip()][:_LOOKED_THROUGH]
    most, best = 0, _DELIMITERS[form][0]
    for delimiter in _DELIMITERS[form]:
        for i, line in enumerate(lines):
            names = _cells(line, delimiter)
            if len(names) > 1 and concordance_columns(names):
                return delimiter
            if i == 0:
                wanted = given.get("sentence", "sentence")
                if len(names) > 1 and plain(wanted) in {plain(n).removesuffix("s") for n in names}:
                    return delimiter
                if len(names) > most:
                    most, best = len(names), delimiter
    return best


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _stands_in_quotes(head: str, delimiter: str) -> bool:
    """Whether a table's cells are quoted as programs do it: where they have to be, and only there.

    They quote a cell with a quote (which they double), the delimiter or a line end; spreadsheets
    also one with a comma. A file with such a cell in quotes, and none that lacks them, is theirs.
    """
    if '"' not in head:
        return False
    try:
        with_ends = (line + "\n" for line in lines_of(head))
        rows = list(csv.reader(with_ends, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    cells = [cell for row in rows for cell in row]
    lines = [line.split(delimiter) for line in lines_of(head) if line]
    raw = [cell for line in lines for cell in line]
    bare = [cell for cell in raw if cell and '"' not in (cell[0], cell[-1])]
    if any('"' in cell for cell in bare):
        return False
    # Where all lines have as many cells unquoted, quotes protect no delimiter and no line end.
    protected = {'"'} if len({*map(len, lines)}) == 1 else {'"', "\n", delimiter}
    needed = any(set(cell) & protected for cell in cells)
    return needed or (any("," in cell for cell in cells) and not any("," in cell for cell in bare))


@contextmanager
def _cells_of_bounded_size() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        yield
    finally:
        csv.field_size_limit(before)
