"""The prediction heads of a checkpoint, recognized by the names of its tensors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Head:
    """A head: layers that turn the states of the encoder into predictions.

    Attributes:
        name: What the head predicts.
        means: A sentence about what that means for the model.
        parameters: Number of parameters, without those that are shared with the embedding layer.
    """

    name: str
    means: str
    parameters: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of head: what it predicts, what that means, and how the names of its tensors begin.

    Classes with a name that ends in `always` have this head even if no tensor belongs to it: it
    consists of the embedding layer.
    """

    name: str
    means: str
    tensors: re.Pattern[str]
    always: tuple[str, ...] = ()


_DECODERS = ("LMHeadModel", "ForCausalLM")
_NEXT_WORD = _Kind(
    "next word",
    "trained to predict each word from those before it: its vectors know nothing of what follows",
    re.compile(r"(lm_head|embed_out|cls\.predictions)\."),
    always=_DECODERS,
)
_WRITTEN_WORDS = _Kind(
    "written words",
    "trained to write a text, word by word, from the one that is read: it belongs to the decoder,"
    " and embcmp takes the encoder's vectors",
    re.compile(r"lm_head\.|final_logits_bias$"),
    always=("ForConditionalGeneration",),
)
_KINDS = (
    _Kind(
        "masked words",
        "trained to fill in words that are hidden, from the words on both sides: it can say which"
        " words would fit in a word's place",
        # BERT; RoBERTa, MPNet and others; DeBERTa; ALBERT; DistilBERT; ELECTRA; ModernBERT.
        re.compile(
            r"cls\.predictions\.|lm_head\.|lm_predictions\.|predictions\.|vocab_(transform|"
            r"layer_norm|projector)\.|generator_(predictions|lm_head)\.|head\.(dense|norm)\.|"
            r"decoder\.(weight|bias)$"
        ),
    ),
    _Kind(
        "next sentence",
        "trained to tell whether one sentence followed another in a text: it judges pairs of"
        " sentences and says nothing about a word",
        re.compile(r"cls\.seq_relationship\."),
    ),
    _Kind(
        "sentence order",
        "trained to tell which of two sentences came first: it judges pairs of sentences and says"
        " nothing about a word",
        re.compile(r"sop_classifier\."),
    ),
    _Kind(
        "replaced words",
        "trained to tell which words of a sentence were replaced by others: it judges every word"
        " in its context, and proposes none",
        re.compile(r"(discriminator_predictions|mask_predictions)\."),
    ),
    _Kind(
        "a task",
        "fine-tuned to label sentences, pairs or words: that task has shaped its vectors, too",
        re.compile(r"(classifier|pre_classifier|qa_outputs|score)\."),
    ),
)
_POOLER = re.compile(r"(.*\.)?pooler\.")
_DECODER = re.compile(r"(model\.)?decoder\.")
_EMBEDDING, _SHARED = (
    "encoder.embed_tokens.weight",
    "shared.weight",
)  # the same, stored twice


def saved_class(config: Mapping[str, Any]) -> str:
    """The name of the class that a checkpoint was saved from; "" if config.json has none."""
    classes = config.get("architectures")
    return str(classes[0]) if isinstance(classes, list) and classes else ""


def find_heads(sizes: Mapping[str, int], config: Mapping[str, Any]) -> tuple[Head, ...]:
    """Find the prediction heads of a checkpoint.

    Args:
        sizes: Number of elements of each tensor, by name.
        config: Content of config.json.
    """
    heads = []
    for kind in _kinds(config):
        parameters = [size for name, size in sizes.items() if kind.tensors.match(name)]
        if parameters or saved_class(config).endswith(kind.always):
            heads.append(Head(kind.name, kind.means, sum(parameters)))
    return tuple(heads)


def encoder_tensors(names: Iterable[str], config: Mapping[str, Any]) -> list[str]:
    """The names of the tensors that belong to the encoder: not to heads, a pooler or a decoder."""
    names = list(names)
    others = [*(kind.tensors for kind in _kinds(config)), _POOLER]
    if config.get("is_encoder_decoder"):
        others.append(_DECODER)
        if any(name.endswith(_EMBEDDING) for name in names):
            names = [name for name in names if not name.endswith(_SHARED)]
    return [name for name in names if not any(other.match(name) for other in others)]


def _kinds(config: Mapping[str, Any]) -> tuple[_Kind, ...]:
    """The kinds of heads of an architecture; decoders use the same names for other heads."""
    if config.get("is_encoder_decoder"):
        return (_WRITTEN_WORDS, *_KINDS[1:])
    return (_NEXT_WORD, *_KINDS[1:]) if saved_class(config).endswith(_DECODERS) else _KINDS
