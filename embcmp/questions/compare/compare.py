"""The function `compare`: from occurrences and encoders to a Comparison."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

from embcmp.background.background_text import BackgroundText, shipped_background
from embcmp.choices import MARGIN, MAX_OCCURRENCES
from embcmp.encoders import DEFAULT_ENCODERS, EncoderSpec, LoadedEncoder, parse_spec
from embcmp.encoders.base import Encoder, coverage_warnings, remarks
from embcmp.errors import UsageError
from embcmp.manifest import manifest
from embcmp.measures.encoder_differences import PRIMARY
from embcmp.measures.jackknife import why_none
from embcmp.questions.compare import saved_vectors
from embcmp.questions.compare.compared_uses import Uses, check
from embcmp.questions.compare.compared_uses import warnings as input_warnings
from embcmp.questions.compare.controls import controls as measure_controls
from embcmp.questions.compare.controls import with_cosines
from embcmp.questions.compare.layer_measures import Settings
from embcmp.questions.compare.layer_view import LayerView, view_layers
from embcmp.questions.compare.pairs import (
    agreement,
    claims,
    tests_of_controls,
    tests_of_encoders,
    tests_of_layers,
)
from embcmp.questions.compare.verdict import verdict
from embcmp.render.text import by_reason
from embcmp.text.sentence_rows import why_circular
from embcmp.text.targets import Found
from embcmp.text.use_sample import sample, without_copies
from embcmp.types import Comparison, Occurrence, PairTest, Result, TaskProgress


def compare(
    occurrences: Iterable[Occurrence],
    encoders: Sequence[str | Encoder] = DEFAULT_ENCODERS,
    *,
    correct: str = "none",
    controls: bool = False,
    intervals: bool = True,
    margin: float = MARGIN,
    max_occurrences: int = MAX_OCCURRENCES,
    seed: int = 0,
    device: str = "auto",
    background: BackgroundText | None = None,
    save_vectors: Path | None = None,
    progress: TaskProgress | None = None,
) -> Comparison:
    """Encode the occurrences of one word with several encoders, and measure how they see it.

    Args:
        occurrences: what `find_occurrences` returns, or any occurrences of one word.
        encoders: specs, or encoders that are already loaded.
        correct: correction of the vector spaces: none, center, zscore or abtt.
        controls: whether to measure how well causes other than sense separate the senses.
        intervals: whether to compute confidence intervals and tests.
        margin: a difference of `auc_macro` below which encoders count as equal.
        max_occurrences: the largest number of occurrences to use; of more, a random sample.
        seed: seed for all random sampling.
        device: where transformers run: auto, cpu, cuda or mps.
        background: the background sentences, as `read_background` reads them; None for those that
            come with embcmp, which are English.
        save_vectors: a folder in which the vectors of each encoder and layer are saved as Parquet
            with the columns `id` and `vector`, which the encoder `vectors:FILE` reads.
        progress: called with the name of a task (an encoder that encodes or is measured), the
            occurrences or layers done and their total.

    Raises:
        InputError: there is no occurrence.
        UsageError: the occurrences are of several words, their ids are not unique, the correction
            or the device is unknown, or the margin is not between 0 and .5.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
        OutputError: the vectors cannot be saved.
    """
    given = [encoders] if isinstance(encoders, str) else encoders
    specs = [parse_spec(e) if isinstance(e, str) else e for e in given]
    found = occurrences if isinstance(occurrences, Found) else Found(())
    all_uses = tuple(occurrences)
    check(all_uses)
    settings = Settings(correct, intervals, seed)
    _check(specs, margin)
    different, copies = without_copies(all_uses)
    available = max(len(different), found.drawn_from or 0)
    uses = Uses.of(chosen := sample(different, max_occurrences, seed))

    def view(encoder: EncoderSpec | Encoder, *, control: bool = False) -> list[LayerView]:
        loaded = LoadedEncoder.load(encoder, device, progress)
        return view_layers(
            loaded, uses, settings, control=control, background=background, progress=progress
        )

    encoded = [view(spec) for spec in specs]
    views = _unique(encoded)
    main = [v for v in views if v.preselected]
    control_views: list[LayerView] = []
    if controls and uses.labeled:
        control_views = measure_controls(main, uses, settings, partial(view, control=True))
    circular = why_circular(o for o in chosen if o.sense is not None)
    excluded = dict(_without_inference(main, uses, circular, intervals=intervals))
    warnings = [
        *found.notes,
        *copies,
        *input_warnings(available, uses, seed),
        *encoder_warnings(
            encoded,
            shipped_background=background is None and (uses.labeled or correct != "none"),
        ),
        *_control_notes(main, uses, asked=controls),
        *_lost_senses(main, uses),
        *(
            f"{', '.join(names)} {'has' if len(names) == 1 else 'have'} no interval and no test:"
            f" {why}"
            for why, names in by_reason(excluded.items()).items()
        ),
    ]
    pair_tests: tuple[PairTest, ...] = ()
    control_tests: tuple[PairTest, ...] = ()
    if intervals and uses.labeled:
        pair_tests = tests_of_encoders(main, uses, settings)
        # Two layers of one encoder may both be named, and are then tested with the encoders.
        tested = {frozenset((t.a, t.b)) for t in pair_tests}
        of_layers = tests_of_layers(views, uses, settings)
        pair_tests += tuple(t for t in of_layers if frozenset((t.a, t.b)) not in tested)
        control_tests = tests_of_controls(main, with_cosines(control_views), uses)
    comparison = Comparison(
        word=chosen[0].word,
        occurrences=chosen,
        results=tuple(view.result for view in views),
        correct=correct,
        controls=tuple(v.result for v in control_views) if controls and uses.labeled else None,
        tests=(*pair_tests, *control_tests),
        claims=claims(pair_tests, margin),
        margin=margin,
        agreement=agreement(main, uses, settings) if uses.labeled else (),
        warnings=tuple(dict.fromkeys(warnings)),
        skipped=found.skipped,
        manifest={
            **manifest(seed, {view.name: view.result.info for view in views}),
            "background": (background or shipped_background()).described,
        },
    )
    if circular:
        comparison = _values_alone(comparison, circular)
    if save_vectors is not None:
        saved_vectors.save_vectors(save_vectors, views, uses, correct)
    candidates = [view.result for view in main if view.has_auc]
    return replace(comparison, verdict=verdict(comparison, candidates, excluded))


def _check(specs: Sequence[EncoderSpec | Encoder], margin: float) -> None:
    if not 0 < margin < 0.5:
        raise UsageError(f"the margin is {margin:g}", "give a number between 0 and .5")
    if not specs:
        raise UsageError("there is no encoder to compare", f"for example {DEFAULT_ENCODERS[-1]}")


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


def _lost_senses(views: Sequence[LayerView], uses: Uses) -> Iterator[str]:
    """Warn of senses for which an encoder has no vector."""
    for view in views:
        measured = uses.sample(view.similarity).senses
        lost = sorted({sense for sense in uses.senses if sense is not None} - set(measured))
        if lost and measured:
            listed = ", ".join(map(repr, lost))
            yield f"{view.name} has no vector for any use of {listed}, which its measures leave out"


def _control_notes(views: Sequence[LayerView], uses: Uses, *, asked: bool) -> Iterator[str]:
    """Say which controls there are not, and why."""
    if asked and not uses.labeled:
        yield "controls need labeled senses, and there are none"
    for view in views if asked and uses.labeled else ():
        if view.result.info.precomputed:
            yield (
                f"{view.name}: has no untrained network among the controls, since its vectors were"
                " computed elsewhere"
            )


def _without_inference(
    views: Sequence[LayerView], uses: Uses, circular: str | None, *, intervals: bool
) -> Iterator[tuple[str, str]]:
    """Yield the encoders from which nothing can be inferred, by name, with the reason."""
    for view in views:
        if uses.labeled and not view.result.info.per_type:
            used = uses.sample(view.similarity)
            few = why_none(used.without_rare()) and why_none(used)
            reason = view.result.metrics[PRIMARY].undefined or circular or few
            if reason or not intervals:
                yield view.name, reason or "intervals were not asked for"


def _values_alone(c: Comparison, circular: str) -> Comparison:
    """Take away every p, interval and claim, for the reason given."""

    def measured(r: Result) -> Result:
        metrics = {name: m.without_inference(circular) for name, m in r.metrics.items()}
        return replace(r, metrics=metrics)

    return replace(
        c,
        results=tuple(map(measured, c.results)),
        controls=c.controls and tuple(map(measured, c.controls)),
        tests=(),
        claims=(),
        agreement=tuple(replace(x, rsa_p=None) for x in c.agreement),
        circular=circular,
    )


def encoder_warnings(
    encoded: Sequence[Sequence[LayerView]], *, shipped_background: bool
) -> Iterator[str]:
    """Yield the warnings about the vectors of each encoder."""
    names: set[str] = set()
    for layers in encoded:
        result = layers[0].result
        yield from remarks(result.info, shipped_background=shipped_background)
        missing, truncated = [*result.missing.values()], sum(r.truncated for r in result.receipts)
        yield from coverage_warnings(result.info.name, len(result.receipts), missing, truncated)
        for view in layers:
            if view.name in names:
                yield f"{view.name} was asked for twice and is shown once"
        names |= {view.name for view in layers}
