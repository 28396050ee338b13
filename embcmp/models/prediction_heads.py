"""What stands on top of an encoder in a checkpoint, told by the names of its tensors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Head:
    """A head: layers that turn the encoder's states into predictions.

    Attributes:
        name: what it predicts.
        means: what that tells of the model, in a sentence.
        parameters: numbers in its tensors; what it shares with the embedding layer has none there.
    """

    name: str
    means: str
    parameters: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of head: what it predicts, what that means, and how its tensors' names begin.

    Checkpoints of classes that end in `always` have it where no tensor is its own, too: they share
    it with the embedding layer.
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
_EMBEDDING, _SHARED = "encoder.embed_tokens.weight", "shared.weight"  # the same, stored twice


def saved_class(config: Mapping[str, Any]) -> str:
    """The class that a checkpoint was saved from, "" where config.json does not say."""
    classes = config.get("architectures")
    return str(classes[0]) if isinstance(classes, list) and classes else ""


def heads(sizes: Mapping[str, int], config: Mapping[str, Any]) -> tuple[Head, ...]:
    """The heads of a checkpoint.

    Args:
        sizes: the numbers in each of its tensors, by name.
        config: its config.json.
    """
    found = []
    for kind in _kinds(config):
        own = [size for name, size in sizes.items() if kind.tensors.match(name)]
        if own or saved_class(config).endswith(kind.always):
            found.append(Head(kind.name, kind.means, sum(own)))
    return tuple(found)


def encoder_tensors(names: Iterable[str], config: Mapping[str, Any]) -> list[str]:
    """The names of the tensors that are of no head, nor of the pooler of sentences or a decoder."""
    names = list(names)
    tops = [*(kind.tensors for kind in _kinds(config)), _POOLER]
    if config.get("is_encoder_decoder"):
        tops.append(_DECODER)
        if any(name.endswith(_EMBEDDING) for name in names):
            names = [name for name in names if not name.endswith(_SHARED)]
    return [name for name in names if not any(top.match(name) for top in tops)]


def _kinds(config: Mapping[str, Any]) -> tuple[_Kind, ...]:
    """The kinds as the architecture has them: decoders use a name of the others for theirs."""
    if config.get("is_encoder_decoder"):
        return (_WRITTEN_WORDS, *_KINDS[1:])
    return (_NEXT_WORD, *_KINDS[1:]) if saved_class(config).endswith(_DECODERS) else _KINDS
