"""The masked-language-model head of a checkpoint: which words fit where a mask hides the target.

Reference: Devlin et al. 2019, whose pretraining task this is. The mask is one token, so that only
words that are a single token of the tokenizer's vocabulary can stand in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from embcmp.encoders.neural.batches import Batch
from embcmp.encoders.neural.bert_network import ACTIVATIONS, BertConfig, BertModel, Linear
from embcmp.encoders.neural.bert_weights import read_tensors
from embcmp.encoders.neural.checkpoint import Checkpoint
from embcmp.encoders.neural.forward_state import restored
from embcmp.encoders.neural.tokenizer import Segments
from embcmp.encoders.neural.transformer import model_inputs
from embcmp.encoders.neural.transformer_weights import check_shapes, from_pretrained
from embcmp.encoders.substitutes import SubstituteList, is_word, most_probable
from embcmp.encoders.token_span import TokenSpan
from embcmp.errors import ModelError
from embcmp.models.quiet_transformers import quiet, reason

NO_HEAD = "the checkpoint has no masked-word head"
NO_MASK = "the tokenizer has no mask that the model knows"
NOT_FINITE = "the masked-word head gives NaN or infinity"

_PREFIX = "cls.predictions."
_WORD_STARTS = ("Ġ", "▁")  # the marks of byte-level BPE and SentencePiece for a space before

Predict = Callable[[Tensor, int], Tensor]  # token ids [t] and a position -> logits [vocabulary]


@dataclass(frozen=True)
class MaskedLM:
    """A checkpoint with its masked-language-model head.

    Attributes:
        predict: the forward pass with the head.
        tokenizer: the checkpoint's tokenizer.
        mask: the token id of the mask.
        words: the tokens that are whole words, by their mark and by their id.
    """

    predict: Predict
    tokenizer: Tokenizer
    mask: int
    words: Mapping[str, Mapping[int, str]]

    def substitutes(self, span: TokenSpan, count: int) -> SubstituteList | str:
        """Predict the words in the place of a target, all of whose tokens one mask replaces.

        The candidates have the target's mark: a tokenizer that marks the space before a word has
        other tokens for words that follow no space.
        """
        ids, first, last = span.ids, span.first, span.last
        masked = torch.tensor([*ids[:first], self.mask, *ids[last:]])
        with torch.inference_mode():
            scores: NDArray[np.float32] = self.predict(masked, first).numpy()
        if not np.isfinite(scores).all():
            return NOT_FINITE
        token = self.tokenizer.id_to_token(ids[first]) or ""
        words = self.words.get(_mark_of(token, _marks(self.tokenizer)), {})
        return most_probable(scores, words, ids[first] if last - first == 1 else None, count)


def open_masked_lm(checkpoint: Checkpoint) -> MaskedLM | str:
    """Open the masked-language-model head of a checkpoint.

    Returns:
        The head, or the reason why there is none.

    Raises:
        ModelError: the head cannot be read, or does not fit the encoder.
    """
    name = checkpoint.mask
    mask = None if name is None else checkpoint.tokenizer.token_to_id(name)
    if mask is None or mask >= checkpoint.model.vocabulary:
        return NO_MASK
    model, folder = checkpoint.model, checkpoint.location.folder
    if isinstance(model, BertModel):
        predict = _bert_predict(model, folder, checkpoint.config)
    else:
        predict = _transformers_predict(folder, checkpoint.segments)
    if predict is None:
        return NO_HEAD
    words = whole_words(checkpoint.tokenizer, model.vocabulary)
    return MaskedLM(predict, checkpoint.tokenizer, mask, words)


class BertHead(nn.Module):
    """A dense layer, normalized, then the product with a vector for every token."""

    def __init__(self, c: BertConfig) -> None:
        super().__init__()
        self.dense = Linear(c.hidden_size, c.hidden_size)
        self.act = ACTIVATIONS[c.hidden_act]
        self.LayerNorm = nn.LayerNorm(c.hidden_size, eps=c.layer_norm_eps)
        self.decoder = Linear(c.hidden_size, c.vocab_size)

    def forward(self, x: Tensor) -> Tensor:
        """Map a state x [d] of the last layer to logits [vocabulary]."""
        logits: Tensor = self.decoder(self.LayerNorm(self.act(self.dense(x))))
        return logits


def _bert_predict(model: BertModel, folder: Path, config: Mapping[str, Any]) -> Predict | None:
    bert = BertConfig.from_json(config)
    assert bert is not None, "the model was built from these settings"
    head = BertHead(bert).eval()
    wanted = head.state_dict()
    bias = wanted["decoder.bias"]
    state, _ = read_tensors(folder, {**wanted, "bias": bias}, _name_in_head)
    if config.get("tie_word_embeddings", True):
        state.setdefault("decoder.weight", model.embeddings.word_embeddings.weight.float().cpu())
    if "bias" in state:  # its name in a checkpoint that does not store the decoder
        state.setdefault("decoder.bias", state.pop("bias"))
    if not wanted.keys() <= state.keys():
        return None
    head.load_state_dict({name: state[name] for name in wanted}, assign=True)

    def predict(ids: Tensor, position: int) -> Tensor:
        device = model.embeddings.word_embeddings.weight.device
        batch = Batch.from_sequences([ids.tolist()], [[position]], device)
        [last] = model(batch, [len(model.layer)])  # [1, d]
        logits: Tensor = head(last[0].float().cpu())  # [vocabulary]
        return logits

    return predict


def _name_in_head(stored: str) -> str:
    """The name of a stored tensor in `BertHead`; "" for a tensor of something else."""
    return stored.removeprefix(_PREFIX) if stored.startswith(_PREFIX) else ""


def _transformers_predict(folder: Path, segments: Segments | None = None) -> Predict | None:
    """The head of any other architecture, through transformers, which loads its encoder too."""
    from transformers import AutoModelForMaskedLM

    try:
        with quiet():
            model, loading = from_pretrained(AutoModelForMaskedLM, folder)
    except ValueError:  # an architecture without this head
        return None
    except Exception as e:  # transformers raises anything for a broken head
        raise ModelError(f"{folder}: its masked-word head cannot be read: {reason(e)}") from e
    check_shapes(folder, loading)
    if loading["missing_keys"]:  # transformers drew them at random
        return None
    model.eval()

    def predict(ids: Tensor, position: int) -> Tensor:
        with restored(model):
            logits: Tensor = model(**model_inputs(model, ids[None], segments)).logits[0, position]
        return logits

    return predict


def whole_words(tokenizer: Tokenizer, vocabulary: int) -> dict[str, dict[int, str]]:
    """The tokens that are whole words, by their mark and by their id.

    Args:
        tokenizer: the checkpoint's tokenizer.
        vocabulary: the number of ids that the model knows: a tokenizer may have more tokens.
    """
    known = ((token, i) for token, i in tokenizer.get_vocab().items() if i < vocabulary)
    tokens = sorted(known, key=lambda item: item[1])
    texts = tokenizer.decode_batch([[i] for _, i in tokens])
    marks = _marks(tokenizer)
    words: dict[str, dict[int, str]] = {}
    for (token, i), text in zip(tokens, texts, strict=True):
        mark = _mark_of(token, marks)
        word = text.strip().removeprefix(mark)
        if is_word(word):
            words.setdefault(mark, {})[i] = word
    return words


def _marks(tokenizer: Tokenizer) -> tuple[str, ...]:
    """The marks that a token can begin with: of a space before it, or of no start of a word."""
    continuing = getattr(tokenizer.model, "continuing_subword_prefix", None)
    return (continuing,) if continuing else _WORD_STARTS


def _mark_of(token: str, marks: Sequence[str]) -> str:
    return next((mark for mark in marks if token.startswith(mark)), "")
