"""What scoring items and scoring pairs share: who is tested against whom, which layer is chosen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar, Generic, TypeVar

import numpy as np

from embcmp.choices import DRAWS
from embcmp.evaluation.encoder_view import View
from embcmp.evaluation.results import Baseline, Metrics, Score
from embcmp.measures.inference import holm
from embcmp.measures.labels import Flags, Floats, undefined
from embcmp.types import Layer, PairTest

LAYER_WORDS = 10  # a layer is chosen over this many words, or not at all
NO_VECTOR = "no row to score has a vector"

Answers = TypeVar("Answers")  # what one layer of an encoder answers to all rows


@dataclass(frozen=True)
class Compared:
    """A score, and what it is compared with others on.

    Attributes:
        score: for the reader.
        evidence: None where it takes part in no test: it has no value, or is a layer of many.
    """

    score: Score
    evidence: Floats | None = None


@dataclass(frozen=True)
class Scored:
    """What a task gives.

    Attributes:
        scores: one per encoder and layer.
        tests: pairs of encoders, p adjusted by Holm over all of them.
        baselines: what is reached without them.
        words: words, or connected components of words.
        warnings: what the user should know.
    """

    scores: tuple[Score, ...]
    tests: tuple[PairTest, ...]
    baselines: tuple[Baseline, ...]
    words: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Task(ABC, Generic[Answers]):
    """Rows to score, and how; the methods without a body are what differs by the kind of rows.

    Attributes:
        seed: of everything that is drawn.
        draws: of the bootstrap.
        usable: [n], the rows that every encoder has a vector for: only they are ordered by their
            scores; None for all.
    """

    METRICS: ClassVar[tuple[str, ...]]

    seed: int = 0
    draws: int = DRAWS
    usable: Flags | None = None

    def scored(self, views: Sequence[View]) -> Scored:
        """Score all encoders; what orders rows does so over those that all of them have."""
        reasons = [self._why_none(view) for view in views]
        lost = [
            self._lost(view)
            for view, why in zip(views, reasons, strict=True)
            if not why and not view.baseline
        ]
        task = replace(self, usable=~np.logical_or.reduce(lost)) if lost else self
        rows: dict[str, Compared] = {}
        for view, why in zip(views, reasons, strict=True):
            for row in task._rows(view, why):
                # bert@6 is one of bert@all, and is tested if it was named by itself
                first = rows.setdefault(row.score.name, row)
                if first.evidence is None:
                    rows[row.score.name] = replace(first, evidence=row.evidence)
        compared = [row for row in rows.values() if row.evidence is not None]
        tests = [task._test(a, b) for a, b in combinations(compared, 2)]
        adjusted = holm([test.p for test in tests])
        few = [
            f"{view.info.name}: no layer is chosen, which takes {LAYER_WORDS} words that train:"
            f" here are {self.learning}"
            for view in views
            if len(view.info.layers) > 1 and not self._chooses(view)
        ]
        return Scored(
            scores=tuple(row.score for row in rows.values()),
            tests=tuple(replace(t, p_adjusted=p) for t, p in zip(tests, adjusted, strict=True)),
            baselines=tuple(task._baselines()),
            words=self.words,
            warnings=(*few, *task._warnings()),
        )

    def _rows(self, view: View, why_none: str | None) -> Iterator[Compared]:
        """The scores of an encoder: a row a layer, and one for the layer chosen on train."""
        info, encoded = view.info, view.encoded
        base = Score(
            info.name, info, None, dict.fromkeys(self.METRICS, undefined(why_none or "")),
            missing=self._missing(view), seconds=encoded.seconds, cached=encoded.cached,
        )  # fmt: skip
        if why_none:
            yield Compared(base)
            return
        layers = [self._answers(view, k) for k in range(len(info.layers))]
        chosen = self._chosen(layers, base) if self._chooses(view) else None
        alone = (chosen is None or chosen.evidence is None) and not view.baseline
        for label, answers in zip(info.layers, layers, strict=True):
            metrics, evidence = self._score(answers)
            row = replace(
                base, name=view.name(label), layer=label, metrics=metrics,
                note=self._note(view), curve=self._curve(answers),
            )  # fmt: skip
            yield Compared(row, evidence if alone and label == info.layers[-1] else None)
        if chosen is not None:
            yield chosen

    def _chooses(self, view: View) -> bool:
        """Whether one of several layers is to be chosen."""
        return len(view.info.layers) > 1 and self.learning >= LAYER_WORDS

    def _chosen(self, layers: Sequence[Answers], base: Score) -> Compared:
        """The score with, for each fold, the layer that does best on its training rows."""
        picked = [
            int(np.argmax([self._training_score(answers, fold) for answers in layers]))
            for fold in range(self.fold_count)
        ]
        one = len(set(picked)) == 1
        metrics, evidence = self._score(layers[picked[0]] if one else self._mixed(layers, picked))
        note = _chosen_note([base.info.layers[k] for k in picked])
        return Compared(replace(base, metrics=metrics, note=note), evidence)

    @property
    @abstractmethod
    def words(self) -> int:
        """How many words are scored, or connected components of words."""

    @property
    @abstractmethod
    def learning(self) -> int:
        """How many of them have training rows, which a layer can be chosen by."""

    @property
    @abstractmethod
    def fold_count(self) -> int:
        """How many folds there are."""

    @abstractmethod
    def _missing(self, view: View) -> int:
        """How many rows to score an encoder has no vector for."""

    @abstractmethod
    def _why_none(self, view: View) -> str | None:
        """Why an encoder has no value at all, if it has none."""

    @abstractmethod
    def _lost(self, view: View) -> Flags:
        """[n]: which rows, of all, an encoder says nothing about."""

    @abstractmethod
    def _answers(self, view: View, layer: int) -> Answers:
        """What a layer answers."""

    @abstractmethod
    def _training_score(self, answers: Answers, fold: int) -> float:
        """How well a layer does on the training rows of a fold."""

    @abstractmethod
    def _mixed(self, layers: Sequence[Answers], chosen: Sequence[int]) -> Answers:
        """For the rows of each fold the answers of the layer that was chosen for it."""

    @abstractmethod
    def _score(self, answers: Answers) -> tuple[Metrics, Floats | None]:
        """All metrics, and what encoders are compared on; None where that says nothing."""

    @abstractmethod
    def _test(self, a: Compared, b: Compared) -> PairTest:
        """Test two encoders against each other."""

    @abstractmethod
    def _baselines(self) -> Iterator[Baseline]:
        """What is reached without any encoder."""

    def _note(self, view: View) -> str | None:
        """What an encoder's values have to be read with, if anything."""
        return None

    def _curve(self, answers: Answers) -> Mapping[int, Metrics]:
        """The learning curve, where one was asked for."""
        return {}

    def _warnings(self) -> Iterator[str]:
        """What the user should know of the rows."""
        yield from ()


def _chosen_note(layers: Sequence[Layer]) -> str:
    counts = Counter(layers)
    if len(counts) == 1:
        return f"layer {layers[0]}, chosen on train"
    listed = ", ".join(f"{layer} ({n} folds)" for layer, n in counts.most_common())
    return f"layer chosen on train, fold by fold: {listed}"
