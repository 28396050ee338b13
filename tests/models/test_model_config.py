"""The settings of a checkpoint, against the configuration that transformers loads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModel
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from embcmp.encoders import load_encoder
from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import read_json
from embcmp.models.checkpoints import CheckpointFolder, find_checkpoint
from embcmp.models.model_config import declared_number, read_config, token_limit
from embcmp.types import Occurrence
from tests.conftest import needs_models, save_bert
from tests.encoders.tiny import save

LONG = "the " * 99 + "man" + " it" * 99  # longer than any tiny model takes


def silent(folder: Path, *names: str) -> Path:
    """Take settings out of config.json."""
    config = json.loads((folder / "config.json").read_text())
    kept = {name: value for name, value in config.items() if name not in names}
    (folder / "config.json").write_text(json.dumps(kept))
    return folder


def man(sentence: str) -> list[Occurrence]:
    start = sentence.index("man")
    return [Occurrence("1", "man", sentence, start, start + 3)]


@pytest.mark.parametrize(
    ("config", "declared", "expected"),
    [
        ({"max_position_embeddings": 512}, None, 512),
        ({"max_position_embeddings": 512}, 128, 128),
        ({"max_position_embeddings": 512}, 1e30, 512),
        ({"max_position_embeddings": 512}, int(1e30), 512),
        ({"max_position_embeddings": 512}, 8192, 512),
        ({"max_position_embeddings": 514, "model_type": "roberta", "pad_token_id": 1}, None, 512),
        ({"max_position_embeddings": 1026, "model_type": "esm", "pad_token_id": 1}, None, 1024),
        ({}, 1e30, 512),  # neither says: what BERT takes
        ({}, None, 512),
        ({"max_position_embeddings": -1}, None, 512),  # as XLNet says it
        ({"max_position_embeddings": 512}, "many", 512),
    ],
)
def test_the_limit_of_tokens(
    tmp_path: Path, config: dict[str, object], declared: object, expected: int
) -> None:
    if declared is not None:
        content = json.dumps({"model_max_length": declared})
        (tmp_path / "tokenizer_config.json").write_text(content)
    assert token_limit(tmp_path, config) == expected


def test_the_fingerprint_depends_on_the_limit(tmp_path: Path, tiny_bert: Path) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "cut")
    whole = load_encoder(f"bert:{folder}").info.fingerprint
    (folder / "tokenizer_config.json").write_text('{"model_max_length": 12}')
    assert load_encoder(f"bert:{folder}").info.fingerprint != whole


@pytest.mark.parametrize("name", ["roberta", "xlm-roberta", "camembert", "mpnet"])
def test_padding_that_config_json_does_not_name(tmp_path: Path, name: str) -> None:
    """RoBERTa's first position has the number of its padding + 1, and padding is 1 by default."""
    folder = silent(save(name, tmp_path), "pad_token_id", "bos_token_id", "eos_token_id")
    out = load_encoder(f"bert:{folder}").encode(man(LONG))
    assert not out.missing
    assert out.receipts[0].truncated
    model = AutoModel.from_pretrained(folder)
    assert model.embeddings.position_embeddings.padding_idx == 1
    assert token_limit(folder, read_config(find_checkpoint(str(folder)))) == 62
    with pytest.raises((IndexError, RuntimeError), match="out of"):
        model(input_ids=torch.full((1, 63), 5))


def test_numbers_that_config_json_does_not_name(tmp_path: Path) -> None:
    """A DistilBERT of six layers by default, whose width has a name of its own."""
    config = {"model_type": "distilbert", "dim": 16, "n_heads": 2, "hidden_dim": 32}
    (tmp_path / "config.json").write_text(json.dumps({**config, "vocab_size": 200}))
    with torch.random.fork_rng():
        AutoModel.from_config(AutoConfig.from_pretrained(tmp_path)).save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({**config, "vocab_size": 200}))
    shutil.copy(save_bert(tmp_path / "bert") / "tokenizer.json", tmp_path)
    info = load_encoder(f"bert:{tmp_path}@all").info
    assert (info.layers, info.dim) == (tuple(range(7)), 16)


def test_a_bert_that_is_silent_about_its_defaults(tmp_path: Path) -> None:
    changes: dict[str, Any] = {"hidden_size": 24, "num_attention_heads": 12}
    folder = save_bert(tmp_path, **changes)
    expected = load_encoder(f"bert:{folder}").encode(man("go man"))
    silent(folder, "num_attention_heads", "layer_norm_eps", "hidden_act", "type_vocab_size")
    found = load_encoder(f"bert:{folder}").encode(man("go man"))
    np.testing.assert_array_equal(found.vectors, expected.vectors)


@pytest.mark.parametrize(
    "name",
    (
        "bert albert roberta t5 mt5 bart longformer big_bird xlm gpt2 openai-gpt opt bloom falcon"
        " modernbert distilbert electra deberta-v2 m2m_100 nomic_bert eurobert"
    ).split(),
)
def test_the_usual_names_of_every_architecture(tmp_path: Path, name: str) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": name}))
    ours, theirs = read_config(CheckpointFolder(tmp_path, "tiny")), CONFIG_MAPPING[name]()
    for usual in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"):
        assert ours[usual] == getattr(theirs, usual)
    assert ours["pad_token_id"] == theirs.pad_token_id


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"hidden_size": 32}, "transformers cannot read it: Unrecognized model"),
        ({"model_type": "no-such"}, "transformers cannot read it: The checkpoint you are trying"),
        ({"model_type": "bert", "hidden_size": "wide"}, "'hidden_size' expected int, got str"),
    ],
)
def test_a_config_that_transformers_cannot_read(
    tmp_path: Path, config: dict[str, object], says: str
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match=says) as e:
        read_config(CheckpointFolder(tmp_path, "tiny"))
    assert e.value.message.startswith(f"{tmp_path / 'config.json'}: ")
    assert "\n" not in e.value.message


def test_a_model_without_the_numbers_of_an_encoder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"config\.json: does not declare vocab_size"):
        declared_number(tmp_path, {"vocab_size": None}, "vocab_size")


@needs_models
def test_the_default_says_everything_under_the_usual_names() -> None:
    found = find_checkpoint(None)
    theirs = read_config(CheckpointFolder(found.folder, found.name))
    ours = read_config(found)
    assert ours == read_json(found.folder / "config.json")
    for name in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"):
        assert ours[name] == theirs[name]
    assert ours["max_position_embeddings"] == theirs["max_position_embeddings"]
