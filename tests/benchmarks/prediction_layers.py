"""How well the prediction layers that come with embcmp predict held-out glosses.

    python -m tests.benchmarks.prediction_layers --wordnet FOLDER

computes the held-out loss of docs/notes/lstm.md from the files as they are shipped, in float16. The
encoder's own loss is that of the layer that it was trained with, in float32.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from embcmp.encoders.neural.prediction_layer import read_layer
from embcmp.encoders.neural.recurrent_checkpoint import read
from embcmp.encoders.neural.recurrent_objective import Predictor, held_out_loss
from embcmp.models.catalog import SHIPPED, shipped_checkpoint, shipped_layer
from embcmp.training.corpus import Corpus, build
from embcmp.training.recurrent_training import Recipe, task_of
from embcmp.vectors.store import WordVectors, open_vectors
from tests.making.wordnet import glosses, wordnet_folder


@click.command()
@wordnet_folder
def main(wordnet: Path) -> None:
    """Print a row of a Markdown table for each encoder that is shipped."""
    corpus, vectors = build(glosses(wordnet), "WordNet 3.0 glosses"), open_vectors()
    click.echo("| encoder | its own held-out loss | with the shipped layer | bytes | sha256 |")
    click.echo("| --- | --- | --- | --- | --- |")
    for family, shipped in SHIPPED.items():
        encoder, layer = shipped_checkpoint(family), shipped_layer(family)
        own = read(encoder).provenance.held_out_loss
        click.echo(
            f"| `{family}` | {own:.4f} | {loss(encoder, layer, corpus, vectors):.4f} |"
            f" {shipped.layer.bytes:,} | `{shipped.layer.sha256[:16]}` |"
        )


def loss(encoder: Path, layer: Path, corpus: Corpus, vectors: WordVectors) -> float:
    """The held-out loss of an encoder with a prediction layer, in nats a word."""
    checkpoint, prediction = read(encoder), read_layer(layer, encoder)
    model = Predictor(checkpoint.provenance.config, prediction.output)
    model.freeze(checkpoint.weights)
    model.perceptron = prediction.perceptron
    recipe: dict[str, Any] = dict(checkpoint.provenance.recipe)
    task = task_of(corpus, vectors, Recipe(**recipe))
    return held_out_loss(model, task, corpus.held_out)


if __name__ == "__main__":
    main()
