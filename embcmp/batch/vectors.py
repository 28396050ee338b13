"""The vectors of a shard in a file of its own, in a folder for each encoder's fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.batch.loaded_encoder import Loaded
from embcmp.batch.shard_places import Shard
from embcmp.batch.shards import ROWS_OF_A_GROUP, read_rows, writing
from embcmp.batch.word_uses import read_shard
from embcmp.types import Embeddings, EncoderInfo, Layer, Occurrence, Progress, Receipt

FOLDER = "vectors"
BACKGROUND = "background"
CHUNK = 2048  # occurrences that are encoded and written together, and held in memory

Place = tuple[str, int, int]  # sentence, start, end: all of an occurrence that changes its vector


def vectors_file(out: Path, fingerprint: str, name: str) -> Path:
    """Where the vectors of a shard are."""
    return out / FOLDER / fingerprint / f"{name}.parquet"


def encode_shard(loaded: Loaded, shard: Shard, out: Path, progress: Progress | None = None) -> None:
    """Encode a shard and write its vectors, whole or not at all.

    Raises:
        ModelError: the model changed meanwhile.
        OutputError: the disk is full, or the shard is damaged.
    """
    path = vectors_file(out, loaded.encoder.info.fingerprint, shard.name)

    def show(done: int) -> None:
        if progress:
            progress(done, shard.rows)

    write_vectors(path, loaded, read_shard(shard, out), of=shard.name, progress=show)


def write_vectors(
    path: Path,
    loaded: Loaded,
    occurrences: Iterable[Occurrence],
    *,
    of: str,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Encode occurrences a chunk at a time: a row each, in their order.

    A layer has a column of vectors (NaN where there is none); `missing` says why there is none;
    `tokens`, `text` and `truncated` are the receipt.

    Args:
        path: the file.
        loaded: the encoder.
        occurrences: those of a sentence one after the other.
        of: what the file is made of, for its note.
        progress: called with how many are done.

    Raises:
        ModelError: the model changed meanwhile.
        OutputError: the disk is full.
    """
    import pyarrow as pa

    info = loaded.encoder.info
    text = pa.string()
    schema = pa.schema(
        [
            *((column(label), pa.list_(pa.float32(), info.dim)) for label in info.layers),
            ("missing", text),
            ("tokens", pa.list_(text)),
            ("text", text),
            ("truncated", pa.bool_()),
        ]
    )
    done = 0
    with writing(path, schema, of) as writer:
        for chunk in _chunks(occurrences):
            made = loaded.encoder.encode(chunk)
            arrays = [
                *(pa.FixedSizeListArray.from_arrays(x.ravel(), info.dim) for x in made.vectors),
                pa.array([made.missing.get(o.id) for o in chunk], text),
                pa.array([r.tokens for r in made.receipts], pa.list_(text)),
                pa.array([r.text for r in made.receipts], text),
                pa.array([r.truncated for r in made.receipts]),
            ]
            table = pa.table(arrays, schema=schema)
            writer.write_table(table, row_group_size=ROWS_OF_A_GROUP)
            done += len(chunk)
            if progress:
                progress(done)
        loaded.check()


def column(layer: Layer) -> str:
    """The name of a layer's column."""
    return "vector" if layer is None else f"layer_{layer}"


def _chunks(occurrences: Iterable[Occurrence]) -> Iterator[list[Occurrence]]:
    """Cut between two sentences, so that one with several targets is encoded once."""
    chunk: list[Occurrence] = []
    for _, group in groupby(occurrences, key=lambda o: o.sentence):
        sentence = list(group)
        if chunk and len(chunk) + len(sentence) > CHUNK:
            yield chunk
            chunk = []
        chunk += sentence
    if chunk:
        yield chunk


class StoredEncoder:
    """An encoder that reads what it once made.

    Attributes:
        info: of the encoder that made the vectors.

    Args:
        info: that.
        out: the batch's folder.
        places: of the occurrences that can be asked for: the shard's name and the row in it.
        background: of the background's tokens: the row in their file.
    """

    def __init__(
        self,
        info: EncoderInfo,
        out: Path,
        places: Mapping[Place, tuple[str, int]],
        background: Mapping[Place, int],
    ) -> None:
        self.info = info
        self._out = out
        self._places = {place: (BACKGROUND, row) for place, row in background.items()} | {**places}

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """The vectors of occurrences that were encoded before.

        Raises:
            OutputError: a file is damaged.
        """
        where = [self._places[o.sentence, o.start, o.end] for o in occurrences]
        shape = (len(self.info.layers), len(where), self.info.dim)
        vectors = np.empty(shape, dtype=np.float32)
        missing: dict[str, str] = {}
        receipts: dict[int, Receipt] = {}
        for name in sorted({name for name, _ in where}):
            mine = [i for i, (shard, _) in enumerate(where) if shard == name]
            path = vectors_file(self._out, self.info.fingerprint, name)
            table = read_rows(path, [where[i][1] for i in mine])
            for k, layer in enumerate(self.info.layers):
                vectors[k, mine] = self._vectors(table.column(column(layer)))
            notes = table.select(["missing", "tokens", "text", "truncated"]).to_pylist()
            for i, note in zip(mine, notes, strict=True):
                id = occurrences[i].id
                if note["missing"] is not None:
                    missing[id] = note["missing"]
                receipts[i] = Receipt(id, tuple(note["tokens"]), note["text"], note["truncated"])
        listed = [o.id for o in occurrences if o.id in missing]
        in_order = tuple(receipts[i] for i in range(len(where)))
        return Embeddings(self.info, vectors, {id: missing[id] for id in listed}, in_order)

    def _vectors(self, column: Any) -> NDArray[np.float32]:  # noqa: ANN401  of pyarrow
        flat: NDArray[np.float32] = column.combine_chunks().flatten().to_numpy()
        return flat.reshape(-1, self.info.dim)


class StoredTypes(StoredEncoder):
    """Of an encoder whose vectors are made of those of word types: it has these as well."""

    def types(self, count: int) -> NDArray[np.float32]:
        """The vectors [at most count, dim] of the most frequent types.

        Raises:
            OSError: they are not there.
        """
        kept: NDArray[np.float32] = np.load(types_file(self._out, self.info.fingerprint))
        return kept[:count]


def types_file(out: Path, fingerprint: str) -> Path:
    """Where the vectors of the most frequent types are, for a correction to be fitted on."""
    return out / FOLDER / fingerprint / "types.npy"
