"""lstm and rnn: the states of two recurrent networks that read up to the target from both sides.

context2vec (Melamud, Goldberger & Dagan 2016): one network reads the words left of the target from
the start of the sentence, another the words right of it from the end. The vector of the target is
the last state of the left network, followed by the last state of the right one. So neither has
seen the target itself. With `direction=forward` it is the state of the left network alone. Melamud
et al. put a perceptron on top and compare its output; embcmp compares the states.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from embcmp.encoders import EncoderSpec
from embcmp.encoders.base import (
    RecurrentWeights,
    Row,
    assemble,
    fingerprint,
    remarked,
    unknown_words,
)
from embcmp.encoders.neural.batches import batches_by_length
from embcmp.encoders.neural.prediction_layer import layer_path, read_layer
from embcmp.encoders.neural.recurrent_checkpoint import Provenance, read
from embcmp.encoders.neural.recurrent_network import (
    BOS,
    EOS,
    LEARNED,
    UNK,
    ContextNetwork,
    RecurrentConfig,
    untrained,
)
from embcmp.encoders.static import open_spec
from embcmp.encoders.substitutes import UNTRAINED, SubstituteLists
from embcmp.errors import ModelError
from embcmp.models.catalog import shipped_checkpoint, shipped_layer
from embcmp.text.words import words
from embcmp.types import Embeddings, EncoderInfo, Occurrence, Progress, Receipt, TaskProgress
from embcmp.vectors.store import WordVectors

ONE_SIDE = "the prediction layer reads the states of both directions"


_START_IDS = {"forward": BOS, "backward": EOS}

_Context = Mapping[str, Sequence[str]]  # by direction, the words in the order of reading


class Recurrent:
    """The states of a recurrent encoder next to the target.

    Args:
        spec: the spec of the encoder, of family lstm or rnn.
        network: the two networks.
        vectors: the word vectors that the networks read.
        checkpoint_bytes: the size of the checkpoint; 0 without one.
        checkpoint: the checkpoint, whose prediction layer may be beside it; None for random
            weights.

    Attributes:
        provenance: the provenance of trained weights; None for random ones.
    """

    provenance: Provenance | None = None

    def __init__(
        self,
        spec: EncoderSpec,
        network: ContextNetwork,
        vectors: WordVectors,
        checkpoint_bytes: int = 0,
        checkpoint: Path | None = None,
    ) -> None:
        self._checkpoint = checkpoint
        self._shipped = spec.source is None
        self._network = network.eval()
        self._vectors = vectors
        self._networks = {"forward": network.left}
        if spec.option("direction") == "both":
            self._networks["backward"] = network.right
        sides, units = len(self._networks), network.left.hidden_size
        used = [network.special, *(p for n in self._networks.values() for p in n.parameters())]
        self.info = EncoderInfo(
            spec=spec.text,
            name=spec.name(),
            family=spec.family,
            model=f"context2vec {sides}x{units}",
            layers=(None,),
            dim=sides * units,
            parameters=vectors.count * vectors.dim + sum(p.numel() for p in used),
            bytes=vectors.bytes + checkpoint_bytes,
            own_bytes=checkpoint_bytes,
            fingerprint=fingerprint(spec.family, sides, _digest(network), vectors.digest),
            remarks=vectors.remarks,
        )

    @classmethod
    def from_spec(cls, spec: EncoderSpec, progress: TaskProgress | None = None) -> Recurrent:
        """Load the checkpoint that a spec names, with its input vectors.

        Raises:
            ModelError: the checkpoint is missing, broken, of another cell, or was trained on other
                input vectors.
        """
        source = spec.option("vectors")
        seed = spec.random_seed
        if seed is not None and spec.source is None:
            vectors = open_spec(spec, progress, source)
            return cls(spec, untrained(RecurrentConfig(spec.family, vectors.dim), seed), vectors)
        path = Path(spec.source) if spec.source is not None else shipped_checkpoint(spec.family)
        checkpoint = read(path)
        origin = checkpoint.provenance
        if origin.cell != spec.family:
            raise ModelError(
                f"{path}: its cell is {origin.cell}, not {spec.family}",
                f"use {origin.cell}:{path}",
            )
        vectors = open_spec(spec, progress, source or origin.vectors)
        if vectors.digest != origin.vectors_digest:
            raise ModelError(
                f"{path}: was trained on other input vectors ({origin.vectors_name},"
                f" digest {origin.vectors_digest[:12]}) than {vectors.name}"
                f" (digest {vectors.digest[:12]})",
                "name the file that it was trained on: ,vectors=PATH",
            )
        if seed is not None:
            return cls(spec, untrained(origin.config, seed), vectors, checkpoint.bytes)
        encoder = cls(spec, checkpoint.network(), vectors, checkpoint.bytes, path)
        encoder.provenance = origin
        return encoder

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        """Encode the targets; a receipt has the words as they were read, `[_]` for the target."""
        contexts = [self._context(occurrence) for occurrence in occurrences]
        ids, table = self._inputs(contexts)
        usable = [i for i, c in enumerate(contexts) if any(w in ids for w in chain(*c.values()))]
        units = self._network.left.hidden_size
        states = np.empty((len(self._networks), len(usable), units), dtype=np.float32)
        done = 0
        for side, (direction, network) in enumerate(self._networks.items()):
            inputs = [[ids.get(word, UNK) for word in contexts[i][direction]] for i in usable]
            sequences = [torch.tensor([_START_IDS[direction], *word_ids]) for word_ids in inputs]
            for batch in batches_by_length([len(s) for s in sequences]):
                with torch.inference_mode():
                    chosen = [sequences[k] for k in batch]
                    states[side, batch] = self._network.last_states(network, chosen, table).numpy()
                done += len(batch)
                if progress:
                    progress(done // len(self._networks), len(usable))
        where = "around" if "backward" in self._networks else "before"
        rows: list[Row] = [f"no known word {where} the target"] * len(contexts)
        for k, i in enumerate(usable):
            rows[i] = states[:, k].reshape(1, -1), _receipt(occurrences[i], contexts[i], ids)
        words = [word for c in contexts for side in c.values() for word in side]
        unknown = sum(word not in ids for word in words)
        known = f"the {self._vectors.count:,} words of {self._vectors.name}"
        embeddings = assemble(self.info, occurrences, rows)
        return remarked(embeddings, unknown_words(unknown, len(words), known))

    def knows(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Which words [n], in lower case, have a vector."""
        return self._vectors.rows(words) >= 0

    def recurrent_weights(self) -> RecurrentWeights:
        """The weights of the networks, in float64."""
        special = self._network.special.detach().double().numpy()
        return RecurrentWeights(
            cell=self.info.family,
            weights={
                direction: {k: v.double().numpy() for k, v in network.state_dict().items()}
                for direction, network in self._networks.items()
            },
            start_inputs={direction: special[start] for direction, start in _START_IDS.items()},
        )

    def inputs(self, words: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """The input [n, d] of each word, and which words [n] have a vector."""
        vectors, known = self._vectors.lookup(words)  # [n, d], [n]
        unknown = self._network.special[UNK].detach().numpy()  # [d]
        return np.where(known[:, None], vectors, unknown).astype(np.float64), known

    def substitutes(self, occurrences: Sequence[Occurrence], count: int) -> SubstituteLists | str:
        """What the prediction layer makes of the states; it is read when it is asked for.

        Raises:
            ModelError: the prediction layer is broken, or belongs to another encoder.
        """
        if self._checkpoint is None:
            return UNTRAINED
        if len(self._networks) == 1:
            return ONE_SIDE
        path = shipped_layer(self.info.family) if self._shipped else layer_path(self._checkpoint)
        if not os.path.exists(path):  # noqa: PTH110  Path.exists raises where it cannot be read
            return f"there is no prediction layer beside its file ({path.name})"
        layer = read_layer(path, self._checkpoint)
        embeddings = self.encode(occurrences)
        known = [i for i, o in enumerate(occurrences) if o.id not in embeddings.missing]
        forms = [occurrences[i].form for i in known]
        substitutes = iter(layer.substitutes(embeddings.vectors[0, known], forms, count))
        return [embeddings.missing.get(o.id) or next(substitutes) for o in occurrences]

    def _context(self, occurrence: Occurrence) -> _Context:
        before = words(occurrence.sentence[: occurrence.start])
        after = words(occurrence.sentence[occurrence.end :])
        sides = {"forward": before, "backward": after[::-1]}
        return {direction: sides[direction] for direction in self._networks}

    def _inputs(self, contexts: Sequence[_Context]) -> tuple[Mapping[str, int], Tensor]:
        """The input ids of the known words, and their vectors [LEARNED + words, d]."""
        vocabulary = sorted({word for c in contexts for word in chain(*c.values())})
        vectors, known = self._vectors.lookup(vocabulary)  # [n, d], [n]
        table = np.zeros((LEARNED + int(known.sum()), self._vectors.dim), dtype=np.float32)
        table[LEARNED:] = vectors[known]
        ids = {vocabulary[i]: LEARNED + k for k, i in enumerate(np.flatnonzero(known))}
        return ids, torch.from_numpy(table)


def _receipt(occurrence: Occurrence, context: _Context, ids: Mapping[str, int]) -> Receipt:
    sequence = (*context["forward"], "[_]", *reversed(context.get("backward", ())))
    shown = (w if w == "[_]" or w in ids else "<unk>" for w in sequence)
    return Receipt(occurrence.id, tuple(shown), occurrence.form)


def _digest(network: ContextNetwork) -> str:
    content = sha256()
    for name, tensor in network.state_dict().items():
        content.update(name.encode() + tensor.numpy().tobytes())
    return content.hexdigest()
