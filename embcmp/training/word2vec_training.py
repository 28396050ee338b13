"""Training static word vectors with gensim's word2vec (Mikolov et al. 2013)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from embcmp.errors import InputError
from embcmp.text.words import words
from embcmp.training.corpus import lines, parts_of
from embcmp.types import Progress

if TYPE_CHECKING:
    from gensim.models import Word2Vec

ALGORITHMS = ("skipgram", "cbow")
STEP = 1_000  # sentences between two calls of the progress callback


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run; all others are gensim's defaults.

    Attributes:
        algorithm: skipgram or cbow.
        dim: the width of a vector.
        window: the largest number of words on each side.
        min_count: the number of occurrences below which a word gets no vector.
        epochs: the number of passes over the corpus.
    """

    algorithm: str = "skipgram"
    dim: int = 100
    window: int = 5
    min_count: int = 5
    epochs: int = 5


class _Sentences:
    """The sentences of files as words, read again in each pass, so that none stays in memory.

    Attributes:
        failure: the error that ended a later pass. It is not raised there, because gensim reads in
            a separate thread, for which the others would wait forever.
    """

    failure: InputError | None = None

    def __init__(self, files: Sequence[Path], epochs: int, progress: Progress | None) -> None:
        self._files, self._epochs, self._progress = files, epochs, progress
        self._done = self._total = 0

    def __iter__(self) -> Iterator[list[str]]:
        if not self._total:  # the first pass is gensim's, for the vocabulary
            yield from self._sentences()
            self._done, self._total = 0, self._done * self._epochs
            return
        before = self._done
        try:
            yield from self._sentences()
            if (self._done - before) * self._epochs != self._total:
                named = ", ".join(map(str, self._files))
                raise InputError(f"{named}: changed during training", "train again")
        except InputError as e:
            self.failure = self.failure or e

    def _sentences(self) -> Iterator[list[str]]:
        for text in lines(self._files):
            for sentence in parts_of(words(text)):
                self._done += 1
                if self._total and self._progress and self._done % STEP == 0:
                    self._progress(self._done, self._total)
                yield sentence


def train(
    files: Sequence[Path],
    *,
    recipe: Recipe = Recipe(),
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> Word2Vec:
    """Train word vectors on plain text, one sentence a line.

    With one worker, the same files, recipe, seed and machine give the same vectors. Several workers
    change the same weights at once, so that no two runs give the same vectors.

    Args:
        files: the corpus, which is split into words by `embcmp.text.words`.
        recipe: the settings.
        seed: the seed of the initial vectors and of all random draws.
        workers: the number of threads.
        progress: called with the number of sentences done, and that of all passes.

    Returns:
        gensim's model: its `wv` has the vectors, the most frequent word first.

    Raises:
        InputError: a file cannot be read, can be read only once, is not UTF-8 or changes during
            training; or too few words are frequent enough.
    """
    from gensim.models import Word2Vec

    for file in files:
        if _is_pipe(file):
            raise InputError(
                f"{file}: can be read only once, but each pass must read it again",
                "save it as a file first",
            )

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
    if sentences.failure:
        raise sentences.failure
    return model


def _is_pipe(path: Path) -> bool:
    try:
        return path.is_fifo()
    except OSError:
        return False  # the error of reading the file will say what is wrong
