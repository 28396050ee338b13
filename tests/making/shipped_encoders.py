"""The encoders that come with embcmp: `python -m tests.making.shipped_encoders --wordnet FOLDER`.

Three seeds are trained on WordNet's glosses; the one with the least held-out loss is shipped, with
its prediction layer. No test set takes part in that choice. With `--layer-alone` the encoder that
is there stays as it is, and a prediction layer is fitted to it.
"""

from __future__ import annotations

import time
from hashlib import sha256
from pathlib import Path

import click

from embcmp.cache import write_whole
from embcmp.training.corpus import Corpus, build
from tests.making.wordnet import glosses, wordnet_folder

TOKENS = 3_000_000
SEEDS = (0, 1, 2)
THREADS = 2  # whatever the machine has: another number adds in another order


@click.command()
@wordnet_folder
@click.option("--cell", type=click.Choice(["lstm", "rnn"]), default="lstm", show_default=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to ship, with its layer beside it.  [default: embcmp/data/CELL.safetensors]",
)
@click.option(
    "--runs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder for the checkpoints of all seeds.",
)
@click.option("--tokens", default=TOKENS, show_default=True, help="Words to go over.")
@click.option("--layer-alone", is_flag=True, help="Fit a prediction layer to the encoder in --out.")
def main(
    wordnet: Path, cell: str, out: Path | None, runs: Path | None, tokens: int, layer_alone: bool
) -> None:
    """Train three seeds, write the best one, and print all three as a Markdown table."""
    from embcmp.encoders.neural.prediction_layer import layer_path
    from embcmp.training.recurrent_training import train
    from embcmp.vectors.store import open_vectors

    out = out or Path(f"embcmp/data/{cell}.safetensors")
    corpus = build(glosses(wordnet), "WordNet 3.0 glosses")
    if layer_alone:
        _fit_layer(corpus, cell, out, tokens)
        return
    vectors = open_vectors()
    click.echo("| cell | seed | held-out loss, nats a word | seconds | sha256 of the file |")
    click.echo("| --- | --- | --- | --- | --- |")
    trained = {}
    for seed in SEEDS:
        begin = time.perf_counter()
        trained[seed] = train(corpus, vectors, cell=cell, tokens=tokens, seed=seed, threads=THREADS)
        seconds = time.perf_counter() - begin
        content = trained[seed].content()
        loss = trained[seed].provenance.held_out_loss
        digest = sha256(content).hexdigest()[:16]
        click.echo(f"| {cell} | {seed} | {loss:.4f} | {seconds:.0f} | `{digest}` |")
        if runs:
            path = runs / f"{cell}-seed{seed}.safetensors"
            write_whole(path, content)
            write_whole(layer_path(path), trained[seed].layer_content())
    best = min(SEEDS, key=lambda seed: trained[seed].provenance.held_out_loss)
    write_whole(out, trained[best].content())
    write_whole(layer_path(out), trained[best].layer_content())
    held_out = sum(map(len, corpus.held_out))
    click.echo(
        f"\nSeed {best} is in {out}: {len(trained[best].content()):,} bytes."
        f" Corpus: {len(corpus.training):,} sentences with {corpus.counts.sum():,} words to train"
        f" on, {len(corpus.held_out):,} with {held_out:,} held out."
    )


def _fit_layer(corpus: Corpus, cell: str, encoder: Path, tokens: int) -> None:
    """Fit a prediction layer to the states of an encoder, and write it beside the encoder."""
    from embcmp.encoders.neural.prediction_layer import layer_path
    from embcmp.encoders.neural.recurrent_checkpoint import read
    from embcmp.training.recurrent_training import train
    from embcmp.vectors.store import open_vectors

    settings = {"cell": cell, "tokens": tokens, "seed": read(encoder).provenance.seed}
    begin = time.perf_counter()
    trained = train(corpus, open_vectors(), **settings, threads=THREADS, frozen=encoder)
    seconds = time.perf_counter() - begin
    content = trained.layer_content()
    write_whole(layer_path(encoder), content)
    click.echo(
        f"{layer_path(encoder)}: {len(content):,} bytes, held-out loss"
        f" {trained.provenance.held_out_loss:.4f}, {seconds:.0f} s,"
        f" sha256 {sha256(content).hexdigest()}"
    )


if __name__ == "__main__":
    main()
