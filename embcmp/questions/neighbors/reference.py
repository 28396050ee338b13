"""The text that is searched for neighbors: its sentences, and the uses of words in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.background.background_text import WHOLE_WORD, BackgroundText, shipped_background
from embcmp.encoders.base import Encoder, fingerprint
from embcmp.errors import InputError
from embcmp.text.folding import inside_word
from embcmp.text.readers import is_known
from embcmp.text.search import Search, is_unicode
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import LONGEST_SENTENCE
from embcmp.text.words import stop_words
from embcmp.types import Occurrence
from embcmp.vectors.index_cache import cached_array

PASSAGE = 256  # sentences encoded at a time, so that memory does not grow with the text


@dataclass(frozen=True, slots=True)
class Passage:
    """The uses of words in some consecutive sentences of a reference.

    Attributes:
        sentence_numbers: the numbers of those sentences in the reference.
        uses: the uses in the order of the text.
        sentences: [uses], the number of the sentence that each use is in.
        same_word: [uses], whether the use is a form of the target word.
    """

    sentence_numbers: range
    uses: tuple[Occurrence, ...]
    sentences: NDArray[np.intp]
    same_word: NDArray[np.bool_]


@dataclass(frozen=True)
class Reference:
    """Sentences of which no two differ in case and white space alone.

    Attributes:
        name: the name that tables and messages show.
        sentences: the texts of the sentences.
        sources: file and line of each sentence.
        cached: whether the vectors of its words are kept in the cache.
    """

    name: str
    sentences: tuple[str, ...]
    sources: tuple[str, ...]
    cached: bool = False

    @property
    def digest(self) -> str:
        """The sha256 of the sentences, one per line."""
        return sha256("\n".join(self.sentences).encode()).hexdigest()

    def passages(self, word: str) -> Iterator[Passage]:
        """Yield the uses of words, some sentences at a time.

        These are all content words, function words only if the target is one, and the target with
        its inflections, which may consist of several words.
        """
        search = Search(word, "inflections")
        excluded = frozenset() if word.lower() in stop_words() else stop_words()
        for begin in range(0, len(self.sentences), PASSAGE):
            numbers = range(begin, min(begin + PASSAGE, len(self.sentences)))
            uses, sentences, same = [], [], []
            for i in numbers:
                text = self.sentences[i]
                targets = search.spans(text)
                for start, end in sorted({*targets, *_other_words(text, targets, excluded)}):
                    form = text[start:end].lower()
                    id = f"{i}.{start}"
                    uses.append(Occurrence(id, form, text, start, end, None, self.sources[i]))
                    sentences.append(i)
                    same.append((start, end) in targets)
            yield Passage(
                numbers,
                tuple(uses),
                np.array(sentences, dtype=np.intp),
                np.array(same, dtype=np.bool_),
            )

    def vectors(self, encoder: Encoder, passage: Passage) -> NDArray[np.float32]:
        """The vectors [layers, uses, dim] of a passage, from the cache if it keeps them."""

        def encoded() -> NDArray[np.float32]:
            return encoder.encode(passage.uses).vectors

        if not self.cached:
            return encoded()
        spans = [(u.sentence, u.start, u.end) for u in passage.uses]
        return cached_array(f"reference/{fingerprint(encoder.info.fingerprint, spans)}", encoded)


def background_reference(text: BackgroundText | None = None) -> Reference:
    """The background sentences as a reference: those that come with embcmp, or others."""
    name = text.path if text and text.path else "embcmp's background"
    sentences = (text or shipped_background()).sentences
    sources = tuple(f"background:{i}" for i in range(1, len(sentences) + 1))
    return Reference(name, sentences, sources, cached=True)


def read_reference(path: str | Path) -> Reference:
    """Read the user's own reference: one sentence per line, or a table with a column `sentence`.

    Sentences that differ from an earlier one in case and white space alone are left out, and so are
    those that are longer than 1 MB or not valid Unicode.

    Raises:
        InputError: the file cannot be read, is not of its format, or contains no usable sentence.
    """
    known_format = is_known(Path(path))
    different: dict[str, tuple[str, str]] = {}
    for row in read_sentences(path, None if known_format else "txt"):
        usable = bool(row.text.strip()) and is_unicode(row.text)
        if usable and len(row.text.encode()) <= LONGEST_SENTENCE:
            different.setdefault(folded(row.text), (row.text, row.source))
    if not different:
        raise InputError(
            f"{path}: contains no sentence to search for neighbors", "add at least one"
        )
    texts, sources = zip(*different.values(), strict=True)
    return Reference(str(path), texts, sources)


def folded(sentence: str) -> str:
    """The sentence with case folded and each run of white space as one space."""
    return " ".join(sentence.casefold().split())


def _other_words(
    text: str, targets: Sequence[tuple[int, int]], excluded: frozenset[str]
) -> Iterator[tuple[int, int]]:
    """The spans of the words that are neither excluded nor part of a target."""
    for match in WHOLE_WORD.finditer(text):
        start, end = match.span()
        if match.group().lower().replace("’", "'") in excluded:
            continue
        if any(inside_word(text, edge) for edge in (start, end)):
            continue
        if not any(a < end and start < b for a, b in targets):
            yield start, end
