"""The vectors of minicons for the same spans, beside embcmp's: every layer of MiniLM.

    python tests/benchmarks/minicons_vectors.py FILE.items.tsv --peers PEERS/bin/python

PEERS is an environment with minicons (0.3.39) and the embedded model; embcmp runs in this one.
minicons looks for a target's pieces in its sentence and takes the last place where it finds them,
so that of two same words it gives the second: those targets are counted apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from embcmp import Occurrence, load_encoder
from embcmp.encoders.neural.checkpoint import open_checkpoint
from embcmp.encoders.token_span import TokenSpan, find_token_span
from embcmp.models.checkpoints import find_checkpoint
from tests.benchmarks.receipts import targets

TOLERANCE = 1e-5

PEER = """
import json, sys
import numpy as np, torch
from minicons import cwe
folder, rows, out = sys.argv[1:]
model = cwe.CWE(folder)
vectors = []
rows = json.load(open(rows))
with torch.inference_mode():
    for i in range(0, len(rows), 32):
        batch = [(sentence, (start, end)) for sentence, start, end in rows[i : i + 32]]
        vectors.append(torch.stack(model.extract_representation(batch, layer=list(range(7)))))
np.save(out, torch.cat(vectors, dim=1).numpy())
"""


def of_minicons(peers: Path, occurrences: Sequence[Occurrence]) -> np.ndarray:
    """Vectors [layers, occurrences, dim]."""
    with tempfile.TemporaryDirectory() as folder:
        rows, out = Path(folder, "rows.json"), Path(folder, "out.npy")
        rows.write_text(json.dumps([(o.sentence, o.start, o.end) for o in occurrences]))
        model = find_checkpoint(None).folder
        subprocess.run(
            [peers, "-W", "ignore", "-c", PEER, model, rows, out], check=True, capture_output=True
        )
        found: np.ndarray = np.load(out)
    return found


def comes_again(target: TokenSpan) -> bool:
    """Whether the target's pieces come again after it, where minicons finds them."""
    pieces = target.ids[target.first : target.last]
    rest = target.ids[target.first + 1 :]
    return any(rest[i : i + len(pieces)] == pieces for i in range(len(rest)))


def main() -> int:
    """Print the figures; 1 where a vector of the same place differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("items", type=Path)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=600, help="targets, spread over the file")
    options = parser.parse_args()
    every = list(targets(options.items))
    occurrences = every[:: max(1, len(every) // options.limit)][: options.limit]
    checkpoint = open_checkpoint(None)
    located = [
        find_token_span(o, checkpoint.tokenizer.encode(o.sentence), checkpoint.limit)
        for o in occurrences
    ]
    again = np.array([isinstance(t, TokenSpan) and comes_again(t) for t in located])
    ours = load_encoder("bert@all").encode(occurrences).vectors
    gap = np.abs(ours - of_minicons(options.peers, occurrences)).max(axis=(0, 2))
    result = {
        "targets": len(occurrences),
        "same_place": int((~again).sum()),
        "same_place_within_1e-5": int((gap[~again] <= TOLERANCE).sum()),
        "largest_difference": float(gap[~again].max()),
        "minicons_took_a_later_place": int((gap[again] > TOLERANCE).sum()),
    }
    sys.stdout.write(json.dumps(result) + "\n")
    return int(result["same_place"] != result["same_place_within_1e-5"])


if __name__ == "__main__":
    sys.exit(main())
