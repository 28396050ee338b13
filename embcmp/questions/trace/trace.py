"""The gates of an LSTM, word by word."""

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
    "a variant of the cell from a course handout, with W_c and b_c set to the trained candidate's"
    " W_i and b_i: no such cell was trained"
)
UNKNOWN = "no known word around the target"


@dataclass(frozen=True, slots=True)
class Gate:
    """The mean and the standard deviation of a gate over its units, both in [0, 1]."""

    mean: float
    spread: float

    @classmethod
    def of_units(cls, values: Array) -> Gate:
        """Summarize the values [units] of a gate in one step."""
        return cls(float(values.mean()), float(values.std()))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one direction.

    Attributes:
        forget: the forget gate: how much of the memory is kept.
        input: the input gate: how much is added to the memory.
        output: the output gate: how much of the memory becomes the state.
        memory: norm of the memory after the step.
        state: norm of the state (the output).
        carry: share of the first word's memory that is kept on the direct additive path: the norm
            of (product of the later forget gates) * (that memory) divided by the norm of that
            memory. It is not the whole influence of the word. None before that word, or if its
            memory is 0.
    """

    forget: Gate
    input: Gate
    output: Gate
    memory: float
    state: float
    carry: float | None


@dataclass(frozen=True, slots=True)
class TracedToken:
    """A token, and the step that each direction takes when it reads the token.

    Attributes:
        token: the token as the encoder reads it.
        known: whether the token has a word vector; true for the edges of the sentence, which have
            inputs of their own.
        target: whether the token belongs to the target, which context2vec does not read.
        steps: the step of each direction; None if that direction does not read the token.
    """

    token: str
    known: bool
    target: bool
    steps: dict[str, Step | None]


@dataclass(frozen=True)
class Trace:
    """A sentence as an LSTM reads it.

    Attributes:
        sentence: the sentence.
        target: the use up to which each direction reads; None if the whole sentence is read.
        info: the encoder.
        cell: standard or sheet.
        tokens: the tokens in the order of the sentence, including its edges.
        warnings: sentences for the user.
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

    Without a target each direction reads the whole sentence. With a target it reads up to the
    target, as the encoder does for the vector of the target.

    Args:
        encoder: an LSTM.
        sentence: the sentence to read.
        target: one of its words, or None.
        cell: standard, or sheet (`sheet_lstm`), whose W_c and b_c are those of the candidate.
    """
    start, end = (target.start, target.end) if target else (len(sentence), len(sentence))
    before, target_words, after = (
        words(part) for part in (sentence[:start], sentence[start:end], sentence[end:])
    )
    between_edges = [*before, *target_words, *after]
    tokens = [EDGES["forward"], *between_edges, EDGES["backward"]]
    _, known = encoder.inputs(between_edges)
    network = encoder.recurrent_weights()
    steps: dict[str, list[Step | None]] = {}
    for direction, read in (("forward", before), ("backward", (after if target else before)[::-1])):
        run = []
        if direction in network.weights:
            xs = np.vstack([network.start_inputs[direction], encoder.inputs(read)[0]])
            weights = lstm_weights(network.weights[direction])
            run = run_lstm(weights, xs, weights.candidate if cell == "sheet" else None)
        steps[direction] = [*_steps(run), *[None] * (len(tokens) - len(run))]
    targets = range(1 + len(before), 1 + len(before) + len(target_words))
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
    """Summarize the steps of a run that begins with the edge of the sentence."""
    norms = [float(np.linalg.norm(step.memory)) for step in run]
    remaining: Array = np.zeros(0)  # what is left of the first word's memory
    for k, step in enumerate(run):
        remaining = step.memory if k < 2 else remaining * step.forget
        yield Step(
            forget=Gate.of_units(step.forget),
            input=Gate.of_units(step.input),
            output=Gate.of_units(step.output),
            memory=norms[k],
            state=float(np.linalg.norm(step.state)),
            carry=float(np.linalg.norm(remaining)) / norms[1] if k and norms[1] else None,
        )
