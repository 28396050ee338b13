"""The card of a checkpoint, compared with the model that transformers loads."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from embcmp.encoders import load_encoder
from embcmp.errors import ModelError
from embcmp.models.card import describe_checkpoint
from embcmp.models.checkpoints import CheckpointFolder, find_checkpoint
from tests.conftest import TINY_BERT, edit_json, save_tokenizer, word_pieces

BERT = {**TINY_BERT, "vocab_size": len(word_pieces())}
DISTILBERT = {"vocab_size": 99, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32}
GPT2 = {"vocab_size": 99, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 32}
T5 = {"vocab_size": 99, "d_model": 16, "d_kv": 8, "num_layers": 2, "num_heads": 2, "d_ff": 32}
BART = {
    "vocab_size": 99,
    "d_model": 16,
    "encoder_layers": 2,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "max_position_embeddings": 32,
}
MASKED, NEXT, ORDER = "masked words", "next sentence", "sentence order"
REPLACED, TASK, CAUSAL = "replaced words", "a task", "next word"
WRITTEN = "written words"


def save(folder: Path, name: str, config: Mapping[str, Any]) -> Any:  # noqa: ANN401  of any class
    """Make a random checkpoint of a class of transformers."""
    model_class = getattr(transformers, name)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = model_class(model_class.config_class(**config))
    model.save_pretrained(folder)
    save_tokenizer(folder)
    return model


@pytest.mark.parametrize(
    ("name", "config", "expected"),
    [
        ("BertModel", BERT, []),
        ("BertForMaskedLM", BERT, [MASKED]),
        ("BertForPreTraining", BERT, [MASKED, NEXT]),
        ("BertForNextSentencePrediction", BERT, [NEXT]),
        ("BertForSequenceClassification", BERT, [TASK]),
        ("BertLMHeadModel", {**BERT, "is_decoder": True}, [CAUSAL]),
        ("RobertaForMaskedLM", BERT, [MASKED]),
        ("RobertaForCausalLM", {**BERT, "is_decoder": True}, [CAUSAL]),
        ("CamembertForMaskedLM", BERT, [MASKED]),
        ("MPNetForMaskedLM", BERT, [MASKED]),
        ("DistilBertForMaskedLM", DISTILBERT, [MASKED]),
        ("DistilBertForQuestionAnswering", DISTILBERT, [TASK]),
        ("AlbertForPreTraining", {**BERT, "embedding_size": 16}, [MASKED, ORDER]),
        ("ElectraForPreTraining", {**BERT, "embedding_size": 16}, [REPLACED]),
        ("ElectraForMaskedLM", {**BERT, "embedding_size": 16}, [MASKED]),
        ("DebertaV2ForMaskedLM", BERT, [MASKED]),
        ("ModernBertForMaskedLM", {**BERT, "pad_token_id": 0}, [MASKED]),
        ("GPT2LMHeadModel", GPT2, [CAUSAL]),
        ("T5Model", T5, []),
        ("T5EncoderModel", T5, []),
        ("T5ForConditionalGeneration", T5, [WRITTEN]),
        # As T5 1.1, Flan-T5 and mT5 are.
        ("T5ForConditionalGeneration", {**T5, "tie_word_embeddings": False}, [WRITTEN]),
        ("BartForConditionalGeneration", BART, [WRITTEN]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_heads_and_parameters_equal_those_of_transformers(
    tmp_path: Path, name: str, config: Mapping[str, Any], expected: list[str]
) -> None:
    model = save(tmp_path, name, config)
    card = describe_checkpoint(CheckpointFolder(tmp_path, "tiny"))
    assert [head.name for head in card.heads] == expected
    base = model.get_encoder() if model.config.is_encoder_decoder else model.base_model
    encoder = {p for n, p in base.named_parameters() if "pooler." not in n}
    assert card.parameters == sum(p.numel() for p in encoder)
    whole = {p for n, p in model.named_parameters() if "pooler." not in n and "decoder." not in n}
    # The first's head has a tensor named decoder; the second's bias is no parameter.
    if name not in {"ModernBertForMaskedLM", "BartForConditionalGeneration"}:
        assert sum(h.parameters for h in card.heads) == sum(p.numel() for p in whole - encoder)
    assert card.saved_as == name
    assert (card.dim, card.layers) == (base.config.hidden_size, base.config.num_hidden_layers)
    assert card.attention_heads == base.config.num_attention_heads
    assert card.vocabulary == base.config.vocab_size
    assert card.stored == "float32"


def test_the_card_agrees_with_compare(tiny_bert: Path) -> None:
    card = describe_checkpoint(find_checkpoint(str(tiny_bert)))
    info = load_encoder(f"bert:{tiny_bert}").info
    assert (card.model, card.dim, card.parameters, card.bytes) == (
        info.model, info.dim, info.parameters, info.bytes,
    )  # fmt: skip
    assert (card.architecture, card.limit, card.location) == ("bert", 24, str(tiny_bert))
    weights = sha256((tiny_bert / "model.safetensors").read_bytes()).hexdigest()
    assert card.digest == weights
    assert [file.name for file in card.files] == [
        "config.json", "tokenizer.json", "model.safetensors",
    ]  # fmt: skip
    assert card.files[-1].sha256 == weights


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_the_dtype_of_the_weights(tmp_path: Path, tiny_bert: Path, dtype: str) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "half")
    tensors = load_file(folder / "model.safetensors")
    halved = {name: t.to(getattr(torch, dtype)) for name, t in tensors.items()}
    positions = {"embeddings.position_ids": torch.arange(24)}  # no parameters, though kept
    save_file({**halved, **positions}, folder / "model.safetensors")
    card = describe_checkpoint(find_checkpoint(str(folder)))
    assert card.stored == dtype
    assert card.parameters == load_encoder(f"bert:{tiny_bert}").info.parameters


def test_shards_are_counted_together(tmp_path: Path, tiny_bert: Path) -> None:
    whole = describe_checkpoint(find_checkpoint(str(tiny_bert)))
    transformers.BertModel.from_pretrained(tiny_bert).save_pretrained(
        tmp_path, max_shard_size="20KB"
    )
    save_tokenizer(tmp_path)
    card = describe_checkpoint(find_checkpoint(str(tmp_path)))
    shards = [f for f in card.files if f.name.startswith("model-")]
    assert len(shards) > 1
    assert card.parameters == whole.parameters
    assert card.digest == sha256("".join(f.sha256 for f in shards).encode()).hexdigest()


@pytest.mark.parametrize(
    ("front", "config", "expected"),
    [
        ("license: apache-2.0", None, "apache-2.0"),
        ("license: other\nlicense_name: my-own", None, "my-own"),
        ("license:\n- mit\n- cc-by-4.0", None, "mit, cc-by-4.0"),
        ("language: en", "bsd-3-clause", "bsd-3-clause"),
        ("license: [", "mit", "mit"),  # broken YAML states nothing
        ("- a list", None, None),
        (None, "mit", "mit"),
        (None, None, None),
    ],
)
def test_the_license_from_the_model_card_or_config(
    tmp_path: Path, tiny_bert: Path, front: str | None, config: str | None, expected: str | None
) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "licensed")
    if front is not None:
        (folder / "README.md").write_text(f"---\n{front}\n---\n\nlicense: not here\n")
    if config is not None:
        edit_json(folder / "config.json", license=config)
    assert describe_checkpoint(find_checkpoint(str(folder))).license == expected


def test_a_config_with_few_declarations(tmp_path: Path, tiny_bert: Path) -> None:
    """Where config.json is silent, the default of the architecture counts."""
    folder = shutil.copytree(tiny_bert, tmp_path / "little")
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "hidden_size": 32}))
    card = describe_checkpoint(find_checkpoint(str(folder)))
    assert (card.architecture, card.saved_as, card.attention_heads) == ("bert", None, 12)
    assert (card.vocabulary, card.limit, card.layers) == (30522, 512, 12)


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\x08" + bytes(7) + b"{}"])
def test_weights_that_are_not_safetensors(tmp_path: Path, tiny_bert: Path, content: bytes) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"is not a complete safetensors file \(.*fetch it again"):
        describe_checkpoint(find_checkpoint(str(folder)))
