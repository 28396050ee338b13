"""The masked-word head of a checkpoint: which words fit where a mask stands for the target.

Reference: Devlin et al. 2019, whose pretraining task this is. The mask is one piece, so it can only
be filled by words that are one piece of the tokenizer's vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from embcmp.encoders.neural.batches import Batch
from embcmp.encoders.neural.bert import ACTIVATIONS, BertConfig, BertModel, Linear
from embcmp.encoders.neural.bert_weights import read_tensors
from embcmp.encoders.neural.checkpoint import Checkpoint
from embcmp.encoders.neural.transformer import check_shapes, from_pretrained, reason
from embcmp.encoders.slots import Slot, fill, is_word
from embcmp.errors import ModelError
from embcmp.models.folder import CONFIG, DECLARATIONS, read_json

NO_HEAD = "the checkpoint has no masked-word head"
NO_MASK = "the tokenizer has no mask that the model knows"
NOT_FINITE = "the masked-word head gives NaN or infinity"

_PREFIX = "cls.predictions."
_MASKS = ("[MASK]", "<mask>")
_STARTS = ("Ġ", "▁")  # with which byte-level BPE and SentencePiece begin a word after a space

Predict = Callable[[Tensor, int], Tensor]  # ids [t] and a place in them -> scores [vocabulary]


@dataclass(frozen=True)
class MaskedWords:
    """A checkpoint that can fill a mask.

    Attributes:
        predict: the forward pass and the head.
        tokenizer: for the names of its pieces.
        mask: the id of the mask.
        words: the pieces that are whole words, by how a piece begins and by id.
    """

    predict: Predict
    tokenizer: Tokenizer
    mask: int
    words: Mapping[str, Mapping[int, str]]

    def fill(self, ids: Sequence[int], first: int, last: int, count: int) -> Slot | str:
        """Put one mask in the place of the pieces `ids[first:last]` and predict it.

        The words to choose from begin as the target does: a tokenizer that marks the space before
        a word has other pieces for the words that follow no space.
        """
        masked = torch.tensor([*ids[:first], self.mask, *ids[last:]])
        with torch.inference_mode():
            scores: NDArray[np.float32] = self.predict(masked, first).numpy()
        if not np.isfinite(scores).all():
            return NOT_FINITE
        piece = self.tokenizer.id_to_token(ids[first]) or ""
        words = self.words.get(_beginning(piece, _marks(self.tokenizer)), {})
        return fill(scores, words, ids[first] if last - first == 1 else None, count)


def open_head(checkpoint: Checkpoint) -> MaskedWords | str:
    """Open the masked-word head of a checkpoint.

    Returns:
        The head, or why there is none.

    Raises:
        ModelError: the head cannot be read, or does not fit the encoder.
    """
    mask = _mask(checkpoint)
    if mask is None or mask >= checkpoint.model.vocabulary:
        return NO_MASK
    model, folder = checkpoint.model, checkpoint.found.folder
    predict = _of_bert(model, folder) if isinstance(model, BertModel) else _of_another(folder)
    if predict is None:
        return NO_HEAD
    words = whole_words(checkpoint.tokenizer, model.vocabulary)
    return MaskedWords(predict, checkpoint.tokenizer, mask, words)


class BertHead(nn.Module):
    """A dense layer, normalized, then a product with a vector for every piece."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.dense = Linear(c.hidden_size, c.hidden_size)
        self.act = ACTIVATIONS[c.hidden_act]
        self.LayerNorm = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)
        self.decoder = Linear(c.hidden_size, c.vocab_size)

    def forward(self, x: Tensor) -> Tensor:
        """X [d], of the last layer -> [vocabulary]."""
        scores: Tensor = self.decoder(self.LayerNorm(self.act(self.dense(x))))
        return scores


def _of_bert(model: BertModel, folder: Path) -> Predict | None:
    config = read_json(folder / CONFIG)
    bert = BertConfig.from_json(config)
    assert bert is not None, "its model is our own"
    head = BertHead(bert).eval()
    wanted = head.state_dict()
    bias = wanted["decoder.bias"]
    state, _ = read_tensors(folder, {**wanted, "bias": bias}, _without_prefix)
    if config.get("tie_word_embeddings", True):
        state.setdefault("decoder.weight", model.embeddings.word_embeddings.weight.float().cpu())
    if "bias" in state:  # its name where the product's own is not stored beside it
        state.setdefault("decoder.bias", state.pop("bias"))
    if not wanted.keys() <= state.keys():
        return None
    head.load_state_dict({name: state[name] for name in wanted}, assign=True)

    def predict(ids: Tensor, at: int) -> Tensor:
        device = model.embeddings.word_embeddings.weight.device
        batch = Batch.of([ids.tolist()], [[at]], device)
        [last] = model(batch, [len(model.layer)])
        scores: Tensor = head(last[0].float().cpu())
        return scores

    return predict


def _without_prefix(stored: str) -> str:
    """A name of the head's; "" for the others."""
    return stored.removeprefix(_PREFIX) if stored.startswith(_PREFIX) else ""


def _of_another(folder: Path) -> Predict | None:
    """The head of any other architecture, through transformers, which loads the encoder with it."""
    from transformers import AutoModelForMaskedLM

    try:
        model, loading = from_pretrained(AutoModelForMaskedLM, folder)
    except ValueError:  # an architecture without this head
        return None
    except Exception as e:  # whatever transformers says of a broken head
        raise ModelError(f"{folder}: its masked-word head cannot be read: {reason(e)}") from e
    check_shapes(folder, loading)
    if loading["missing_keys"]:  # drawn at random in their place
        return None
    model.eval()

    def predict(ids: Tensor, at: int) -> Tensor:
        scores: Tensor = model(input_ids=ids[None]).logits[0, at]
        return scores

    return predict


def _mask(checkpoint: Checkpoint) -> int | None:
    """The id of the mask: as the tokenizer's files name it, else by its usual names."""
    names = list(_MASKS)
    for file in (checkpoint.found.folder / name for name in reversed(DECLARATIONS)):
        if file.is_file():
            token = read_json(file).get("mask_token")
            token = token.get("content") if isinstance(token, dict) else token
            names = [token, *names] if isinstance(token, str) else names
    ids = (checkpoint.tokenizer.token_to_id(name) for name in names)
    return next((i for i in ids if i is not None), None)


def mask_token(checkpoint: Checkpoint) -> str | None:
    """The mask as it is written in a text; None where the tokenizer has none."""
    mask = _mask(checkpoint)
    return None if mask is None else checkpoint.tokenizer.id_to_token(mask)


def whole_words(tokenizer: Tokenizer, vocabulary: int) -> dict[str, dict[int, str]]:
    """The pieces that are whole words, by how a piece begins and by id.

    A tokenizer may have pieces that the model was never told of, beyond its `vocabulary`.
    """
    known = ((piece, i) for piece, i in tokenizer.get_vocab().items() if i < vocabulary)
    pieces = sorted(known, key=lambda item: item[1])
    texts = tokenizer.decode_batch([[i] for _, i in pieces])
    marks = _marks(tokenizer)
    found: dict[str, dict[int, str]] = {}
    for (piece, i), text in zip(pieces, texts, strict=True):
        mark = _beginning(piece, marks)
        word = text.strip().removeprefix(mark)
        if is_word(word):
            found.setdefault(mark, {})[i] = word
    return found


def _marks(tokenizer: Tokenizer) -> tuple[str, ...]:
    """What a piece can begin with: a mark of a space before it, or of no start of a word."""
    continuing = getattr(tokenizer.model, "continuing_subword_prefix", None)
    return (continuing,) if continuing else _STARTS


def _beginning(piece: str, marks: Sequence[str]) -> str:
    return next((mark for mark in marks if piece.startswith(mark)), "")
