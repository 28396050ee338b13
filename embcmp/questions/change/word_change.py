"""What is said of words in groups of uses: by encoder, by word, and of all words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from embcmp.measures.group_change import PRIMARY, ChangeMeasure, GroupChange
from embcmp.measures.inference import percentile
from embcmp.questions.compare.compared_groups import ComparedGroups
from embcmp.questions.compare.pairs import GroupSeparation
from embcmp.render.text import json_text
from embcmp.types import Metric, Result, Skipped

NOT_ASKED = "control words were not asked for"
NO_CONTROLS = "no other word has five uses of each group in running text"


@dataclass(frozen=True)
class EncoderChange:
    """What one encoder and layer sees of a change.

    Attributes:
        result: the encoder, and its cosines of the uses of the last group against the first.
        change: how differently the first and the last group are used, with the test.
        curve: the primary measure of each group against the one before it.
        gained: positions of the uses of the last group that are unlike those of the first, the most
            unlike first.
        lost: positions of the uses of the first group that are unlike those of the last.
        most_unlike: positions of the few uses of the first and of the last group that are most
            unlike the other, whether or not they are more unlike than chance makes them.
        typical: positions of the few uses of each group that are nearest to its mean.
        similar: position of the use that is nearest to the mean of each group of similar uses.
        senses: for each group the shares of the groups of similar uses; empty if there are none.
        undefined: why nothing is measured, or None.
    """

    result: Result
    change: GroupChange
    curve: tuple[Metric, ...] = ()
    gained: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    most_unlike: tuple[tuple[int, ...], ...] = ((), ())
    typical: tuple[tuple[int, ...], ...] = ()
    similar: tuple[int, ...] = ()
    senses: tuple[tuple[float, ...], ...] = ()
    undefined: str | None = None

    @property
    def name(self) -> str:
        """The name of the result."""
        return self.result.name

    @property
    def primary(self) -> ChangeMeasure:
        """The measure that was named beforehand."""
        return self.change.measures[PRIMARY]


@dataclass(frozen=True)
class ControlWords:
    """How much control words change, each at as many uses as the word has, or a little fewer.

    Attributes:
        words: the control words.
        values: by the name of a result, the `prt` of each; None where it is undefined, or where a
            control word has less than half the uses.
    """

    words: tuple[str, ...]
    values: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class WordChange:
    """How differently one word is used.

    Attributes:
        word: the word.
        groups: its uses in groups.
        results: what each encoder and layer sees.
        keywords: the words that set the contexts of each group apart.
        controls: how much control words change; None if there are none.
        separation: whether the main encoder tells the groups apart better than controls do; None if
            it measures no change.
        warnings: what to know about this word.
    """

    word: str
    groups: ComparedGroups
    results: tuple[EncoderChange, ...]
    keywords: tuple[tuple[str, ...], ...]
    controls: ControlWords | None = None
    separation: GroupSeparation | None = None
    warnings: tuple[str, ...] = ()

    @property
    def main(self) -> EncoderChange:
        """The result that the verdict is about: the last encoder that was named."""
        return self.results[-1]

    def percentile(self, r: EncoderChange) -> float | None:
        """How many of 100 control words change less; None without control words."""
        others = self.controls.values[r.name] if self.controls else ()
        return percentile(r.primary.metric.value, others)


@dataclass(frozen=True)
class Changes:
    """How differently words are used in groups of uses.

    Attributes:
        groups: the names of the groups, in order.
        changes: one for each word, in the order of the input.
        correct: correction of the vector spaces.
        no_controls: why there are no control words; None if there are.
        warnings: what to know when reading the results.
        skipped: rows of the input that were left out.
        manifest: what is needed to compute the same numbers again.
    """

    groups: tuple[str, ...]
    changes: tuple[WordChange, ...]
    correct: str = "none"
    no_controls: str | None = NOT_ASKED
    warnings: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rates(self) -> bool:
        """Whether there are so many words that false discovery rates stand for adjusted p."""
        results = (r for change in self.changes for r in change.results)
        return any(r.primary.false_discovery_rate is not None for r in results)

    def to_json(self) -> str:
        """Return the JSON that `change --format json` writes, in the format `embcmp.change/1`."""
        from embcmp.questions.change.json import to_object

        return json_text(to_object(self))
