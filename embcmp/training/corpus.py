"""Training corpora: sentences as word ids, and a tenth of them held out."""

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
from embcmp.text.input_files import opened
from embcmp.text.words import words

LONGEST = 128  # words of a sentence; a longer line is cut, lest a chapter make a huge batch
LEAST = 1_000  # words of a corpus; fewer cannot train anything

Sentences = Sequence[NDArray[np.int32]]


@dataclass(frozen=True)
class Corpus:
    """Sentences as word ids, nine tenths of them to train on and one tenth held out.

    The digest of a sentence decides where it belongs. So the split depends on no seed and no order,
    and copies of a sentence are always in the same part.

    Attributes:
        description: a description of the corpus, for the checkpoint.
        digest: the sha256 of the tokenized sentences, one a line.
        vocabulary: the words, the most frequent first; a word's id is its index.
        counts: int64 [vocabulary], the number of occurrences of each word in the training part.
        training: the sentences to train on.
        held_out: the sentences that are held out.
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
            file.otherwise = "save it as UTF-8"
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
        for sentence in parts_of(words(text)):
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


def parts_of(sentence: list[str]) -> Iterator[list[str]]:
    """Cut a sentence that is too long; a part of one word is left out, as it has no context."""
    for start in range(0, len(sentence), LONGEST):
        if len(part := sentence[start : start + LONGEST]) > 1:
            yield part
