"""No forward pass leaves anything behind: each is computed as the checkpoint declares it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from embcmp.encoders import load_encoder
from embcmp.encoders.bert import Bert
from embcmp.encoders.neural import masked_lm
from embcmp.encoders.neural.forward_state import restored
from embcmp.encoders.neural.transformer import Transformer
from embcmp.errors import ModelError
from embcmp.types import Occurrence
from tests.conftest import declare_plain_tokenizer
from tests.encoders.tiny import unigram

_USUAL = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2}
BIG_BIRD = {**_USUAL, "intermediate_size": 32, "block_size": 2, "num_random_blocks": 1}
# The second has more than 14 tokens, beyond which this BigBird attends to blocks, and an odd
# number of them, so that it is padded. The third has as many, so that both are in one batch.
TEXTS = (
    "go man",
    "the man is " + "go it cold " * 4 + "man",
    "the man is " + "it go cold " * 4 + "man",
    "it man",
    "a post " * 9 + "the man",
)


def save(folder: Path, name: str, **settings: Any) -> Path:  # noqa: ANN401  as in JSON
    """Make the random checkpoint of an architecture, whose tokenizer.json says everything."""
    tokenizer = unigram()
    tokenizer.save(str(folder / "tokenizer.json"))
    declare_plain_tokenizer(folder)
    config = getattr(transformers, f"{name}Config")(
        vocab_size=tokenizer.get_vocab_size(), **settings
    )
    with torch.random.fork_rng():
        torch.manual_seed(3)
        AutoModel.from_config(config).save_pretrained(folder)
    return folder


def uses(texts: Sequence[str] = TEXTS) -> list[Occurrence]:
    return [
        Occurrence(str(i), "man", s, s.rindex("man"), s.rindex("man") + 3)
        for i, s in enumerate(texts)
    ]


def expected(folder: Path, use: Occurrence) -> np.ndarray:
    """The target's vectors [layers, dim] of a model that has read nothing before."""
    model = AutoModel.from_pretrained(folder).eval()
    encoded = AutoTokenizer.from_pretrained(folder)(
        use.sentence, return_offsets_mapping=True, return_tensors="pt"
    )
    tokens = encoded.tokens()
    places = [
        i
        for i, (a, b) in enumerate(encoded.pop("offset_mapping")[0].tolist())
        if a < use.end and b > use.start and tokens[i] != "▁"
    ]
    with torch.inference_mode():
        states = model(**encoded, output_hidden_states=True).hidden_states
    return np.stack([s[0, places].mean(dim=0).numpy() for s in states])


@pytest.mark.parametrize("order", [TEXTS, TEXTS[::-1], TEXTS[1:3], [*TEXTS[1:], TEXTS[0]]])
def test_big_bird_attends_to_blocks_after_a_short_sentence(
    tmp_path: Path, order: Sequence[str]
) -> None:
    folder = save(tmp_path, "BigBird", **BIG_BIRD, max_position_embeddings=64)
    encoder = load_encoder(f"bert:{folder}@all")
    for texts in (order, order):
        out = encoder.encode(uses(texts))
        assert not out.missing
        for i, use in enumerate(uses(texts)):
            np.testing.assert_allclose(out.vectors[:, i], expected(folder, use), rtol=0, atol=1e-5)
    for use in uses(order):
        alone = encoder.encode([use]).vectors[:, 0]
        np.testing.assert_allclose(alone, expected(folder, use), rtol=0, atol=1e-5)


def test_loading_and_encoding_leave_nothing_behind(tmp_path: Path) -> None:
    folder = save(tmp_path, "BigBird", **BIG_BIRD, max_position_embeddings=64)
    numbers, drawn = np.random.get_state()[1].copy(), torch.random.get_rng_state()  # noqa: NPY002
    verbosity = transformers.utils.logging.get_verbosity()
    encoder = load_encoder(f"bert:{folder}")
    assert isinstance(encoder, Bert)
    model = encoder._checkpoint.model
    assert isinstance(model, Transformer)
    assert model.model.attention_type == "block_sparse"
    encoder.encode(uses())
    assert {m.attention_type for m in model.modules() if hasattr(m, "attention_type")} == {
        "block_sparse"
    }
    np.testing.assert_array_equal(np.random.get_state()[1], numbers)  # noqa: NPY002
    assert torch.equal(torch.random.get_rng_state(), drawn)
    assert transformers.utils.logging.get_verbosity() == verbosity


def test_big_bird_s_masked_words_do_not_depend_on_what_was_read_before(tmp_path: Path) -> None:
    tokenizer = unigram()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    config = transformers.BigBirdConfig(
        vocab_size=tokenizer.get_vocab_size(), max_position_embeddings=64, **BIG_BIRD
    )
    transformers.BigBirdForMaskedLM(config).save_pretrained(tmp_path)
    predict = masked_lm._transformers_predict(tmp_path)
    assert predict is not None
    long, short = torch.arange(5, 45), torch.arange(5, 9)
    first = predict(long, 3)
    predict(short, 1)
    assert torch.equal(predict(long, 3), first)


def test_segments_are_those_of_the_tokenizer(tmp_path: Path) -> None:
    """XLNet's last special token is in a segment of its own, and segments change its states."""
    folder = save(tmp_path, "XLNet", d_model=16, n_layer=3, n_head=2, d_inner=32)
    special = {"cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    names = ["input_ids", "token_type_ids", "attention_mask"]
    declared = {"tokenizer_class": "XLNetTokenizer", "model_input_names": names, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(declared))
    assert AutoTokenizer.from_pretrained(folder)("go man")["token_type_ids"][-1] == 2
    out = load_encoder(f"bert:{folder}@all").encode(uses())
    for i, use in enumerate(uses()):
        np.testing.assert_allclose(out.vectors[:, i], expected(folder, use), rtol=0, atol=1e-5)


REFORMER = {
    "hidden_size": 16,
    "attention_head_size": 8,
    "num_attention_heads": 2,
    "feed_forward_size": 32,
    "axial_pos_shape": [8, 8],
    "axial_pos_embds_dim": [8, 8],
    "attn_layers": ["lsh", "local"],
    "lsh_attn_chunk_length": 8,
    "local_attn_chunk_length": 8,
    "num_buckets": 4,
    "max_position_embeddings": 64,
}


def test_states_that_depend_on_chance_are_refused(tmp_path: Path) -> None:
    """Reformer hashes at random, once a sentence is longer than a chunk."""
    encoder = load_encoder(f"bert:{save(tmp_path, 'Reformer', **REFORMER)}")
    assert encoder.encode(uses(["man"])).receipts[0].text == "man"
    with pytest.raises(ModelError, match="its states depend on random numbers") as e:
        encoder.encode(uses())
    assert e.value.exit_code == 4


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        ("Mra", _USUAL, "its states do not depend on the words around their own"),
        (
            "PegasusX",
            {"d_model": 16, "encoder_layers": 2, "decoder_layers": 1, "num_global_tokens": 4}
            | {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "block_size": 4},
            "does not give a state for each token in each layer",
        ),
        ("Bros", _USUAL, "cannot run it on 3 tokens: You have to specify bbox"),
    ],
)
def test_models_that_give_no_such_states_are_refused(
    tmp_path: Path, name: str, settings: dict[str, Any], says: str
) -> None:
    with pytest.raises(ModelError, match=says) as e:
        load_encoder(f"bert:{save(tmp_path, name, **settings)}")
    assert e.value.message.startswith(str(tmp_path))


class Stateful(nn.Module):
    """Counts its runs, and changes everything that a module registers."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = 0
        self.weight = nn.Parameter(torch.ones(1))
        self.scale: Tensor
        self.register_buffer("scale", torch.ones(1))
        self.inner: nn.Module = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        self.runs += 1
        self.longest = len(x)
        self.scale = self.scale * 2
        self.weight = nn.Parameter(self.weight * 3)
        self.inner = nn.ReLU()
        return x * self.scale * self.weight


def test_what_a_module_keeps_is_put_back() -> None:
    module = Stateful()
    weight, inner = module.weight, module.inner
    for _ in range(2):
        with restored(module) as drawn:
            assert module(torch.ones(2)).tolist() == [6, 6]
        assert not drawn
    assert module.weight is weight
    assert module.inner is inner
    assert (module.runs, module.scale.item(), hasattr(module, "longest")) == (0, 1, False)


def test_it_is_put_back_after_an_error_too() -> None:
    module = Stateful()
    with pytest.raises(ZeroDivisionError), restored(module):
        module(torch.ones(2))
        raise ZeroDivisionError
    assert module.runs == 0


@pytest.mark.parametrize("draw", [torch.rand, torch.randn])
def test_random_numbers_are_noticed_and_put_back(draw: Callable[[int], Tensor]) -> None:
    state = torch.random.get_rng_state()
    with restored(nn.Identity(), seed=4) as drawn:
        first = draw(3)
    assert drawn
    assert torch.equal(torch.random.get_rng_state(), state)
    with restored(nn.Identity(), seed=4):
        assert torch.equal(draw(3), first)


def test_layers_are_kept_where_dropping_them_would_change_states(tmp_path: Path) -> None:
    """XLM has a list for each kind of sublayer."""
    settings = {"emb_dim": 16, "n_layers": 3, "n_heads": 2, "max_position_embeddings": 64}
    folder = save(tmp_path, "XLM", **settings)
    whole = load_encoder(f"bert:{folder}@all").encode(uses()).vectors
    for layer in range(4):
        out = load_encoder(f"bert:{folder}@{layer}").encode(uses())
        np.testing.assert_array_equal(out.vectors[0], whole[layer])


def test_a_sentence_that_transformers_cannot_run_is_an_error_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save(tmp_path, "BigBird", **BIG_BIRD, max_position_embeddings=64)
    config = json.loads((folder / "config.json").read_text())
    encoder = load_encoder(f"bert:{folder}")
    assert isinstance(encoder, Bert)
    monkeypatch.setattr(encoder._checkpoint.model.model, "forward", lambda **given: given["ids"])
    with pytest.raises(ModelError, match="transformers cannot run it on"):
        encoder.encode(uses())
    assert config["attention_type"] == "block_sparse"
