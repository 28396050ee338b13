"""The background sentences and the word tokens that are drawn from them.

Those that come with embcmp are English; a file of the user's brings others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from embcmp.choices import Reading
from embcmp.errors import InputError
from embcmp.text.folding import INVISIBLE, UNSPACED, is_mark
from embcmp.text.readers import is_known
from embcmp.text.search import is_unicode
from embcmp.text.sentences import read_files
from embcmp.text.targets import LONGEST_SENTENCE
from embcmp.text.words import packaged_lines
from embcmp.types import Occurrence

TOKENS_PER_SENTENCE = 4  # the same number from each, so that sentences weigh the same
MOST_SENTENCES = 400  # as many as come with embcmp
FEWEST_SENTENCES = 20  # in halves of fewer there is nothing to fit on or to measure
WHOLE_WORD = re.compile(r"(?<![\w'’])[^\W\d_]+(?![\w'’])")  # no clitics, and no word that has one
ENGLISH = "en"

_SEED = 0
_INSIDE = re.compile(f"[{INVISIBLE}]")
_UNSPACED = re.compile(f"[{UNSPACED}]{{1,2}}")  # of two characters, as most words there


@dataclass(frozen=True)
class BackgroundText:
    """Sentences of ordinary text, of which no two are equal.

    Attributes:
        sentences: the texts of the sentences.
        path: the file that they are from; None for those that come with embcmp.
        lang: the code of their language.
    """

    sentences: tuple[str, ...]
    path: str | None = None
    lang: str = ENGLISH

    @cached_property
    def digest(self) -> str:
        """The sha256 of the sentences, one a line."""
        return sha256("\n".join(self.sentences).encode()).hexdigest()

    @property
    def described(self) -> dict[str, Any]:
        """What a manifest says of it: path (null for what comes with embcmp), digest, language."""
        return {"path": self.path, "sha256": self.digest, "lang": self.lang}

    @cached_property
    def tokens(self) -> tuple[Occurrence, ...]:
        """Word tokens of the sentences: the same ones for every encoder, on every machine."""
        tokens = []
        for i, sentence in enumerate(self.sentences):
            spans = [*word_spans(sentence)]
            count = min(TOKENS_PER_SENTENCE, len(spans))
            for k in sorted(np.random.default_rng(i).choice(len(spans), count, replace=False)):
                start, end = spans[k]
                word = sentence[start:end].lower()
                tokens.append(Occurrence(f"{i}.{k}", word, sentence, start, end))
        return tuple(tokens)


def word_spans(sentence: str) -> Iterator[tuple[int, int]]:
    """Where the words of letters are; in scripts without blanks, pairs of characters."""
    letters = sentence
    if not sentence.isascii():
        # Marks and what is not seen are of the word that they stand in.
        letters = "".join("x" if is_mark(c) or _INSIDE.match(c) else c for c in sentence)
    for match in WHOLE_WORD.finditer(letters):
        start, end = match.span()
        if _UNSPACED.search(sentence, start, end):
            yield from (pair.span() for pair in _UNSPACED.finditer(sentence, start, end))
        else:
            yield start, end


@cache
def shipped_background() -> BackgroundText:
    """The sentences of `data/background.txt`."""
    return BackgroundText(packaged_lines("background.txt"))


def read_background(path: str | Path, lang: str = ENGLISH) -> BackgroundText:
    """Read a file of background sentences, in any format that `compare` reads.

    Of more than MOST_SENTENCES different ones, a seeded sample is drawn. Sentences without a word,
    longer than 1 MB or not valid Unicode are left out.

    Args:
        path: the file; where its extension shows no format, it has a sentence a line.
        lang: the code of its language.

    Raises:
        InputError: the file cannot be read, or has fewer than FEWEST_SENTENCES such sentences.
    """
    form = None if is_known(Path(path)) else "txt"
    rows = read_files(path, Reading(input_format=form, lang=lang))
    usable = [
        text
        for text in dict.fromkeys(row.text for row in rows)
        if is_unicode(text)
        and len(text.encode()) <= LONGEST_SENTENCE
        and next(word_spans(text), None) is not None
    ]
    if len(usable) < FEWEST_SENTENCES:
        raise InputError(
            f"{path}: has {len(usable)} different background sentences with a word",
            f"give at least {FEWEST_SENTENCES}, better {MOST_SENTENCES}",
        )
    if len(usable) > MOST_SENTENCES:
        drawn = np.random.default_rng(_SEED).choice(len(usable), MOST_SENTENCES, replace=False)
        usable = [usable[i] for i in sorted(drawn)]
    return BackgroundText(tuple(usable), str(path), lang)


def background_note(text: BackgroundText | None, lang: str) -> str | None:
    """What to say where the shipped sentences are used for a text that is not English."""
    if text is not None or lang == ENGLISH:
        return None
    return (
        f"the background sentences are English, but the text is {lang!r}:"
        " name a file of sentences in that language with --background FILE"
    )
