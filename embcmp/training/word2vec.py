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
    from gensim.models import Word2Vec

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


class _Sentences:
    """The sentences of files as words, read anew on each pass, so that none stays in memory.

    Attributes:
        failure: what went wrong on a later pass. It ends that pass and is not raised there: gensim
            reads in a thread of its own, for which the others would wait forever.
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
                raise InputError(f"{named}: changed while it was trained on", "train again")
        except InputError as e:
            self.failure = self.failure or e

    def _sentences(self) -> Iterator[list[str]]:
        for text in lines(self._files):
            for sentence in pieces(words(text)):
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

    With one worker the same files, recipe, seed and machine give the same vectors. More workers
    train at once on the same weights, so that each run gives others.

    Args:
        files: the corpus; it becomes words as everywhere in embcmp, by `embcmp.text.words`.
        recipe: the settings.
        seed: of the first vectors and of all that is drawn.
        workers: threads that train.
        progress: called with (sentences, sentences of all passes).

    Returns:
        gensim's model: its `wv` has the vectors, the most frequent word first.

    Raises:
        InputError: a file cannot be read, can be read only once, is not UTF-8 or changes
            meanwhile, or too few words are frequent enough.
    """
    from gensim.models import Word2Vec

    for file in files:
        if _is_pipe(file):
            raise InputError(
                f"{file}: can be read only once, and each pass reads it anew",
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
        return False  # reading it says what is wrong
