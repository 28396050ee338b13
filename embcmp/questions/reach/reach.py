"""How much a context word counts, by its distance from the target, for each encoder.

The measure is the change of a use's vector, 1 - cosine, when one context word is replaced, as a
share of its change when all are replaced; or the sensitivity of the vector to each word, as a share
of the sentence's total.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from embcmp.encoders import load_encoder, load_encoders, refuse_precomputed
from embcmp.encoders.base import Encoder, HasRecurrentWeights
from embcmp.errors import UsageError
from embcmp.measures.use_groups import canonical_order, sentence_ids
from embcmp.questions.reach.changes import UseContext, changes
from embcmp.questions.reach.curves import SPAN, Shares
from embcmp.questions.reach.encoder_reach import Reach, ReachResult, pair_tests, summarize
from embcmp.questions.reach.gradients import gradients
from embcmp.questions.reach.replacements import Replacements, positions
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
        uses: uses of one word, at least one.
        encoders: specs, or encoders; one that is given twice is taken once.
        method: what is done to a context word: word (it is replaced), mask or delete; or gradient,
            the derivative of the target's vector with respect to the word's input.
        distance: the largest distance in words, 10 or more.
        draws: the maximal number of replacements for a position.
        twins: whether to measure the untrained twin of every encoder that can have one.
        seed: seed for the replacements and the bootstrap.
        device: where transformers run: auto, cpu, cuda or mps.
        progress: called with the name of the encoder or of its loading, and with how many steps of
            how many are done.

    Raises:
        UsageError: the gradient is asked for, and no encoder has one; or an encoder has vectors of
            certain uses alone.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    refuse_precomputed(encoders, "reach")
    loaded = list(load_encoders(encoders, device, progress))
    ordered = [uses[i] for i in canonical_order(uses)]
    lexicon = Replacements([one.encoder for one in loaded], draws, seed)
    # a gradient needs no replacements
    context = positions if method == "gradient" else lexicon.positions
    contexts = [UseContext(use, context(use), distance) for use in ordered]
    long = np.array([c.long for c in contexts])

    def shares(encoder: Encoder) -> Shares:
        report = progress and partial(progress, encoder.info.name)
        if method != "gradient":
            return changes(encoder, contexts, method, draws, report)
        assert isinstance(encoder, HasRecurrentWeights), "the other encoders are left out below"
        return gradients(encoder, ordered, distance, report)

    results: list[ReachResult] = []
    warnings: list[str] = []
    for one in loaded:
        info = one.encoder.info
        if method == "gradient" and not isinstance(one.encoder, HasRecurrentWeights):
            warnings.append(f"{info.name}: only lstm and rnn have gradients")
            continue
        measured = shares(one.encoder)
        results += summarize(info, measured, ordered, long, seed=seed)
        warnings += [*info.remarks, *measured.warnings]
    if not results:
        raise UsageError("only lstm and rnn have gradients", "add -e lstm")
    asked = {one.spec.name() for one in loaded if one.spec is not None}
    for one in loaded if twins else ():
        twin = None if one.spec is None else one.spec.untrained()
        names = [r.name for r in results if r.info is one.encoder.info]
        if twin is not None and twin.name() not in asked and names:
            encoder = load_encoder(twin)
            results += summarize(encoder.info, shares(encoder), ordered, long, names, seed=seed)
    near = [position for c in contexts for position in c.near]
    return Reach(
        word=uses[0].word,
        uses=tuple(ordered),
        results=tuple(results),
        tests=tuple(pair_tests(results, sentence_ids([c.use for c in contexts if c.long]), seed)),
        method=method,
        distance=distance,
        draws=draws,
        positions=len(near),
        left_out=0 if method == "gradient" else sum(not p.replacements for p in near),
        long_uses=int(long.sum()),
        warnings=tuple(warnings),
    )
