"""What a batch needs beside its encoders: memory by the number of occurrences, and time.

    python -m tests.benchmarks.batch memory
    python -m tests.benchmarks.batch overhead FILE.items.tsv
    python -m tests.benchmarks.batch measuring

`memory` finds and encodes the words of a synthetic corpus with a cheap encoder, a process for each
size, and prints the peak of resident memory. Each word has a thousand uses, all of which are taken.
Measuring is left out: it takes a word at a time, whatever the corpus. The processes have glibc's
allocator with two arenas: what others keep of freed memory comes and goes by tens of MiB.

`overhead` encodes the sentences of a file with MiniLM, plainly and as a batch does, in turn in one
process, and prints the median of the rounds' ratios of processor time, and the size of a place's
vector on disk.

`measuring` compares the uses of one word by an encoder of random vectors, as wide as MiniLM's, and
prints processor time and the size of the comparison by the number of uses.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path

import numpy as np

from embcmp.background.background_text import shipped_background
from embcmp.batch.encoding_stage import encode, encode_all
from embcmp.batch.folder import BatchFolder
from embcmp.batch.job import Job, read_job
from embcmp.batch.loaded_encoder import load_once
from embcmp.batch.planning_stage import plan_for
from embcmp.batch.stored_encoder import prepare
from embcmp.batch.workers import ThisProcess
from embcmp.questions.compare.compare import compare
from embcmp.questions.compare.json import to_json
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt
from tests.benchmarks.receipts import targets

MIB = 2**20
PER_WORD = 1000
SIZES = (10_000, 100_000, 1_000_000)


def corpus(path: Path, occurrences: int) -> None:
    """A target in each sentence, among words that differ from sentence to sentence."""
    draw = random.Random(0)
    fillers = "the of and to in is was for on that by with as at from it an were are which".split()
    with path.open("w", encoding="utf-8") as f:
        for i in range(occurrences):
            words = draw.choices(fillers, k=12)
            words[draw.randrange(12)] = f"target{i // PER_WORD}"
            f.write(" ".join(words) + "\n")


def job(folder: Path, occurrences: int) -> Job:
    """The job over a synthetic corpus."""
    corpus(folder / "corpus.txt", occurrences)
    words = ", ".join(f'"target{k}"' for k in range(occurrences // PER_WORD))
    path = folder / "job.toml"
    path.write_text(
        f'encoders = ["context"]\n[corpus]\nwords = [{words}]\nsentences = "corpus.txt"\n'
        f"max_per_word = {PER_WORD}\n"
    )
    return read_job(path)


def peak(occurrences: int) -> float:
    """MiB of resident memory at most, of finding and encoding so many occurrences."""
    with tempfile.TemporaryDirectory() as scratch:
        asked = job(Path(scratch), occurrences)
        folder = BatchFolder(Path(scratch, "out"))
        folder.path.mkdir()
        with chdir(scratch):
            plan = plan_for(asked, folder, lambda done, total: None)
            assert plan.rows == occurrences
            encode_all(asked, plan, ThisProcess(), None, shipped_background())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB


def overhead(items: Path, count: int, rounds: int) -> tuple[float, float]:
    """Time of a batch over time of plain encoding, the median of rounds; bytes of a place.

    The batch searches the sentences, plans, encodes, writes and verifies; both have the model
    loaded, and the background, which is once a model, encoded.
    """
    uses = [o for o in targets(items) if len(o.sentence.split()) < 200][:count]
    encoder = load_once("bert", "cpu")
    ratios = []
    with tempfile.TemporaryDirectory() as scratch, chdir(scratch):
        asked = labeled(Path(scratch), uses)
        for number in range(rounds):
            folder = BatchFolder(Path(scratch, str(number)))
            folder.path.mkdir()
            prepared = prepare("bert", "cpu", "none", folder, shipped_background())
            started = time.process_time()
            encoder.encoder.encode(uses)
            plain = time.process_time() - started
            started = time.process_time()
            plan = plan_for(asked, folder, lambda done, total: None)
            made = encode(asked, prepared, plan, ThisProcess(), lambda done, total: None)
            ratios.append((time.process_time() - started) / plain)
            assert sum(word.used for word in plan.words) == len(uses)
        size = sum(note.bytes for note in made.notes if note) / plan.rows
    return statistics.median(ratios), size


class Random:
    """An encoder that gives each use a random vector, of one mean a sense."""

    info = EncoderInfo("bert", "bert@6", "bert", "random", (6,), 384, 0, 0, 0, "random")

    def encode(self, uses: Sequence[Occurrence], progress: Progress | None = None) -> Embeddings:
        """The vectors, by their places in the list."""
        draw = np.random.default_rng(0)
        x = draw.standard_normal((1, len(uses), self.info.dim), dtype=np.float32)
        x[0] += np.array([[0.3 * (o.sense == "s1")] for o in uses], dtype=np.float32)
        return Embeddings(self.info, x, {}, tuple(Receipt(o.id, ("x",), "x") for o in uses))


def measuring() -> None:
    """Print a row for each number of uses."""
    sys.stdout.write("| uses | seconds | MB of JSON |\n| ---: | ---: | ---: |\n")
    compare([Occurrence(str(i), "a", f"a {i}", 0, 1, f"s{i % 2}") for i in range(30)], [Random()])
    for count in (30, 100, 300, 1000):
        uses = [Occurrence(str(i), "a", f"a {i}", 0, 1, f"s{i % 2}") for i in range(count)]
        started = time.process_time()
        text = to_json(compare(uses, [Random()]), full=True)
        seconds = time.process_time() - started
        sys.stdout.write(f"| {count:,} | {seconds:.1f} | {len(text) / 1e6:.2f} |\n")
        sys.stdout.flush()


def labeled(folder: Path, uses: Sequence[Occurrence]) -> Job:
    """A job over sentences whose targets are known."""
    rows = [{"sentence": o.sentence, "word": o.word, "start": o.start, "end": o.end} for o in uses]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = folder / "job.toml"
    path.write_text(
        f'encoders = ["bert"]\ndevice = "cpu"\n[corpus]\nsentences = "corpus.jsonl"\n'
        f"words = {json.dumps(sorted({o.word for o in uses}))}\nmax_per_word = {len(uses)}\n"
    )
    return read_job(path)


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("memory", "overhead", "measuring"))
    parser.add_argument("items", type=Path, nargs="?")
    parser.add_argument("--occurrences", type=int, help="of one process, for memory")
    parser.add_argument("--count", type=int, default=4000, help="sentences, for overhead")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.what == "overhead":
        ratio, size = overhead(options.items, options.count, options.rounds)
        sys.stdout.write(f"{100 * (ratio - 1):+.1f} %, {size:,.0f} bytes a place\n")
    elif options.what == "measuring":
        measuring()
    elif options.occurrences:
        sys.stdout.write(f"{peak(options.occurrences):.0f}\n")
    else:
        sys.stdout.write("| occurrences | MiB at most |\n| ---: | ---: |\n")
        for size in SIZES:
            command = [sys.executable, "-m", "tests.benchmarks.batch", "memory"]
            done = subprocess.run(
                [*command, "--occurrences", str(size)],
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"},
            )
            sys.stdout.write(f"| {size:,} | {done.stdout.strip()} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
