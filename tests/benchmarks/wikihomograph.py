"""How well encoders tell senses apart from few examples: nearest centroid on an items file.

    python tests/benchmarks/wikihomograph.py FILE.items.tsv --words N-Z --shots 10 -e lstm -e bert

For each word a seeded choice of `--shots` rows of every sense makes the sense's centroid, the mean
of unit vectors; the other rows are given to the centroid of the highest cosine. t tied centroids
that hold the right one score 1/t. A row without a vector scores 0. A word takes part when at least
two of its senses have more rows than that. Accuracy is per word, then averaged over words.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embcmp import Occurrence, load_encoder
from embcmp.encoders.base import Encoder

ENCODERS = ("word2vec", "context", "lstm", "lstm,weights=random", "bert")
HEADER = ("id", "word", "start", "end", "sense", "sentence")


def read_items(path: Path) -> dict[str, list[Occurrence]]:
    """The rows of an items file, by word: TAB between fields, no quoting, Python offsets."""
    header, *rows = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    if tuple(header.split("\t")) != HEADER:
        raise SystemExit(f"{path}:1: the columns must be {' '.join(HEADER)}")
    by_word: dict[str, list[Occurrence]] = {}
    for row in rows:
        key, word, start, end, sense, sentence = row.split("\t")
        item = Occurrence(key, word, sentence, int(start), int(end), sense)
        by_word.setdefault(word, []).append(item)
    return by_word


def split(
    items: Sequence[Occurrence], shots: int, seed: int
) -> tuple[dict[str, list[int]], list[int]]:
    """Which rows train, by sense, and which test; the seed and the word decide, not the order."""
    senses: dict[str, list[int]] = {}
    for i in sorted(range(len(items)), key=lambda i: items[i].id):
        senses.setdefault(str(items[i].sense), []).append(i)
    senses = {sense: rows for sense, rows in sorted(senses.items()) if len(rows) > shots}
    rng = random.Random(f"{seed} {items[0].word}")
    training = {sense: sorted(rng.sample(rows, shots)) for sense, rows in senses.items()}
    test = [i for sense, rows in senses.items() for i in rows if i not in training[sense]]
    return training, test


def hits(
    vectors: NDArray[np.float32],
    senses: Sequence[str],
    training: dict[str, list[int]],
    test: Sequence[int],
) -> Iterator[float]:
    """The score of each test row; vectors [n, d] with NaN rows where missing."""
    unit = vectors.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    centroids = np.stack([np.nanmean(unit[rows], axis=0) for rows in training.values()])
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    names = list(training)
    for i in test:
        cosines = (centroids @ unit[i]).round(6)
        best = [names[k] for k in np.flatnonzero(cosines == cosines.max())]
        yield 1 / len(best) if senses[i] in best else 0.0


def in_range(path: Path, letters: str) -> list[list[Occurrence]]:
    """The rows of each word whose first letter is in a range, as N-Z."""
    first, _, last = letters.lower().partition("-")
    return [items for word, items in read_items(path).items() if first <= word[0].lower() <= last]


@dataclass(frozen=True, slots=True)
class Found:
    """What an encoder reaches.

    Attributes:
        accuracies: of each word that takes part.
        rows: how many were scored.
        missing: how many of them have no vector.
    """

    accuracies: tuple[float, ...]
    rows: int
    missing: int

    @property
    def mean(self) -> float:
        """Over words."""
        return float(np.mean(self.accuracies))


def scored(encoder: Encoder, words: Sequence[Sequence[Occurrence]], shots: int, seed: int) -> Found:
    """Score the rows of each word that are not drawn for training."""
    accuracies, rows, missing = [], 0, 0
    for items in words:
        training, test = split(items, shots, seed)
        if len(training) < 2:
            continue
        found = encoder.encode(items)
        senses = [str(item.sense) for item in items]
        accuracies.append(float(np.mean([*hits(found.vectors[0], senses, training, test)])))
        rows += len(test)
        missing += sum(items[i].id in found.missing for i in test)
    return Found(tuple(accuracies), rows, missing)


def main() -> None:
    """Print a Markdown table, one row per encoder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("items", type=Path)
    parser.add_argument("--words", default="N-Z", help="range of first letters")
    parser.add_argument("--shots", type=int, default=10, help="training rows a sense")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of training rows")
    parser.add_argument("-e", "--encoder", action="append", metavar="SPEC")
    options = parser.parse_args()
    out = sys.stdout
    out.write("| encoder | accuracy, mean over words | words | test rows | missing |\n")
    out.write("| --- | --- | --- | --- | --- |\n")
    words = in_range(options.items, options.words)
    for spec in options.encoder or ENCODERS:
        found = scored(load_encoder(spec), words, options.shots, options.seed)
        cells = f"{found.mean:.3f} | {len(found.accuracies)} | {found.rows} | {found.missing}"
        out.write(f"| `{spec}` | {cells} |\n")
        out.flush()


if __name__ == "__main__":
    main()
