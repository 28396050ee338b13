"""The forward pass against transformers' BertModel, the reference implementation."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertModel as Reference

from embcmp.encoders.neural.bert import BertConfig
from embcmp.encoders.neural.bert_weights import load_bert
from embcmp.encoders.neural.runtime import hidden_states
from embcmp.errors import ModelError
from tests.conftest import edit_json, save_bert

SEQUENCES = [[2, 5, 6, 7, 3], [2, 9, 3], [2, *range(5, 23), 3]]


def config_of(folder: Path) -> BertConfig:
    config = BertConfig.from_json(json.loads((folder / "config.json").read_text()))
    assert config is not None
    return config


def reference_states(folder: Path, ids: list[int]) -> list[np.ndarray]:
    model = Reference.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        out = model(input_ids=torch.tensor([ids]), output_hidden_states=True)
    return [state[0].numpy() for state in out.hidden_states]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hidden_act": "gelu_new"},
        {"hidden_act": "relu"},
        {"layer_norm_eps": 1e-3},
        {"type_vocab_size": 1},
        {"num_attention_heads": 1, "intermediate_size": 17},
    ],
    ids=str,
)
def test_every_layer_equals_transformers(tmp_path: Path, changes: dict[str, object]) -> None:
    folder = save_bert(tmp_path, seed=3, **changes)
    ours = load_bert(folder, config_of(folder))
    states = hidden_states(ours, SEQUENCES, pad=0, top=3)
    assert len(states) == 4
    for b, ids in enumerate(SEQUENCES):
        for ours_k, theirs_k in zip(states, reference_states(folder, ids), strict=True):
            np.testing.assert_allclose(ours_k[b, : len(ids)], theirs_k, rtol=0, atol=1e-5)


def test_layers_above_the_one_asked_for_are_not_run(tiny_bert: Path) -> None:
    model = load_bert(tiny_bert, config_of(tiny_bert))
    assert len(hidden_states(model, SEQUENCES, pad=0, top=1)) == 2


@pytest.mark.parametrize("name", ["prefixed", "old-norms", "half", "sharded"])
def test_checkpoints_as_they_come(tmp_path: Path, tiny_bert: Path, name: str) -> None:
    weights = load_file(tiny_bert / "model.safetensors")
    if name == "prefixed":
        weights = {f"bert.{k}": v for k, v in weights.items()}
        weights["cls.predictions.bias"] = torch.zeros(3)
    if name == "old-norms":
        weights = {
            k.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
                "LayerNorm.bias", "LayerNorm.beta"
            ): v
            for k, v in weights.items()
        }
    if name == "half":
        weights = {k: v.to(torch.float16) for k, v in weights.items()}
    if name == "sharded":
        names = sorted(weights)
        parts = {"a.safetensors": names[:9], "b.safetensors": names[9:]}
        for file, keys in parts.items():
            save_file({k: weights[k] for k in keys}, tmp_path / file)
        index = {"weight_map": {k: file for file, keys in parts.items() for k in keys}}
        (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    else:
        save_file(weights, tmp_path / "model.safetensors")
    loaded = load_bert(tmp_path, config_of(tiny_bert))
    [expected] = hidden_states(load_bert(tiny_bert, config_of(tiny_bert)), SEQUENCES, 0, 3)[3:]
    [found] = hidden_states(loaded, SEQUENCES, 0, 3)[3:]
    assert found.dtype == np.float32
    tolerance = 2e-2 if name == "half" else 0  # float16 rounds the weights themselves
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_act": "swish"},
        {"position_embedding_type": "relative_key"},
        {"is_decoder": True},
        {"model_type": "roberta"},
    ],
    ids=str,
)
def test_what_it_does_not_know_it_refuses(tiny_bert: Path, change: dict[str, object]) -> None:
    config = json.loads((tiny_bert / "config.json").read_text())
    assert BertConfig.from_json(config) is not None
    assert BertConfig.from_json({**config, **change}) is None


def test_a_tensor_that_is_not_there(tmp_path: Path, tiny_bert: Path) -> None:
    weights = load_file(tiny_bert / "model.safetensors")
    del weights["encoder.layer.2.output.dense.bias"]
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"lacks 1 of \d+ tensors, layer\.2\.output\.dense\.bias"):
        load_bert(tmp_path, config_of(tiny_bert))


def test_a_config_of_another_model(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)
    edit_json(folder / "config.json", intermediate_size=65)
    with pytest.raises(ModelError, match=r"has the shape \[64\], but config\.json says \[65\]"):
        load_bert(folder, config_of(folder))


def test_a_file_cut_short(tmp_path: Path, tiny_bert: Path) -> None:
    whole = (tiny_bert / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="is not a whole safetensors file"):
        load_bert(tmp_path, config_of(tiny_bert))


def test_pickled_weights_are_refused(tmp_path: Path, tiny_bert: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is a pickle, which can run code"):
        load_bert(tmp_path, config_of(tiny_bert))


def test_an_index_that_is_none(tmp_path: Path, tiny_bert: Path) -> None:
    (tmp_path / "model.safetensors.index.json").write_text("[]")
    with pytest.raises(ModelError, match="is no index of weights"):
        load_bert(tmp_path, config_of(tiny_bert))
