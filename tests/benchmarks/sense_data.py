"""The labeled uses of the notes on senses, with their vectors.

Methods are chosen on words A to M, and reported on words N to Z.

The data sets are not part of the project, but for its own homographs: FOLDER has
`tsv/wikihomograph.train.items.tsv` and `dwug_en/`, whose clusters stand for its senses.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp import Occurrence, load_encoder
from embcmp.render import numbers
from embcmp.render.text import markdown_table
from embcmp.text.input_files import opened
from embcmp.text.usage_graphs import read_usage_graph
from tests.benchmarks.homographs import read_homographs
from tests.benchmarks.wikihomograph import read_items

ENCODERS = ("context", "lstm", "bert@6")
MOST = 60  # uses of a sense
CHOOSING, REPORTING = "A-M", "N-Z"


@dataclass(frozen=True)
class Word:
    """The uses of a word, at most one a sentence.

    Attributes:
        data: the name of the data set.
        word: the word.
        senses: [n], the number of the sense of each use.
        vectors: unit vectors [n, dim] by encoder.
    """

    data: str
    word: str
    senses: NDArray[np.intp]
    vectors: dict[str, NDArray[np.float64]]

    def rows(self) -> list[NDArray[np.intp]]:
        """The uses of each sense, the most frequent sense first."""
        numbers, counts = np.unique(self.senses, return_counts=True)
        return [np.flatnonzero(self.senses == s) for s in numbers[np.argsort(-counts)]]


def usage_graphs(folder: Path) -> Iterator[list[Occurrence]]:
    """The uses of each word of a data set of word usage graphs that belong to a cluster."""
    for path in sorted(folder.glob("data/*/uses.csv")):
        with opened(path) as file:
            uses = [
                Occurrence(f"{s.word}.{n}", str(s.word), s.text, s.start, s.end, s.sense)
                for n, s in enumerate(read_usage_graph(file))
                if s.sense is not None and s.start is not None and s.end is not None
            ]
        if uses:
            yield uses


def read_uses(folder: Path) -> Iterator[tuple[str, list[Occurrence]]]:
    """The uses of each word, after the name of the data set."""
    for uses in read_items(folder / "tsv" / "wikihomograph.train.items.tsv").values():
        yield "wikihomograph", uses
    for uses in usage_graphs(folder / "dwug_en"):
        yield "DWUG", uses
    for homograph in read_homographs().values():
        yield "homographs", list(homograph.uses)


def sampled(uses: Sequence[Occurrence]) -> list[Occurrence]:
    """A use of each sentence, and of these a seeded choice of up to MOST uses a sense."""
    senses: dict[str, list[Occurrence]] = {}
    by_sentence = {" ".join(use.sentence.casefold().split()): use for use in uses}
    for use in by_sentence.values():
        senses.setdefault(str(use.sense), []).append(use)
    rng = random.Random(uses[0].word)
    return [
        use
        for _, its_uses in sorted(senses.items())
        for use in rng.sample(its_uses, min(MOST, len(its_uses)))
    ]


def encoded(spec: str, uses: Sequence[Occurrence], cache: Path) -> NDArray[np.float32]:
    """The vectors [n, dim] of an encoder of one layer, computed once and kept in `cache`."""
    digest = sha256("\n".join(f"{u.start} {u.end} {u.sentence}" for u in uses).encode())
    path = cache / f"{spec}.{digest.hexdigest()[:16]}.npy"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, load_encoder(spec).encode(uses).vectors[0])
    vectors: NDArray[np.float32] = np.load(path)
    return vectors


def read_words(
    folder: Path, cache: Path, letters: str, specs: Sequence[str] = ENCODERS
) -> list[Word]:
    """The words whose first letter is in a range, as N-Z, with the uses that have all vectors."""
    first, _, last = letters.lower().partition("-")
    every = [(data, sampled(uses)) for data, uses in read_uses(folder)]
    kept = [(data, uses) for data, uses in every if first <= uses[0].word[0].lower() <= last]
    flat = [use for _, uses in kept for use in uses]
    vectors = {spec: encoded(spec, flat, cache).astype(np.float64) for spec in specs}
    complete = np.all([np.isfinite(v).all(axis=1) for v in vectors.values()], axis=0)
    words, start = [], 0
    for data, uses in kept:
        rows = start + np.flatnonzero(complete[start : start + len(uses)])
        senses = np.unique([str(flat[i].sense) for i in rows], return_inverse=True)[1]
        unit = {s: v[rows] / np.linalg.norm(v[rows], axis=1)[:, None] for s, v in vectors.items()}
        words.append(Word(data, uses[0].word, senses, unit))
        start += len(uses)
    return words


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, with all columns aligned to the left."""
    return "\n".join([*markdown_table([header, *rows], range(len(header))), ""])


def short(value: float) -> str:
    """Two decimals without the leading zero, as .39; `-` for no value."""
    return "-" if np.isnan(value) else numbers.short(value)


def arguments(command: str) -> argparse.Namespace:
    """What follows a command: `data`, the folder of the data sets, and `cache`, that of vectors.

    Args:
        command: the docstring of its module.
    """
    parser = argparse.ArgumentParser(description=command.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the vectors")
    return parser.parse_args()
