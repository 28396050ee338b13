"""`embcmp train`: a baseline trained on the user's own corpus."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import allow_pickle
from embcmp.cli.options import INPUT, F
from embcmp.cli.output import check_output, emit
from embcmp.cli.progress import progress_bar

if TYPE_CHECKING:
    from embcmp.cli import Settings


@click.group()
def train() -> None:
    """Train word vectors or a recurrent encoder on your corpus."""


def corpus_files(command: F) -> F:
    """The option `--corpus FILE...`: its first file is an option, those after it are arguments."""
    more = click.argument("more", nargs=-1, metavar="", type=INPUT)
    first = click.option(
        "--corpus",
        "first",
        metavar="FILE...",
        multiple=True,
        required=True,
        type=INPUT,
        help="Plain text in UTF-8, one sentence a line.",
    )
    return first(more(command))


def _number(
    name: str, default: int, text: str | None = None, low: int = 1, high: int | None = None
) -> Callable[[F], F]:
    kind = click.IntRange(low, high)
    return click.option(name, type=kind, default=default, show_default=True, help=text)


def _seed(text: str) -> Callable[[F], F]:
    return _number("--seed", 0, text, 0, 2**32 - 1)


def _out(text: str) -> Callable[[F], F]:
    return click.option("--out", "-o", metavar="FILE", type=click.Path(path_type=Path), help=text)


@train.command(short_help="Train an LSTM, or a plain recurrent network.")
@corpus_files
@click.option(
    "--vectors",
    metavar="FILE",
    help="The input word vectors, a word2vec or GloVe file.  [default: glove-6b-50d]",
)
@allow_pickle
@click.option(
    "--cell",
    type=click.Choice(["lstm", "rnn"]),
    default="lstm",
    show_default=True,
    help="An LSTM, or a plain recurrent network.",
)
@_number("--tokens", 3_000_000, "Number of training words; the corpus is repeated as needed.")
@_seed("The same seed, machine and threads give the same weights.")
@_out("The checkpoint to write; see above.  [default: CELL.safetensors]")
@click.pass_obj
def lstm(
    settings: Settings,
    *,
    first: tuple[Path, ...],
    more: tuple[Path, ...],
    vectors: str | None,
    cell: str,
    tokens: int,
    seed: int,
    out: Path | None,
) -> None:
    """Train a recurrent encoder to predict each word from the words on both sides.

    Use the checkpoint as an encoder with `-e lstm:FILE`, or `-e rnn:FILE` after `--cell rnn`. The
    layer that predicts words, which `embcmp neighbors` uses, is written beside it, as
    NAME.prediction.safetensors beside NAME.safetensors. If a run is interrupted, the same command
    resumes it.
    """
    from embcmp.cache import remove_abandoned, whole_file
    from embcmp.training import corpus as corpora
    from embcmp.vectors.store import open_vectors

    files = (*first, *more)
    out = out or Path(f"{cell}.safetensors")
    read = (*files, Path(vectors)) if vectors else files
    check_output(out, read)
    with progress_bar(shown=settings.verbosity >= 0) as bar:
        store = open_vectors(vectors, progress=bar)
    corpus = corpora.build(corpora.lines(files), ", ".join(file.name for file in files))

    # Both import torch: not before the input is known good.
    from embcmp.encoders.neural.prediction_layer import layer_path
    from embcmp.render.text import visible
    from embcmp.training.recurrent_training import train as run

    begin = time.perf_counter()
    for file in (layer_path(out), out):
        remove_abandoned(file)
    # The files are opened first, so that one that cannot be written is reported before the work.
    with (
        whole_file(layer_path(out)) as layer,
        whole_file(out) as draft,
        progress_bar(shown=settings.verbosity >= 0) as bar,
    ):
        trained = run(
            corpus,
            store,
            source=vectors,
            cell=cell,
            tokens=tokens,
            seed=seed,
            progress=bar and partial(bar, "training"),
        )
        size = draft.write_bytes(trained.content())
        layer_size = layer.write_bytes(trained.layer_content())
    resumed = f" (the first {trained.resumed:,} before)" if trained.resumed else ""
    emit(
        f"{visible(str(out))}: {cell}, {tokens:,} words{resumed}, held-out loss"
        f" {trained.provenance.held_out_loss:.3f} nats a word,"
        f" {time.perf_counter() - begin:.0f} s, {size / 1e6:.2f} MB,"
        f" and {visible(layer_path(out).name)}, {layer_size / 1e6:.2f} MB\n",
        None,
    )


@train.command()
@corpus_files
@click.option(
    "--algorithm",
    type=click.Choice(["skipgram", "cbow"]),
    default="skipgram",
    show_default=True,
    help="Predict the context from the word (skipgram), or the word from the context (cbow).",
)
@_number("--dim", 100, "Width of a vector.", high=10_000)
@_number("--window", 5, "The largest number of words on each side.")
@_number("--min-count", 5, "Leave out words that occur less often.")
@_number("--epochs", 5, "Passes over the corpus.")
@_number("--workers", 1, "Threads. With several, the vectors differ from run to run.")
@_seed("The same seed and machine, with one worker, give the same vectors.")
@click.option("--text", is_flag=True, help="Write word2vec's text format, not the binary one.")
@_out("The vectors to write.  [default: word2vec.bin, with --text word2vec.txt]")
@click.pass_obj
def word2vec(
    settings: Settings,
    *,
    first: tuple[Path, ...],
    more: tuple[Path, ...],
    algorithm: str,
    dim: int,
    window: int,
    min_count: int,
    epochs: int,
    workers: int,
    seed: int,
    text: bool,
    out: Path | None,
) -> None:
    """Train static word vectors with gensim.

    Use the file with `-e word2vec:FILE`, `-e context:FILE`, or `train lstm --vectors FILE`.
    """
    from embcmp.cache import remove_abandoned, whole_file
    from embcmp.render.text import visible
    from embcmp.training.word2vec_training import Recipe
    from embcmp.training.word2vec_training import train as run

    files = (*first, *more)
    out = out or Path("word2vec.txt" if text else "word2vec.bin")
    check_output(out, files)
    begin = time.perf_counter()
    remove_abandoned(out)
    with whole_file(out) as draft, progress_bar(shown=settings.verbosity >= 0) as bar:
        model = run(
            files,
            recipe=Recipe(algorithm, dim, window, min_count, epochs),
            seed=seed,
            workers=workers,
            progress=bar and partial(bar, "training"),
        )
        model.wv.save_word2vec_format(str(draft), binary=not text)
    emit(
        f"{visible(str(out))}: {algorithm}, {len(model.wv):,} words of {dim} dimensions, from"
        f" {epochs} x {model.corpus_total_words:,} words, {time.perf_counter() - begin:.0f} s,"
        f" {out.stat().st_size / 1e6:.2f} MB\n",
        None,
    )
