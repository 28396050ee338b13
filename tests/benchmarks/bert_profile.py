"""Where the time of encoding goes, and what one linear map of MiniLM costs in several ways.

    OMP_NUM_THREADS=1 python -m tests.benchmarks.bert_profile FILE.items.tsv

The first table is torch's profile of `encode`, by operator. The second gives the rate of a product
[tokens, 384] x [384, 1536], the largest in MiniLM, over the plain product's at 2,048 tokens in
float32; the third what one product for query, key and value is worth; the fourth the time of what
stands between the products, in nanoseconds a token. All are the processor's time of one thread,
the least of several runs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import torch
from torch.nn import functional as F
from torch.profiler import ProfilerActivity, profile

from embcmp import load_encoder
from embcmp.encoders.neural.devices import PackedLinear
from tests.benchmarks.receipts import targets

SHOWN = 8
DTYPES = (torch.float32, torch.bfloat16)


def least(run: Callable[[], object], rounds: int = 30) -> float:
    """Seconds of the quickest of several runs."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(4):
            run()
        found.append((time.process_time() - start) / 4)
    return min(found)


def operators(items: Path, spec: str, limit: int) -> Iterator[str]:
    """The operators that take the most time, as rows."""
    every = list(targets(items))
    chosen = every[:: max(1, len(every) // limit)][:limit]
    encoder = load_encoder(spec)
    encoder.encode(chosen[:32])
    with profile(activities=[ProfilerActivity.CPU]) as measured:
        encoder.encode(chosen)
    averages = measured.key_averages()
    total = sum(a.self_cpu_time_total for a in averages)
    for a in sorted(averages, key=lambda a: -a.self_cpu_time_total)[:SHOWN]:
        yield f"| {spec} | {a.key} | {a.count} | {a.self_cpu_time_total / total:.1%} |"


def products() -> Iterator[str]:
    """The rates of a linear map, as rows."""
    unit = 0.0
    for dtype in DTYPES:
        linear = torch.nn.Linear(384, 1536).to(dtype)
        packed = PackedLinear(linear)
        fused = torch.ops.mkldnn._linear_pointwise
        for tokens in (2048, 512, 128, 32):
            x = torch.randn(tokens, 384).to(dtype)
            w, b = linear.weight.detach(), linear.bias.detach()
            ways: dict[str, Callable[[], object]] = {
                "plain": lambda x=x, w=w: x @ w.T,
                "linear": lambda x=x, linear=linear: linear(x),
                "packed": lambda x=x, packed=packed: packed(x),
                "packed, then gelu": lambda x=x, packed=packed: F.gelu(packed(x)),
                "packed with gelu": lambda x=x, p=packed, b=b, fused=fused: fused(
                    x, p.weight, b, "gelu", [], "none"
                ),
            }
            rates = {way: tokens / least(run) for way, run in ways.items()}
            unit = unit or rates["plain"]
            cells = " | ".join(f"{rate / unit:.2f}" for rate in rates.values())
            yield f"| {dtype} | {tokens} | {cells} |"


def together(tokens: int = 2048) -> Iterator[str]:
    """Query, key and value in one product instead of three, as rows."""
    for dtype in DTYPES:
        x = torch.randn(tokens, 384).to(dtype)
        apart = [PackedLinear(torch.nn.Linear(384, 384).to(dtype)) for _ in range(3)]
        one = PackedLinear(torch.nn.Linear(384, 3 * 384).to(dtype))
        three = least(lambda x=x, apart=apart: [linear(x) for linear in apart])
        yield f"| {dtype} | {three / least(lambda x=x, one=one: one(x)):.2f} |"


def between(tokens: int = 512) -> Iterator[str]:
    """The time of what stands between the products, as rows."""
    for dtype in DTYPES:
        x, y = torch.randn(tokens, 384).to(dtype), torch.randn(tokens, 1536).to(dtype)
        norm = torch.nn.LayerNorm(384).to(dtype)
        ways: dict[str, Callable[[], object]] = {
            "gelu": lambda y=y: F.gelu(y),
            "gelu, by tanh": lambda y=y: F.gelu(y, approximate="tanh"),
            "norm": lambda x=x, norm=norm: norm(x),
            "add": lambda x=x: x + x,
        }
        times = " | ".join(f"{least(run) / tokens * 1e9:.0f}" for run in ways.values())
        yield f"| {dtype} | {times} |"


def main() -> None:
    """Print four Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("items", type=Path)
    parser.add_argument("--limit", type=int, default=150, help="sentences, spread over the file")
    options = parser.parse_args()
    shares = chain.from_iterable(
        operators(options.items, spec, options.limit) for spec in ("bert", "bert,dtype=bfloat16")
    )
    with torch.inference_mode():
        table(("encoder", "operator", "calls", "share"), shares)
        ways = ("plain", "linear", "packed", "packed, then gelu", "packed with gelu")
        table(("dtype", "tokens", *ways), products())
        table(("dtype", "one product over three"), together())
        table(("dtype", "gelu", "gelu, by tanh", "norm", "add"), between())


def table(header: Sequence[str], rows: Iterable[str]) -> None:
    """Print a Markdown table."""
    sys.stdout.write(f"| {' | '.join(header)} |\n|{' --- |' * len(header)}\n")
    sys.stdout.write("".join(f"{row}\n" for row in rows) + "\n")


if __name__ == "__main__":
    main()
