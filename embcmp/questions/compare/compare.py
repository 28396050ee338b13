"""compare(): occurrences x encoders -> Comparison; no files, no printing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np

from embcmp.choices import CORRECTIONS, DRAWS, MAX_OCCURRENCES
from embcmp.encoders import DEFAULT_ENCODERS, EncoderSpec, LoadedEncoder, parse_spec
from embcmp.encoders.base import Encoder, coverage_warnings
from embcmp.errors import InputError, UsageError
from embcmp.manifest import manifest
from embcmp.measures.labels import canonical_order
from embcmp.measures.resampling import too_few
from embcmp.questions.compare.controls import LABELS, Twins, twins
from embcmp.questions.compare.controls import controls as measure_controls
from embcmp.questions.compare.layer_measures import Settings, Uses
from embcmp.questions.compare.layer_view import LayerView, PendingView, view_layers
from embcmp.questions.compare.pairs import agreement, of_encoders, tests
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
    progress: TaskProgress | None = None,
    work: Work = HERE,
) -> Comparison:
    """Encode the occurrences of one word with several encoders, and measure.

    Args:
        occurrences: what `find_occurrences` found, or any occurrences of one word.
        encoders: specs, or encoders that are already loaded.
        correct: the correction of the spaces: none, center, zscore or abtt.
        controls: measure what other causes than sense reach.
        intervals: give intervals and tests.
        draws: of the bootstrap.
        max_occurrences: beyond it, a sample drawn by `seed` is used.
        seed: of everything that is drawn.
        device: where transformers run: auto, cpu, cuda or mps.
        progress: called with the encoder's name and how far it is.
        work: who measures: this process, or a `SecondProcess` while this one encodes.

    Raises:
        InputError: there is no occurrence.
        UsageError: the occurrences are of several words, their ids are not unique, or there is
            no such correction or device.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    given = [encoders] if isinstance(encoders, str) else encoders
    specs = [parse_spec(e) if isinstance(e, str) else e for e in given]
    skipped = occurrences.skipped if isinstance(occurrences, Found) else ()
    every = tuple(occurrences)
    _check(every, correct)
    if not specs:
        raise UsageError("there is no encoder to compare", f"for example {DEFAULT_ENCODERS[-1]}")
    chosen = sample(every, max_occurrences, seed)
    uses = Uses.of(chosen)
    settings = Settings(correct, intervals, draws, seed)

    def begin(encoder: EncoderSpec | Encoder, *, control: bool = False) -> PendingView:
        return view_layers(
            LoadedEncoder.load(encoder, device, progress),
            uses,
            settings,
            control=control,
            progress=progress,
            work=work,
        )

    pending = [begin(spec) for spec in specs]
    with_controls = controls and uses.labelled
    started: Twins = {}
    if with_controls:
        started = twins(_named(_once_each(p.layers for p in pending)), partial(begin, control=True))
    work.finish()
    views = _once_each(p.measured() for p in pending)
    named = _named(views)
    control_views = measure_controls(named, uses, settings, started) if with_controls else []
    lacking = dict(_lacking(named, uses, intervals=intervals))
    warnings = [*_of_input(every, chosen, uses, seed), *_of_encoders(pending)]
    if controls and not uses.labelled:
        warnings.append("controls need labelled senses: there are none")
    warnings += _lost_senses(named, uses)
    warnings += [f"{name}: no interval and no test: {why}" for name, why in lacking.items()]
    comparison = Comparison(
        word=chosen[0].word,
        occurrences=chosen,
        results=tuple(view.result for view in views),
        correct=correct,
        controls=tuple(view.result for view in control_views) if with_controls else None,
        tests=_tests(named, control_views, uses) if intervals and uses.labelled else (),
        agreement=agreement(named, settings) if uses.labelled else (),
        warnings=tuple(dict.fromkeys(warnings)),
        skipped=skipped,
        manifest=manifest(seed, {view.name: view.result.info for view in views}),
    )
    telling = [view.result for view in named if view.tells_senses]
    return replace(comparison, verdict=verdict(comparison, telling, lacking))


def _once_each(encoders: Iterable[Sequence[LayerView]]) -> list[LayerView]:
    """Each layer once, by its name: what was asked for again stays among its encoder's others."""
    views: dict[str, LayerView] = {}
    for view in chain.from_iterable(encoders):
        first = views.get(view.name, view)
        named = first.named or view.named
        if len(view.result.info.layers) > len(first.result.info.layers):
            del views[view.name]  # it stands where the others do
            first = view
        views[view.name] = replace(first, named=named)
    return list(views.values())


def _named(views: Iterable[LayerView]) -> list[LayerView]:
    return [view for view in views if view.named]


def _tests(
    named: Sequence[LayerView], controls: Sequence[LayerView], uses: Uses
) -> tuple[PairTest, ...]:
    """Pairs of encoders, and apart from them each encoder with each control."""
    with_controls = [
        (view, control)
        for view in named
        if view.tells_senses
        for control in controls
        if control.tells_senses and not control.name.startswith(LABELS)
    ]
    return (*tests(of_encoders(named), uses), *tests(with_controls, uses))


def _lost_senses(named: Sequence[LayerView], uses: Uses) -> Iterator[str]:
    """Senses of which an encoder has no vector: what it reaches is said of the others alone."""
    for view in named:
        left = uses.sample(view.similarity).senses
        lost = sorted({sense for sense in uses.senses if sense is not None} - set(left))
        if lost and left:
            listed = ", ".join(map(repr, lost))
            name = view.name
            yield f"{name}: no use of {listed} has a vector: its measures are of the other senses"


def _lacking(
    named: Sequence[LayerView], uses: Uses, *, intervals: bool
) -> Iterator[tuple[str, str]]:
    """The names of the encoders that nothing can be inferred from, and why."""
    for view in named:
        if uses.labelled and not view.result.info.per_type:
            few = too_few(uses.sample(view.similarity))
            why = view.result.metrics["auc"].undefined or few
            if why or not intervals:
                yield view.name, why or "intervals were not asked for"


def sample(occurrences: Sequence[Occurrence], most: int, seed: int) -> tuple[Occurrence, ...]:
    """Draw at most `most` occurrences, kept in their order.

    What is drawn depends on the occurrences and the seed, not on the order they come in.
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
        raise UsageError(f"occurrences of several words: {', '.join(words[:5])}", "compare one")
    for o in occurrences:
        if not 0 <= o.start < o.end <= len(o.sentence):
            raise UsageError(
                f"occurrence {o.id}: offsets {o.start}-{o.end} lie outside its sentence"
            )
    if len({o.id for o in occurrences}) < len(occurrences):
        raise UsageError("two occurrences have the same id", "give each its own")


def _of_input(
    every: Sequence[Occurrence], chosen: Sequence[Occurrence], uses: Uses, seed: int
) -> Iterator[str]:
    """What the user should know of the occurrences."""
    if len(chosen) < len(every):
        yield f"{len(chosen)} of {len(every)} occurrences are used, a sample drawn with seed {seed}"
    for sense, count in Counter(uses.senses).items():
        if sense is not None and count == 1 and len(set(uses.senses) - {None}) > 1:
            yield (
                f"sense {sense!r} has one use: a miss in nearest_neighbor and centroid, and without"
                " a row in auc_macro"
            )
    numbered = list(zip(uses.sentences.tolist(), uses.occurrences, strict=True))
    copies = Counter((number, len(o.sentence[: o.start].split())) for number, o in numbered)
    most: Counter[int] = Counter()  # how often the same place of a sentence is there
    for (number, _), times in copies.items():
        most[number] = max(most[number], times)
    for number, o in numbered:
        if (times := most.pop(number, 0)) > 1:
            yield (
                f"duplicate sentence, there {times} times, counts as one in intervals, tests and"
                f" leave-one-out: {o.sentence!r}"
            )


def _of_encoders(pending: Sequence[PendingView]) -> Iterator[str]:
    """What the user should know of what each encoder made of the occurrences."""
    before: set[str] = set()
    for encoded in pending:
        result = encoded.layers[0].result
        yield from result.info.remarks
        missing, truncated = [*result.missing.values()], sum(r.truncated for r in result.receipts)
        yield from coverage_warnings(result.info.name, len(result.receipts), missing, truncated)
        for s in encoded.layers:
            if s.name in before:
                yield f"{s.name} was asked for twice: it is shown once"
        before |= {s.name for s in encoded.layers}
