"""Sentences grouped by length, against torch's LSTM called sentence by sentence.

    python -m tests.benchmarks.recurrent_speed ../shared/data/tsv/wikihomograph.train.items.tsv

Both make the same vectors of the same targets. The loop has its inputs looked up beforehand;
embcmp's time includes tokenizing and looking up. Runs alternate; the ratio is that of their
fastest.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch

from embcmp import Occurrence, load_encoder
from embcmp.encoders.neural.recurrent import Recurrent
from embcmp.encoders.neural.recurrent_network import BOS, EOS
from embcmp.text.words import words
from tests.benchmarks.wikihomograph import read_items


def looked_up(encoder: Recurrent, uses: list[Occurrence]) -> list[list[torch.Tensor]]:
    """The inputs [1, t, d] of both directions up to each target."""
    edges = encoder._network.special.detach()
    found = []
    for use in uses:
        sides = (words(use.sentence[: use.start]), words(use.sentence[use.end :])[::-1])
        found.append(
            [
                torch.cat([edges[[edge]], torch.from_numpy(encoder.inputs(side)[0]).float()])[None]
                for edge, side in zip((BOS, EOS), sides, strict=True)
            ]
        )
    return found


def main() -> None:
    """Print both times, their ratio and the largest difference."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("items", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("-e", "--encoder", default="lstm")
    options = parser.parse_args()
    uses = [use for rows in read_items(options.items).values() for use in rows][: options.count]
    encoder = load_encoder(options.encoder)
    assert isinstance(encoder, Recurrent)
    network, inputs = encoder._network, looked_up(encoder, uses)

    def loop() -> np.ndarray:
        with torch.inference_mode():
            return np.stack(
                [
                    torch.cat([network.left(a)[0][0, -1], network.right(b)[0][0, -1]]).numpy()
                    for a, b in inputs
                ]
            )

    times: dict[str, list[float]] = {"embcmp": [], "loop": []}
    for _ in range(options.runs):
        start = time.perf_counter()
        ours = encoder.encode(uses).vectors[0]
        middle = time.perf_counter()
        theirs = loop()
        times["embcmp"].append(middle - start)
        times["loop"].append(time.perf_counter() - middle)
    fastest = {name: min(found) for name, found in times.items()}
    sys.stdout.write(
        f"{len(uses)} sentences: {fastest['embcmp']:.3f} s, one by one {fastest['loop']:.3f} s,"
        f" {fastest['loop'] / fastest['embcmp']:.1f} times as long;"
        f" vectors within {np.nanmax(np.abs(ours - theirs)):.0e}\n"
    )


if __name__ == "__main__":
    main()
