"""What the gates of an LSTM do, word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from embcmp.encoders.base import HasRecurrentWeights
from embcmp.encoders.cells import Array, LstmStep, lstm_weights, run_lstm
from embcmp.text.words import words
from embcmp.types import EncoderInfo, Occurrence

EDGES = {"forward": "<s>", "backward": "</s>"}
SHEET_NOTE = (
    "the cell as the course sheet prints it, with W_c and b_c set to the trained candidate's W_i"
    " and b_i: no such cell was trained"
)
UNKNOWN = "no known word around the target"


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate over its units: mean and standard deviation, both in [0, 1]."""

    mean: float
    spread: float

    @classmethod
    def of(cls, values: Array) -> Gate:
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
    encoder: HasRecurrentWeights,
    sentence: str,
    target: Occurrence | None = None,
    cell: str = "standard",
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
    before, own, after = (
        words(part) for part in (sentence[:start], sentence[start:end], sentence[end:])
    )
    inside = [*before, *own, *after]
    tokens = [EDGES["forward"], *inside, EDGES["backward"]]
    _, known = encoder.inputs(inside)
    network = encoder.recurrent_weights()
    steps: dict[str, list[Step | None]] = {}
    for direction, read in (("forward", before), ("backward", (after if target else before)[::-1])):
        run = []
        if direction in network.weights:
            xs = np.vstack([network.start_inputs[direction], encoder.inputs(read)[0]])
            weights = lstm_weights(network.weights[direction])
            run = run_lstm(weights, xs, weights.candidate if cell == "sheet" else None)
        steps[direction] = [*_steps(run), *[None] * (len(tokens) - len(run))]
    targets = range(1 + len(before), 1 + len(before) + len(own))
    traced = [
        TracedToken(token, has_vector, i in targets, {"forward": forward, "backward": backward})
        for i, (token, has_vector, forward, backward) in enumerate(
            zip(
                tokens,
                [True, *known.tolist(), True],
                steps["forward"],
                steps["backward"][::-1],
                strict=True,
            )
        )
    ]
    context = [t.known for t in traced[1:-1] if not t.target]
    warnings = () if target is None or any(context) else (UNKNOWN,)
    return Trace(sentence, target, encoder.info, cell, tuple(traced), warnings)


def _steps(run: Sequence[LstmStep]) -> Iterator[Step]:
    """Sum up the steps of a run that begins with the edge of the sentence."""
    norms = [float(np.linalg.norm(step.memory)) for step in run]
    kept: Array = np.zeros(0)  # what is left of the first word's memory
    for k, step in enumerate(run):
        kept = step.memory if k < 2 else kept * step.forget
        yield Step(
            forget=Gate.of(step.forget),
            input=Gate.of(step.input),
            output=Gate.of(step.output),
            memory=norms[k],
            state=float(np.linalg.norm(step.state)),
            carry=float(np.linalg.norm(kept)) / norms[1] if k and norms[1] else None,
        )
