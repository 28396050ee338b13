"""Training static word vectors with gensim's word2vec (Mikolov et al. 2013)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embcmp.errors import InputError
from embcmp.text.words import words
from embcmp.training.corpus import lines, pieces
from embcmp.types import Progress

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

ALGORITHMS = ("skipgram", "cbow")
STEP = 1_000  # sentences between two calls of the progress callback


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run; whatever is not here is gensim's default.

    Attributes:
        algorithm: skipgram or cbow.
        dim: width of a vector.
        window: words on each side, at most.
        min_count: a word that is rarer has no vector.
        epochs: passes over the corpus.
    """

    algorithm: str = "skipgram"
    dim: int = 100
    window: int = 5
    min_count: int = 5
    epochs: int = 5


@dataclass(frozen=True)
class Trained:
    """Trained vectors.

    Attributes:
        vectors: gensim's, the most frequent word first.
        words: how many the corpus has.
    """

    vectors: KeyedVectors
    words: int

    def save(self, path: Path, *, text: bool = False) -> None:
        """Write a word2vec file, binary or text."""
        self.vectors.save_word2vec_format(str(path), binary=not text)


class _Sentences:
    """The sentences of files as words, read anew on each pass, so that none stays in memory."""

    def __init__(self, files: Sequence[Path], epochs: int, progress: Progress | None) -> None:
        self._files, self._epochs, self._progress = files, epochs, progress
        self._passes = self._done = self._total = 0

    def __iter__(self) -> Iterator[list[str]]:
        for text in lines(self._files):
            for sentence in pieces(words(text)):
                self._done += 1
                if self._passes and self._progress and self._done % STEP == 0:
                    self._progress(self._done, self._total)
                yield sentence
        if not self._passes:  # the first pass is gensim's, for the vocabulary
            self._done, self._total = 0, self._done * self._epochs
        self._passes += 1


def train(
    files: Sequence[Path],
    *,
    recipe: Recipe = Recipe(),
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> Trained:
    """Train word vectors on plain text, one sentence a line.

    With one worker the same files, recipe, seed and machine give the same vectors. More workers
    train at once on the same weights, so that each run gives others.

    Args:
        files: the corpus; it becomes words as everywhere in embcmp, by `embcmp.text.words`.
        recipe: the settings.
        seed: of the first vectors and of all that is drawn.
        workers: threads that train.
        progress: called with (sentences, sentences of all passes).

    Raises:
        InputError: a file cannot be read or is not UTF-8, or too few words are frequent enough.
    """
    from gensim.models import Word2Vec

    model = Word2Vec(
        vector_size=recipe.dim,
        window=recipe.window,
        min_count=recipe.min_count,
        sg=int(recipe.algorithm == "skipgram"),
        epochs=recipe.epochs,
        seed=seed,
        workers=workers,
    )
    sentences = _Sentences(files, recipe.epochs, progress)
    model.build_vocab(sentences)
    if len(model.wv) < 2:
        named = ", ".join(file.name for file in files)
        raise InputError(
            f"{named}: {len(model.wv)} words occur {recipe.min_count} times or more, which is too"
            " few to train on",
            "give more text, or a smaller --min-count",
        )
    model.train(sentences, total_examples=model.corpus_count, epochs=recipe.epochs)
    return Trained(model.wv, model.corpus_total_words)
