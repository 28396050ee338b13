"""The settings of a recurrent encoder's training."""

from __future__ import annotations

from dataclasses import dataclass

from embcmp.encoders.neural.recurrent_weights import UNITS


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run.

    Attributes:
        units: width of one direction's state.
        vocabulary: how many words can be predicted, the most frequent ones.
        negatives: candidates drawn for each batch.
        batch_words: words in a batch, all of its sentences being equally long.
        learning_rate: Adam's, at its highest.
        warmup_steps: over which the rate rises to that.
        final_rate: what is left of the rate at the end, after a linear decay.
        clip: largest norm of a gradient.
        subsample: frequency above which a word is at times left out as a target.
        output_scale: the output vectors start as the input vectors times this.
    """

    units: int = UNITS
    vocabulary: int = 20_000
    negatives: int = 500
    batch_words: int = 1_024
    learning_rate: float = 4e-3
    warmup_steps: int = 50
    final_rate: float = 0.05
    clip: float = 1.0
    subsample: float = 1e-4
    output_scale: float = 0.3


SHIPPED = Recipe()
