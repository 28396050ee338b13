"""A whole process: `compare` with four defaults, and `--help`, beside what no one can leave out.

    python -m tests.benchmarks.cold_start fixtures/man.txt

The floor of `compare` imports torch, reads MiniLM's tokenizer and weights and multiplies them once
with thirty tokens; that of `--help` is Python itself. Both clocks are printed: the wall's, and the
processor's time of all threads, which on a machine that others use is the steadier one. Each is
the least of the rounds.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from embcmp.models.checkpoints import find_checkpoint

FLOOR = """
import sys
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
folder = sys.argv[1]
Tokenizer.from_file(folder + "/tokenizer.json").encode_batch(["Man, is it cold today?"])
w = load_file(folder + "/model.safetensors")
x = torch.randn(30, 384)
with torch.inference_mode():
    for k in range(6):
        for name in ("query", "key", "value"):
            x @ w[f"encoder.layer.{k}.attention.self.{name}.weight"].T
        y = x @ w[f"encoder.layer.{k}.intermediate.dense.weight"].T
        x = y @ w[f"encoder.layer.{k}.output.dense.weight"].T
"""


def seconds(command: Sequence[str]) -> tuple[float, float]:
    """The wall's and the processor's seconds of a process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sentences", type=Path)
    parser.add_argument("--word", default="man")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    python, embcmp = sys.executable, [sys.executable, "-m", "embcmp"]
    compare = [*embcmp, "compare", options.word, "-s", str(options.sentences), "--format", "json"]
    pairs = {
        "compare": (compare, [python, "-c", FLOOR, str(find_checkpoint(None).folder)]),
        "help": ([*embcmp, "--help"], [python, "-c", "pass"]),
    }
    result = {}
    for name, (ours, floor) in pairs.items():
        seconds(ours)
        rounds = [(seconds(ours), seconds(floor)) for _ in range(options.rounds)]
        for k, clock in enumerate(("wall", "cpu")):
            ratio = min(a[k] for a, _ in rounds) / min(b[k] for _, b in rounds)
            result[f"{name}_over_floor_{clock}"] = round(ratio, 2)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
