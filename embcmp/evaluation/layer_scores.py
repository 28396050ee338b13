"""What the two kinds of task share: who is tested against whom, and which layer was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Generic, TypeVar

from embcmp.evaluation.results import Baseline, Score
from embcmp.measures.multiple_tests import holm
from embcmp.types import Layer, PairTest

LAYER_WORDS = 10  # a layer is chosen over this many words, or not at all
FORM_ONLY = "form only"
NO_VECTOR = "no row to score has a vector"
OTHER_LAYERS = "the layer differs from fold to fold"

Evidence = TypeVar("Evidence")


@dataclass(frozen=True)
class Seen(Generic[Evidence]):
    """A score, and what it is compared with others on.

    Attributes:
        score: for the reader.
        evidence: None where it takes part in no test: it has no value, or is a layer of many.
    """

    score: Score
    evidence: Evidence | None


@dataclass(frozen=True)
class Scored:
    """What a task gives.

    Attributes:
        scores: one per encoder and layer.
        tests: pairs of encoders.
        baselines: what is reached without them.
        groups: words, or connected components of words.
        warnings: what the user should know.
    """

    scores: tuple[Score, ...]
    tests: tuple[PairTest, ...]
    baselines: tuple[Baseline, ...]
    groups: int
    warnings: tuple[str, ...] = ()


def once(seen: Sequence[Seen[Evidence]]) -> list[Seen[Evidence]]:
    """Each name once: `bert@6` is one of `bert@all`, and is tested if it was named by itself."""
    found: dict[str, Seen[Evidence]] = {}
    for one in seen:
        first = found.setdefault(one.score.name, one)
        if first.evidence is None:
            found[one.score.name] = replace(first, evidence=one.evidence)
    return list(found.values())


def tests(
    seen: Sequence[Seen[Evidence]], test: Callable[[Seen[Evidence], Seen[Evidence]], PairTest]
) -> tuple[PairTest, ...]:
    """Test every pair of encoders that has evidence, p adjusted by Holm over all of them."""
    chosen = [one for one in seen if one.evidence is not None]
    found = [test(a, b) for a, b in combinations(chosen, 2)]
    adjusted = holm([one.p for one in found])
    return tuple(replace(t, p_adjusted=p) for t, p in zip(found, adjusted, strict=True))


def chosen_note(layers: Sequence[Layer]) -> str:
    """Which layer the training rows of each fold chose."""
    counts = Counter(layers)
    if len(counts) == 1:
        return f"layer {layers[0]}, chosen on train"
    listed = ", ".join(f"{layer} ({n} folds)" for layer, n in counts.most_common())
    return f"layer chosen on train, fold by fold: {listed}"


def too_few_words(name: str, words: int) -> str:
    """Why no layer was chosen."""
    return (
        f"{name}: no layer is chosen, which takes {LAYER_WORDS} words that train: here are {words}"
    )
