"""The list of frequent words that stand in for context words: no text is kept.

python -m tests.making.frequent_words --wordnet FOLDER
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from embcmp.cache import write_whole
from embcmp.text.words import stop_words
from embcmp.vectors.store import WordVectors, open_vectors
from tests.making.wordnet import common_words, shipped_file, wordnet_folder

COUNT = 5_000
_LETTERS = 3  # shorter ones are mostly abbreviations


def frequent(vectors: WordVectors, listed: frozenset[str]) -> Iterator[str]:
    """Yield function words, and words whose lemma a dictionary has, as frequent ones come first.

    Args:
        vectors: a file of word vectors, which lists the most frequent words first.
        listed: the dictionary's.
    """
    import simplemma

    functional = stop_words()
    for words, _ in vectors.blocks(10_000):
        for word in words:
            if not (word.isascii() and word.isalpha() and word.islower()):
                continue
            lemma = simplemma.lemmatize(word, lang="en")
            known = len(word) >= _LETTERS and not listed.isdisjoint({word, lemma})
            if known or word in functional:
                yield word


@click.command()
@wordnet_folder
@shipped_file("embcmp/data/frequent.txt")
def main(wordnet: Path, out: Path) -> None:
    """Write the most frequent words of GloVe's vocabulary that WordNet has, one a line."""
    chosen = list(islice(frequent(open_vectors(), common_words(wordnet)), COUNT))
    write_whole(out, "\n".join(chosen) + "\n")
    click.echo(f"{out}: {len(chosen):,} words, {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
