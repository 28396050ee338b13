"""Sentences a second, one target vector each: embcmp beside its peers and the matrix products.

    python -m tests.benchmarks.throughput FILE.items.tsv --peers PEERS/bin/python

PEERS is an environment with minicons (0.3.39), sentence-transformers and the embedded model;
without it, embcmp stands beside the machine's matrix products alone. Every contender runs in a
process of its own, in turn; ratios are taken round by round, and their median is printed.

On a machine that others use, `--clock cpu` with OMP_NUM_THREADS=1 counts the processor's time of
one thread instead of the wall's: then what a peer does on one thread while another waits is free.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from embcmp.models.checkpoints import find_checkpoint
from tests.benchmarks.receipts import targets

START = """
import json, sys, time
rows, folder, clock, spec = sys.argv[1:]
rows = json.load(open(rows))
now = time.process_time if clock == "cpu" else time.perf_counter
def timed(run):
    run(rows[:32])
    start = now()
    run(rows)
    print(len(rows) / (now() - start))
"""
EMBCMP = """
from embcmp import Occurrence, load_encoder
encoder = load_encoder(spec)
timed(lambda rows: encoder.encode(
    [Occurrence(str(i), s[a:b], s, a, b) for i, (s, a, b) in enumerate(rows)]))
"""
MINICONS = """
from minicons import cwe
model = cwe.CWE(folder)
def run(rows):
    for i in range(0, len(rows), 32):
        batch = [(s, (a, b)) for s, a, b in rows[i : i + 32]]
        model.extract_representation(batch, layer=6).detach()
timed(run)
"""
SENTENCE_TRANSFORMERS = """
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(folder, device="cpu")
timed(lambda rows: model.encode(
    [s for s, _, _ in rows], output_value="token_embeddings", show_progress_bar=False))
"""
# The multiply-adds of all of MiniLM's layers, at the rate of its own largest product.
PRODUCTS = """
import torch
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
tokenizer.no_padding(); tokenizer.no_truncation()
lengths = [len(e.ids) for e in tokenizer.encode_batch([s for s, _, _ in rows])]
flop = sum(2 * 6 * (t * 12 * 384 * 384 + 2 * t * t * 384) for t in lengths)
a, b = torch.randn(2048, 384), torch.randn(384, 1536)
best = 1e9
with torch.inference_mode():
    for _ in range(30):
        start = now()
        a @ b
        best = min(best, now() - start)
print(len(rows) * 2 * 2048 * 384 * 1536 / best / flop)
"""


def rate(python: str | Path, code: str, *arguments: str) -> float:
    """Sentences a second."""
    command = [python, "-W", "ignore", "-c", START + code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return float(done.stdout.split()[-1])


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("items", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--limit", type=int, default=600, help="sentences, spread over the file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-e", "--encoder", default="bert", metavar="SPEC")
    options = parser.parse_args()
    every = [o for o in targets(options.items) if len(o.sentence.split()) < 200]
    chosen = every[:: max(1, len(every) // options.limit)][: options.limit]
    here, peers = sys.executable, options.peers
    contenders = {"embcmp": (here, EMBCMP), "products": (here, PRODUCTS)}
    if peers:
        contenders["minicons"] = (peers, MINICONS)
        contenders["sentence-transformers"] = (peers, SENTENCE_TRANSFORMERS)
    else:
        sys.stderr.write("no --peers: minicons and sentence-transformers are left out\n")
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder, "rows.json")
        rows.write_text(json.dumps([(o.sentence, o.start, o.end) for o in chosen]))
        model = str(find_checkpoint(None).folder)
        for _ in range(options.rounds):
            for name, (python, code) in contenders.items():
                found = rate(python, code, str(rows), model, options.clock, options.encoder)
                rates[name].append(found)
    ours = rates.pop("embcmp")
    ratios = {
        f"over_{name}": round(statistics.median(a / b for a, b in zip(ours, r, strict=True)), 2)
        for name, r in rates.items()
    }
    sys.stdout.write(json.dumps({"encoder": options.encoder, "sentences": len(chosen), **ratios}))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
