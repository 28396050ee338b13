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
    """The keys under which a vocabulary may list a form, in the order in which they are tried.

    First the form as it stands, then in lower case. Of each, first with `_` for spaces, as
    word2vec writes phrases, then with spaces. Of each of these, first with accents as they stand,
    then with accents composed (Unicode's NFC), then with plain apostrophes and hyphens and
    without invisible characters. Last, all of these with typographic apostrophes and hyphens,
    for vocabularies of text in which apostrophes and hyphens were left as they stood.
    """
    keys = [
        normal
        for cased in (form, form.lower(), lower_case(tidy(form)))
        for spelled in ("_".join(cased.split()), cased)
        for normal in (spelled, unicodedata.normalize("NFC", spelled), tidy(spelled))
    ]
    plain = [key for key in keys if "'" in key or "-" in key]
    typographic = [key.replace("'", "’").replace("-", hyphen) for hyphen in "-‐‑" for key in plain]
    return tuple(dict.fromkeys(keys + typographic))


class Word2Vec(StaticEncoder):
    """Static word vectors, looked up by the target's form.

    All occurrences of a form get the same vector, so that it cannot separate senses.

    Args:
        spec: the spec of the encoder, of family word2vec.
        vectors: the word vectors.
    """

    def __init__(self, spec: EncoderSpec, vectors: WordVectors) -> None:
        super().__init__(spec, vectors, per_type=True)

    @property
    def vectors(self) -> WordVectors:
        """The word vectors."""
        return self._vectors

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Look the targets up: vectors float32 [1, occurrences, dim].

        The token in a receipt is the key that is listed in the vocabulary. Where none is, and the
        file has vectors of n-grams, the tokens are the n-grams whose vectors are averaged. Vectors
        that read any text get the form as it stands, and the tokens are its pieces.
        """
        any_text = self._vectors.reads_any_text
        forms = [] if any_text else [o.form for o in occurrences]
        keys = list(dict.fromkeys(key for form in forms for key in spellings(form)))
        vectors, known = self._vectors.lookup(keys)
        by_key = {key: vectors[[i]] for i, key in enumerate(keys) if known[i]}
        unlisted = cache(self._unlisted)

        def row(occurrence: Occurrence) -> Row:
            form = occurrence.form
            key = next((key for key in spellings(form) if key in by_key), None)
            if key is not None:
                return by_key[key], Receipt(occurrence.id, (key,), form)
            subwords = unlisted(form)
            if isinstance(subwords, str):
                return subwords
            ngrams, vector = subwords
            return vector[None], Receipt(occurrence.id, ngrams, form)

        embeddings = assemble(self.info, occurrences, map(row, occurrences))
        if progress:
            progress(len(occurrences), len(occurrences))
        return embeddings

    def _unlisted(self, form: str) -> tuple[tuple[str, ...], NDArray[np.float32]] | str:
        """The n-grams of an unlisted form and its vector [dim], or why it has no vector."""
        if subwords := self._vectors.subwords(form):
            return subwords
        if self._vectors.reads_any_text:
            return f"{form!r} has no piece that {self._vectors.name} knows"
        near = near_spellings(self._vectors, form)
        hint = f"; near spellings: {', '.join(near)}" if near else ""
        return f"{form!r} is not among {self._vocabulary()}{hint}"
