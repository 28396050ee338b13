"""The static baseline: one vector per word type, whatever the context."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from embcmp.encoders import EncoderSpec
from embcmp.encoders.base import Row, assemble
from embcmp.encoders.static import StaticEncoder
from embcmp.text.folding import lower_case, tidy
from embcmp.types import Embeddings, Occurrence, Progress, Receipt
from embcmp.vectors.spelling import near_spellings
from embcmp.vectors.store import WordVectors


def spellings(form: str) -> tuple[str, ...]:
    """The keys under which a form may be listed, in the order in which they are tried.

    As it stands, then in lower case; each time with `_` for spaces first, which is how word2vec
    writes phrases; and each of these as it is, then with its accents composed (Unicode's NFC), then
    with plain apostrophes and hyphens and without what is not seen.
    """
    keys = [
        normal
        for cased in (form, form.lower(), lower_case(tidy(form)))
        for spelled in ("_".join(cased.split()), cased)
        for normal in (spelled, unicodedata.normalize("NFC", spelled), tidy(spelled))
    ]
    return tuple(dict.fromkeys(keys))


class Word2Vec(StaticEncoder):
    """Looks the target's form up in static word vectors.

    All occurrences of a form get the same vector, which says nothing about their senses.

    Args:
        spec: of family word2vec.
        vectors: where the forms are looked up.
    """

    def __init__(self, spec: EncoderSpec, vectors: WordVectors) -> None:
        super().__init__(spec, vectors, per_type=True)

    @property
    def vectors(self) -> WordVectors:
        """Where the forms are looked up."""
        return self._vectors

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Vectors float32 [1, occurrences, dim].

        A receipt's token is the key that was found; where none was and the file has vectors of
        sub-words, its tokens are the n-grams that the vector is made of.
        """
        keys = list(dict.fromkeys(key for o in occurrences for key in spellings(o.form)))
        vectors, known = self._vectors.lookup(keys)
        found = {key: vectors[[i]] for i, key in enumerate(keys) if known[i]}
        unlisted = cache(self._unlisted)

        def row(occurrence: Occurrence) -> Row:
            form = occurrence.form
            key = next((key for key in spellings(form) if key in found), None)
            if key is not None:
                return found[key], Receipt(occurrence.id, (key,), form)
            made = unlisted(form)
            if isinstance(made, str):
                return made
            ngrams, vector = made
            return vector[None], Receipt(occurrence.id, ngrams, form)

        embeddings = assemble(self.info, occurrences, map(row, occurrences))
        if progress:
            progress(len(occurrences), len(occurrences))
        return embeddings

    def _unlisted(self, form: str) -> tuple[tuple[str, ...], NDArray[np.float32]] | str:
        """The n-grams of a form that is not listed and their vector [dim], or why none."""
        if made := self._vectors.subwords(form):
            return made
        near = near_spellings(self._vectors, form)
        hint = f"; near spellings: {', '.join(near)}" if near else ""
        return f"{form!r} is not among {self._vocabulary()}{hint}"
