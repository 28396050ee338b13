"""The forward pass against transformers' BertModel, the reference implementation."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import BertModel as Reference

from embcmp.encoders.neural.batches import run_batch
from embcmp.encoders.neural.bert_network import BertConfig, BertModel
from embcmp.encoders.neural.bert_weights import load_bert
from embcmp.encoders.neural.checkpoint import open_checkpoint
from embcmp.errors import ModelError
from embcmp.models.checkpoints import find_checkpoint
from tests.conftest import MAN, edit_json, needs_models, save_bert

CPU = torch.device("cpu")

SEQUENCES = [[2, 5, 6, 7, 3], [2, 9, 3], [2, *range(5, 23), 3]]


def config_of(folder: Path) -> BertConfig:
    config = BertConfig.from_json(json.loads((folder / "config.json").read_text()))
    assert config is not None
    return config


def reference_states(folder: Path, sequences: Sequence[Sequence[int]]) -> list[list[np.ndarray]]:
    """Layer by layer, for each sequence [t, d], by transformers in one padded batch."""
    model = Reference.from_pretrained(folder, dtype=torch.float32).eval()
    longest = max(map(len, sequences))
    ids = torch.tensor([[*s, *[0] * (longest - len(s))] for s in sequences])
    mask = torch.tensor([[1] * len(s) + [0] * (longest - len(s)) for s in sequences])
    with torch.inference_mode():
        out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    return [
        [layer[b, : len(s)].numpy() for b, s in enumerate(sequences)] for layer in out.hidden_states
    ]


def every_state(model: BertModel, ids: Sequence[int], layers: Collection[int]) -> np.ndarray:
    """All states [layers, t, d] of one sequence."""
    return run_batch(model, [ids], [range(len(ids))], layers, CPU)[0]


def bert(folder: Path) -> BertModel:
    return load_bert(folder, config_of(folder))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"hidden_act": "gelu_new"},
        {"hidden_act": "gelu_pytorch_tanh"},
        {"hidden_act": "relu"},
        {"layer_norm_eps": 1e-3},
        {"type_vocab_size": 1},
        {"num_attention_heads": 1, "intermediate_size": 17},
        {"num_hidden_layers": 1},
    ],
    ids=str,
)
def test_every_layer_equals_transformers(tmp_path: Path, changes: dict[str, object]) -> None:
    folder = save_bert(tmp_path, seed=3, **changes)
    expected = reference_states(folder, SEQUENCES)
    ours = bert(folder)
    assert len(ours.layer) == len(expected) - 1
    for b, ids in enumerate(SEQUENCES):
        found = every_state(ours, ids, range(len(expected)))
        for k, layer in enumerate(expected):
            np.testing.assert_allclose(found[k], layer[b], rtol=0, atol=1e-5)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_states_at_any_positions_equal_those_of_transformers(
    tiny_bert: Path, data: st.DataObject
) -> None:
    ids = st.lists(st.integers(5, 90), min_size=1, max_size=24)
    sequences = sorted(data.draw(st.lists(ids, min_size=1, max_size=5)), key=len)
    places = [
        data.draw(st.lists(st.integers(0, len(s) - 1), min_size=1, max_size=4)) for s in sequences
    ]
    layers = data.draw(st.sets(st.integers(0, 3), min_size=1))
    expected = reference_states(tiny_bert, sequences)
    found = run_batch(bert(tiny_bert), sequences, places, layers, CPU)
    for b, states in enumerate(found):
        assert states.shape == (len(layers), len(places[b]), 32)
        for row, k in enumerate(sorted(layers)):
            np.testing.assert_allclose(states[row], expected[k][b][places[b]], rtol=0, atol=1e-5)


def test_only_the_requested_layers_and_positions_are_computed(
    tiny_bert: Path,
) -> None:
    model = bert(tiny_bert)
    rows: list[int] = []
    for layer in model.layer:
        layer.intermediate.register_forward_hook(lambda _, given, __: rows.append(len(given[0])))
    run_batch(model, [[2, 5, 6, 7, 3]] * 13, [[2]] * 13, [0, 2], CPU)
    # Of three layers the first at 13 x 5 places and the second at 13, filled up to multiples of 64.
    assert rows == [128, 64]


@needs_models
def test_a_sequence_has_the_same_states_alone_and_in_a_batch() -> None:
    folder = find_checkpoint(None).folder
    sequences = [e.ids for e in open_checkpoint(None).tokenizer.encode_batch([*MAN, "man"] * 20)]
    sequences.sort(key=len)
    model = bert(folder)
    model.prepare(6)
    together = run_batch(model, sequences, [[1]] * len(sequences), range(7), CPU)
    for ids, states in zip(sequences[::7], together[::7], strict=True):
        [alone] = run_batch(model, [ids], [[1]], range(7), CPU)
        assert alone.tobytes() == states.tobytes()


@needs_models
def test_every_layer_of_minilm_equals_transformers() -> None:
    folder = find_checkpoint(None).folder
    tokenizer = open_checkpoint(None).tokenizer
    sequences = [e.ids for e in tokenizer.encode_batch([*MAN, "Bass! " * 60])]
    expected = reference_states(folder, sequences)
    model = bert(folder)
    for b, ids in enumerate(sequences):
        found = every_state(model, ids, range(7))
        for k in range(7):
            np.testing.assert_allclose(found[k], expected[k][b], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["with-heads", "old-norms", "half", "sharded"])
def test_checkpoints_as_they_come(tmp_path: Path, tiny_bert: Path, name: str) -> None:
    weights = load_file(tiny_bert / "model.safetensors")
    if name == "with-heads":
        weights = {f"bert.{k}": v for k, v in weights.items()}
        weights["cls.predictions.bias"] = torch.zeros(3)
        weights["cls.seq_relationship.weight"] = torch.zeros(2, 32)
        weights["bert.embeddings.position_ids"] = torch.arange(24)[None]
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
    tolerance = 2e-2 if name == "half" else 0  # float16 rounds the weights themselves
    for ids in SEQUENCES:
        found, expected = (every_state(m, ids, [3]) for m in (loaded, bert(tiny_bert)))
        assert found.dtype == np.float32
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
def test_an_unknown_setting_in_the_config_is_left_to_transformers(
    tiny_bert: Path, change: dict[str, object]
) -> None:
    config = json.loads((tiny_bert / "config.json").read_text())
    assert BertConfig.from_json(config) is not None
    assert BertConfig.from_json({**config, **change}) is None


def test_a_tensor_that_is_not_there(tmp_path: Path, tiny_bert: Path) -> None:
    weights = load_file(tiny_bert / "model.safetensors")
    del weights["encoder.layer.2.output.dense.bias"]
    save_file(weights, tmp_path / "model.safetensors")
    says = r"lacks 1 of \d+ tensors; the first is layer\.2\.output\.dense\.bias"
    with pytest.raises(ModelError, match=says):
        load_bert(tmp_path, config_of(tiny_bert))


def test_a_config_of_another_model(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)
    edit_json(folder / "config.json", intermediate_size=65)
    with pytest.raises(ModelError, match=r"has the shape \[64\], but config\.json makes it \[65\]"):
        load_bert(folder, config_of(folder))


@pytest.mark.parametrize(
    "name",
    [
        "encoder.layer.3.output.dense.bias",  # above the layers of config.json
        "encoder.layer.0.output.adapters.up.weight",
        "bert.encoder.layer.0.attention.self.distance_embedding.weight",
    ],
)
def test_an_unused_tensor_of_a_layer_is_an_error(
    tmp_path: Path, tiny_bert: Path, name: str
) -> None:
    weights = load_file(tiny_bert / "model.safetensors")
    save_file({**weights, name: torch.zeros(32)}, tmp_path / "model.safetensors")
    says = f"1 of the tensors of layers do not fit config.json; the first is {re.escape(name)}"
    with pytest.raises(ModelError, match=says):
        load_bert(tmp_path, config_of(tiny_bert))


def test_quantized_weights_are_not_taken_for_numbers(tmp_path: Path, tiny_bert: Path) -> None:
    weights = load_file(tiny_bert / "model.safetensors")
    name = "encoder.layer.1.output.dense.weight"
    weights[name] = (weights[name] * 100).to(torch.int8)
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=rf"{re.escape(name)} is quantized, stored as int8"):
        load_bert(tmp_path, config_of(tiny_bert))


def test_a_config_with_wild_numbers_allocates_nothing(tmp_path: Path) -> None:
    folder = save_bert(tmp_path)
    edit_json(folder / "config.json", vocab_size=10**12)
    with pytest.raises(ModelError, match=r"but config\.json makes it \[1000000000000, 32\]"):
        load_bert(folder, config_of(folder))


def test_a_file_cut_short(tmp_path: Path, tiny_bert: Path) -> None:
    whole = (tiny_bert / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="is not a complete safetensors file"):
        load_bert(tmp_path, config_of(tiny_bert))


def test_pickled_weights_are_refused(tmp_path: Path, tiny_bert: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x02}q\x00.")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin is a pickle, which can run code"):
        load_bert(tmp_path, config_of(tiny_bert))


def test_an_index_of_weights_that_is_not_an_object_is_refused(
    tmp_path: Path, tiny_bert: Path
) -> None:
    (tmp_path / "model.safetensors.index.json").write_text("[]")
    with pytest.raises(ModelError, match="is not an index of weights"):
        load_bert(tmp_path, config_of(tiny_bert))
