from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoModel, PreTrainedTokenizerFast

from embcmp.encoders import load_encoder
from embcmp.encoders.bert import Bert
from embcmp.errors import ModelError
from embcmp.models.card import describe_checkpoint
from embcmp.models.checkpoints import find_checkpoint
from embcmp.types import Occurrence
from tests.conftest import Run, declare_plain_tokenizer, edit_json, save_bert
from tests.encoders.tiny import ARCHITECTURES, save, unigram

SENTENCES = (
    "Man, the man is it; a manned post",
    "go man",
    "He is a man of few words. The man's post!",
    "today the unmanned café is cold",
)
SPECIAL = {"[CLS]", "[SEP]", "<s>", "</s>"}


@pytest.fixture(scope="module", params=ARCHITECTURES)
def checkpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(request.param, tmp_path_factory.mktemp("models") / request.param)


def targets() -> list[Occurrence]:
    """Every "man" and some longer words, more than one in a sentence."""
    return [
        Occurrence(f"{k}.{m.start()}", m[0], s, m.start(), m.end())
        for k, s in enumerate(SENTENCES)
        for m in re.finditer(r"\b(man|manned|unmanned|café)\b", s, re.IGNORECASE)
    ]


def letters(token: str) -> str:
    """What a piece spells, without the marks that say where a word begins or goes on."""
    return re.sub(r"^##|[Ġ▁]", "", token)


def pieces_of(o: Occurrence, tokens: Sequence[str]) -> list[int]:
    """The places of a target's pieces, told by what the pieces spell and not by their offsets."""
    spelled = "".join(letters(t) for t in tokens)
    accent = next(e for e in ("Ã©", "é", "e") if f"caf{e}" in spelled or "caf" not in spelled)

    def length(text: str) -> int:
        return len("".join(text.split()).replace("é", accent))

    start, end = length(o.sentence[: o.start]), length(o.sentence[: o.end])
    ends = list(accumulate(len(letters(t)) for t in tokens))
    return [i for i, (a, b) in enumerate(pairwise([0, *ends])) if a < b and a < end and b > start]


def reference(folder: Path, sentences: Sequence[str]) -> tuple[list[list[str]], list[np.ndarray]]:
    """Each sentence's tokens, and all hidden states [layers, t, d], from one padded batch."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    if model.config.is_encoder_decoder:
        model = model.get_encoder()
    encoded = [tokenizer(s)["input_ids"] for s in sentences]
    longest = max(map(len, encoded))
    pad = model.config.pad_token_id or 0
    ids = torch.tensor([[*e, *[pad] * (longest - len(e))] for e in encoded])
    mask = torch.tensor([[1] * len(e) + [0] * (longest - len(e)) for e in encoded])
    with torch.inference_mode():
        out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    layers = torch.stack(list(out.hidden_states))
    return (
        [tokenizer.convert_ids_to_tokens(e) for e in encoded],
        [layers[:, b, : len(e)].numpy() for b, e in enumerate(encoded)],
    )


def test_every_layer_equals_automodel(checkpoint: Path) -> None:
    occurrences = targets()
    out = load_encoder(f"bert:{checkpoint}@all").encode(occurrences)
    assert not out.missing
    tokens, states = reference(checkpoint, SENTENCES)
    assert out.info.layers == tuple(range(len(states[0])))
    for i, (o, receipt) in enumerate(zip(occurrences, out.receipts, strict=True)):
        k = SENTENCES.index(o.sentence)
        body = [t for t in tokens[k] if t not in SPECIAL]
        added = tokens[k].index(body[0])
        pieces = pieces_of(o, body)
        assert receipt.text == o.form
        assert receipt.tokens == tuple(body[j] for j in pieces)
        expected = states[k][:, [added + j for j in pieces]].mean(axis=1)
        np.testing.assert_allclose(out.vectors[:, i], expected, rtol=0, atol=1e-5)


def test_layers_that_are_not_needed_are_not_run(checkpoint: Path) -> None:
    _, states = reference(checkpoint, SENTENCES)
    whole = load_encoder(f"bert:{checkpoint}@all").encode(targets()).vectors
    for layer in range(len(states[0])):
        encoder = load_encoder(f"bert:{checkpoint}@{layer}")
        assert isinstance(encoder, Bert)
        np.testing.assert_array_equal(encoder.encode(targets()).vectors[0], whole[layer])
        stacks = [
            len(m)
            for m in encoder._checkpoint.model.modules()
            if isinstance(m, torch.nn.ModuleList)
        ]
        if layer == 1 and checkpoint.name != "albert":  # which has one layer, used again and again
            assert max(stacks) == 2


def test_albert_s_groups_are_not_layers(tmp_path: Path) -> None:
    """With as many groups as layers their list is as long, and each layer looks for its own."""
    folder = save("albert", tmp_path, num_hidden_groups=3)
    whole = load_encoder(f"bert:{folder}@all").encode(targets()).vectors
    for layer in range(4):
        out = load_encoder(f"bert:{folder}@{layer}").encode(targets())
        np.testing.assert_array_equal(out.vectors[0], whole[layer])


@pytest.mark.parametrize(
    ("name", "settings", "says"),
    [
        # Two states a layer: the last one would not be the last.
        ("albert", {"inner_group_num": 2}, "states of the widths [16, 16, 16, 16, 16, 16, 16]"),
        # As OPT-350m has it.
        ("opt", {"word_embed_proj_dim": 8}, "states of the widths [16, 16, 16, 8]"),
    ],
)
def test_layers_that_cannot_be_told_apart_are_refused(
    tmp_path: Path, name: str, settings: dict[str, int], says: str
) -> None:
    folder = save(name, tmp_path, **settings)
    with pytest.raises(ModelError, match=re.escape(says)):
        load_encoder(f"bert:{folder}")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "gpt2",
            "gpt2 reads from left to right: a vector has seen its word and what stands before",
        ),
        ("t5", "t5 is an encoder-decoder: the states are its encoder's"),
        ("bart", "bart is an encoder-decoder: the states are its encoder's"),
    ],
)
def test_a_model_that_is_no_encoder_gets_a_remark_about_its_vectors(
    tmp_path: Path, name: str, says: str, man_file: Path, run: Run
) -> None:
    folder = save(name, tmp_path)
    encoder = load_encoder(f"bert:{folder}")
    assert [says in remark for remark in encoder.info.remarks] == [True]
    done = run("compare", "man", "-s", str(man_file), "-e", f"bert:{folder}", "--format", "csv")
    assert done.returncode == 0
    assert done.stderr.startswith(f"embcmp: warning: {says}")


def test_an_encoder_gets_no_remark(tmp_path: Path) -> None:
    assert load_encoder(f"bert:{save('roberta', tmp_path)}").info.remarks == ()


def test_a_decoder_does_not_depend_on_what_follows(tmp_path: Path) -> None:
    encoder = load_encoder(f"bert:{save('gpt2', tmp_path)}@all")
    pair = [Occurrence(str(i), "man", s, 3, 6) for i, s in enumerate(["go man", "go man the post"])]
    one, other = encoder.encode(pair).vectors.transpose(1, 0, 2)
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    before = Occurrence("2", "man", "no man", 3, 6)
    assert np.abs(encoder.encode([before]).vectors[3, 0] - one[3]).max() > 1e-3


def test_a_decoder_gives_its_whole_window_to_the_left(tmp_path: Path) -> None:
    folder = save("gpt2", tmp_path)
    encoder = load_encoder(f"bert:{folder}")  # it takes 64 pieces
    text = " it" * 70 + " man" + " it" * 70
    out = encoder.encode([Occurrence("1", "man", text, 211, 214)])
    assert out.receipts[0].truncated
    assert out.receipts[0].text == "man"
    short = " it" * 63 + " man"
    alone = encoder.encode([Occurrence("1", "man", short, 190, 193)])
    assert not alone.receipts[0].truncated
    np.testing.assert_allclose(out.vectors, alone.vectors, rtol=0, atol=1e-6)


def test_missing_weights_are_an_error_and_never_random(tmp_path: Path) -> None:
    folder = save("roberta", tmp_path)
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.bias"]
    del weights["pooler.dense.weight"]  # no state depends on it
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    says = r"lacks 1 of the encoder's tensors; the first is encoder\.layer\.1\.output\.dense\.bias"
    with pytest.raises(ModelError, match=says):
        load_encoder(f"bert:{folder}")


def test_weights_of_relative_positions_that_are_not_used_are_an_error(tmp_path: Path) -> None:
    """Transformers reads such a BERT without a word, and computes absolute positions alone."""
    folder = save_bert(tmp_path)
    weights = load_file(folder / "model.safetensors")
    for k in range(3):
        name = f"encoder.layer.{k}.attention.self.distance_embedding.weight"
        weights[name] = torch.zeros(47, 8)
    weights["cls.predictions.bias"] = torch.zeros(3)  # a head is no matter
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    edit_json(folder / "config.json", position_embedding_type="relative_key")
    with pytest.raises(ModelError, match=r"does not use 3 of the .*self\.distance_embedding"):
        load_encoder(f"bert:{folder}")


def test_quantized_weights_are_not_taken_for_numbers(tmp_path: Path) -> None:
    folder = save("roberta", tmp_path)
    weights = load_file(folder / "model.safetensors")
    name = "encoder.layer.1.output.dense.weight"
    weights[name] = (weights[name] * 100).to(torch.int8)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=rf"{re.escape(name)} is quantized, stored as I8"):
        load_encoder(f"bert:{folder}")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"intermediate_size": 33}, "dense.bias has the shape [32], but config.json makes it [33]"),
        ({"hidden_act": "bogus"}, "transformers cannot load it: KeyError 'bogus'"),
        ({"hidden_act": {"a": 1}}, "'hidden_act' expected str, got dict"),
    ],
)
def test_a_config_that_does_not_fit_is_named(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    folder = save("roberta", tmp_path)
    edit_json(folder / "config.json", **change)
    with pytest.raises(ModelError, match=re.escape(says)) as e:
        load_encoder(f"bert:{folder}")
    assert "\n" not in str(e.value)


def test_an_encoder_decoder_may_lack_its_decoder(tmp_path: Path) -> None:
    folder = save("t5", tmp_path)
    expected = load_encoder(f"bert:{folder}").encode(targets()).vectors
    weights = load_file(folder / "model.safetensors")
    kept = {k: v for k, v in weights.items() if not k.startswith("decoder.")}
    assert len(kept) < len(weights)
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    found = load_encoder(f"bert:{folder}").encode(targets()).vectors
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", ["T5EncoderModel", "MT5EncoderModel", "UMT5EncoderModel"])
def test_an_encoder_that_was_saved_without_its_decoder(tmp_path: Path, name: str) -> None:
    saved_class = getattr(transformers, name)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = saved_class.config_class(vocab_size=130, **ARCHITECTURES["t5"].settings)
        saved_class(config).save_pretrained(tmp_path)
    tokenizer = unigram()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    declare_plain_tokenizer(tmp_path)
    out = load_encoder(f"bert:{tmp_path}@all").encode(targets()[:1])
    ids = tokenizer.encode(SENTENCES[0]).ids
    model = saved_class.from_pretrained(tmp_path)
    with torch.inference_mode():
        states = model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states
    place = tokenizer.encode(SENTENCES[0]).tokens.index(out.receipts[0].tokens[0])
    count = len(out.receipts[0].tokens)
    expected = torch.stack(states)[:, 0, place : place + count].mean(dim=1)
    np.testing.assert_allclose(out.vectors[:, 0], expected, rtol=0, atol=1e-5)
    random = load_encoder(f"bert:{tmp_path},weights=random").encode(targets()[:1])
    assert np.abs(random.vectors - out.vectors[-1:]).max() > 0.1


def test_half_precision_on_disk_is_float32_in_memory(tmp_path: Path) -> None:
    folder = save("roberta", tmp_path)
    AutoModel.from_pretrained(folder).half().save_pretrained(folder)
    expected = reference(folder, SENTENCES)[1]
    first = load_encoder(f"bert:{folder}@3").encode(targets()[:1])
    np.testing.assert_allclose(first.vectors[0, 0], expected[0][3, 1], rtol=0, atol=1e-5)


def test_random_weights(tmp_path: Path) -> None:
    distilbert = save("distilbert", tmp_path)
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


def test_an_adapter_is_not_left_out_in_silence(tmp_path: Path, tiny_bert: Path) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "adapted")
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    with pytest.raises(ModelError, match=r"adapter_config\.json: the model has an adapter") as e:
        load_encoder(f"bert:{folder}")
    assert "merge_and_unload" in (e.value.hint)


def test_a_static_model_is_named_as_one(tmp_path: Path, tiny_bert: Path) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "static")
    edit_json(folder / "config.json", model_type="model2vec")
    with pytest.raises(ModelError, match="has a vector for each word and no layers") as e:
        load_encoder(f"bert:{folder}")
    assert e.value.hint == f"name the folder as word2vec:{folder}"


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
@pytest.mark.parametrize("model_type", ["bert", "roberta", "evil", None])
def test_no_code_of_a_checkpoint_is_run(
    tmp_path: Path, tiny_bert: Path, file: str, model_type: str | None
) -> None:
    """Not even for a `model_type` that is known: Jina's models of the type bert have ALiBi."""
    folder = shutil.copytree(tiny_bert, tmp_path / "own-code")
    (folder / "evil.py").write_text("raise SystemExit('ran')")
    edit_json(folder / "config.json", model_type=model_type)
    (folder / "tokenizer_config.json").write_text("{}")
    edit_json(folder / file, auto_map={"AutoModel": "evil.Evil"})
    for weights in ("", ",weights=random"):
        with pytest.raises(ModelError, match=r"auto_map names code of its own \(evil\.Evil\)") as e:
            load_encoder(f"bert:{folder}{weights}")
        assert e.value.message.startswith(str(folder / file))
    with pytest.raises(ModelError, match="auto_map"):
        describe_checkpoint(find_checkpoint(str(folder)))
