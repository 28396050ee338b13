"""A training corpus: sentences as word ids, the words by frequency, and a held-out tenth."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import InputError
from embcmp.text.files import opened
from embcmp.text.words import words

LONGEST = 128  # words; a longer line is cut, or one chapter on a line would make one huge batch
LEAST = 1_000  # words; less cannot train anything

Sentences = Sequence[NDArray[np.int32]]


@dataclass(frozen=True)
class Corpus:
    """Sentences as word ids, split into nine tenths to train on and one to test on.

    A sentence's digest decides the part that it belongs to: the split depends on no seed and no
    order, and copies of a sentence are never on both sides.

    Attributes:
        description: what it is, for the checkpoint.
        digest: sha256 of the sentences as they were tokenized, one a line.
        vocabulary: the words, the most frequent first; an id is a place in it.
        counts: int64 [vocabulary], how often each occurs in the training part.
        training: nine tenths of the sentences.
        held_out: the other tenth.
    """

    description: str
    digest: str
    vocabulary: tuple[str, ...]
    counts: NDArray[np.int64]
    training: Sentences
    held_out: Sentences


def lines(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the lines of plain-text files, one sentence a line.

    Raises:
        InputError: a file cannot be read or is not UTF-8.
    """
    for path in paths:
        with opened(path) as file:
            for number, line in file.lines_with_ends():
                if "\0" in line:
                    raise InputError(f"{path}:{number}: NUL bytes", "the corpus must be plain text")
                yield line


def build(texts: Iterable[str], description: str) -> Corpus:
    """Tokenize sentences and number their words.

    Raises:
        InputError: there are too few words to train on.
    """
    digest = sha256()
    numbers: dict[str, int] = {}  # in order of appearance; renumbered by frequency below
    parts: tuple[list[array[int]], list[array[int]]] = ([], [])
    for text in texts:
        for sentence in pieces(words(text)):
            line = " ".join(sentence).encode() + b"\n"
            digest.update(line)
            held_out = int.from_bytes(sha256(line).digest()[:8], "big") % 10 == 0
            ids = array("i", (numbers.setdefault(word, len(numbers)) for word in sentence))
            parts[held_out].append(ids)

    counter: Counter[int] = Counter()
    for ids in parts[False]:
        counter.update(ids)
    if counter.total() < LEAST or not parts[True]:
        raise InputError(
            f"{description}: {counter.total()} words to train on are too few",
            f"give at least {LEAST} words, one sentence a line",
        )
    vocabulary = sorted(numbers, key=lambda word: (-counter[numbers[word]], word))
    rank = np.empty(len(numbers), dtype=np.int32)
    rank[[numbers[word] for word in vocabulary]] = np.arange(len(numbers), dtype=np.int32)
    return Corpus(
        description=description,
        digest=digest.hexdigest(),
        vocabulary=tuple(vocabulary),
        counts=np.array([counter[numbers[word]] for word in vocabulary], dtype=np.int64),
        training=[rank[ids] for ids in parts[False]],
        held_out=[rank[ids] for ids in parts[True]],
    )


def pieces(sentence: list[str]) -> Iterator[list[str]]:
    """The sentence, or pieces of it where it is too long; a lone word has no context to learn."""
    for start in range(0, len(sentence), LONGEST):
        if len(piece := sentence[start : start + LONGEST]) > 1:
            yield piece
