"""The function `senses`: from unlabeled uses of a word to groups, and the evidence for senses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from embcmp.background.background_text import BackgroundText, shipped_background
from embcmp.choices import MAX_OCCURRENCES
from embcmp.encoders import CONTEXTUAL_ENCODERS, load_encoders
from embcmp.encoders.base import Encoder
from embcmp.errors import UsageError
from embcmp.manifest import manifest
from embcmp.measures.clustering import GroupAgreement, group_agreements
from embcmp.measures.sense_evidence import combined
from embcmp.measures.use_groups import first_copies
from embcmp.questions.compare.compare import encoder_warnings
from embcmp.questions.compare.compared_uses import Uses, agreed_senses, check, sample_note
from embcmp.questions.compare.known_uses import known_uses
from embcmp.questions.compare.layer_measures import Settings
from embcmp.questions.compare.layer_view import LayerView, view_layers
from embcmp.questions.senses.encoder_senses import EncoderSenses, GroupingTask, group_uses
from embcmp.questions.senses.sense_assignment import assign_uses
from embcmp.render.text import json_text
from embcmp.text.targets import Found
from embcmp.text.use_sample import sample
from embcmp.types import Occurrence, Skipped, TaskProgress


@dataclass(frozen=True)
class Senses:
    """What unlabeled uses of a word show.

    Attributes:
        word: the target word.
        occurrences: the uses, in the order of the input.
        results: what each encoder and layer makes of them.
        correct: correction of the vector spaces.
        p: the p-value of the hypothesis that all uses have one sense, from all encoders together;
            None if no encoder could test it.
        agreement: how alike pairs of encoders group the uses.
        warnings: what to know when reading the results.
        skipped: rows of the input that were left out.
        circular: why nothing follows from the known labels; None if something does.
        manifest: what is needed to compute the same numbers again.
    """

    word: str
    occurrences: tuple[Occurrence, ...]
    results: tuple[EncoderSenses, ...]
    correct: str = "none"
    p: float | None = None
    agreement: tuple[GroupAgreement, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    circular: str | None = None
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def main(self) -> EncoderSenses:
        """The result whose groups are exported and shown first: the last one that has groups."""
        return next((r for r in reversed(self.results) if r.groups), self.results[-1])

    def to_json(self) -> str:
        """Return the JSON that `senses --format json` writes, in the format `embcmp.senses/1`."""
        from embcmp.questions.senses.json import to_object

        return json_text(to_object(self))


def senses(
    occurrences: Sequence[Occurrence],
    encoders: Sequence[str | Encoder] = CONTEXTUAL_ENCODERS,
    *,
    k: int | None = None,
    names: Mapping[int, str] | None = None,
    correct: str = "none",
    max_occurrences: int = MAX_OCCURRENCES,
    seed: int = 0,
    device: str = "auto",
    lang: str = "en",
    background: BackgroundText | None = None,
    known: Sequence[Occurrence] | None = None,
    progress: TaskProgress | None = None,
) -> Senses:
    """Group the uses of one word with several encoders, and test whether it has one sense alone.

    Args:
        occurrences: what `find_occurrences` returns, or any occurrences of one word. Labels that
            they have are used only to measure how well the groups match them.
        encoders: specs, or encoders that are already loaded; one given twice is used once.
        k: the number of groups to make; None to suggest one.
        names: names of groups, by their number from 1.
        correct: correction of the vector spaces: none, center, zscore or abtt.
        max_occurrences: the largest number of occurrences to use; of more, a random sample.
        seed: seed for all random sampling.
        device: where transformers run: auto, cpu, cuda or mps.
        lang: the code of the language, whose function words are no keywords.
        background: the background sentences of a correction; None for those that come with embcmp.
        known: labeled uses, to whose senses the others are assigned; None to group them.
        progress: called with the name of a task, the steps done and their total.

    Raises:
        InputError: there is no occurrence, or the known uses have fewer than two senses.
        UsageError: the occurrences are of several words, their ids are not unique, the correction
            or the device is unknown, `k` is below 2 or above the number of sentences, a name is of
            no group, or there are `k` or names and known uses.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    check(occurrences)
    settings = Settings(correct, False, seed)
    if known is not None and (k is not None or names):
        raise UsageError("known senses have names", "leave out k and the names of groups")
    chosen = sample(occurrences, max_occurrences, seed)
    uses = Uses.of([replace(o, sense=None) for o in chosen])
    originals = first_copies(uses.occurrences)
    given = agreed_senses([chosen[i] for i in uses.order], originals)
    task = GroupingTask(uses, originals, given, lang, correct, k, names or {}, seed)
    labeled = None if known is None else known_uses(known, chosen, max_occurrences, seed)
    encode = partial(view_layers, settings=settings, background=background, progress=progress)
    encoded: list[list[LayerView]] = []
    results: list[EncoderSenses] = []
    for loaded in load_encoders(encoders, device, progress):
        encoded.append(views := encode(loaded, uses))
        if labeled:
            of_known = encode(loaded, labeled.uses)
            results += map(partial(assign_uses, labeled, task), views, of_known)
        else:
            results += [group_uses(view, task) for view in views]
    most = max(len(r.groups) for r in results)
    if most and (unnamed := [n for n in names or {} if n > most]):
        raise UsageError(f"there is no group {min(unnamed)} to name")
    if any(len({group.name for group in r.groups}) < len(r.groups) for r in results):
        raise UsageError("two groups would have the same name")
    shipped = background is None and correct != "none"
    warnings = [*_input_warnings(occurrences, task), *(labeled.warnings if labeled else ())]
    warnings += encoder_warnings(encoded, shipped_background=shipped)
    made = [(r.name, len(r.groups)) for r in results if 0 < len(r.groups) < (k or 0)]
    warnings += [f"{name}: only {n} of {k} groups can be made of its vectors" for name, n in made]
    once = uses.order[np.unique(originals)]
    groups = {r.name: [r.assigned[i] for i in once] for r in results if r.groups}
    measured = any(r.measured for r in results)  # others count only where there is none
    p = [r.p for r in results if r.p is not None and r.measured == measured]
    return Senses(
        word=chosen[0].word,
        occurrences=chosen,
        results=tuple(results),
        correct=correct,
        p=combined(p) if p else None,
        agreement=tuple(group_agreements(groups)),
        warnings=tuple(dict.fromkeys(warnings)),
        skipped=occurrences.skipped if isinstance(occurrences, Found) else (),
        circular=labeled.circular if labeled else None,
        manifest={
            **manifest(seed, {r.name: r.result.info for r in results}),
            "background": (background or shipped_background()).described,
        },
    )


def _input_warnings(given: Sequence[Occurrence], task: GroupingTask) -> Iterator[str]:
    if isinstance(given, Found):
        yield from given.notes
    n = len(task.originals)
    total = given.total if isinstance(given, Found) else len(given)
    yield from sample_note(n, total, task.seed)
    if copies := n - len(np.unique(task.originals)):
        count = f"{copies} copies of other uses count" if copies > 1 else "1 copy of a use counts"
        yield f"{count} with the original, in the same group"
