"""The function `compare`: from occurrences and encoders to a Comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np

from embcmp.background.background_text import BackgroundText, shipped_background
from embcmp.choices import CORRECTIONS, DRAWS, MAX_OCCURRENCES
from embcmp.encoders import DEFAULT_ENCODERS, EncoderSpec, LoadedEncoder, parse_spec
from embcmp.encoders.base import Encoder, coverage_warnings, remarks
from embcmp.errors import InputError, UsageError
from embcmp.manifest import manifest
from embcmp.measures.labels import canonical_order
from embcmp.measures.resampling import too_few
from embcmp.questions.compare.controls import LABELS, Twins, twins
from embcmp.questions.compare.controls import controls as measure_controls
from embcmp.questions.compare.layer_measures import Settings, Uses
from embcmp.questions.compare.layer_view import LayerView, PendingView, view_layers
from embcmp.questions.compare.pairs import agreement, encoder_pairs, tests
from embcmp.questions.compare.second_process import HERE, Work
from embcmp.questions.compare.verdict import verdict
from embcmp.text.targets import Found
from embcmp.types import Comparison, Occurrence, PairTest, TaskProgress


def compare(
    occurrences: Iterable[Occurrence],
    encoders: Sequence[str | Encoder] = DEFAULT_ENCODERS,
    *,
    correct: str = "none",
    controls: bool = False,
    intervals: bool = True,
    draws: int = DRAWS,
    max_occurrences: int = MAX_OCCURRENCES,
    seed: int = 0,
    device: str = "auto",
    background: BackgroundText | None = None,
    progress: TaskProgress | None = None,
    work: Work = HERE,
) -> Comparison:
    """Encode the occurrences of one word with several encoders, and measure how they see it.

    Args:
        occurrences: what `find_occurrences` returns, or any occurrences of one word.
        encoders: specs, or encoders that are already loaded.
        correct: correction of the vector spaces: none, center, zscore or abtt.
        controls: whether to measure how well causes other than sense separate the senses.
        intervals: whether to compute confidence intervals and tests.
        draws: number of bootstrap samples.
        max_occurrences: the largest number of occurrences to use; of more, a random sample.
        seed: seed for all random sampling.
        device: where transformers run: auto, cpu, cuda or mps.
        background: the background sentences, as `read_background` reads them; None for those that
            come with embcmp, which are English.
        progress: called with the name of an encoder, the occurrences done and their total.
        work: where to measure: in this process, or in a `SecondProcess` while this one encodes.

    Raises:
        InputError: there is no occurrence.
        UsageError: the occurrences are of several words, their ids are not unique, or the
            correction or the device is unknown.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    given = [encoders] if isinstance(encoders, str) else encoders
    specs = [parse_spec(e) if isinstance(e, str) else e for e in given]
    skipped, notes = (
        (occurrences.skipped, occurrences.notes) if isinstance(occurrences, Found) else ((), ())
    )
    available = tuple(occurrences)
    _check(available, correct)
    if not specs:
        raise UsageError("there is no encoder to compare", f"for example {DEFAULT_ENCODERS[-1]}")
    chosen = sample(available, max_occurrences, seed)
    uses = Uses.of(chosen)
    settings = Settings(correct, intervals, draws, seed)

    def begin(encoder: EncoderSpec | Encoder, *, control: bool = False) -> PendingView:
        return view_layers(
            LoadedEncoder.load(encoder, device, progress),
            uses,
            settings,
            control=control,
            background=background,
            progress=progress,
            work=work,
        )

    pending = [begin(spec) for spec in specs]
    with_controls = controls and uses.labeled
    control_encoders: Twins = {}
    if with_controls:
        control_encoders = twins(
            _preselected(_unique(p.layers for p in pending)), partial(begin, control=True)
        )
    work.finish()
    views = _unique(p.measured() for p in pending)
    main = _preselected(views)
    control_views = []
    if with_controls:
        control_views = measure_controls(main, uses, settings, control_encoders)
    excluded = dict(_without_inference(main, uses, intervals=intervals))
    warnings = [
        *notes,
        *_input_warnings(available, chosen, uses, seed),
        *_encoder_warnings(
            pending,
            shipped_background=background is None and (uses.labeled or correct != "none"),
        ),
    ]
    if controls and not uses.labeled:
        warnings.append("controls need labeled senses, and there are none")
    warnings += _lost_senses(main, uses)
    warnings += [f"{name} has no interval and no test: {why}" for name, why in excluded.items()]
    comparison = Comparison(
        word=chosen[0].word,
        occurrences=chosen,
        results=tuple(view.result for view in views),
        correct=correct,
        controls=tuple(view.result for view in control_views) if with_controls else None,
        tests=_tests(main, control_views, uses) if intervals and uses.labeled else (),
        agreement=agreement(main, settings) if uses.labeled else (),
        warnings=tuple(dict.fromkeys(warnings)),
        skipped=skipped,
        manifest={
            **manifest(seed, {view.name: view.result.info for view in views}),
            "background": (background or shipped_background()).described,
        },
    )
    candidates = [view.result for view in main if view.has_auc]
    return replace(comparison, verdict=verdict(comparison, candidates, excluded))


def _unique(encoders: Iterable[Sequence[LayerView]]) -> list[LayerView]:
    """Keep each layer once, by its name; it stays among the other layers of its encoder."""
    views: dict[str, LayerView] = {}
    for view in chain.from_iterable(encoders):
        kept = views.get(view.name, view)
        preselected = kept.preselected or view.preselected
        if len(view.result.info.layers) > len(kept.result.info.layers):
            del views[view.name]  # so that it is listed among the encoder's other layers
            kept = view
        views[view.name] = replace(kept, preselected=preselected)
    return list(views.values())


def _preselected(views: Iterable[LayerView]) -> list[LayerView]:
    return [view for view in views if view.preselected]


def _tests(
    views: Sequence[LayerView], controls: Sequence[LayerView], uses: Uses
) -> tuple[PairTest, ...]:
    """Test the pairs of encoders, and as a family of their own each encoder with each control."""
    with_controls = [
        (view, control)
        for view in views
        if view.has_auc
        for control in controls
        if control.has_auc and not control.name.startswith(LABELS)
    ]
    return (*tests(encoder_pairs(views), uses), *tests(with_controls, uses))


def _lost_senses(views: Sequence[LayerView], uses: Uses) -> Iterator[str]:
    """Warn of senses for which an encoder has no vector."""
    for view in views:
        measured = uses.sample(view.similarity).senses
        lost = sorted({sense for sense in uses.senses if sense is not None} - set(measured))
        if lost and measured:
            listed = ", ".join(map(repr, lost))
            yield f"{view.name} has no vector for any use of {listed}: it is measured without them"


def _without_inference(
    views: Sequence[LayerView], uses: Uses, *, intervals: bool
) -> Iterator[tuple[str, str]]:
    """Yield the encoders from which nothing can be inferred, by name, with the reason."""
    for view in views:
        if uses.labeled and not view.result.info.per_type:
            few = too_few(uses.sample(view.similarity))
            reason = view.result.metrics["auc"].undefined or few
            if reason or not intervals:
                yield view.name, reason or "intervals were not asked for"


def sample(occurrences: Sequence[Occurrence], most: int, seed: int) -> tuple[Occurrence, ...]:
    """Draw at most `most` occurrences, and keep them in the order of the input.

    Which ones are drawn depends on the occurrences and the seed, but not on their order.
    """
    if len(occurrences) <= most:
        return tuple(occurrences)
    order = canonical_order(occurrences)
    drawn = np.random.default_rng(seed).choice(len(order), size=most, replace=False)
    return tuple(occurrences[i] for i in sorted(order[k] for k in drawn))


def _check(occurrences: Sequence[Occurrence], correct: str) -> None:
    if correct not in CORRECTIONS:
        raise UsageError(f"there is no correction {correct!r}", f"known: {', '.join(CORRECTIONS)}")
    if not occurrences:
        raise InputError("there is no occurrence to compare", "check the word and the sentences")
    words = sorted({o.word for o in occurrences})
    if len(words) > 1:
        raise UsageError(
            f"occurrences of several words: {', '.join(words[:5])}", "compare one word"
        )
    for o in occurrences:
        if not 0 <= o.start < o.end <= len(o.sentence):
            raise UsageError(
                f"occurrence {o.id}: offsets {o.start}-{o.end} lie outside its sentence"
            )
    if len({o.id for o in occurrences}) < len(occurrences):
        raise UsageError("two occurrences have the same id", "give each one its own id")


def _input_warnings(
    available: Sequence[Occurrence], chosen: Sequence[Occurrence], uses: Uses, seed: int
) -> Iterator[str]:
    """Yield the warnings about the occurrences."""
    if len(chosen) < len(available):
        share = f"{len(chosen)} of {len(available)} occurrences"
        yield f"{share} are used, a sample drawn with seed {seed}"
    for sense, count in Counter(uses.senses).items():
        if sense is not None and count == 1 and len(set(uses.senses) - {None}) > 1:
            yield (
                f"sense {sense!r} has only one use: it counts as a miss in nearest_neighbor and"
                " centroid, and has no AUC of its own in auc_macro"
            )
    numbered = list(zip(uses.sentences.tolist(), uses.occurrences, strict=True))
    copies = Counter((number, len(o.sentence[: o.start].split())) for number, o in numbered)
    most: Counter[int] = Counter()  # sentence -> how many uses have the same place in it
    for (number, _), times in copies.items():
        most[number] = max(most[number], times)
    for number, o in numbered:
        if (times := most.pop(number, 0)) > 1:
            yield (
                f"a sentence occurs {times} times and counts once in intervals, tests and"
                f" leave-one-out: {o.sentence!r}"
            )


def _encoder_warnings(pending: Sequence[PendingView], *, shipped_background: bool) -> Iterator[str]:
    """Yield the warnings about the vectors of each encoder."""
    names: set[str] = set()
    for encoder in pending:
        result = encoder.layers[0].result
        yield from remarks(result.info, shipped_background=shipped_background)
        missing, truncated = [*result.missing.values()], sum(r.truncated for r in result.receipts)
        yield from coverage_warnings(result.info.name, len(result.receipts), missing, truncated)
        for view in encoder.layers:
            if view.name in names:
                yield f"{view.name} was asked for twice and is shown once"
        names |= {view.name for view in encoder.layers}
