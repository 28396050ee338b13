"""The function `change`: whether words are used differently in two groups of uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from embcmp.background.background_text import BackgroundText, shipped_background
from embcmp.choices import MAX_OCCURRENCES
from embcmp.encoders import CONTEXTUAL_ENCODERS, LoadedEncoder, load_encoders
from embcmp.encoders.base import Encoder
from embcmp.errors import InputError, UsageError
from embcmp.manifest import manifest
from embcmp.measures.encoder_differences import LEVEL
from embcmp.measures.group_change import (
    MEASURES,
    PRIMARY,
    ChangeMeasure,
    GroupChange,
    among_words,
    cluster_shares,
    group_change,
    prt_of_sample,
)
from embcmp.measures.keywords import describe
from embcmp.measures.labels import Index
from embcmp.measures.sense_groups import suggested_of_known
from embcmp.measures.unlike_uses import typical_uses, unlike_uses
from embcmp.questions.change.word_change import (
    NO_CONTROLS,
    NOT_ASKED,
    Changes,
    ControlWords,
    EncoderChange,
    WordChange,
)
from embcmp.questions.compare.compare import encoder_warnings
from embcmp.questions.compare.compared_groups import ComparedGroups
from embcmp.questions.compare.compared_uses import Uses, check
from embcmp.questions.compare.layer_measures import Settings
from embcmp.questions.compare.layer_view import LayerView, view_layers
from embcmp.questions.compare.pairs import group_separation
from embcmp.types import PER_TYPE, Metric, Occurrence, TaskProgress

_LISTED = 5  # uses that are typical, or most unlike the other group
_NO_CONTROL_WORDS = "is held against no control words, since its file has no vectors of them"


def change(
    occurrences: Sequence[Sequence[Occurrence]],
    groups: Sequence[str],
    encoders: Sequence[str | Encoder] = CONTEXTUAL_ENCODERS,
    *,
    files: Mapping[str, int] | None = None,
    control_uses: Sequence[Sequence[Occurrence]] | None = None,
    correct: str = "none",
    max_occurrences: int = MAX_OCCURRENCES,
    seed: int = 0,
    device: str = "auto",
    lang: str = "en",
    background: BackgroundText | None = None,
    progress: TaskProgress | None = None,
) -> Changes:
    """Measure and test whether words are used differently in the first and the last group of uses.

    Args:
        occurrences: the uses of each word; their `group` says where they are from, and their `unit`
            which document.
        groups: the names of the groups, in order: two or more.
        encoders: specs, or encoders that are already loaded. The verdict is about the last one.
        files: how many files each group has, also those without the words: where no use names its
            document and the first and the last group have five files or more, these are the
            documents. None to count the files of the uses.
        control_uses: the uses of each control word, as `embcmp.text.control_words` finds them; None
            if there are to be none.
        correct: correction of the vector spaces: none, center, zscore or abtt.
        max_occurrences: the most uses of a word to take of a group: a random sample if there are
            more.
        seed: seed for all random sampling.
        device: where transformers run: auto, cpu, cuda or mps.
        lang: the code of the language, whose function words are no keywords.
        background: the background sentences of a correction; None for those that come with embcmp.
        progress: called with the name of a task, the steps done and their total.

    Raises:
        InputError: no word has a use in a group, or a document is in two groups.
        UsageError: there are fewer than two groups, or the correction or the device is unknown.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    if len(groups) < 2:
        raise UsageError("there is one group alone", "give two or more to compare")
    settings = Settings(correct, False, seed)
    for uses in occurrences:
        check(uses)
    take = partial(ComparedGroups.of, names=groups, seed=seed, files=files)
    words = [take(uses, most=max_occurrences) for uses in occurrences]
    if not (words := [word for word in words if word.occurrences]):
        raise InputError("no use is in one of the groups", "check the names of the groups")
    most = max(max(word.counts) for word in words)
    others = [take(uses, most=most) for uses in control_uses or ()]
    sizes = {tuple(word.counts) for word in words}
    control_values: list[dict[str, tuple[float | None, ...]]] = [{} for _ in words]
    encode = partial(view_layers, settings=settings, background=background, progress=progress)
    by_word: list[list[EncoderChange]] = [[] for _ in words]
    shipped = background is None and correct != "none"
    notes: list[list[str]] = [[] for _ in words]
    for loaded in load_encoders(encoders, device, progress):
        matched = dict(_of_control_words(loaded, others, sizes, encode, seed))
        for word, results, said, values in zip(words, by_word, notes, control_values, strict=True):
            views = encode(loaded, word.uses)
            said += encoder_warnings([views], shipped_background=shipped)
            results += [_measured(view, word, seed) for view in views]
            values |= {name: found[tuple(word.counts)] for name, found in matched.items()}
    everywhere = [note for note in notes[0] if all(note in said for said in notes)]
    infos = {r.name: r.result.info for results in by_word[:1] for r in results}
    changes = [
        WordChange(
            word.uses.occurrences[0].word,
            word,
            tuple(results),
            _keywords(word, lang),
            controls=ControlWords(tuple(o.occurrences[0].word for o in others), values)
            if others
            else None,
            separation=None
            if results[-1].undefined
            else group_separation(
                results[-1].result, (r.result for r in results[:-1]), word.labeled_by_group
            ),
            warnings=(*word.notes, *(note for note in said if note not in everywhere)),
        )
        for word, results, said, values in zip(words, by_word, notes, control_values, strict=True)
    ]
    there = {word.occurrences[0].word for word in words}
    missing = [uses[0].word for uses in occurrences if uses[0].word not in there]
    everywhere += [f"{word} has no use in any of the groups" for word in missing]
    without = [info.name for info in infos.values() if others and info.precomputed]
    everywhere += [f"{name}: {_NO_CONTROL_WORDS}" for name in without]
    no_controls = NOT_ASKED if control_uses is None else None if others else NO_CONTROLS
    if no_controls == NO_CONTROLS:
        everywhere.append(f"there are no control words: {NO_CONTROLS}")
    return Changes(
        groups=tuple(groups),
        changes=_adjusted(changes),
        correct=correct,
        no_controls=no_controls,
        warnings=tuple(dict.fromkeys(everywhere)),
        manifest={
            **manifest(seed, infos),
            "background": (background or shipped_background()).described,
        },
    )


def _of_control_words(
    loaded: LoadedEncoder,
    others: Sequence[ComparedGroups],
    sizes: Iterable[tuple[int, ...]],
    encode: Callable[[LoadedEncoder, Uses], Sequence[LayerView]],
    seed: int,
) -> Iterator[tuple[str, dict[tuple[int, ...], tuple[float | None, ...]]]]:
    """Yield the name of each layer, and by numbers of uses the `prt` of each control word."""
    if loaded.encoder.info.precomputed:
        yield loaded.encoder.info.name, dict.fromkeys(sizes, (None,) * len(others))
        return
    measured = [encode(loaded, other.uses) for other in others]
    for layers in zip(*measured, strict=True):
        yield layers[0].name, {counts: _matched(layers, others, counts, seed) for counts in sizes}


def _matched(
    views: Sequence[LayerView],
    controls: Sequence[ComparedGroups],
    counts: tuple[int, ...],
    seed: int,
) -> tuple[float | None, ...]:
    """The `prt` of each control word, of at most so many uses of each group, drawn at random.

    It is None for a word that is less than half as frequent in one of the groups compared.
    """
    ends = 0, len(counts) - 1
    values: list[float | None] = []
    for view, control in zip(views, controls, strict=True):
        few = any(2 * control.counts[code] < counts[code] for code in ends)
        uses = view.similarity, control.codes, control.uses.grouping
        value = np.nan if few else prt_of_sample(*uses, counts, seed=seed)
        values.append(None if np.isnan(value) else value)
    return tuple(values)


def _measured(view: LayerView, word: ComparedGroups, seed: int) -> EncoderChange:
    """What one encoder and layer sees of the last group against the first."""
    ends = 0, len(word.names) - 1
    reason = PER_TYPE if view.result.info.per_type else word.undefined(ends)
    if reason is not None:
        nothing = dict.fromkeys(MEASURES, ChangeMeasure(Metric(None, undefined=reason)))
        none = GroupChange(nothing, (0, 0), no_test=reason)
        return EncoderChange(view.result, none, undefined=reason)
    clusters = suggested_of_known(view.similarity)
    compare = partial(
        group_change, view.similarity, word.codes, word.uses.grouping, clusters, seed=seed
    )
    typical = partial(typical_uses, view.similarity, weights=word.uses.grouping.weights)
    lost, gained = unlike_uses(view.similarity, word.codes, word.uses.grouping, pair=ends)
    return EncoderChange(
        view.result,
        compare(pair=ends),
        curve=tuple(
            compare(pair=(k, k + 1)).measures[PRIMARY].metric
            if (reason := word.undefined((k, k + 1))) is None
            else Metric(None, undefined=reason)
            for k in range(ends[1] if ends[1] > 1 else 0)
        ),
        gained=_placed(gained.rows[gained.p_adjusted <= LEVEL], word),
        lost=_placed(lost.rows[lost.p_adjusted <= LEVEL], word),
        most_unlike=tuple(_few(one.rows, word) for one in (lost, gained)),
        typical=tuple(_few(rows, word) for rows in typical(word.codes)),
        similar=tuple(_placed(rows[:1], word)[0] for rows in typical(clusters)),
        senses=cluster_shares(clusters, word.codes),
    )


def _placed(rows: Index, word: ComparedGroups) -> tuple[int, ...]:
    """The positions in the input of some of the uses, in their order."""
    return tuple(word.uses.order[rows].tolist())


def _few(rows: Index, word: ComparedGroups) -> tuple[int, ...]:
    """The positions in the input of the first few uses in different sentences."""
    first = np.unique(word.uses.grouping.sentences[rows], return_index=True)[1]
    return _placed(rows[np.sort(first)[:_LISTED]], word)


def _keywords(word: ComparedGroups, lang: str) -> tuple[tuple[str, ...], ...]:
    """The words that set the contexts of each group apart; none where a group is empty."""
    if not all(word.counts):
        return tuple(() for _ in word.names)
    return tuple(tuple(words) for words, _ in describe(word.uses.occurrences, word.codes, lang))


def _adjusted(changes: Sequence[WordChange]) -> tuple[WordChange, ...]:
    """Say of each result's primary measure what its p is worth among so many words."""
    by_encoder = []
    for column in zip(*(change.results for change in changes), strict=True):
        adjusted = among_words([r.change for r in column])
        by_encoder.append([replace(r, change=one) for r, one in zip(column, adjusted, strict=True)])
    return tuple(
        replace(change, results=results)
        for change, results in zip(changes, zip(*by_encoder, strict=True), strict=True)
    )
