"""What the gates of an LSTM do, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders.base import Opens
from embcmp.encoders.cells import LstmStep, lstm_weights, run_lstm
from embcmp.text.words import words
from embcmp.types import EncoderInfo, Occurrence

EDGES = {"forward": "<s>", "backward": "</s>"}
SHEET_NOTE = (
    "the cell as the course sheet prints it, with W_c and b_c set to the trained candidate's W_i"
    " and b_i: no such cell was trained"
)
UNKNOWN = "no known word around the target"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate over its units: mean and standard deviation, both in [0, 1]."""

    mean: float
    spread: float

    @classmethod
    def of(cls, values: Floats) -> Gate:
        """Of the values [units] of a step."""
        return cls(float(values.mean()), float(values.std()))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one direction.

    Attributes:
        forget: gate: what stays of the memory.
        input: gate: what is added to it.
        output: gate: what of it is shown.
        memory: norm of the memory after the step.
        state: norm of the output.
        carry: the share of the first word's memory that is kept on the direct additive path: the
            norm of (product of the later forget gates) * (its memory) over that memory's norm.
            Not its whole influence. None before that word, or where its memory is 0.
    """

    forget: Gate
    input: Gate
    output: Gate
    memory: float
    state: float
    carry: float | None


@dataclass(frozen=True, slots=True)
class TracedToken:
    """A token, and the step that each direction takes on it; None where it is not read.

    Attributes:
        token: as the encoder reads it.
        known: it has a word vector. The edges of the sentence have inputs of their own.
        target: it is the word asked for, which context2vec does not read.
        steps: by direction.
    """

    token: str
    known: bool
    target: bool
    steps: dict[str, Step | None]


@dataclass(frozen=True)
class Trace:
    """A sentence as an LSTM reads it.

    Attributes:
        sentence: as given.
        target: the use asked for; None when the whole sentence is read.
        info: the encoder.
        cell: standard or sheet.
        tokens: in the order of the sentence, the edges included.
        warnings: what the user should know.
    """

    sentence: str
    target: Occurrence | None
    info: EncoderInfo
    cell: str
    tokens: tuple[TracedToken, ...]
    warnings: tuple[str, ...] = ()


def trace(
    encoder: Opens, sentence: str, target: Occurrence | None = None, cell: str = "standard"
) -> Trace:
    """Trace a sentence through both directions of an LSTM, in float64.

    Without a target each direction reads the whole sentence; with one it reads up to the target,
    which is how the encoder makes the target's vector.

    Args:
        encoder: an LSTM.
        sentence: what to read.
        target: one of its words.
        cell: standard, or sheet: W_c and b_c are then the candidate's.
    """
    start, end = (target.start, target.end) if target else (len(sentence), len(sentence))
    before, after = words(sentence[:start]), words(sentence[end:])
    own = words(sentence[start:end])
    opened = encoder.opened()
    read = {"forward": before, "backward": after[::-1] if target else before[::-1]}
    _, known = encoder.inputs([*before, *own, *after])
    steps: dict[str, list[Step | None]] = {}
    for direction in EDGES:
        if direction not in opened.weights:
            steps[direction] = [None] * (len(before) + len(own) + len(after) + 1)
            continue
        xs = np.vstack([opened.edges[direction], encoder.inputs(read[direction])[0]])
        weights = lstm_weights(opened.weights[direction])
        control = weights.candidate if cell == "sheet" else None
        steps[direction] = [*_steps(run_lstm(weights, xs, control))]
        unread = len(before) + len(own) + len(after) - len(read[direction])
        steps[direction] += [None] * unread
    tokens = [EDGES["forward"], *before, *own, *after, EDGES["backward"]]
    forward = [*steps["forward"], None]
    backward = [*steps["backward"], None][::-1]
    inside = range(1 + len(before), 1 + len(before) + len(own))
    traced = [
        TracedToken(token, k, i in inside, {"forward": f, "backward": b})
        for i, (token, k, f, b) in enumerate(
            zip(tokens, [True, *known.tolist(), True], forward, backward, strict=True)
        )
    ]
    beside = [t.known for t in traced[1:-1] if not t.target]
    warnings = () if target is None or any(beside) else (UNKNOWN,)
    return Trace(sentence, target, encoder.info, cell, tuple(traced), warnings)


def _steps(run: Sequence[LstmStep]) -> list[Step]:
    """Sum up the steps of a run that begins with the edge of the sentence."""
    found = []
    first = kept = None  # the first word's memory, and what is left of it
    for k, step in enumerate(run):
        if k == 1:
            first = kept = np.asarray(step.memory, dtype=np.float64)
        elif kept is not None:
            kept = kept * step.forget
        norm = 0.0 if first is None else float(np.linalg.norm(first))
        carry = None if kept is None or norm == 0 else float(np.linalg.norm(kept)) / norm
        found.append(
            Step(
                forget=Gate.of(np.asarray(step.forget)),
                input=Gate.of(np.asarray(step.input)),
                output=Gate.of(np.asarray(step.output)),
                memory=float(np.linalg.norm(step.memory)),
                state=float(np.linalg.norm(step.state)),
                carry=carry,
            )
        )
    return found
