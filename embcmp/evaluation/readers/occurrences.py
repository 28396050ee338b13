"""Rows of files as items or pairs. Offsets are checked as `compare` checks given offsets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from embcmp.errors import InputError
from embcmp.evaluation.gold_rows import Item, Pair, Part
from embcmp.evaluation.readers.spans import Span
from embcmp.text.folding import fold, inside_word
from embcmp.text.inflections import ENGLISH
from embcmp.text.search import Search, is_unicode
from embcmp.text.sentence_rows import Sentence
from embcmp.text.targets import find_occurrences
from embcmp.types import Occurrence, Skipped

GOLD_LABELS = {"T": True, "F": False}
_WORDS = re.compile(r"\w(?:.*\S)?", re.DOTALL)
_ACCENT = re.compile(r"[\u0300-\u036f]")
_ALIKE = 3  # letters
_MOST_SHOWN = 40  # characters of a form in a message


@dataclass(frozen=True, slots=True)
class LocatedRows:
    """The occurrences of usable rows, and the reasons why others are skipped, both by id."""

    uses: dict[str, Occurrence]
    skipped: dict[str, Skipped]


def locate(rows: Iterable[Sentence], language: str = ENGLISH) -> LocatedRows:
    """Check that the offsets of each row are on its word or, in English, on a form of it.

    A gold standard with wrong offsets would be scored on other words than its own. In other
    languages the offsets are trusted, since too few word forms are known.

    Args:
        rows: Rows with id, word, start and end; a row with a `problem` is skipped.
        language: The code of the language of the sentences.
    """
    by_word: dict[str, list[Sentence]] = {}
    for row in rows:
        by_word.setdefault(row.word or "", []).append(row)
    located = LocatedRows({}, {})
    for word, group in by_word.items():
        if not word.strip() or not is_unicode(word):
            reason = "holds a lone surrogate" if word.strip() else "has no word"
            located.skipped.update((str(row.id), Skipped(row.source, reason)) for row in group)
            continue
        forms = Search(word, "inflections", language)
        if language == ENGLISH:
            group = [replace(row, problem=row.problem or off_the_word(row, forms)) for row in group]
        occurrences = find_occurrences(group, word, lang=language)
        located.uses.update((use.id, use) for use in occurrences)
        skipped_ids = [str(row.id) for row in group if str(row.id) not in located.uses]
        located.skipped.update(zip(skipped_ids, occurrences.skipped, strict=True))
    return located


def off_the_word(row: Sentence, forms: Search) -> str | None:
    """Why a row's offsets are not on its word; None if they are, or are outside the sentence.

    An unknown form counts as one of the word if it begins with the same three letters, unless the
    word itself occurs elsewhere in the sentence.

    Args:
        row: The row with its offsets.
        forms: The search for the word and its inflections.
    """
    start, end = row.start, row.end
    if start is None or end is None or not 0 <= start < end <= len(row.text):
        return None
    form = row.text[start:end]
    shown = form if len(form) <= _MOST_SHOWN else form[:_MOST_SHOWN] + "..."
    if _cuts_word(row.text, start) or _cuts_word(row.text, end):
        return f"offsets {start}-{end} cut a word: {shown!r}"
    if forms.is_form(form) or (_begins_alike(form, forms.word) and not forms.spans(row.text)):
        return None
    return f"offsets {start}-{end} are on {shown!r}, not on {forms.word}"


def _begins_alike(form: str, word: str) -> bool:
    bare = (_ACCENT.sub("", fold(text).text)[:_ALIKE] for text in (form, word))  # Mann, Männer
    return len(set(bare)) == 1 and _WORDS.fullmatch(form) is not None


def _cuts_word(text: str, offset: int) -> bool:
    """Whether an offset cuts a word at other than a change of kind (*August19*, *man_page*)."""
    return inside_word(text, offset) and _kind(text[offset - 1]) == _kind(text[offset])


def _kind(char: str) -> str:
    if char == "_":
        return "underscore"
    return "digit" if char.isdigit() else "letter"


def item_part(
    rows: Sequence[Sentence], split: str, files: Sequence[Path], language: str = ENGLISH
) -> Part:
    """A part with the items of all rows that have a sense, in their order.

    Args:
        rows: The rows, each with its id.
        split: The name of the part.
        files: The files that it was read from.
        language: The code of the language of the sentences, as for `locate`.

    Raises:
        InputError: Two rows have the same id.
    """
    refuse_twice((str(row.id), row.source) for row in rows)
    located = locate(rows, language)
    items = []
    for row in rows:
        if (use := located.uses.get(str(row.id))) is None:
            continue
        item = Item.of(use)
        if item.keys:
            items.append(item)
        else:
            located.skipped[item.id] = Skipped(row.source, "has no sense")
    skipped = [located.skipped[str(row.id)] for row in rows if str(row.id) in located.skipped]
    return Part(items, split, tuple(skipped), files=tuple(files))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two uses of a pair: sentence, word, position of the word, and other columns."""

    sentence: str
    word: str
    span: Span
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class RawPair:
    """A row of a file of pairs, before its offsets are checked.

    Attributes:
        id: A name that is unique in its file.
        source: The file and line, for messages.
        sides: The two uses.
        gold: The gold answer; None if it cannot be read.
        problem: What is wrong with the row; None if nothing is.
        ratings: The single ratings, as in `Pair`.
    """

    id: str
    source: str
    sides: tuple[Side, Side]
    gold: float | bool | None
    problem: str | None = None
    ratings: tuple[float, ...] = ()

    def sentences(self) -> list[Sentence]:
        """A row for each side. Its id is that of the pair with `.1` or `.2`."""
        return [
            Sentence(
                side.sentence,
                self.source,
                f"{self.id}.{k}",
                None,
                side.word,
                *side.span,
                columns=side.columns,
            )
            for k, side in enumerate(self.sides, 1)
        ]


def pair_part(
    rows: Sequence[RawPair],
    split: str,
    files: Sequence[Path],
    noted: Sequence[Skipped] = (),
    language: str = ENGLISH,
) -> Part:
    """A part with the pairs of which both sides can be used, in their order.

    A pair with several problems is skipped once, with all reasons.

    Args:
        rows: The pairs.
        split: The name of the part.
        files: The files that it was read from.
        noted: Notes on unusual things in the files.
        language: The code of the language of the sentences, as for `locate`.

    Raises:
        InputError: Two rows have the same id.
    """
    refuse_twice((row.id, row.source) for row in rows)
    located = locate((side for row in rows for side in row.sentences()), language)
    pairs, skipped = [], []
    for row in rows:
        names = (f"{row.id}.1", f"{row.id}.2")
        first, second = map(located.uses.get, names)
        wrong = [row.problem, *(located.skipped[n].reason for n in names if n in located.skipped)]
        reasons = dict.fromkeys(filter(None, wrong))
        if first is None or second is None or row.gold is None or reasons:
            skipped.append(Skipped(row.source, "; ".join(reasons)))
        else:
            pairs.append(Pair(row.id, first, second, row.gold, row.ratings))
    return Part(pairs, split, tuple(skipped), tuple(noted), tuple(files))


def refuse_twice(rows: Iterable[tuple[str, str]]) -> None:
    """Refuse ids that occur twice, since one row would be mistaken for the other.

    Args:
        rows: The id of each row, and its file and line.

    Raises:
        InputError: Two rows have the same id; the message names both places.
    """
    first: dict[str, str] = {}
    for key, source in rows:
        if key in first:
            raise InputError(
                f"{source}: the id {key!r} is given twice, first at {first[key]}",
                "make the ids unique",
            )
        first[key] = source


def number(text: str) -> float | None:
    """The finite number that a text stands for; None if it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def gold_label(text: str) -> tuple[bool | None, str | None]:
    """True for T, False for F; for another text None and what is wrong with it."""
    label = GOLD_LABELS.get(text)
    return label, f"gold {text!r} is neither T nor F" if label is None else None
