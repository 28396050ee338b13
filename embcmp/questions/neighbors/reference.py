"""A text to look for neighbors in: its sentences, and the uses of words in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp.background import WHOLE_WORD, background_sentences
from embcmp.cache import remembered
from embcmp.encoders.base import Encoder, fingerprint
from embcmp.errors import InputError
from embcmp.text.folding import inside_word
from embcmp.text.readers import READERS
from embcmp.text.search import Search, is_unicode
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import LONGEST_SENTENCE
from embcmp.text.words import stop_words
from embcmp.types import Occurrence

PASSAGE = 256  # sentences that are encoded at a time, so that memory does not grow with the text


@dataclass(frozen=True, slots=True)
class Passage:
    """Uses of words in some sentences of a reference.

    Attributes:
        numbers: of those sentences in the reference.
        uses: in the order of the text.
        sentences: [uses], the number of each one's sentence in the reference.
        same_word: [uses], whether it is a form of the word that neighbors are looked for.
    """

    numbers: range
    uses: tuple[Occurrence, ...]
    sentences: NDArray[np.intp]
    same_word: NDArray[np.bool_]


@dataclass(frozen=True)
class Reference:
    """Sentences that are different, but for case and white space.

    Attributes:
        name: for people.
        sentences: the texts.
        sources: where each stands, for messages.
        kept: the vectors of its words are kept in the cache.
    """

    name: str
    sentences: tuple[str, ...]
    sources: tuple[str, ...]
    kept: bool = False

    @property
    def digest(self) -> str:
        """The sha256 of the sentences, one a line."""
        return sha256("\n".join(self.sentences).encode()).hexdigest()

    def passages(self, word: str) -> Iterator[Passage]:
        """Yield the uses of words, some sentences at a time.

        The words are content words, or all words where the target itself is a function word, and
        the target with its inflections, which may be several words.
        """
        search = Search(word, "inflections")
        dropped = frozenset() if word.lower() in stop_words() else stop_words()
        for begin in range(0, len(self.sentences), PASSAGE):
            numbers = range(begin, min(begin + PASSAGE, len(self.sentences)))
            uses, sentences, same = [], [], []
            for i in numbers:
                text = self.sentences[i]
                own = search.spans(text)
                for start, end in sorted({*own, *_others(text, own, dropped)}):
                    form = text[start:end].lower()
                    name = f"{i}.{start}"
                    uses.append(Occurrence(name, form, text, start, end, None, self.sources[i]))
                    sentences.append(i)
                    same.append((start, end) in own)
            yield Passage(
                numbers,
                tuple(uses),
                np.array(sentences, dtype=np.intp),
                np.array(same, dtype=np.bool_),
            )

    def vectors(self, encoder: Encoder, passage: Passage) -> NDArray[np.float32]:
        """The vectors [layers, uses, dim] of a passage, from the cache where they are kept."""

        def encoded() -> NDArray[np.float32]:
            return encoder.encode(passage.uses).vectors

        if not self.kept:
            return encoded()
        spans = [(u.sentence, u.start, u.end) for u in passage.uses]
        return remembered(f"reference/{fingerprint(encoder.info.fingerprint, spans)}", encoded)


def background_reference() -> Reference:
    """The packaged background sentences."""
    sentences = background_sentences()
    sources = tuple(f"background:{i}" for i in range(1, len(sentences) + 1))
    return Reference("embcmp's background", sentences, sources, kept=True)


def read_reference(path: str | Path) -> Reference:
    """Read a reference of the user's own: a sentence a line, or a table with `sentence`.

    Passed over are sentences that are there already, but for case and white space, and those that
    are longer than 1 MB or no Unicode.

    Raises:
        InputError: the file cannot be read, has not the shape of its format, or holds no sentence.
    """
    known = Path(path).suffix.lower().removeprefix(".") in READERS
    different: dict[str, tuple[str, str]] = {}
    for row in read_sentences(path, None if known else "txt"):
        usable = bool(row.text.strip()) and is_unicode(row.text)
        if usable and len(row.text.encode()) <= LONGEST_SENTENCE:
            different.setdefault(folded(row.text), (row.text, row.source))
    if not different:
        raise InputError(f"{path}: holds no sentence to look for neighbors in", "give at least one")
    texts, sources = zip(*different.values(), strict=True)
    return Reference(str(path), texts, sources)


def folded(sentence: str) -> str:
    """The sentence but for case and white space."""
    return " ".join(sentence.casefold().split())


def _others(
    text: str, own: Sequence[tuple[int, int]], dropped: frozenset[str]
) -> Iterator[tuple[int, int]]:
    """The spans of the other words."""
    for found in WHOLE_WORD.finditer(text):
        start, end = found.span()
        if found.group().lower().replace("’", "'") in dropped:
            continue
        if any(inside_word(text, edge) for edge in (start, end)):
            continue
        if not any(a < end and start < b for a, b in own):
            yield start, end
