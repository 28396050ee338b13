"""What other settings of the recurrent encoder's training would give: docs/notes/lstm.md's table.

    python -m tests.benchmarks.recurrent_settings FILE.items.tsv --wordnet FOLDER

Only held-out glosses and the words A to M of wikihomograph are looked at, which are for choosing;
N to Z are for reporting.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from embcmp import load_encoder
from embcmp.cache import write_whole
from embcmp.training.corpus import build
from embcmp.training.recurrent_training import Recipe, train
from embcmp.vectors.store import open_vectors
from tests.benchmarks.wikihomograph import in_range, scored
from tests.making.shipped_encoders import THREADS, TOKENS
from tests.making.wordnet import glosses

SHOTS = 10
SLOW = {"learning_rate": 2e-3}
TRIED: Mapping[str, Sequence[Mapping[str, Any]]] = {  # what differs from the shipped recipe
    "lstm": (
        {"learning_rate": 1e-3},
        SLOW,
        {},
        {"learning_rate": 8e-3},
        {**SLOW, "tokens": 1_000_000},
        {**SLOW, "units": 100},
        {**SLOW, "units": 300},
        {**SLOW, "negatives": 100},
    ),
    "rnn": (SLOW, {}, {"learning_rate": 8e-3}),
}


def main() -> None:
    """Print a Markdown table, one row per setting."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("items", type=Path)
    parser.add_argument("--wordnet", type=Path, required=True)
    parser.add_argument("--cell", choices=TRIED, default="lstm")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    corpus = build(glosses(options.wordnet), "WordNet 3.0 glosses")
    vectors = open_vectors()
    words = in_range(options.items, "A-M")
    out = sys.stdout
    out.write("| other settings | held-out loss | accuracy, words A to M | seconds |\n")
    out.write("| --- | --- | --- | --- |\n")
    with tempfile.TemporaryDirectory() as folder:
        for change in TRIED[options.cell]:
            recipe = {k: v for k, v in change.items() if k != "tokens"}
            begin = time.perf_counter()
            trained = train(
                corpus,
                vectors,
                cell=options.cell,
                tokens=change.get("tokens", TOKENS),
                seed=options.seed,
                threads=THREADS,
                recipe=replace(Recipe(), **recipe),
            )
            seconds = time.perf_counter() - begin
            path = Path(folder, "trained.safetensors")
            write_whole(path, trained.content())
            found = scored(load_encoder(f"{options.cell}:{path}"), words, SHOTS, options.seed)
            name = ", ".join(f"{key} {value:,}" for key, value in change.items()) or "as shipped"
            loss = trained.provenance.held_out_loss
            out.write(f"| {name} | {loss:.4f} | {found.mean:.3f} | {seconds:.0f} |\n")
            out.flush()


if __name__ == "__main__":
    main()
