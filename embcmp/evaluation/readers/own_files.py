"""Items and pairs in the user's own files, in every format that `compare` reads.

    items   id word start end sense sentence
    pairs   id word sentence1 start1 end1 sentence2 start2 end2 gold

An item's sense may have several keys with spaces between them, each of which is right. A pair may
have two words, written `w1|w2` or in the columns `word1` and `word2`. The gold answers are T or F
in all rows, or numbers in all rows. Without `id` a row is named by its file and line; without a
place the word must occur once in its sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import count
from pathlib import Path

from embcmp.choices import Reading
from embcmp.errors import InputError, UsageError
from embcmp.evaluation.gold_rows import Part
from embcmp.evaluation.readers.occurrences import (
    GOLD_LABELS,
    RawPair,
    Side,
    item_part,
    number,
    pair_part,
)
from embcmp.text.input_files import STANDARD_INPUT, is_folder
from embcmp.text.readers import format_of
from embcmp.text.search import Search, is_unicode
from embcmp.text.sentence_rows import Sentence
from embcmp.text.sentences import read_files

SIDES = ("1", "2")

_EITHER_CASE = {label.casefold(): value for label, value in GOLD_LABELS.items()}


def read_items(paths: Sequence[str | Path], reading: Reading | None = None) -> Part:
    """Read files of items.

    Raises:
        InputError: A file cannot be read or has not the shape of its format, no row names its word
            or none has a sense, or an id stands twice in one file.
    """
    reading = _as_tables(reading or Reading(), paths)
    sentences = read_files(paths, reading)
    rows = [
        _placed(replace(row, id=id, word=row.word or row.lemma), reading.lang)
        for row, id in zip(sentences, _ids(sentences), strict=True)
    ]
    _require({"word": any(row.word for row in rows)}, paths)
    _require({"sense": any(row.sense for row in rows)}, paths)
    files = [Path(file) for file in sentences.files]
    return replace(item_part(rows, _name(paths), files, reading.lang), notes=sentences.notes)


def read_pairs(paths: Sequence[str | Path], reading: Reading | None = None) -> Part:
    """Read files of pairs: once for the first use of each pair, and once for the second.

    Raises:
        InputError: A file cannot be read or has not the shape of its format, lacks a column, no
            row names its word, or an id stands twice in one file.
        UsageError: A path is standard input, which cannot be read twice.
    """
    reading = _as_tables(reading or Reading(), paths)
    if STANDARD_INPUT in map(str, paths):
        raise UsageError("pairs cannot come from standard input", "save them to a file first")
    both = [read_files(paths, _of_side(reading, side)) for side in SIDES]
    _require({"word": any(row.word or row.lemma for row in both[0])}, paths)
    rows, binary = [], None  # whether the first usable gold is T or F
    for first, second in _joined(*both):
        value = _gold(first.sense)
        problem = first.problem or second.problem
        if value is None:
            problem = f"gold {first.sense or ''!r} is not a number, T or F"
        elif binary is None:
            binary = isinstance(value, bool)
        elif binary != isinstance(value, bool):
            problem = f"gold {first.sense!r} is not of the same kind as in the rows before it"
        sides = (_side(first, 0, reading.lang), _side(second, 1, reading.lang))
        rows.append(RawPair(str(first.id), first.source, sides, value, problem))
    files = [Path(file) for file in both[0].files]
    part = pair_part(rows, _name(paths), files, language=reading.lang)
    return replace(part, notes=tuple(dict.fromkeys([*both[0].notes, *both[1].notes])))


def _as_tables(reading: Reading, paths: Sequence[str | Path]) -> Reading:
    """How files are read: as TSV, where neither an extension nor the user tells the format."""
    told = reading.input_format or any(is_folder(path) or format_of(path) for path in paths)
    return reading if told else replace(reading, input_format="tsv")


def _of_side(reading: Reading, side: str) -> Reading:
    """How a file of pairs is read as one of its sides: `sentence1` is the sentence, and so on."""
    columns = {"sentence": f"sentence{side}", "sense": "gold"}
    for name, theirs in reading.columns.items():
        if name == "gold":
            columns["sense"] = theirs
        elif name[-1:] == side:
            columns[name[:-1]] = theirs
        elif name[-1:] not in SIDES:
            columns[name] = theirs
    return replace(reading, columns=columns, side=side)


def _joined(
    first: Iterable[Sentence], second: Iterable[Sentence]
) -> Iterator[tuple[Sentence, Sentence]]:
    """The two sides of each row; a row with several marks in a sentence has a problem."""
    by_row: tuple[dict[str, Sentence], ...] = ({}, {})
    for sentences, rows in zip((first, second), by_row, strict=True):
        for row in sentences:
            if row.source in rows:
                row = replace(rows[row.source], problem="a sentence has several marks")
            rows[row.source] = row
    ids = _ids([*by_row[0].values()])
    for (source, row), id in zip(by_row[0].items(), ids, strict=True):
        yield replace(row, id=id), by_row[1][source]


def _side(row: Sentence, which: int, language: str) -> Side:
    words = (row.word or row.lemma or "").split("|", 1)
    placed = _placed(replace(row, word=words[which if len(words) > 1 else 0]), language)
    place = placed.start, placed.end, placed.problem
    return Side(placed.text, placed.word or "", place, placed.columns)


def _placed(row: Sentence, language: str) -> Sentence:
    """A row with the place of its word, which is looked for where none is given."""
    given = row.start is not None or row.end is not None or row.problem
    if given or not (row.word or "").strip() or not is_unicode(row.word or ""):
        return row
    for search in _searches(str(row.word), language):
        spans = search.spans_in(row)
        if len(spans) == 1:
            [(start, end)] = spans
            return replace(row, start=start, end=end)
        if spans:
            times = f"{row.word!r} occurs {len(spans)} times: give start and end"
            return replace(row, problem=times)
    return replace(row, problem=f"{row.word!r} does not occur")


@lru_cache(maxsize=1024)
def _searches(word: str, language: str) -> tuple[Search, ...]:
    return tuple(Search(word, match, language) for match in ("word", "inflections"))


def _ids(rows: Sequence[Sentence]) -> Iterator[str]:
    """The id of each row, else its place in its file; of several marks in a row, with a number."""
    times: dict[str, Iterator[int]] = {}
    for row in rows:
        id = row.id or row.source
        n = next(times.setdefault(id, count(1)))
        yield id if n == 1 else f"{id}.{n}"


def _gold(text: str | None) -> float | bool | None:
    label = (text or "").casefold()
    return _EITHER_CASE[label] if label in _EITHER_CASE else number(text or "")


def _require(columns: Mapping[str, bool], paths: Sequence[str | Path]) -> None:
    for name, given in columns.items():
        if not given:
            raise InputError(
                f"{_name(paths)}: no row has a value in the column `{name}`",
                f"say which column it is, for example --columns {name}=...",
            )


def _name(paths: Sequence[str | Path]) -> str:
    names = [Path(path).name for path in paths]
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
