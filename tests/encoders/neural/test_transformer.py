from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    AutoModel,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5Model,
)

from embcmp.encoders import load_encoder
from embcmp.errors import ModelError
from embcmp.types import Occurrence
from tests.conftest import save_tokenizer, word_pieces


@pytest.fixture(scope="module")
def distilbert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny-distilbert"
    config = DistilBertConfig(
        vocab_size=len(word_pieces()), dim=16, n_layers=2, n_heads=2, hidden_dim=32
    )
    with torch.random.fork_rng():
        torch.manual_seed(1)
        DistilBertModel(config).save_pretrained(folder)
    save_tokenizer(folder)
    return folder


def test_every_layer_equals_automodel(distilbert: Path) -> None:
    sentence = "the man is it; a manned post"
    start = sentence.index("manned")
    occurrences = [
        Occurrence("a", "man", sentence, 4, 7),
        Occurrence("b", "man", sentence, start, start + 6),
        Occurrence("c", "man", "go man", 3, 6),
    ]
    out = load_encoder(f"bert:{distilbert}@all").encode(occurrences)
    assert out.info.layers == (0, 1, 2)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(distilbert / "tokenizer.json"))
    model = AutoModel.from_pretrained(distilbert).eval()
    for i, (text, pieces) in enumerate(
        [(sentence, slice(2, 3)), (sentence, slice(7, 11)), ("go man", slice(2, 3))]
    ):
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        with torch.inference_mode():
            states = model(input_ids=ids, output_hidden_states=True).hidden_states
        for layer in range(3):
            expected = states[layer][0, pieces].mean(dim=0).numpy()
            np.testing.assert_allclose(out.vectors[layer, i], expected, rtol=0, atol=1e-5)


def test_random_weights(distilbert: Path) -> None:
    target = [Occurrence("c", "man", "go man", 3, 6)]
    state = torch.random.get_rng_state()
    spec = f"bert:{distilbert},weights=random"
    first, again, other, trained = (
        load_encoder(s).encode(target).vectors
        for s in (spec, spec, f"{spec},seed=1", f"bert:{distilbert}")
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
    assert np.abs(first - trained).max() > 0.1
    assert torch.equal(torch.random.get_rng_state(), state)


def test_a_tokenizer_of_its_vocabulary_alone(tmp_path: Path, tiny_bert: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((tiny_bert / name).read_bytes())
    (tmp_path / "vocab.txt").write_text("".join(f"{p}\n" for p in word_pieces()))
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    target = [Occurrence("1", "man", "Go man the post!", 3, 6)]
    found = load_encoder(f"bert:{tmp_path}").encode(target)
    expected = load_encoder(f"bert:{tiny_bert}").encode(target)
    assert found.receipts == expected.receipts
    np.testing.assert_array_equal(found.vectors, expected.vectors)


def test_an_encoder_decoder_is_refused(tmp_path: Path) -> None:
    config = T5Config(vocab_size=20, d_model=8, d_ff=8, num_layers=1, num_heads=2, d_kv=4)
    T5Model(config).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match="t5 is an encoder-decoder; name an encoder"):
        load_encoder(f"bert:{tmp_path}")


def test_no_code_of_a_checkpoint_is_run(tmp_path: Path, tiny_bert: Path) -> None:
    (tmp_path / "evil.py").write_text("raise SystemExit('ran')")
    (tmp_path / "model.safetensors").write_bytes((tiny_bert / "model.safetensors").read_bytes())
    (tmp_path / "config.json").write_text(json.dumps({"auto_map": {"AutoModel": "evil.Evil"}}))
    with pytest.raises(ModelError, match="wants to run code of its own"):
        load_encoder(f"bert:{tmp_path}")
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "evil", "auto_map": {"AutoModel": "evil.Evil"}})
    )
    with pytest.raises(ModelError, match="transformers cannot load it"):
        load_encoder(f"bert:{tmp_path}")


def test_no_tokenizer_at_all(tmp_path: Path, tiny_bert: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((tiny_bert / name).read_bytes())
    with pytest.raises(ModelError, match="there is no tokenizer"):
        load_encoder(f"bert:{tmp_path}")
