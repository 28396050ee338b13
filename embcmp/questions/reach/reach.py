"""How much a context word counts, by its distance from the target, for each encoder.

The change of a use's vector, 1 - cosine, when one context word is replaced, as a share of its
change when all are; or the sensitivity of the vector to each word, as shares of the sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from embcmp.encoders import load_encoder, load_encoders
from embcmp.encoders.base import Encoder, HasRecurrentWeights
from embcmp.errors import UsageError
from embcmp.measures.labels import canonical_order, sentence_ids
from embcmp.questions.reach.changes import Plan, changes
from embcmp.questions.reach.curves import SPAN, Shares
from embcmp.questions.reach.gradients import gradients
from embcmp.questions.reach.replacements import Replacements, positions
from embcmp.questions.reach.results import Reach, ReachResult, compared, summed_up
from embcmp.types import Occurrence, TaskProgress

DRAWS = 20


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
    progress: TaskProgress | None = None,
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
        progress: called with the encoder's name, or what is done before it is there, and how far
            it is.

    Raises:
        UsageError: gradients of encoders that have none to follow.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    loaded = list(load_encoders(encoders, device, progress))
    ordered = [uses[i] for i in canonical_order(uses)]
    lexicon = Replacements([one.encoder for one in loaded], draws, seed)
    places = positions if method == "gradient" else lexicon.of  # a gradient needs no replacements
    plans = [Plan(use, places(use), distance) for use in ordered]
    long = np.array([p.long for p in plans])

    def shares(encoder: Encoder) -> Shares:
        named = progress and partial(progress, encoder.info.name)
        if method != "gradient":
            return changes(encoder, plans, method, draws, named)
        assert isinstance(encoder, HasRecurrentWeights), "the others are left out"
        return gradients(encoder, ordered, distance, named)

    results: list[ReachResult] = []
    warnings: list[str] = []
    for one in loaded:
        info = one.encoder.info
        if method == "gradient" and not isinstance(one.encoder, HasRecurrentWeights):
            warnings.append(f"{info.name}: gradients are followed in lstm and rnn alone")
            continue
        found = shares(one.encoder)
        results += summed_up(info, found, ordered, long, seed=seed)
        warnings += [*info.remarks, *found.warnings]
    if not results:
        raise UsageError("gradients are followed in lstm and rnn alone", "add -e lstm")
    asked = {one.spec.name() for one in loaded if one.spec is not None}
    for one in loaded if twins else ():
        twin = None if one.spec is None else one.spec.untrained()
        names = [r.name for r in results if r.info is one.encoder.info]
        if twin is not None and twin.name() not in asked and names:
            encoder = load_encoder(twin)
            results += summed_up(encoder.info, shares(encoder), ordered, long, names, seed=seed)
    near = [position for p in plans for position in p.near]
    return Reach(
        word=uses[0].word,
        uses=tuple(ordered),
        results=tuple(results),
        tests=tuple(compared(results, sentence_ids([p.use for p in plans if p.long]), seed)),
        method=method,
        distance=distance,
        draws=draws,
        positions=len(near),
        left_out=0 if method == "gradient" else sum(not p.replacements for p in near),
        long=int(long.sum()),
        warnings=tuple(warnings),
    )
