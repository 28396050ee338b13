"""The static baseline: one vector per word type, whatever the context."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Self

from embcmp.encoders import EncoderSpec
from embcmp.encoders.base import Row, assemble
from embcmp.encoders.static import static_info, vocabulary
from embcmp.types import Embeddings, Occurrence, Progress, Receipt
from embcmp.vectors.store import WordVectors, open_vectors


def spellings(form: str) -> tuple[str, ...]:
    """The keys under which a form may be listed, in the order in which they are tried.

    As it stands, then in lower case; each time with `_` for spaces first, which is how word2vec
    writes phrases; and each of these as it is, then with its accents composed (Unicode's NFC).
    """
    keys = [
        normal
        for cased in (form, form.lower())
        for spelled in ("_".join(cased.split()), cased)
        for normal in (spelled, unicodedata.normalize("NFC", spelled))
    ]
    return tuple(dict.fromkeys(keys))


class Word2Vec:
    """Looks the target's form up in static word vectors.

    All occurrences of a form get the same vector, which says nothing about their senses.

    Args:
        spec: of family word2vec.
        vectors: where the forms are looked up.
    """

    def __init__(self, spec: EncoderSpec, vectors: WordVectors) -> None:
        self.info = static_info(spec, vectors, per_type=True)
        self._vectors = vectors

    @classmethod
    def from_spec(cls, spec: EncoderSpec) -> Self:
        """Open the vectors that a spec names.

        Raises:
            ModelError: they are missing, broken or refused.
        """
        return cls(spec, open_vectors(spec.source))

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Vectors float32 [1, occurrences, dim]; a receipt's token is the key that was found."""
        keys = list(dict.fromkeys(key for o in occurrences for key in spellings(o.form)))
        vectors, known = self._vectors.lookup(keys)
        found = {key: vectors[[i]] for i, key in enumerate(keys) if known[i]}

        def row(occurrence: Occurrence) -> Row:
            form = occurrence.form
            key = next((key for key in spellings(form) if key in found), None)
            if key is None:
                return f"{form!r} is not among {vocabulary(self._vectors)}"
            return found[key], Receipt(occurrence.id, (key,), form)

        embeddings = assemble(self.info, occurrences, map(row, occurrences))
        if progress:
            progress(len(occurrences), len(occurrences))
        return embeddings
