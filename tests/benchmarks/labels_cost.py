"""What labels cost: `compare` with 1,000 labeled uses beside the same uses without labels.

    python -m tests.benchmarks.labels_cost
    python -m tests.benchmarks.labels_cost --parts   # what each measure takes, for one encoder

The uses are sentences of the project's homographs with one word in the place of all of them, in
four groups of words as senses. The commands run in turn; the ratio is of their processor times.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from click import echo

from embcmp import load_encoder
from embcmp.measures import classification, jackknife
from embcmp.measures.agreement import rsa
from embcmp.measures.clustering import oracle_k
from embcmp.measures.probe import probe
from embcmp.measures.similarity import cosine_matrix
from embcmp.questions.compare.compared_uses import Uses
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences
from embcmp.threads import one_thread
from tests.benchmarks.homographs import read_homographs

WORD, SENSES = "plane", "abcd"


def rows(number: int) -> Iterator[tuple[str, int, int, str]]:
    """Yield sentence, offsets and sense of as many uses of WORD."""
    homographs = read_homographs()
    sense_of = {word: SENSES[i % len(SENSES)] for i, word in enumerate(homographs)}
    uses = [(word, use) for word, homograph in homographs.items() for use in homograph.uses]
    for i in range(number):  # every so many, so that each word is among them
        word, use = uses[i * len(uses) // number]
        sentence = f"{use.sentence[: use.start]}{WORD}{use.sentence[use.end :]}"
        yield sentence, use.start, use.start + len(WORD), sense_of[word]


def write(path: Path, number: int, *, labeled: bool) -> None:
    """Write the uses as a table, with or without the column `sense`."""
    columns = ("sentence", "start", "end", "sense")[: 4 if labeled else 3]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(row[: len(columns)] for row in rows(number))


def seconds(path: Path, *options: str) -> float:
    """Processor seconds of one `compare` of a table."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "embcmp", "-q", "compare", WORD, "-s", str(path), *options]
    with tempfile.TemporaryDirectory() as folder:
        output = ["--format", "json", "-o", str(Path(folder) / "run.json")]
        subprocess.run([*command, *output], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@one_thread()
def parts(number: int) -> Iterator[tuple[str, float]]:
    """Yield each measure with its processor seconds, for `bert` on as many labeled uses."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labeled.tsv"
        write(path, number, labeled=True)
        uses = Uses.of(list(find_occurrences(read_sentences(path), WORD)))
    vectors = load_encoder("bert").encode(uses.occurrences).vectors[0].astype(np.float64)
    sample = uses.sample(cosine_matrix(vectors))
    other = sample.similarity + np.random.default_rng(0).normal(0, 0.1, sample.similarity.shape)
    calls: dict[str, Callable[[], object]] = {
        "probe": partial(probe, vectors, uses.grouping),
        "auc and its interval": partial(jackknife.auc_interval, sample),
        "auc_macro and its interval": partial(jackknife.macro_interval, sample),
        "rsa and its p, a pair of encoders": partial(rsa, sample.similarity, other, uses.grouping),
        "clusters": partial(oracle_k, sample),
        "centroid": partial(classification.centroid, vectors, sample),
        "nearest_neighbor": partial(classification.nearest_neighbor, sample),
    }
    for name, call in calls.items():
        started = time.process_time()
        call()
        yield name, time.process_time() - started


def main() -> None:
    """Print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--uses", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--parts", action="store_true")
    options = parser.parse_args()
    if options.parts:
        echo("| measure | seconds |\n| --- | ---: |")
        for name, took in parts(options.uses):
            echo(f"| {name} | {took:.2f} |")
        return
    with tempfile.TemporaryDirectory() as folder:
        labeled, plain = (Path(folder) / name for name in ("labeled.tsv", "plain.tsv"))
        write(labeled, options.uses, labeled=True)
        write(plain, options.uses, labeled=False)
        times = [(seconds(labeled), seconds(plain)) for _ in range(options.runs)]
    with_labels, without = (median(column) for column in zip(*times, strict=True))
    echo(f"{options.uses} uses, four encoders, medians of {options.runs}, processor seconds:")
    echo(f"with labels {with_labels:.1f}, without {without:.1f}, ratio {with_labels / without:.2f}")


if __name__ == "__main__":
    main()
