"""Occurrences of a word in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import overload

from embcmp.text.search import Search, is_unicode
from embcmp.text.sentence_rows import Sentence
from embcmp.types import Occurrence, Skipped

LONGEST_SENTENCE = 1_000_000  # bytes of UTF-8
MOST_SKIPPED = 10_000  # rows that cannot be used and are listed

_MOST_SHOWN = 40  # characters of a form in a message


@dataclass(frozen=True, slots=True)
class Found(Sequence[Occurrence]):
    """The occurrences of a word, as a sequence, and the rows that were left out.

    Attributes:
        occurrences: The occurrences in the order of the input, with unique ids.
        skipped: Rows whose content cannot be used, and why.
        notes: what the user should know of how the input was read, a sentence each.
        without: number of lines of a corpus that do not contain the word.
        files: The files that were read.
        drawn_from: number of uses that the occurrences are a sample of; None if they are all.
        not_listed: number of rows that cannot be used either, and are too many to list.
    """

    occurrences: tuple[Occurrence, ...]
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    without: int = 0
    files: tuple[str, ...] = ()
    drawn_from: int | None = None
    not_listed: int = 0

    @property
    def left_out(self) -> int:
        """The number of rows whose content cannot be used."""
        return len(self.skipped) + self.not_listed

    @property
    def total(self) -> int:
        """The number of uses in the text."""
        return len(self.occurrences) if self.drawn_from is None else self.drawn_from

    @overload
    def __getitem__(self, index: int) -> Occurrence: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Occurrence, ...]: ...
    def __getitem__(self, index: int | slice) -> Occurrence | tuple[Occurrence, ...]:
        return self.occurrences[index]

    def __len__(self) -> int:
        return len(self.occurrences)


def find_occurrences(
    sentences: Iterable[Sentence | str], word: str, match: str = "word", lang: str = "en"
) -> Found:
    """Find the uses of a word: whole words, every one, by offsets in the original sentences.

    Case does not matter, nor whether "é" is one character or an "e" with a combining accent. A
    letter with another accent is another letter. Letters, digits and the underscore make words, so
    *man* is in *man-made* and *man's* but not in *mankind*. White space in the word is any white
    space. In scripts without blanks a word may begin and end anywhere.

    A sentence about another word (by its `word`, or else its `lemma`) is ignored. A given place
    (offsets, a mark, the hit of a concordance) is used as it is; if it is not on a known form of
    the word, a note says so. A row is skipped if its place lies outside its sentence, if it names
    the word or a sense and does not contain the word, or if its sentence is empty, longer than
    1,000,000 bytes of UTF-8, or contains a lone surrogate. A line of a corpus that does not
    contain the word is only counted.

    An occurrence has the id of its row (the second one in a row is `id.2`), or without one its
    number.

    Args:
        sentences: the result of `read_sentences`, or plain strings.
        word: one word or several.
        match: "word" for any case, "inflections" also for forms of the same lemma (man, men,
            manned), "exact" for the case given, "lemma" for the tokens that the corpus
            annotates with this lemma.
        lang: the code of the language, by which words are inflected.

    Raises:
        UsageError: the word is blank, or there is no such `match`.
    """
    rows = list(rows_of(sentences))
    places = Places(word, match, lang)
    ids = _Ids(row.id for row in rows if row.id is not None)
    occurrences = tuple(
        occurrence(row, places.word, id, span)
        for row, spans in places.of(rows)
        for span, id in zip(spans, ids.for_row(row.id), strict=False)
    )
    notes = (*getattr(sentences, "notes", ()), *places.notes())
    files = getattr(sentences, "files", ())
    skipped, not_listed = tuple(places.skipped), places.not_listed
    return Found(occurrences, skipped, notes, places.without, files, not_listed=not_listed)


class Places:
    """The places of a word in rows, and what is to be said of the rows that have none.

    Args:
        word: one word or several.
        match: which forms count, as for `find_occurrences`.
        lang: the code of the language.

    Attributes:
        skipped: the first rows whose content cannot be used, and why.
        not_listed: number of the other rows whose content cannot be used.
        without: number of lines of a corpus that do not contain the word.

    Raises:
        UsageError: the word is blank, or there is no such `match`.
    """

    def __init__(self, word: str, match: str, lang: str) -> None:
        self._search = Search(word, match, lang)
        self._forms = Search(word, "inflections", lang)
        self._unusual: Counter[str] = Counter()
        self._rows = 0
        self.word = self._search.word
        self.skipped: list[Skipped] = []
        self.not_listed = self.without = 0

    def of(self, rows: Iterable[Sentence]) -> Iterator[tuple[Sentence, list[tuple[int, int]]]]:
        """Yield each row that has the word, with its places."""
        for row in rows:
            self._rows += 1
            if not is_about(row, self._search):
                continue
            spans = spans_in(row, self._search)
            if spans == []:
                self.without += 1
            elif isinstance(spans, str):
                if len(self.skipped) < MOST_SKIPPED:
                    self.skipped.append(Skipped(row.source, spans))
                else:
                    self.not_listed += 1
            else:
                if row.start is not None:
                    self._unusual.update(unusual_forms(row, spans, self._forms))
                yield row, spans

    def notes(self) -> Iterator[str]:
        """What to say of the rows, when all were read."""
        yield from place_notes(self._unusual, self.word)
        if self.without:
            yield f"{self.without:,} of {self._rows:,} sentences do not contain {self.word!r}"
        if self.not_listed:
            yield (
                f"{self.not_listed:,} more rows cannot be used; the first {MOST_SKIPPED:,} are"
                " listed"
            )


def occurrence(row: Sentence, word: str, id: str, span: tuple[int, int]) -> Occurrence:
    """An occurrence at a place of a row, with all that the row says of it."""
    return Occurrence(
        id,
        word,
        row.text,
        *span,
        sense=row.sense,
        source=row.source,
        group=row.group,
        unit=row.unit,
        columns=row.columns,
    )


def is_about(row: Sentence, search: Search) -> bool:
    """Whether a row may hold the word: it names none, or this one, as its word or its lemma."""
    named = row.word if row.word is not None else row.lemma
    return named is None or search.is_word(named)


def unusual_forms(row: Sentence, spans: Iterable[tuple[int, int]], forms: Search) -> Iterator[str]:
    """The forms at given places that are not known as forms of the word.

    Args:
        row: the sentence.
        spans: the places.
        forms: the search for the word and its inflections.
    """
    for start, end in spans:
        form = row.text[start:end]
        if not forms.is_form(form):
            yield form if len(form) <= _MOST_SHOWN else form[:_MOST_SHOWN] + "..."


def place_notes(unusual: Mapping[str, int], word: str) -> Iterator[str]:
    """What to say of given places on forms that are not known as forms of the word."""
    if unusual:
        listed = ", ".join(
            f"{form!r}" + (f" ({times})" if times > 1 else "")
            for form, times in sorted(unusual.items(), key=lambda item: (-item[1], item[0]))[:5]
        )
        more = ", ..." if len(unusual) > 5 else ""
        total = sum(unusual.values())
        uses = (
            "1 use that is not a known form"
            if total == 1
            else f"{total} uses that are not known forms"
        )
        yield f"the input marks {uses} of {word!r}: {listed}{more}"


def rows_of(sentences: Iterable[Sentence | str]) -> Iterator[Sentence]:
    """Sentences, also made from strings; a single string is one sentence."""
    for number, row in enumerate([sentences] if isinstance(sentences, str) else sentences, 1):
        yield Sentence(row, f"sentence {number}") if isinstance(row, str) else row


def spans_in(row: Sentence, search: Search) -> list[tuple[int, int]] | str:
    """The occurrences of a word in a row, or why the row cannot be used.

    The list is empty if the row is a line of a corpus that does not contain the word. Given places
    are used as they are.

    Args:
        row: the row to search.
        search: the prepared search for the word.
    """
    if reason := row.problem or _unusable(row):
        return reason
    if row.start is None and row.end is None:
        spans = search.spans_in(row)
        labeled = row.word is not None or row.sense is not None
        return f"{search.word} does not occur" if labeled and not spans else spans
    if row.start is None or row.end is None:
        return "only one of start and end is given"
    return _outside(row, row.start, row.end) or [(row.start, row.end)]


def _unusable(row: Sentence) -> str | None:
    if not row.text.strip():
        return "the sentence is empty"
    labels = [label for label in (row.id, row.sense, row.group, row.unit) if label]
    if not all(map(is_unicode, (row.text, *labels, *row.columns, *row.columns.values()))):
        return "contains a lone surrogate"
    if (size := len(row.text.encode())) > LONGEST_SENTENCE:
        return f"the sentence is longer than 1 MB ({size:,} bytes)"
    return None


def _outside(row: Sentence, start: int, end: int) -> str | None:
    """What is wrong with a place that is not in its sentence."""
    if start >= end:
        return f"start {start} is not before end {end}"
    if start < 0 or end > len(row.text):
        length = len(row.text)
        return f"offsets {start}-{end} lie outside the sentence of {length} characters"
    return None if row.text[start:end].strip() else f"offsets {start}-{end} are on a blank"


class _Ids:
    """Makes a unique id for every occurrence."""

    def __init__(self, given: Iterable[str]) -> None:
        self._given = frozenset(given)
        self._used: set[str] = set()
        self._numbers = map(str, count(1))

    def for_row(self, given: str | None) -> Iterator[str]:
        """Yield ids for the occurrences of a row, whose own id is `given`."""
        candidates: Iterator[str] = self._numbers
        if given is not None:
            candidates = chain([given], (f"{given}.{n}" for n in count(2)))
        for candidate in candidates:
            if candidate not in self._used and (candidate == given or candidate not in self._given):
                self._used.add(candidate)
                yield candidate
