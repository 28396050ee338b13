"""Static models of Model2Vec, such as potion: a vector for each token of a tokenizer.

The vector of a text is the mean of those of its tokens, without unknown ones and without the
special tokens at its ends, as `StaticModel.encode` of the package model2vec computes it. So every
word has one that the tokenizer can cut into known pieces.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.models.digests import file_digest
from embcmp.models.guarded_tokenizer import guarded, tokenizer_errors
from embcmp.text.search import is_unicode

_LONGEST = 512  # tokens, where the configuration does not say
_TINY = 1e-32  # added to a norm by model2vec, so that a vector of zeros stays one
_COPY = "get a complete copy of the folder"


@dataclass(frozen=True, slots=True)
class FolderLayout:
    """Where the parts of a model are in its folder.

    Attributes:
        config: path of the configuration.
        tensors: path of the safetensors file.
        tokenizer: path of the tokenizer.
        embeddings: name of the tensor with a row for each token.
    """

    config: str
    tensors: str
    tokenizer: str
    embeddings: str

    @property
    def files(self) -> tuple[str, str, str]:
        """The paths of all parts."""
        return self.tensors, self.tokenizer, self.config


_OF_SENTENCES = "config_sentence_transformers.json"
LAYOUTS = (
    FolderLayout("config.json", "model.safetensors", "tokenizer.json", "embeddings"),
    FolderLayout(_OF_SENTENCES, "model.safetensors", "tokenizer.json", "embedding.weight"),
    FolderLayout(
        _OF_SENTENCES,
        "0_StaticEmbedding/model.safetensors",
        "0_StaticEmbedding/tokenizer.json",
        "embedding.weight",
    ),
)


def layout_of(folder: Path) -> FolderLayout:
    """The first layout whose files are all in a folder.

    Raises:
        ModelError: there is none.
    """
    for layout in LAYOUTS:
        if all((folder / file).is_file() for file in layout.files):
            return layout
    raise ModelError(
        f"{folder}: is a folder without word vectors that embcmp knows",
        f"name a file in it, or a folder of Model2Vec with {', '.join(LAYOUTS[0].files)}",
    )


class Model2Vec:
    """A folder of Model2Vec.

    Implements `embcmp.vectors.store.WordVectors`; the words that it lists are the tokens.

    Args:
        folder: the folder.

    Raises:
        ModelError: a file is missing or damaged, or the files do not fit each other.
    """

    format_name = "Model2Vec"
    remarks: tuple[str, ...] = ()
    reads_any_text = True

    def __init__(self, folder: Path) -> None:
        layout = layout_of(folder)
        self.name = folder.resolve().name
        self.files = tuple(folder / file for file in layout.files)
        tensors, tokenizer, config = self.files
        self._read_tensors(tensors, layout.embeddings)
        self._read_tokenizer(tokenizer)
        self._check_sizes(tensors)
        self._read_config(config)
        self.number_format = str(self._embeddings.dtype)
        self.count, self.dim = len(self._tokens), self._embeddings.shape[1]
        self.bytes = sum(file.stat().st_size for file in self.files)
        self.digest = sha256("".join(map(file_digest, self.files)).encode()).hexdigest()

    def _read_tensors(self, path: Path, name: str) -> None:
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as file:
                names = {name, *_MORE} & set(file.keys())
                found = {name: file.get_tensor(name) for name in names}
        except (SafetensorError, OSError, TypeError, AttributeError) as e:
            raise ModelError(f"{path}: cannot be read as safetensors: {e}", _COPY) from e
        if name not in found:
            raise ModelError(
                f"{path}: has no tensor `{name}`, so it is no static model",
                "a transformer's folder is read with bert:FOLDER",
            )
        self._embeddings: NDArray[Any] = found[name]
        self._weights: NDArray[Any] | None = found.get("weights")
        self._mapping: NDArray[Any] | None = found.get("mapping")
        of_vectors = self._embeddings.ndim == 2 and self._embeddings.shape[1] > 0
        if not of_vectors or self._embeddings.dtype.kind not in "fi":
            shape, dtype = self._embeddings.shape, self._embeddings.dtype
            raise ModelError(f"{path}: `{name}` has the shape {shape} and type {dtype}", _COPY)
        for part in (self._embeddings, self._weights):
            if part is not None and not np.isfinite(part).all():
                raise ModelError(f"{path}: has NaN or infinity", _COPY)

    def _read_tokenizer(self, path: Path) -> None:
        from tokenizers import Tokenizer

        with tokenizer_errors(path, "cannot be read as a tokenizer"):
            self._tokenizer = guarded(Tokenizer.from_file(str(path)), path)
        self._tokenizer.no_padding()
        vocabulary = self._tokenizer.get_vocab()
        self._tokens = sorted(vocabulary, key=vocabulary.__getitem__)
        self._ids = np.array([vocabulary[token] for token in self._tokens], dtype=np.int64)
        self._unknown = _unknown_id(self._tokenizer)

    def _check_sizes(self, path: Path) -> None:
        """Make sure that each token has a row and, where there are any, a weight."""
        ids = int(self._ids[-1]) + 1 if len(self._ids) else 0
        rows, problem = len(self._embeddings), ""
        if self._mapping is None and (rows != len(self._tokens) or ids > rows):
            problem = f"has {rows:,} vectors, and its tokenizer has {len(self._tokens):,} tokens"
        elif self._mapping is not None:
            mapping = self._mapping
            fits = mapping.ndim == 1 and mapping.dtype.kind in "iu" and len(mapping) >= ids
            if not fits or mapping.min(initial=0) < 0 or mapping.max(initial=0) >= rows:
                problem = "its `mapping` does not give each token a row"
        if self._weights is not None and (self._weights.ndim != 1 or len(self._weights) < ids):
            problem = "its `weights` do not give each token a weight"
        if problem or not ids:
            raise ModelError(f"{path}: {problem or 'there are no tokens'}", _COPY)

    def _read_config(self, path: Path) -> None:
        try:
            config = json.loads(path.read_bytes())
            self._normalizes = bool(config.get("normalize", False))
            longest = config.get("max_length", _LONGEST)
            self._longest = None if longest is None else int(longest)
            if self._longest is not None and self._longest < 1:
                raise ValueError(f"max_length is {longest}")
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as e:
            raise ModelError(f"{path}: is no configuration of a static model: {e}", _COPY) from e
        if self._longest is None:
            self._tokenizer.no_truncation()
            self._most_letters = None
        else:
            self._tokenizer.enable_truncation(self._longest)
            self._most_letters = self._longest * int(np.median([len(t) for t in self._tokens]))

    def rows(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The number of the row of each word's first known token [n]; -1 where there is none."""
        pieces = self._pieces(words)
        return np.array(
            [np.searchsorted(self._ids, ids[0]) if ids else -1 for ids, _ in pieces],
            dtype=np.int64,
        )

    def lookup(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors float32 [n, dim], NaN without a known token, and whether there is one [n]."""
        pieces = self._pieces(words)
        known = np.array([bool(ids) for ids, _ in pieces], dtype=np.bool_)
        vectors = np.full((len(words), self.dim), np.nan, dtype=np.float32)
        for i in np.flatnonzero(known):
            vectors[i] = self._mean(pieces[i][0])
        return vectors, known

    def subwords(self, word: str) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        """The known tokens of a word and its vector [dim]; None if there are none."""
        [(ids, tokens)] = self._pieces([word])
        return (tokens, self._mean(ids)) if ids else None

    def head(self, count: int) -> NDArray[np.float32]:
        """The vectors of the first tokens [at most count, dim]."""
        return np.stack([self._mean([id]) for id in self._ids[:count].tolist()])

    def blocks(self, rows: int) -> Iterator[tuple[Sequence[str], NDArray[np.float32]]]:
        """Yield all tokens and their vectors, at most `rows` at a time."""
        for start in range(0, self.count, rows):
            ids = self._ids[start : start + rows].tolist()
            yield self._tokens[start : start + rows], np.stack([self._mean([id]) for id in ids])

    def _pieces(self, texts: Sequence[str]) -> list[tuple[list[int], tuple[str, ...]]]:
        """The ids and the texts of the known tokens of each text."""
        texts = [text[: self._most_letters] if is_unicode(text) else "" for text in texts]
        encoded = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        return [
            (
                [id for id in one.ids if id != self._unknown],
                tuple(t for id, t in zip(one.ids, one.tokens, strict=True) if id != self._unknown),
            )
            for one in encoded
        ]

    def _mean(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """The vector [dim] of a text with these tokens, rounded as the file stores its numbers."""
        chosen = np.asarray(ids)
        rows = self._embeddings[chosen if self._mapping is None else self._mapping[chosen]]
        if self._weights is not None:
            rows = rows * self._weights[chosen][:, None]
        kept = np.float32 if self._embeddings.dtype.kind == "i" else self._embeddings.dtype
        mean = rows.mean(axis=0).astype(kept)
        if self._normalizes:
            single = mean.astype(np.float32)
            mean = (single / (np.linalg.norm(single) + _TINY)).astype(kept)
        vector: NDArray[np.float32] = mean.astype(np.float32)
        return vector


_MORE = ("weights", "mapping")  # tensors of models whose vocabulary was quantized


def _unknown_id(tokenizer: Any) -> int | None:  # noqa: ANN401  a tokenizers.Tokenizer
    """The id of the token that stands for whatever the tokenizer does not know."""
    model = json.loads(tokenizer.to_str())["model"]
    if "unk_id" in model:  # Unigram
        unknown: int | None = model["unk_id"]
        return unknown
    token = model.get("unk_token")
    return None if token is None else tokenizer.token_to_id(token)
