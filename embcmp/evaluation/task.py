"""Scoring encoders on items or pairs: scores of layers, the choice of a layer, and tests."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar, Generic, TypeVar

import numpy as np

from embcmp.evaluation.encoder_view import EncoderView
from embcmp.evaluation.results import Baseline, Metrics, Score
from embcmp.measures.inference import holm
from embcmp.measures.labels import Flags, Floats, undefined
from embcmp.types import Layer, PairTest

LAYER_WORDS = 10  # a layer is chosen over this many words, or not at all
NO_VECTOR = "no row to score has a vector"

Answers = TypeVar("Answers")  # the answers of one layer of an encoder to all rows


@dataclass(frozen=True)
class TestedScore:
    """A score, and the numbers by which it is tested against others.

    Attributes:
        score: The row of the result.
        evidence: What tests compare, such as the accuracy of each word. None where the score takes
            part in no test, because it has no value or is one of several layers.
    """

    score: Score
    evidence: Floats | None = None


@dataclass(frozen=True)
class TaskScores:
    """The scores of all encoders, and the tests between them.

    Attributes:
        scores: One score for each encoder and layer.
        tests: The test of each pair of encoders, with p adjusted by Holm's method over all pairs.
        baselines: Scores of answers that need no encoder.
        words: Number of words, or of connected components of words.
        warnings: Sentences for the user.
    """

    scores: tuple[Score, ...]
    tests: tuple[PairTest, ...]
    baselines: tuple[Baseline, ...]
    words: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Task(ABC, Generic[Answers]):
    """Rows to score. Subclasses for items and for pairs define the abstract methods.

    Attributes:
        seed: Seed for all random sampling.
        usable: [n], whether every encoder has a vector for the row. AUC and correlations leave out
            the other rows. None if all rows are usable.
    """

    METRICS: ClassVar[tuple[str, ...]]

    seed: int = 0
    usable: Flags | None = None

    def score_encoders(self, views: Sequence[EncoderView]) -> TaskScores:
        """Score all encoders; AUC and correlations use the rows for which all have vectors."""
        reasons = [self._no_score_reason(view) for view in views]
        missing = [
            self._lacks_vector(view)
            for view, reason in zip(views, reasons, strict=True)
            if not reason and not view.baseline
        ]
        task = replace(self, usable=~np.logical_or.reduce(missing)) if missing else self
        rows: dict[str, TestedScore] = {}
        for view, reason in zip(views, reasons, strict=True):
            for row in task._rows(view, reason):
                # bert@6 is also a row of bert@all; it is tested if the user named it by itself
                first = rows.setdefault(row.score.name, row)
                if first.evidence is None:
                    rows[row.score.name] = replace(first, evidence=row.evidence)
        compared = [row for row in rows.values() if row.evidence is not None]
        tests = [task._test(a, b) for a, b in combinations(compared, 2)]
        adjusted = holm([test.p for test in tests])
        warnings = [
            f"{view.info.name}: no layer is chosen, because that needs {LAYER_WORDS} words with"
            f" training rows and there are {self.training_words}"
            for view in views
            if len(view.info.layers) > 1 and not self._chooses(view)
        ]
        return TaskScores(
            scores=tuple(row.score for row in rows.values()),
            tests=tuple(replace(t, p_adjusted=p) for t, p in zip(tests, adjusted, strict=True)),
            baselines=tuple(task._baselines()),
            words=self.words,
            warnings=(*warnings, *task._warnings()),
        )

    def _rows(self, view: EncoderView, reason: str | None) -> Iterator[TestedScore]:
        """One row for each layer of an encoder, and one for the layer that training rows choose."""
        info, encoded = view.info, view.encoded
        base = Score(
            info.name, info, None, dict.fromkeys(self.METRICS, undefined(reason or "")),
            missing=self._missing(view), seconds=encoded.seconds, cached=encoded.cached,
        )  # fmt: skip
        if reason:
            yield TestedScore(base)
            return
        layers = [self._answers(view, k) for k in range(len(info.layers))]
        chosen = self._chosen(layers, base) if self._chooses(view) else None
        tests_last_layer = (chosen is None or chosen.evidence is None) and not view.baseline
        for label, answers in zip(info.layers, layers, strict=True):
            metrics, evidence = self._score(answers)
            row = replace(
                base, name=view.name(label), layer=label, metrics=metrics,
                note=self._note(view), curve=self._curve(answers),
            )  # fmt: skip
            yield TestedScore(
                row, evidence if tests_last_layer and label == info.layers[-1] else None
            )
        if chosen is not None:
            yield chosen

    def _chooses(self, view: EncoderView) -> bool:
        """Whether the training rows choose one of the encoder's layers."""
        return len(view.info.layers) > 1 and self.training_words >= LAYER_WORDS

    def _chosen(self, layers: Sequence[Answers], base: Score) -> TestedScore:
        """The score with the layer that does best on the training rows, chosen for each fold."""
        chosen = [
            int(np.argmax([self._training_score(answers, fold) for answers in layers]))
            for fold in range(self.fold_count)
        ]
        same = len(set(chosen)) == 1
        metrics, evidence = self._score(layers[chosen[0]] if same else self._mixed(layers, chosen))
        note = _chosen_note([base.info.layers[k] for k in chosen])
        return TestedScore(replace(base, metrics=metrics, note=note), evidence)

    @property
    @abstractmethod
    def words(self) -> int:
        """Number of words that are scored, or of connected components of words."""

    @property
    @abstractmethod
    def training_words(self) -> int:
        """Number of words that have training rows, by which a layer can be chosen."""

    @property
    @abstractmethod
    def fold_count(self) -> int:
        """Number of folds."""

    @abstractmethod
    def _missing(self, view: EncoderView) -> int:
        """Number of rows to score for which the encoder has no vector."""

    @abstractmethod
    def _no_score_reason(self, view: EncoderView) -> str | None:
        """The reason why an encoder has no score at all, or None."""

    @abstractmethod
    def _lacks_vector(self, view: EncoderView) -> Flags:
        """[n]: whether the encoder lacks a vector for the row; rows that train come first."""

    @abstractmethod
    def _answers(self, view: EncoderView, layer: int) -> Answers:
        """The answers of one layer."""

    @abstractmethod
    def _training_score(self, answers: Answers, fold: int) -> float:
        """The score of one layer on the training rows of one fold; higher is better."""

    @abstractmethod
    def _mixed(self, layers: Sequence[Answers], chosen: Sequence[int]) -> Answers:
        """Answers that come, for the rows of each fold, from the layer chosen for that fold."""

    @abstractmethod
    def _score(self, answers: Answers) -> tuple[Metrics, Floats | None]:
        """All metrics, and the numbers that tests compare (see `TestedScore.evidence`)."""

    @abstractmethod
    def _test(self, a: TestedScore, b: TestedScore) -> PairTest:
        """Test two encoders against each other."""

    @abstractmethod
    def _baselines(self) -> Iterator[Baseline]:
        """Scores of answers that need no encoder."""

    def _note(self, view: EncoderView) -> str | None:
        """A caution that belongs to all scores of an encoder, or None."""
        return None

    def _curve(self, answers: Answers) -> Mapping[int, Metrics]:
        """The metrics by number of training rows a sense, if a learning curve was asked for."""
        return {}

    def _warnings(self) -> Iterator[str]:
        """Warnings about the rows."""
        yield from ()


def _chosen_note(layers: Sequence[Layer]) -> str:
    counts = Counter(layers)
    if len(counts) == 1:
        return f"layer {layers[0]}, chosen on train"
    listed = ", ".join(f"{layer} ({n} folds)" for layer, n in counts.most_common())
    return f"layer chosen on train, fold by fold: {listed}"
