"""compare(): occurrences x encoders -> Comparison; no files, no printing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders import DEFAULT_ENCODERS, EncoderSpec, load_encoder, parse_spec
from embcmp.encoders.base import Encoder
from embcmp.errors import InputError, UsageError
from embcmp.manifest import manifest
from embcmp.measure.separation import auc, between, separation, within
from embcmp.measure.similarity import cosine_matrix, self_similarity
from embcmp.text.targets import Found
from embcmp.types import Comparison, Metric, Occurrence, Result

PER_TYPE = "one vector per type"
MAX_OCCURRENCES = 1000

EncodingProgress = Callable[[str, int, int], None]  # (encoder's name, done, total)


def compare(
    occurrences: Iterable[Occurrence],
    encoders: Sequence[str | Encoder] = DEFAULT_ENCODERS,
    *,
    max_occurrences: int = MAX_OCCURRENCES,
    seed: int = 0,
    progress: EncodingProgress | None = None,
) -> Comparison:
    """Encode the occurrences of one word with several encoders, and measure.

    Args:
        occurrences: what `find_occurrences` found, or any occurrences of one word.
        encoders: specs, or encoders that are already loaded.
        max_occurrences: beyond it, a sample drawn by `seed` is used.
        seed: of that sample.
        progress: called with the encoder's name and how far it is.

    Raises:
        InputError: there is no occurrence.
        UsageError: the occurrences are of several words, or their ids are not unique.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    specs = [parse_spec(e) if isinstance(e, str) else e for e in encoders]
    skipped = occurrences.skipped if isinstance(occurrences, Found) else ()
    every = tuple(occurrences)
    _check(every)
    chosen = sample(every, max_occurrences, seed)
    warnings = []
    if len(chosen) < len(every):
        warnings.append(
            f"{len(chosen)} of {len(every)} occurrences are used, a sample drawn with seed {seed}"
        )
    results: dict[str, Result] = {}
    for spec in specs:
        found = _run(spec, chosen, progress)
        warnings += _warnings(found[0])
        for result in found:
            if result.name in results:
                warnings.append(f"{result.name} was asked for twice: it is shown once")
            results.setdefault(result.name, result)
    return Comparison(
        word=chosen[0].word,
        occurrences=chosen,
        results=tuple(results.values()),
        verdict=tuple(
            f"{r.name}: {PER_TYPE}: says nothing about the sense"
            for r in results.values()
            if r.info.per_type
        ),
        warnings=tuple(warnings),
        skipped=skipped,
        manifest=manifest(seed, {name: r.info.fingerprint for name, r in results.items()}),
    )


def sample(occurrences: Sequence[Occurrence], most: int, seed: int) -> tuple[Occurrence, ...]:
    """Draw at most `most` occurrences, kept in their order.

    What is drawn depends on the occurrences and the seed, not on the order they come in.
    """
    if len(occurrences) <= most:
        return tuple(occurrences)
    order = sorted(
        range(len(occurrences)),
        key=lambda i: (occurrences[i].sentence, occurrences[i].start, occurrences[i].end),
    )
    drawn = np.random.default_rng(seed).choice(len(order), size=most, replace=False)
    return tuple(occurrences[i] for i in sorted(order[k] for k in drawn))


def measure(
    similarity: NDArray[np.float64], senses: Sequence[str | None], *, per_type: bool = False
) -> dict[str, Metric]:
    """The measures of one encoder at one layer, by name; those of senses where there are labels.

    Args:
        similarity: [n, n], as `cosine_matrix` gives it.
        senses: [n].
        per_type: the encoder declares one vector per type, so that no measure has a meaning.
    """
    metrics = {"self_similarity": self_similarity(similarity)}
    if any(sense is not None for sense in senses):
        metrics["within"] = within(similarity, senses)
        metrics["between"] = between(similarity, senses)
        metrics["separation"] = separation(similarity, senses)
        metrics["auc"] = replace(auc(similarity, senses), chance=0.5)
    if per_type:
        return {name: Metric(None, undefined=PER_TYPE) for name in metrics}
    return metrics


def _check(occurrences: Sequence[Occurrence]) -> None:
    if not occurrences:
        raise InputError("there is no occurrence to compare", "check the word and the sentences")
    words = sorted({o.word for o in occurrences})
    if len(words) > 1:
        raise UsageError(f"occurrences of several words: {', '.join(words[:5])}", "compare one")
    if len({o.id for o in occurrences}) < len(occurrences):
        raise UsageError("two occurrences have the same id", "give each its own")


def _run(
    spec: EncoderSpec | Encoder,
    occurrences: Sequence[Occurrence],
    progress: EncodingProgress | None,
) -> list[Result]:
    """Load an encoder, encode, and measure each of its layers."""
    started = time.perf_counter()
    encoder = load_encoder(spec) if isinstance(spec, EncoderSpec) else spec
    loaded = time.perf_counter()
    name = encoder.info.name
    embeddings = encoder.encode(
        occurrences, (lambda done, total: progress(name, done, total)) if progress else None
    )
    encoded = time.perf_counter()
    senses = [o.sense for o in occurrences]
    info = embeddings.info
    results = []
    for row, layer in enumerate(info.layers):
        similarity = cosine_matrix(embeddings.vectors[row])
        results.append(
            Result(
                name=parse_spec(info.spec).name(layer),
                info=info,
                layer=layer,
                load_seconds=loaded - started,
                encode_seconds=encoded - loaded,
                missing=embeddings.missing,
                receipts=embeddings.receipts,
                similarity=similarity,
                metrics=measure(similarity, senses, per_type=info.per_type),
            )
        )
    return results


def _warnings(result: Result) -> list[str]:
    name, n = result.info.name, len(result.receipts)
    found = []
    if result.missing:
        first = next(iter(result.missing.values()))
        found.append(f"{name}: {len(result.missing)} of {n} occurrences have no vector ({first})")
    if cut := sum(r.truncated for r in result.receipts):
        found.append(f"{name}: {cut} of {n} sentences are too long, cut to a window at the target")
    return found
