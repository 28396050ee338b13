"""The eight kinds of hostile inputs, and the modules that make them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from tests.hostile.inputs import (
    checkpoints,
    hub_answers,
    jobs,
    options,
    saved_runs,
    sentence_files,
    texts,
    vectors,
)
from tests.hostile.inputs.hostile_input import Input
from tests.hostile.inputs.valid_files import ValidFiles

KINDS: Mapping[str, Callable[[ValidFiles], Iterable[Input]]] = {
    "vectors": vectors.inputs,
    "checkpoints": checkpoints.inputs,
    "sentence files": sentence_files.inputs,
    "jobs": jobs.inputs,
    "saved runs": saved_runs.inputs,
    "hub answers": hub_answers.inputs,
    "options": options.inputs,
    "texts": texts.inputs,
}


def all_inputs(valid: ValidFiles) -> Iterator[Input]:
    """All inputs of all kinds."""
    for make in KINDS.values():
        yield from make(valid)
