"""The prediction layer of a recurrent encoder: which words fit between its two states.

context2vec (Melamud, Goldberger & Dagan 2016) trains its networks to predict the target: a
perceptron turns the two states into a vector, and a word's score is the product of that vector
with the word's output vector.

Encoding does not need the layer. So it has a file of its own beside the encoder's, for example
`own.prediction.safetensors` beside `own.safetensors`. Its tensors are those of the perceptron by
their names in torch, after `perceptron.`; `output` [vocabulary, dim]; and `vocabulary`, the words
in UTF-8 with a line feed between them, compressed by zlib. Its metadata are the provenance of the
run that it was trained in, and `encoder`, the sha256 of the file of the encoder that it belongs to.
"""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from embcmp.encoders.neural.recurrent_checkpoint import (
    TRAIN,
    Provenance,
    check_tensors,
    dump_tensors,
    read_tensors,
    unusable,
)
from embcmp.encoders.substitutes import SubstituteList, is_word, most_probable
from embcmp.errors import ModelError
from embcmp.models.digests import file_digest
from embcmp.text.words import words

LAYER_FORMAT = "embcmp.prediction/1"

_LARGEST = 1 << 26  # bytes of a vocabulary; a compressed one might fill the memory
_PERCEPTRON = "perceptron."


def perceptron(units: int, dim: int) -> nn.Sequential:
    """The perceptron that maps two states [2 units] to the space of the output vectors [dim]."""
    wide = 2 * units
    return nn.Sequential(nn.Linear(wide, wide), nn.ReLU(), nn.Linear(wide, dim))


@dataclass(frozen=True)
class PredictionLayer:
    """The prediction layer of a trained encoder.

    Attributes:
        perceptron: see `perceptron`.
        output: [vocabulary, dim], the output vectors.
        vocabulary: the words that it can predict.
    """

    perceptron: nn.Sequential
    output: Tensor
    vocabulary: Sequence[str]

    def scores(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map states [n, 2 units] to logits [n, vocabulary]."""
        with torch.inference_mode():
            predicted = self.perceptron(torch.from_numpy(states))  # [n, dim]
            scores: NDArray[np.float32] = (predicted @ self.output.T).numpy()  # [n, vocabulary]
        return scores

    def substitutes(
        self, states: NDArray[np.float32], forms: Sequence[str], count: int
    ) -> list[SubstituteList]:
        """The most probable words, without punctuation, for each pair of states [n, 2 units].

        Args:
            states: the states that the encoder gives.
            forms: [n], the targets' forms; a form of several words is not in the vocabulary.
            count: the most words to give for each of them.
        """
        candidates = {i: word for i, word in enumerate(self.vocabulary) if is_word(word)}
        ids = {word: i for i, word in candidates.items()}
        return [
            most_probable(scores, candidates, ids.get(" ".join(words(form))), count)
            for scores, form in zip(self.scores(states), forms, strict=True)
        ]


def layer_path(checkpoint: Path) -> Path:
    """Where the prediction layer of a checkpoint is."""
    return checkpoint.with_name(
        f"{checkpoint.name.removesuffix('.safetensors')}.prediction.safetensors"
    )


def dump_layer(layer: PredictionLayer, provenance: Provenance, encoder: str) -> bytes:
    """The bytes of a prediction layer's file.

    Args:
        layer: the prediction layer.
        provenance: the provenance of the run that trained it.
        encoder: the sha256 of the encoder's file.
    """
    packed = zlib.compress("\n".join(layer.vocabulary).encode(), 9)
    tensors = {
        **{f"{_PERCEPTRON}{name}": t for name, t in layer.perceptron.state_dict().items()},
        "output": layer.output,
        "vocabulary": torch.tensor(list(packed), dtype=torch.uint8),
    }
    metadata = {**dataclasses.asdict(provenance), "encoder": encoder}
    return dump_tensors(tensors, LAYER_FORMAT, metadata)


def read_layer(path: Path, checkpoint: Path) -> PredictionLayer:
    """Read a prediction layer and check it.

    Args:
        path: the layer's file.
        checkpoint: the file of the encoder whose states it shall read.

    Raises:
        ModelError: a file is missing or is not safetensors; the layer belongs to another encoder;
            its tensors are not those that its provenance needs; or its vocabulary is no text.
    """
    metadata, tensors = read_tensors(path, LAYER_FORMAT)
    try:
        encoder = str(metadata.pop("encoder"))
        provenance = Provenance(**metadata)
        with torch.device("meta"):
            layers = perceptron(provenance.units, provenance.vectors_dim)
    except (ValueError, TypeError, KeyError, RuntimeError) as e:
        raise unusable(path, LAYER_FORMAT, e) from e
    if encoder != file_digest(checkpoint):
        raise ModelError(
            f"{path}: belongs to another encoder than {checkpoint}, with the digest {encoder[:12]}",
            "train both again, or move the layer elsewhere",
        )
    vocabulary = _unpacked(path, tensors.pop("vocabulary", torch.zeros(0)))
    wanted = {f"{_PERCEPTRON}{name}": t for name, t in layers.state_dict().items()}
    wanted["output"] = torch.empty(len(vocabulary), provenance.vectors_dim, device="meta")
    check_tensors(path, tensors, wanted)
    output = tensors.pop("output")
    weights = {name.removeprefix(_PERCEPTRON): t for name, t in tensors.items()}
    layers.load_state_dict(weights, assign=True)
    return PredictionLayer(layers.eval(), output, vocabulary)


def _unpacked(path: Path, vocabulary: Tensor) -> list[str]:
    try:
        unpacking = zlib.decompressobj()
        text = unpacking.decompress(bytes(vocabulary.tolist()), _LARGEST)
        if not unpacking.eof:
            raise ValueError
        return text.decode().split("\n")
    except (ValueError, TypeError, zlib.error) as e:
        raise ModelError(f"{path}: its vocabulary is not a list of words", TRAIN) from e
