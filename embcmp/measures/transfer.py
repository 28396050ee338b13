"""Known senses for new uses: which classifier, how often it is right, and which uses are like none.

The encoder stays as it is, and its top layer is swapped: a classifier is trained on labeled uses.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from embcmp.measures.labels import Flags, Floats, Index, Labels, Vectors
from embcmp.measures.probe import balanced_accuracy, scores, standardize, unit_folds
from embcmp.measures.similarity import DECIMALS, unit
from embcmp.threads import one_thread

METHODS = ("centroid", "logistic")
FALSE_ALARMS = 0.05
_LOGARITHMS = (-9.0, 9.0)  # of factors that `temperature` tries
_TOLERANCE = 1e-12  # rounding noise of p
_NO_LENGTH = 1e-12  # a shorter sum of unit vectors is rounding noise: the vectors cancel


class Transfer(NamedTuple):
    """How well the labeled uses of a word tell the senses of others.

    Attributes:
        method: the classifier with the higher cross-validated accuracy, one of METHODS.
        accuracy: balanced accuracy on uses that had no part in training or in this choice.
        chance: what guessing reaches, 1 / number of senses.
        false_alarm_rate: the share of uses of a known sense that are taken as like none, at most.
        detection: the share of the uses of a sense that are taken as like none while that sense is
            unknown, averaged over the senses.
        uses: the number of labeled uses.
        senses: the number of their senses.
    """

    method: str
    accuracy: float
    chance: float
    false_alarm_rate: float
    detection: float
    uses: int
    senses: int


class Placement(NamedTuple):
    """Where the n new uses belong.

    Attributes:
        probabilities: [n, k], the calibrated probability of each sense, if it is one of them.
        p: [n], the largest p of the hypotheses that the use has a sense.
        unlike: [n], whether the use is like no sense.
        cosines: [n, k], the cosine with the mean of each sense's unit vectors.
    """

    probabilities: Floats
    p: Floats
    unlike: Flags
    cosines: Floats

    @property
    def codes(self) -> Index:
        """[n], the number of the most probable sense; -1 of a use that is like none."""
        return np.where(self.unlike, -1, self.probabilities.argmax(axis=1))

    @property
    def confidence(self) -> Floats:
        """[n], the probability of that sense; 1 - p of a use that is like none."""
        return np.where(self.unlike, 1 - self.p, self.probabilities.max(axis=1))


@one_thread()
def transfer(
    known: Vectors, uses: Labels, new: Vectors, *, seed: int = 0
) -> tuple[Transfer, Placement]:
    """Train on labeled uses, and place new ones.

    The classifiers are the nearest centroid of unit vectors, and the logistic regression of
    `probe`. The one with the higher balanced accuracy in five folds of units is taken, and the
    centroid if they are equal. The choice is repeated inside each of five outer folds, and
    `accuracy` is that of the outer folds.

    Args:
        known: [m, dim], vectors of the labeled uses, in `canonical_order`, that have a direction.
        uses: the labeled uses, of two senses or more with two units or more each.
        new: [n, dim], vectors of the new uses that have a direction.
        seed: seed of the folds.
    """
    rng = np.random.default_rng(seed)
    m, k = len(known), len(uses.senses)
    x = np.concatenate([known, new]).astype(np.float64)
    codes = np.concatenate([uses.codes, np.zeros(len(new), dtype=np.intp)])
    predicted = np.empty_like(uses.codes)
    for held_out in unit_folds(uses, rng):
        inside = np.flatnonzero(~held_out)
        method, _ = _cross_validated(x[inside], _part(uses, inside), rng)
        outer = _scores(x[:m], uses.codes, ~held_out[None], k)[method, 0]
        predicted[held_out] = outer[held_out].argmax(axis=1)
    method, out_of_fold = _cross_validated(x[:m], uses, rng)
    trained = _scores(x, codes, np.arange(m + len(new))[None] < m, k)[:, 0, m:]
    directions = unit(x)
    p = conformal(directions, uses)
    unlike_others = unlike(p[:m], uses) | np.eye(k, dtype=bool)[uses.codes]
    detected = np.bincount(uses.codes, unlike_others.all(axis=1)) / uses.counts
    return (
        Transfer(
            METHODS[method],
            accuracy=balanced_accuracy(uses.codes, predicted),
            chance=1 / k,
            false_alarm_rate=float(false_alarm_rates(uses).max()),
            detection=float(detected.mean()),
            uses=m,
            senses=k,
        ),
        Placement(
            np.exp(_log_softmax(temperature(out_of_fold, uses.codes) * trained[method])),
            p[m:].max(axis=1),
            np.all(unlike(p[m:], uses), axis=1),
            trained[METHODS.index("centroid")],
        ),
    )


def _part(uses: Labels, rows: Index) -> Labels:
    """Some of the uses; the senses keep their numbers."""
    units = np.unique(uses.units[rows], return_inverse=True)[1]
    return Labels(
        uses.rows[rows], uses.codes[rows], uses.senses, uses.sentences[rows], units,
        uses.weights[rows],
    )  # fmt: skip


def _cross_validated(x: Floats, uses: Labels, rng: np.random.Generator) -> tuple[int, Floats]:
    """The better method, and its scores [m, k] of each use by the fold that holds it out."""
    held_out = unit_folds(uses, rng)
    by_fold = _scores(x, uses.codes, ~held_out, len(uses.senses))
    out_of_fold = by_fold[:, held_out.argmax(axis=0), np.arange(len(x))]  # [methods, m, k]
    right = [balanced_accuracy(uses.codes, each.argmax(axis=1)) for each in out_of_fold]
    method = int(np.argmax(right))
    return method, out_of_fold[method]


def _scores(x: Floats, codes: Index, train: Flags, k: int) -> Floats:
    """[methods, folds, n, k], the scores of the senses after training on the rows [folds, n]."""
    directions = unit(x)
    cosines = np.stack([_to_centroids(directions, codes, rows, k) for rows in train])
    standardized = np.stack([standardize(x, rows) for rows in train])
    y = np.tile(codes, (len(train), 1, 1))
    logistic = scores(standardized, y, train, senses=k)[:, 0]
    return np.stack([cosines, logistic.swapaxes(1, 2)])


def _to_centroids(directions: Floats, codes: Index, train: Flags, k: int) -> Floats:
    """[n, k], the cosine with the mean of each sense's unit vectors; -1 for a sense without any."""
    members = (codes == np.arange(k)[:, None]) & train
    sums = members @ directions
    lengths = np.linalg.norm(sums, axis=1)
    cosines = (directions @ sums.T / np.maximum(lengths, _NO_LENGTH)).clip(-1, 1)
    return np.where(members.any(axis=1), cosines.round(DECIMALS), -1.0)


def temperature(scores: Floats, codes: Index) -> float:
    """The factor of scores [n, k] whose softmax fits the senses [n] best.

    A use counts as (n + 1) / (n + k) of its sense and 1 / (n + k) of each other one, as of two
    senses in Platt (1999), so that the factor is finite where no score is wrong.
    """
    from scipy.optimize import minimize_scalar

    n, k = scores.shape
    targets = (n * np.eye(k)[codes] + 1) / (n + k)

    def loss(logarithm: float) -> float:
        return -float((targets * _log_softmax(np.exp(logarithm) * scores)).sum())

    return float(np.exp(minimize_scalar(loss, bounds=_LOGARITHMS, method="bounded").x))


def _log_softmax(z: Floats) -> Floats:
    z = z - z.max(axis=1, keepdims=True)
    log_p: Floats = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return log_p


def false_alarm_rates(uses: Labels) -> Floats:
    """[k], the share of a sense's uses that are taken as unlike it, at most.

    It is FALSE_ALARMS, or for a sense of fewer than 19 units the smallest p that they can have.
    """
    return np.maximum(FALSE_ALARMS, 1 / (1 + uses.unit_counts))


def unlike(p: Floats, uses: Labels) -> Flags:
    """[n, k], whether a use is unlike the known ones of a sense, by the p [n, k] of `conformal`."""
    return p <= false_alarm_rates(uses) + _TOLERANCE


def conformal(directions: Floats, uses: Labels) -> Floats:
    """[n, k], p of the hypotheses that a use is exchangeable with the known ones of a sense.

    A use conforms by its cosine with the mean of the others, the new one among them. So the p is
    exact where each use has a unit of its own (full conformal prediction with leave-one-out scores
    by sense, Vovk, Gammerman and Shafer 2005). Uses of a unit are left out together and count as
    one.

    Args:
        directions: [n, dim], unit vectors; the first m are the known uses.
        uses: the m known uses.
    """
    columns = []
    for sense in range(len(uses.senses)):
        rows = np.flatnonzero(uses.codes == sense)
        x, units = directions[rows], uses.units[rows]
        same = (units[:, None] == units).astype(float)
        total, weights = x.sum(axis=0), 1 / same.sum(axis=1)
        others = total - same @ x
        squares = (others**2).sum(axis=1)[:, None] + 2 * others @ directions.T + 1
        dots = (x * others).sum(axis=1)[:, None] + x @ directions.T
        inside = (dots / np.sqrt(np.maximum(squares, _NO_LENGTH))).round(DECIMALS)
        outside = directions @ total / max(float(np.linalg.norm(total)), _NO_LENGTH)
        columns.append((1 + weights @ (inside <= outside.round(DECIMALS))) / (1 + weights.sum()))
    return np.stack(columns, axis=1)
