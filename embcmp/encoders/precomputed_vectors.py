"""vectors: the user's own vectors, one for each use, made by any program and read from a file."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from itertools import islice
from pathlib import Path
from unicodedata import normalize

from embcmp.encoders.base import Row, assemble, fingerprint
from embcmp.encoders.spec import EncoderSpec
from embcmp.encoders.use_vectors import Key, UseVectors, read_use_vectors, use_digest
from embcmp.errors import ModelError
from embcmp.models.digests import file_digest
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt, TaskProgress

_SHOWN = 3  # ids in a message


class PrecomputedVectors:
    """Vectors that were computed elsewhere, found by the id of a use.

    They exist for the ids in their file alone: no other text can be encoded.

    Args:
        spec: the spec of the encoder, of family vectors.
        given: the vectors.
    """

    def __init__(self, spec: EncoderSpec, given: UseVectors) -> None:
        self._given = given
        self._row_of = {key: row for row, key in enumerate(given.keys)}
        self._asked: dict[Key, Occurrence] = {}
        size = sum(file.stat().st_size for file in given.files)
        self.info = EncoderInfo(
            spec=spec.text,
            name=spec.name(),
            family=spec.family,
            model=given.path.name,
            layers=(None,),
            dim=given.vectors.shape[1],
            parameters=0,
            bytes=size,
            own_bytes=size,
            fingerprint=fingerprint(spec.family, *map(file_digest, given.files)),
            precomputed=True,
        )

    @classmethod
    def from_spec(
        cls, spec: EncoderSpec, progress: TaskProgress | None = None
    ) -> PrecomputedVectors:
        """Read the file that a spec names.

        Raises:
            ModelError: the file is missing, broken or refused.
        """
        return cls(spec, read_use_vectors(Path(spec.source or ""), progress))

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Look the uses up by their ids: vectors float32 [1, occurrences, dim].

        The token in a receipt is the id.

        Raises:
            ModelError: none of the uses has a vector, or the same id was asked for at another
                place before.
        """
        embeddings = assemble(self.info, occurrences, map(self._row, occurrences))
        if occurrences and len(embeddings.missing) == len(occurrences):
            raise self._none(occurrences)
        if progress:
            progress(len(occurrences), len(occurrences))
        return embeddings

    def afresh(self) -> PrecomputedVectors:
        """The same vectors, for which no use has been asked yet."""
        other = copy(self)
        other._asked = {}
        return other

    def lacks_all(self, occurrences: Sequence[Occurrence]) -> bool:
        """Whether none of these uses has a vector."""
        return not any(self._key(o) in self._row_of for o in occurrences)

    def _key(self, o: Occurrence) -> Key:
        return (_folded(o.word) if self._given.has_words else None), o.id

    def _row(self, o: Occurrence) -> Row:
        row = self._row_of.get(key := self._key(o))
        if row is None:
            of_word = f" of {o.word!r}" if self._given.has_words else ""
            return f"its id {o.id!r} is not among the ids{of_word} in {self.info.model}"
        self._refuse_shared(key, o)
        self._refuse_other(o)
        vector = self._given.vectors[[row]]
        if not vector.any():
            return "its vector is zero, which has no direction"
        return vector, Receipt(o.id, (o.id,), o.form)

    def _refuse_shared(self, key: Key, o: Occurrence) -> None:
        """Refuse an id of two different uses, one of which would get the other's vector."""
        other = self._asked.setdefault(key, o)
        if (other.sentence, other.start, other.end) != (o.sentence, o.start, o.end):
            or_word = "" if other.word == o.word else ", or the file a column `word`"
            uses = " and ".join(f"{x.word!r} ({x.source or x.sentence[:40]})" for x in (other, o))
            raise ModelError(
                f"{self._given.path}: the id {o.id!r} is that of two uses: {uses}",
                f"give each use an id of its own{or_word}",
            )

    def _refuse_other(self, o: Occurrence) -> None:
        """Refuse an id that was that of another use when the vectors were saved."""
        if self._given.uses.get(o.id, digest := use_digest(o)) != digest:
            raise ModelError(
                f"{self._given.path}: the vector with the id {o.id!r} was saved from another use"
                f" than {o.word!r} in {o.sentence[:40]!r} ({o.source or 'given'})",
                "give the sentences that the vectors were saved from, or save them again",
            )

    def _none(self, occurrences: Sequence[Occurrence]) -> ModelError:
        word, n = occurrences[0].word, len(occurrences)
        keys, of_word = self._given.keys, ""
        if self._given.has_words:
            of_word = f" of {word!r}"
            keys = tuple(key for key in keys if key[0] == _folded(word))
            if not keys:
                words = _listed(list(dict.fromkeys(str(key[0]) for key in self._given.keys)))
                return ModelError(
                    f"{self._given.path}: has no vectors of {word!r}, but of {words}",
                    "name a file with vectors of this word",
                )
        theirs = _listed([id for _, id in islice(keys, _SHOWN + 1)]) or "none"
        ours = _listed([o.id for o in occurrences[: _SHOWN + 1]])
        return ModelError(
            f"{self._given.path}: has no vector for any of the {n} uses of {word!r}, whose ids are"
            f" {ours}; its ids{of_word} are {theirs}",
            "give the sentences a column `id` with the ids of the file",
        )


def _folded(word: str) -> str:
    """A word as the file's column `word` is read."""
    return normalize("NFC", word).casefold()


def _listed(ids: Sequence[str]) -> str:
    return ", ".join(map(repr, ids[:_SHOWN])) + (", ..." if len(ids) > _SHOWN else "")
