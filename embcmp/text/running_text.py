"""Running text into sentences: paragraphs, wrapped lines, or a chapter a line."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from embcmp.text.sentence_rows import Sentence

_LONGEST_PARAGRAPH = 1 << 20  # characters; what is longer is cut between two lines
_LONG_LINE = 200  # characters; a line that is longer was not wrapped: it is a paragraph
_SHORT = 0.6  # of the longest line: a shorter one before a capital ends a paragraph
_TERMINAL = re.compile(r"[.!?…。！？।؟][\"'”’»«)\]]*\s+\S")
_CROWDED = 3  # sentences that a line holds, by the median, where it is no sentence

Place = tuple[int, int]


def sentence_spans(text: str, language: str) -> list[Place]:
    """The spans of the sentences of a text, without the blanks around them.

    A line end within a paragraph is a blank; a blank line ends a sentence.

    Args:
        text: running text.
        language: the code of its language, such as "en" or "de".
    """
    import sentencex

    spans, at = [], 0
    for piece in sentencex.segment(language, text):
        start = text.index(piece, at)
        at = start + len(piece)
        if stripped := piece.strip():
            begin = start + piece.index(stripped)
            spans.append((begin, begin + len(stripped)))
    return spans


def split_text(lines: Iterable[tuple[int, str]], name: str, language: str) -> Iterator[Sentence]:
    """The sentences of running text, one at a time, each with the line that it begins on.

    Args:
        lines: the lines of the text, with their numbers.
        name: the name of the file, for messages.
        language: the code of the language of the text.
    """
    for numbers, paragraph in _paragraphs(lines):
        text = "\n".join(paragraph)
        ends, length = [], 0
        for line in paragraph:
            length += len(line) + 1
            ends.append(length)
        at = 0
        for start, end in sentence_spans(text, language):
            while ends[at] <= start:
                at += 1
            sentence = re.sub(r"\s*\n\s*", " ", text[start:end])
            yield Sentence(sentence, f"{name}:{numbers[at]}")


def _paragraphs(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[list[int], list[str]]]:
    """The lines that belong together, with their numbers."""
    block: list[tuple[int, str]] = []
    size = 0
    for number, line in lines:
        if line.strip():
            block.append((number, line))
            size += len(line)
        if (not line.strip() or size > _LONGEST_PARAGRAPH) and block:
            yield from _wrapped(block)
            block, size = [], 0
    if block:
        yield from _wrapped(block)


def _wrapped(block: list[tuple[int, str]]) -> Iterator[tuple[list[int], list[str]]]:
    """A block of lines, cut where a line was ended by hand: it is long, or short for its block."""
    longest = max(len(line) for _, line in block)
    numbers: list[int] = []
    texts: list[str] = []
    for (number, line), following in zip(block, [*block[1:], None], strict=True):
        numbers.append(number)
        texts.append(line.strip())
        ended = longest > _LONG_LINE or (
            following is not None
            and len(line) < _SHORT * longest
            and following[1].strip()[:1].isupper()
        )
        if ended or following is None:
            yield numbers, texts
            numbers, texts = [], []


def split_row(row: Sentence, language: str, context: int = 0) -> Iterator[Sentence]:
    """The sentences of a row; if the row says where the target is, only the one with the target.

    Args:
        row: a row with running text.
        language: the code of the language of the text.
        context: how many sentences of the row to add on each side of each sentence.
    """
    spans = sentence_spans(row.text, language) or [(0, len(row.text))]
    given = row.start is not None and row.end is not None
    for i, (start, end) in enumerate(spans):
        first = spans[max(0, i - context)][0]
        last = spans[min(len(spans) - 1, i + context)][1]
        part = replace(row, text=row.text[first:last])
        if not given:
            id = row.id if len(spans) == 1 else None
            yield replace(part, id=id, searched=(start - first, end - first) if context else None)
        elif start <= row.start < row.end <= end:  # type: ignore[operator]  # both are given
            yield replace(part, start=row.start - first, end=row.end - first)  # type: ignore[operator]  # likewise
            return
    if given:
        yield row  # the place is in no one sentence: the row stays whole


def with_context(rows: Iterable[Sentence], count: int) -> Iterator[Sentence]:
    """Each sentence with so many of its neighbors on each side, in which no target is looked for.

    Neighbors are of the same document, where the sentences name theirs.

    Args:
        rows: the sentences of one file, in order.
        count: how many sentences on each side; 0 leaves them as they are.
    """
    return _with_neighbors(rows, count) if count else iter(rows)


def _with_neighbors(rows: Iterable[Sentence], count: int) -> Iterator[Sentence]:
    window: deque[Sentence | None] = deque([None] * count, maxlen=2 * count + 1)
    for row in chain(rows, [None] * count):
        window.append(row)
        if len(window) == window.maxlen and (middle := window[count]) is not None:
            same = [s if s and s.unit == middle.unit else None for s in window]
            yield _joined(middle, same[:count], same[count + 1 :])


def _joined(
    row: Sentence, before: Sequence[Sentence | None], after: Sequence[Sentence | None]
) -> Sentence:
    left = "".join(s.text + " " for s in before if s)
    right = "".join(" " + s.text for s in after if s)
    shift = len(left)
    return replace(
        row,
        text=left + row.text + right,
        start=None if row.start is None else row.start + shift,
        end=None if row.end is None else row.end + shift,
        searched=(shift, shift + len(row.text)),
        lemmas=tuple(replace(x, start=x.start + shift, end=x.end + shift) for x in row.lemmas),
    )


def is_crowded(lines: Sequence[str]) -> bool:
    """Whether the lines of a text hold several sentences each."""
    sample = [line for line in lines[:200] if line.strip()]
    counts = sorted(len(_TERMINAL.findall(line)) + 1 for line in sample)
    return bool(counts) and counts[len(counts) // 2] >= _CROWDED
