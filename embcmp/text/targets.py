"""Sentences into occurrences of a word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import overload

from embcmp.text.folding import fold, inside_word
from embcmp.text.readers import Sentence
from embcmp.text.search import Search, is_unicode
from embcmp.types import Occurrence, Skipped

LONGEST_SENTENCE = 1_000_000  # bytes of UTF-8

_WORD = re.compile(r"\w+")
_WORDS = re.compile(r"\w(?:.*\S)?", re.DOTALL)
_MARK = re.compile(r"[\u0300-\u036f]")
_ALIKE = 3  # letters
_MOST_SHOWN = 40  # characters of a form in a message


@dataclass(frozen=True, slots=True)
class Found(Sequence[Occurrence]):
    """The occurrences of a word, as a sequence, and what was left out.

    Attributes:
        occurrences: in the order of the input, their ids unique.
        skipped: rows whose content cannot be used, and why.
    """

    occurrences: tuple[Occurrence, ...]
    skipped: tuple[Skipped, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Occurrence: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Occurrence, ...]: ...
    def __getitem__(self, index: int | slice) -> Occurrence | tuple[Occurrence, ...]:
        return self.occurrences[index]

    def __len__(self) -> int:
        return len(self.occurrences)


def find_occurrences(sentences: Iterable[Sentence | str], word: str, match: str = "word") -> Found:
    """Find the uses of a word: whole words, every one, by offsets in the original sentences.

    Case and canonical equivalence do not matter ("é" is "e" with an accent), a letter with
    another mark is another letter. Letters, digits and the underscore make words, so *man* is
    in *man-made* and *man's* but not in *mankind*. White space in the word is any white space.

    A sentence about another word (by its `word`) is passed over. Given offsets are used whatever
    `match` is, if they cover whole words (here letters, digits and underscores part each other)
    that are the word or an inflection of it. A row that names its word may know a form that is
    unknown here: it is taken at its word where it begins with the same three letters, unless the
    word stands elsewhere in the sentence, which shows that the offsets are off. Skipped is a row
    with other offsets; without offsets, where the word does not occur; or whose sentence is
    empty, longer than 1,000,000 bytes of UTF-8, or holds a lone surrogate.

    An occurrence has the id of its row (the second one in a row is `id.2`), else its number.

    Args:
        sentences: of `read_sentences`, or plain strings.
        word: one word or several.
        match: "word" for any case, "inflections" also for forms of the same lemma (English: man,
            men, manned), "exact" for the case given.

    Raises:
        UsageError: the word is blank, or there is no such `match`.
    """
    rows = list(_rows(sentences))
    search = Search(word, match)
    anywhere = Search(word, "inflections")
    names = _Names(row.id for row in rows if row.id is not None)
    occurrences: list[Occurrence] = []
    skipped: list[Skipped] = []
    for row in rows:
        if row.word is not None and not search.names(row.word):
            continue
        spans = spans_in(row, search, anywhere)
        if isinstance(spans, str):
            skipped.append(Skipped(row.source, spans))
            continue
        occurrences.extend(
            Occurrence(id, search.word, row.text, start, end, row.sense, row.source)
            for (start, end), id in zip(spans, names.of(row.id), strict=False)
        )
    return Found(tuple(occurrences), tuple(skipped))


def near_forms(sentences: Iterable[Sentence | str], word: str, most: int = 5) -> list[str]:
    """Forms near a word that does not occur: its inflections first, then words spelled alike.

    Rows about another word are passed over, and so is the word itself.

    Args:
        sentences: where to look.
        word: as for `find_occurrences`.
        most: how many at most.

    Raises:
        UsageError: the word is blank.
    """
    search = Search(word, "inflections")
    inflected: dict[str, str] = {}  # folded -> as it stands first
    others: dict[str, str] = {}
    for row in _rows(sentences):
        if row.word is not None and not search.names(row.word):
            continue
        for start, end in search.spans(row.text):
            form = row.text[start:end]
            inflected.setdefault(form.casefold(), form)
        for form in _WORD.findall(row.text):
            if abs(len(form) - len(search.word)) <= len(search.word):
                others.setdefault(form.casefold(), form)
    inflected.pop(search.word.casefold(), None)
    spelled = others.keys() - inflected - {search.word.casefold()}
    alike = difflib.get_close_matches(search.word.casefold(), spelled, n=most)
    return [*inflected.values(), *(others[form] for form in alike)][:most]


def _rows(sentences: Iterable[Sentence | str]) -> Iterator[Sentence]:
    """Sentences, made of strings where need be; one string is one sentence, not its letters."""
    for number, row in enumerate([sentences] if isinstance(sentences, str) else sentences, 1):
        yield Sentence(row, f"sentence {number}") if isinstance(row, str) else row


def spans_in(row: Sentence, search: Search, anywhere: Search) -> list[tuple[int, int]] | str:
    """The occurrences of a word in a row, or why there are none.

    Args:
        row: where to look.
        search: for the word.
        anywhere: for the same word and its inflections, where the row gives offsets.
    """
    if reason := row.problem or _unusable(row):
        return reason
    if row.start is None and row.end is None:
        return search.spans(row.text) or f"{search.word} does not occur"
    if row.start is None or row.end is None:
        return "start and end are not both given"
    return _off_the_word(row, row.start, row.end, anywhere) or [(row.start, row.end)]


def _unusable(row: Sentence) -> str | None:
    if not row.text.strip():
        return "the sentence is empty"
    if not all(is_unicode(text) for text in (row.text, row.id or "", row.sense or "")):
        return "holds a lone surrogate"
    if (size := len(row.text.encode())) > LONGEST_SENTENCE:
        return f"the sentence is longer than 1 MB ({size:,} bytes)"
    return None


def _off_the_word(row: Sentence, start: int, end: int, anywhere: Search) -> str | None:
    """What is wrong with given offsets."""
    if start >= end:
        return f"start {start} is not before end {end}"
    if start < 0 or end > len(row.text):
        length = len(row.text)
        return f"offsets {start}-{end} lie outside the sentence of {length} characters"
    form = row.text[start:end]
    shown = form if len(form) <= _MOST_SHOWN else form[:_MOST_SHOWN] + "..."
    if _cuts_word(row.text, start) or _cuts_word(row.text, end):
        return f"offsets {start}-{end} cut a word: {shown!r}"
    if anywhere.is_form(form):
        return None
    if row.word is not None and _alike(form, anywhere.word) and not anywhere.spans(row.text):
        return None
    return f"offsets {start}-{end} are on {shown!r}, not on {anywhere.word}"


def _alike(form: str, word: str) -> bool:
    """Whether words may be a form of a word that nothing here knows: they begin alike."""
    bare = (_MARK.sub("", fold(text).text)[:_ALIKE] for text in (form, word))  # Mann, Männer
    return len(set(bare)) == 1 and _WORDS.fullmatch(form) is not None


def _cuts_word(text: str, offset: int) -> bool:
    """Whether an offset parts a word at other than a change of kind (*August19*, *man_page*)."""
    return inside_word(text, offset) and _kind(text[offset - 1]) == _kind(text[offset])


def _kind(char: str) -> str:
    if char == "_":
        return "underscore"
    return "digit" if char.isdigit() else "letter"


class _Names:
    """Gives every occurrence an id of its own."""

    def __init__(self, given: Iterable[str]) -> None:
        self._given = frozenset(given)
        self._used: set[str] = set()
        self._numbers = map(str, count(1))

    def of(self, given: str | None) -> Iterator[str]:
        """Ids for the occurrences of one row, as many as are asked for."""
        candidates: Iterator[str] = self._numbers
        if given is not None:
            candidates = chain([given], (f"{given}.{n}" for n in count(2)))
        for name in candidates:
            if name not in self._used and (name == given or name not in self._given):
                self._used.add(name)
                yield name
