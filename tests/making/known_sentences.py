"""The sentences that the shipped encoders were trained on, as digests: no text is kept.

python -m tests.making.known_sentences --wordnet FOLDER
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import click
import numpy as np

from embcmp.cache import write_whole
from embcmp.evaluation.cautions import digest
from embcmp.training.corpus import build
from tests.making.wordnet import glosses, shipped_file, wordnet_folder


def pack(corpora: Mapping[str, Iterable[str]]) -> bytes:
    """The file of `known_corpora`: steps between sorted digests, compressed."""
    steps = {}
    for name, sentences in corpora.items():
        numbers = np.array(sorted({digest(s) for s in sentences}), dtype=np.int64)
        between = np.diff(numbers, prepend=0)
        steps[name] = between.astype(np.min_scalar_type(between.max()))
    content = io.BytesIO()
    np.savez_compressed(content, **steps)  # type: ignore[arg-type]  # its stub knows no names
    return content.getvalue()


@click.command()
@wordnet_folder
@shipped_file("embcmp/data/known_sentences.npz")
def main(wordnet: Path, out: Path) -> None:
    """Write the digests of the glosses that the shipped encoders are trained on."""
    corpus = build(glosses(wordnet), "WordNet 3.0 glosses")
    content = pack({corpus.digest: glosses(wordnet)})
    write_whole(out, content)
    click.echo(f"{out}: {len(content):,} bytes, corpus {corpus.digest[:16]}")


if __name__ == "__main__":
    main()
