"""How much memory encoding takes beside its input and its result, by the number of sentences.

    python tests/benchmarks/encoding_memory.py FILE.items.tsv

Each number is of a process of its own: the peak of resident memory, less what was resident when
the occurrences were there and a first batch was through, less the vectors and receipts. The
sentences are the file's, again and again, each with a number so that it is another one. bert@0
runs no layer, whose memory a batch's budget bounds, so that a quarter of a million takes a minute.

The processes have two of glibc's arenas: with one for each thread, what has been freed stays in
several places, tens of MiB that come and go from run to run.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from embcmp import Occurrence, load_encoder
from embcmp.types import Embeddings
from tests.benchmarks.receipts import targets

MIB = 2**20


def resident() -> int:
    """Bytes of this process that are in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def numbered(occurrences: Sequence[Occurrence], count: int) -> list[Occurrence]:
    """So many occurrences, no two sentences the same."""
    return [
        Occurrence(str(i), o.word, f"{o.sentence} {i}", o.start, o.end)
        for i, o in ((i, occurrences[i % len(occurrences)]) for i in range(count))
    ]


def of_result(out: Embeddings) -> int:
    """Bytes of vectors and receipts; the tokens' texts are shared."""
    sizes = (
        sys.getsizeof(r) + sys.getsizeof(r.tokens) + sys.getsizeof(r.text) for r in out.receipts
    )
    return out.vectors.nbytes + sum(sizes)


def beside(items: Path, count: int, spec: str) -> float:
    """MiB that encoding so many sentences took beside its input and result."""
    occurrences = numbered(list(targets(items)), count)
    encoder = load_encoder(spec)
    encoder.encode(occurrences[:3000])
    before = resident()
    out = encoder.encode(occurrences)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert not out.missing
    return (peak - before - of_result(out)) / MIB


def main() -> None:
    """Print a Markdown table, or one number for --count."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("items", type=Path)
    parser.add_argument("--count", type=int, help="of one process")
    parser.add_argument("-e", "--encoder", default="bert@0", metavar="SPEC")
    options = parser.parse_args()
    if options.count:
        sys.stdout.write(f"{beside(options.items, options.count, options.encoder):.0f}\n")
        return
    sys.stdout.write("| sentences | MiB beside input and result |\n| ---: | ---: |\n")
    for count in (4_000, 16_000, 64_000, 256_000):
        arguments = [options.items, "--count", str(count), "-e", options.encoder]
        command = [sys.executable, "-m", "tests.benchmarks.encoding_memory", *arguments]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "MALLOC_ARENA_MAX": "2"},
        )
        sys.stdout.write(f"| {count:,} | {done.stdout.strip()} |\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
