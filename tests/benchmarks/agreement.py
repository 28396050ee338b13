"""How well a blind second labeling of the homographs agrees with the first.

    python -m tests.benchmarks.agreement

fixtures/homographs.labels.tsv holds every sentence as its reader saw it, the sense that its writer
meant and the sense that the reader gave it. `reworded` is what the sentence became after that,
where a few words of it were changed and it was not labeled again.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.benchmarks.homographs import read_rows, rows

COLUMNS = ("reader", "word", "sense", "label", "sentence", "reworded")


def labels() -> list[dict[str, str]]:
    """The rows of homographs.labels.tsv."""
    return read_rows("homographs.labels.tsv", COLUMNS)


def as_meant(chosen: Iterable[dict[str, str]]) -> set[tuple[str, str, str]]:
    """Word, sentence and the sense that its writer meant."""
    return {(row["word"], row["sentence"], row["sense"]) for row in chosen}


def as_reworded(chosen: Iterable[dict[str, str]]) -> set[tuple[str, str, str]]:
    """The same with the wording of today, of the sentences that were reworded after their label."""
    return as_meant({**row, "sentence": row["reworded"]} for row in chosen if row["reworded"])


def agreement(chosen: Sequence[dict[str, str]]) -> tuple[float, float]:
    """Share of equal labels, and kappa (Cohen 1960) with the chance of equal ones within each word.

    A reader chooses among the senses of one word, so chance over all words' senses would be
    nearly nothing, and kappa nearly the share itself.
    """
    share = sum(row["sense"] == row["label"] for row in chosen) / len(chosen)
    words = Counter(row["word"] for row in chosen)
    first = Counter((row["word"], row["sense"]) for row in chosen)
    second = Counter((row["word"], row["label"]) for row in chosen)
    chance = sum(n * second[key] / words[key[0]] for key, n in first.items()) / len(chosen)
    return share, (share - chance) / (1 - chance)


def exact(chosen: Sequence[dict[str, str]]) -> tuple[float, float]:
    """The exact 95 % interval of the share (Clopper and Pearson 1934)."""
    from scipy.stats import binomtest

    equal = sum(row["sense"] == row["label"] for row in chosen)
    interval = binomtest(equal, len(chosen)).proportion_ci(method="exact")
    return float(interval.low), float(interval.high)


def lines() -> Iterator[str]:
    """Tables in Markdown: by reader, then every disagreement."""
    every = labels()
    yield "| reader | sentences | words | agreement | 95 % | kappa |"
    yield "| --- | --- | --- | --- | --- | --- |"
    readers = sorted({row["reader"] for row in every})
    for reader in (*readers, "all"):
        chosen = [row for row in every if reader in (row["reader"], "all")]
        share, kappa = agreement(chosen)
        words = len({row["word"] for row in chosen})
        low, high = exact(chosen)
        cells = f"{share:.3f} | [{low:.3f}, {high:.3f}] | {kappa:.3f}"
        yield f"| {reader} | {len(chosen)} | {words} | {cells} |"
    yield ""
    by_word = {row["word"] for row in every}
    least = min(agreement([r for r in every if r["word"] == word])[0] for word in by_word)
    yield f"Lowest agreement of a word: {least:.3f}."
    now, labeled = as_meant(rows()), as_meant(every)
    yield (
        "Sentences of today that were labeled in their present wording: "
        f"{len(now & labeled)} of {len(now)}."
    )
    yield (
        "Sentences of today in which a few words were changed after their label: "
        f"{len(now & as_reworded(every))}."
    )
    for row in every:
        if row["label"] != row["sense"]:
            yield f"- {row['word']}: {row['sense']}, read as {row['label']}: {row['sentence']}"


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in lines()))
