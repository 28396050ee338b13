"""How much a context word counts, by its distance from the target, for each encoder.

The change of a use's vector, 1 - cosine, when one context word is replaced, as a share of its
change when all are; or the sensitivity of the vector to each word, as shares of the sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from embcmp.encoders import load_encoder, load_encoders
from embcmp.encoders.base import Encoder, Opens
from embcmp.errors import UsageError
from embcmp.measures.labels import Floats, canonical_order, sentence_ids
from embcmp.questions.reach.changes import Changes, Plan, changes, plan
from embcmp.questions.reach.curves import SPAN, normalized
from embcmp.questions.reach.gradients import gradients
from embcmp.questions.reach.replacements import Replacements, positions
from embcmp.questions.reach.results import Reach, Seen, compared, summed_up
from embcmp.types import Occurrence

DRAWS = 20

ReachProgress = Callable[[str, int, int], None]  # (encoder's name, uses done, all of them)


def reach(
    uses: Sequence[Occurrence],
    encoders: Sequence[str | Encoder],
    *,
    method: str = "word",
    distance: int = SPAN,
    draws: int = DRAWS,
    twins: bool = True,
    seed: int = 0,
    device: str = "auto",
    progress: ReachProgress | None = None,
) -> Reach:
    """Measure how much context words count by their distance.

    Args:
        uses: of one word, one at least.
        encoders: specs, or encoders that are loaded; one that is there twice is taken once.
        method: word, mask or delete: what is done to a context word; gradient: nothing is, and the
            target's vector is derived by it.
        distance: the farthest to look at, 10 or more.
        draws: replacements a position at most.
        twins: look at the untrained twin of every encoder that can have one.
        seed: of what is drawn.
        device: where transformers run.
        progress: called with the encoder's name and how far it is.

    Raises:
        UsageError: gradients of encoders that have none to follow.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    loaded = list(load_encoders(encoders, device, progress))
    ordered = [uses[i] for i in canonical_order(uses)]
    lexicon = Replacements([one.encoder for one in loaded], draws, seed)
    places = positions if method == "gradient" else lexicon.of  # a gradient needs no replacements
    plans = [plan(use, places(use), distance) for use in ordered]
    look = _Look(plans, method, distance, draws, seed, progress)
    seen: list[Seen] = []
    warnings: list[str] = []
    for one in loaded:
        found, remarks = look.at(one.encoder)
        seen += found
        warnings += remarks
    if not seen:
        raise UsageError("gradients are followed in lstm and rnn alone", "add -e lstm")
    asked = {one.spec.name() for one in loaded if one.spec is not None}
    for one in loaded if twins else ():
        twin = None if one.spec is None else one.spec.untrained()
        if twin is not None and twin.name() not in asked:
            of = [s.result.name for s in seen if s.result.info is one.encoder.info]
            seen += look.at(load_encoder(twin), of)[0] if of else []
    sentences = sentence_ids([p.use for p in plans if p.long])
    return Reach(
        word=uses[0].word,
        uses=tuple(ordered),
        results=tuple(s.result for s in seen),
        tests=tuple(compared(seen, sentences, seed)),
        method=method,
        distance=distance,
        draws=draws,
        positions=sum(len(p.near) for p in plans),
        left_out=0
        if method == "gradient"
        else sum(not position.replacements for p in plans for position in p.near),
        long=sum(p.long for p in plans),
        warnings=tuple(warnings),
    )


@dataclass(frozen=True)
class _Look:
    """How encoders are looked at.

    Attributes:
        plans: the uses and their positions.
        method: word, mask, delete or gradient.
        distance: the farthest to look at.
        draws: replacements a position at most.
        seed: of the bootstrap.
        progress: called with the encoder's name and how far it is.
    """

    plans: Sequence[Plan]
    method: str
    distance: int
    draws: int
    seed: int
    progress: ReachProgress | None

    def at(self, encoder: Encoder, twin_of: Sequence[str] = ()) -> tuple[list[Seen], list[str]]:
        """The results of an encoder, and what the user should know of it."""
        named = self.progress and partial(self.progress, encoder.info.name)
        uses = [p.use for p in self.plans]
        long = np.array([p.long for p in self.plans])
        sum_up = partial(summed_up, encoder.info, uses=uses, long=long, seed=self.seed)
        of = dict(enumerate(twin_of))
        if self.method == "gradient":
            if not isinstance(encoder, Opens):
                return [], [f"{encoder.info.name}: gradients are followed in lstm and rnn alone"]
            found = gradients(encoder, uses, self.distance, named)
            seen = sum_up(0, found.shares, jacobian=found.jacobian, twin_of=of.get(0))
            return [seen], list(encoder.info.remarks)
        changed = changes(encoder, self.plans, self.method, self.distance, self.draws, named)
        results = [
            sum_up(row, self._shares(changed, row), whole=changed.whole[row], twin_of=of.get(row))
            for row in range(len(encoder.info.layers))
        ]
        return results, [*encoder.info.remarks, *self._missing(changed), *self._lost(changed)]

    @staticmethod
    def _shares(changed: Changes, row: int) -> Floats:
        single: Floats = changed.single[row]
        # One vector per type never changes: its shares are 0 though the whole is, too.
        shares = single if changed.info.per_type else normalized(single, changed.whole[row])
        return shares

    def _missing(self, changed: Changes) -> Iterator[str]:
        for reason, count in Counter(changed.missing.values()).items():
            share = f"{count} of {len(self.plans)} occurrences"
            yield f"{changed.info.name}: {share} have no vector ({reason})"

    @staticmethod
    def _lost(changed: Changes) -> Iterator[str]:
        if changed.lost:
            yield (
                f"{changed.info.name}: {changed.lost:,} of {changed.variants:,} changed sentences"
                " were left out: the target has no vector in them, or is not where it was"
            )
