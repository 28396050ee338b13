"""The masked-word head against transformers' models for masked words."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from scipy.special import softmax
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from embcmp import Occurrence, load_encoder
from embcmp.encoders.bert import Bert
from embcmp.encoders.neural import masked_lm
from embcmp.encoders.neural.bert_network import BertModel
from embcmp.encoders.neural.checkpoint import open_checkpoint
from embcmp.encoders.neural.masked_lm import NO_HEAD, NO_MASK, MaskedLM, open_masked_lm
from embcmp.encoders.substitutes import UNTRAINED, SubstituteList, SubstituteLists
from embcmp.errors import ModelError
from tests.conftest import (
    MAN,
    TINY_BERT,
    declare_plain_tokenizer,
    edit_json,
    save_tokenizer,
    word_pieces,
)

USES = [
    Occurrence(str(i), "man", s, s.lower().index("man"), s.lower().index("man") + 3)
    for i, s in enumerate(MAN, 1)
]
# Weights large enough for the words around the mask to count.
SMALL = {**TINY_BERT, "vocab_size": len(word_pieces()), "initializer_range": 0.3}


def save(folder: Path, model: str, seed: int = 0, **changes: object) -> Path:
    """Make a random checkpoint with its head; the head's bias is random, too."""
    config = getattr(transformers, model.replace("ForMaskedLM", "Config"))(**{**SMALL, **changes})
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = getattr(transformers, model)(config)
        for name, p in made.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(p)
        made.save_pretrained(folder)
    save_tokenizer(folder)
    if not model.startswith("Bert"):
        declare_plain_tokenizer(folder)
    return folder


@pytest.fixture(scope="module")
def with_head(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("heads") / "tiny-masked", "BertForMaskedLM")


def bert(folder: Path, extra: str = "") -> Bert:
    encoder = load_encoder(f"bert:{folder}{extra}")
    assert isinstance(encoder, Bert)
    return encoder


def reference(folder: Path, sentence: str, first: int, last: int) -> np.ndarray:
    """Scores at the mask, by transformers alone."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ids = tokenizer.encode(sentence).ids
    mask = tokenizer.token_to_id("[MASK]") or tokenizer.token_to_id("<mask>")
    masked = [*ids[:first], mask, *ids[last:]]
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        scores: np.ndarray = model(input_ids=torch.tensor([masked])).logits[0, first].numpy()
    return scores


def check(
    substitutes: SubstituteList | str, scores: np.ndarray, words: dict[int, str], original: int
) -> None:
    """The substitutes's words, probabilities and rank are those that the scores give."""
    assert isinstance(substitutes, SubstituteList)
    p = softmax(scores.astype(np.float64))
    best = sorted(words, key=lambda i: -p[i])
    assert substitutes.candidates == len(words)
    assert [s.word for s in substitutes.words] == [words[i] for i in best[: len(substitutes.words)]]
    for s, i in zip(substitutes.words, best, strict=False):
        assert s.probability == pytest.approx(p[i], rel=1e-4)
    assert substitutes.rank == 1 + best.index(original)
    assert substitutes.original is not None
    assert substitutes.original.word == words[original]


def same(found: SubstituteLists | str, expected: SubstituteLists | str) -> None:
    """Equal but for the rounding of float32, which depends on where the weights lie."""
    for a, b in zip(found, expected, strict=True):
        assert isinstance(a, SubstituteList)
        assert isinstance(b, SubstituteList)
        assert [s.word for s in a.words] == [s.word for s in b.words]
        assert a.rank == b.rank
        for x, y in zip(a.words, b.words, strict=True):
            assert x.probability == pytest.approx(y.probability, rel=1e-5)


def words_of(pieces: list[str]) -> dict[int, str]:
    return {i: p for i, p in enumerate(pieces) if p.isalnum() and not p.isdigit()}


@pytest.mark.parametrize(
    "changes",
    [{}, {"hidden_act": "relu"}, {"tie_word_embeddings": False}, {"layer_norm_eps": 1e-3}],
    ids=str,
)
def test_bert_equals_transformers(tmp_path: Path, changes: dict[str, object]) -> None:
    folder = save(tmp_path, "BertForMaskedLM", seed=4, **changes)
    checkpoint = open_checkpoint(str(folder))
    assert isinstance(checkpoint.model, BertModel)  # our own forward pass, not transformers'
    head = open_masked_lm(checkpoint)
    assert isinstance(head, MaskedLM)
    for o, substitutes in zip(USES, bert(folder).substitutes(USES, count=4), strict=True):
        encoded = checkpoint.tokenizer.encode(o.sentence)
        at = encoded.tokens.index("man")
        expected = reference(folder, o.sentence, at, at + 1)
        masked = torch.tensor([*encoded.ids[:at], head.mask, *encoded.ids[at + 1 :]])
        with torch.inference_mode():
            found = head.predict(masked, at).numpy()
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
        check(substitutes, expected, words_of(word_pieces()), encoded.ids[at])


def test_several_pieces_become_one_mask(with_head: Path) -> None:
    sentence = "go, manned post!"
    use = Occurrence("1", "manned", sentence, 4, 10)
    [substitutes] = bert(with_head).substitutes([use], count=2)
    scores = reference(with_head, sentence, 3, 7)
    best = sorted(words_of(word_pieces()).items(), key=lambda item: -scores[item[0]])
    assert isinstance(substitutes, SubstituteList)
    assert [s.word for s in substitutes.words] == [word for _, word in best[:2]]
    p = softmax(scores.astype(np.float64))
    for s, (i, _) in zip(substitutes.words, best, strict=False):
        assert s.probability == pytest.approx(p[i], rel=1e-5)
    assert (substitutes.original, substitutes.rank) == (None, None)  # it is no single piece


def test_substitutes_do_not_depend_on_the_layer_of_the_spec(with_head: Path) -> None:
    same(bert(with_head, "@1").substitutes(USES, 3), bert(with_head).substitutes(USES, 3))


def test_the_head_of_an_encoder_in_bfloat16(with_head: Path) -> None:
    exact, near = (
        bert(with_head, dtype).substitutes(USES, 99) for dtype in ("", ",dtype=bfloat16")
    )
    for a, b in zip(exact, near, strict=True):
        assert isinstance(a, SubstituteList)
        assert isinstance(b, SubstituteList)
        expected = {s.word: s.probability for s in a.words}
        found = {s.word: s.probability for s in b.words}
        assert found == pytest.approx(expected, rel=0.1)
        assert found != expected  # the states were not computed in float32


def test_a_window_around_the_target(with_head: Path) -> None:
    long = "the " * 40 + "man is it"
    use = Occurrence("1", "man", long, 160, 163)
    [substitutes] = bert(with_head).substitutes([use], count=3)
    assert isinstance(substitutes, SubstituteList)
    assert substitutes.rank is not None


def test_a_target_that_cannot_be_found_says_why(with_head: Path) -> None:
    inside = Occurrence("1", "a", "the man", 5, 6)
    [reason, substitutes] = bert(with_head).substitutes([inside, USES[0]], count=1)
    assert reason == "the tokenizer's pieces span 'man', not 'a'"
    assert isinstance(substitutes, SubstituteList)


def rewrite(folder: Path, name: str) -> None:
    weights = load_file(folder / "model.safetensors")
    if name == "old names of norms":
        weights = {
            k.replace("LayerNorm.weight", "LayerNorm.gamma").replace(
                "LayerNorm.bias", "LayerNorm.beta"
            ): v
            for k, v in weights.items()
        }
    if name == "both biases":
        weights["cls.predictions.decoder.bias"] = weights["cls.predictions.bias"].clone()
    if name == "sharded":
        parts = {"a.safetensors": sorted(weights)[:9], "b.safetensors": sorted(weights)[9:]}
        for file, keys in parts.items():
            save_file({k: weights[k] for k in keys}, folder / file)
        index = {"weight_map": {k: file for file, keys in parts.items() for k in keys}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    save_file(weights, folder / "model.safetensors")


@pytest.mark.parametrize("name", ["old names of norms", "both biases", "sharded"])
def test_checkpoints_as_they_come(tmp_path: Path, with_head: Path, name: str) -> None:
    folder = shutil.copytree(with_head, tmp_path / "copy")
    rewrite(folder, name)
    same(bert(folder).substitutes(USES, 5), bert(with_head).substitutes(USES, 5))


OTHERS: dict[str, dict[str, object]] = {
    "RobertaForMaskedLM": {"pad_token_id": 0},
    "DistilBertForMaskedLM": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
    "ElectraForMaskedLM": {"embedding_size": 16},
    "AlbertForMaskedLM": {"embedding_size": 16},
    "MPNetForMaskedLM": {"pad_token_id": 0},
    "DebertaV2ForMaskedLM": {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "ModernBertForMaskedLM": {"pad_token_id": 0, "local_attention": 8},
}


@pytest.mark.parametrize(("model", "changes"), OTHERS.items(), ids=OTHERS)
def test_other_architectures_go_through_transformers(
    tmp_path: Path, model: str, changes: dict[str, object]
) -> None:
    folder = save(tmp_path, model, seed=2, **changes)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for o, substitutes in zip(USES, bert(folder).substitutes(USES, count=4), strict=True):
        encoded = tokenizer.encode(o.sentence)
        at = encoded.tokens.index("man")
        scores = reference(folder, o.sentence, at, at + 1)
        check(substitutes, scores, words_of(word_pieces()), encoded.ids[at])


SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def byte_level() -> Tokenizer:
    """As RoBERTa has it: a piece that follows a space begins with its mark."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    texts = ["Man the post", "the man is it", "Go man", "Man is it", "he is a man"] * 20
    trainer = trainers.BpeTrainer(special_tokens=SPECIAL, vocab_size=90, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def sentence_piece() -> Tokenizer:
    """As XLM-R has it: every word begins with a mark, the first one too."""
    pieces = ["▁Man", "▁man", "▁the", "▁post", "▁is", "▁", "man", "t", "s"]
    scores = [(piece, 0.0) for piece in SPECIAL] + [(piece, -1.0) for piece in pieces]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


@pytest.mark.parametrize("make", [byte_level, sentence_piece])
def test_proposed_words_follow_a_space_if_the_target_does(
    tmp_path: Path, make: Callable[[], Tokenizer]
) -> None:
    tokenizer = make()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    folder = save(tmp_path, "RobertaForMaskedLM", vocab_size=tokenizer.get_vocab_size())
    tokenizer.save(str(folder / "tokenizer.json"))
    start, middle = (
        Occurrence("1", "man", "Man the post", 0, 3),
        Occurrence("2", "man", "the man is", 4, 7),
    )
    for o in (start, middle):
        [substitutes] = bert(folder).substitutes([o], count=90)
        encoded = tokenizer.encode(o.sentence)
        at = next(i for i, (a, b) in enumerate(encoded.offsets) if a <= o.start < b and i)
        mark = encoded.tokens[at][0] if encoded.tokens[at][0] in "Ġ▁" else ""
        words = {
            i: piece.removeprefix(mark)
            for piece, i in tokenizer.get_vocab().items()
            if piece.startswith(("Ġ", "▁")) == bool(mark) and piece.removeprefix(mark).isalpha()
        }
        assert o.form in words.values()
        check(substitutes, reference(folder, o.sentence, at, at + 1), words, encoded.ids[at])


def test_without_a_head(tiny_bert: Path, tmp_path: Path, with_head: Path) -> None:
    assert bert(tiny_bert).substitutes(USES, 3) == NO_HEAD
    assert bert(with_head, ",weights=random").substitutes(USES, 3) == UNTRAINED
    plain = tmp_path / "plain"
    transformers.DistilBertModel(
        transformers.DistilBertConfig(
            vocab_size=len(word_pieces()), dim=16, n_layers=1, n_heads=2, hidden_dim=16
        )
    ).save_pretrained(plain)
    save_tokenizer(plain)
    assert bert(plain).substitutes(USES, 3) == NO_HEAD


def test_an_incomplete_untied_head_counts_as_missing(tmp_path: Path) -> None:
    folder = save(tmp_path, "BertForMaskedLM", tie_word_embeddings=False)
    weights = load_file(folder / "model.safetensors")
    del weights["cls.predictions.decoder.weight"]
    save_file(weights, folder / "model.safetensors")
    assert bert(folder).substitutes(USES, 3) == NO_HEAD


def test_a_tokenizer_without_a_mask(tmp_path: Path, with_head: Path) -> None:
    folder = shutil.copytree(with_head, tmp_path / "copy")
    text = (folder / "tokenizer.json").read_text()
    (folder / "tokenizer.json").write_text(text.replace("[MASK]", "[HOLE]"))
    assert bert(folder).substitutes(USES, 3) == NO_MASK
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"mask_token": {"content": "[HOLE]", "lstrip": True, "__type": "AddedToken"}})
    )
    same(bert(folder).substitutes(USES, 3), bert(with_head).substitutes(USES, 3))


def test_a_head_transformers_predict_model(tmp_path: Path, with_head: Path) -> None:
    folder = shutil.copytree(with_head, tmp_path / "copy")
    weights = load_file(folder / "model.safetensors")
    weights["cls.predictions.transform.dense.bias"] = torch.zeros(7)
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(ModelError, match=r"transform\.dense\.bias has the shape \[7\], .* \[32\]"):
        bert(folder).substitutes(USES, 3)


def test_a_head_that_gives_no_numbers(tmp_path: Path, with_head: Path) -> None:
    folder = shutil.copytree(with_head, tmp_path / "copy")
    weights = load_file(folder / "model.safetensors")
    weights["cls.predictions.bias"][3] = torch.inf
    save_file(weights, folder / "model.safetensors")
    assert bert(folder).substitutes(USES[:1], 3) == [masked_lm.NOT_FINITE]


def test_a_decoder_has_no_masked_words(tmp_path: Path, tiny_bert: Path) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "copy")
    edit_json(folder / "config.json", model_type="gpt2")
    assert masked_lm._transformers_predict(folder) is None


def test_what_only_the_tokenizer_knows_is_not_proposed(tmp_path: Path, with_head: Path) -> None:
    folder = shutil.copytree(with_head, tmp_path / "copy")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_tokens(["unheard"])
    tokenizer.save(str(folder / "tokenizer.json"))
    same(bert(folder).substitutes(USES, 99), bert(with_head).substitutes(USES, 99))
    (folder / "tokenizer_config.json").write_text(json.dumps({"mask_token": "unheard"}))
    assert bert(folder).substitutes(USES, 3) == NO_MASK


def test_another_architecture_s_head_transformers_predict_model(tmp_path: Path) -> None:
    folder = save(tmp_path, "RobertaForMaskedLM", pad_token_id=0)
    weights = load_file(folder / "model.safetensors")
    weights["lm_head.dense.weight"] = torch.zeros(32, 7)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"lm_head\.dense\.weight has the shape \[32, 7\], but"):
        bert(folder).substitutes(USES, 3)
