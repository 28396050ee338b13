"""The prediction layer that a checkpoint may keep: the training's scores, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from scipy.special import softmax

from embcmp import Occurrence, load_encoder
from embcmp.encoders.neural.recurrent import NO_HEAD, Recurrent
from embcmp.encoders.neural.recurrent_checkpoint import FORMAT, HEAD, read_head
from embcmp.encoders.neural.recurrent_network import RecurrentConfig
from embcmp.encoders.neural.recurrent_objective import Predictor
from embcmp.encoders.substitutes import UNTRAINED, SubstituteList
from embcmp.errors import ModelError
from embcmp.training import recurrent_training as training
from embcmp.training.corpus import Corpus, build
from embcmp.training.recurrent_training import Recipe, Trained
from embcmp.vectors.store import open_vectors

# Trained until the words' probabilities are far apart: rounding must not decide their order.
RECIPE = Recipe(
    units=6, negatives=20, batch_words=64, warmup_steps=5, learning_rate=0.03, subsample=1.0
)
SENTENCE = "he is a man of few words"
MAN = Occurrence("1", "man", SENTENCE, 8, 11)


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
def kept(trained: Trained, tmp_path: Path) -> Path:
    path = tmp_path / "kept.safetensors"
    path.write_bytes(trained.content(keep_head=True))
    return path


def encoder(path: Path, cell: str, extra: str = "") -> Recurrent:
    made = load_encoder(f"{cell}:{path}{extra}")
    assert isinstance(made, Recurrent)
    return made


def test_probabilities_equal_those_of_the_training_objective(
    trained: Trained, corpus: Corpus, tiny_vectors: Path, kept: Path
) -> None:
    stored = {name: t.float() for name, t in load_file(kept).items()}
    cell = trained.provenance.cell
    task = training.task_of(corpus, open_vectors(tiny_vectors), RECIPE)
    model = Predictor(RecurrentConfig(cell, 8, RECIPE.units), stored[f"{HEAD}output"])
    model.encoder.load_state_dict({k: v for k, v in stored.items() if not k.startswith(HEAD)})
    model.perceptron.load_state_dict(
        {k.removeprefix(HEAD): v for k, v in stored.items() if k[len(HEAD)].isdigit()}
    )
    ids = torch.tensor([[corpus.vocabulary.index(word) for word in SENTENCE.split()]])
    with torch.inference_mode():
        guess = model(task.inputs[ids], task.table, torch.tensor([3]))
        scores = (guess @ model.output.T)[0].double().numpy()
    expected = softmax(scores)
    [substitutes] = encoder(kept, cell).substitutes([MAN], count=3)
    assert isinstance(substitutes, SubstituteList)
    words = [w for w in corpus.vocabulary[: len(expected)] if w not in {",", "."}]
    assert substitutes.candidates == len(words)
    best = sorted(words, key=lambda w: -expected[corpus.vocabulary.index(w)])
    assert [s.word for s in substitutes.words] == best[:3]
    for s in substitutes.words:
        place = corpus.vocabulary.index(s.word)
        assert s.probability == pytest.approx(expected[place], rel=1e-4)
    assert substitutes.original is not None
    assert substitutes.original.word == "man"
    assert substitutes.rank == 1 + best.index("man")


def test_the_target_is_hidden(trained: Trained, kept: Path) -> None:
    other = replace(MAN, id="2", sentence=SENTENCE.replace("man", "post"), end=12)
    one, two = encoder(kept, trained.provenance.cell).substitutes([MAN, other], count=3)
    assert isinstance(one, SubstituteList)
    assert isinstance(two, SubstituteList)
    assert [s.word for s in one.words] == [s.word for s in two.words]
    for a, b in zip(one.words, two.words, strict=True):
        assert a.probability == pytest.approx(b.probability, rel=1e-5)
    assert one.original is not None
    assert two.original is None  # the corpus has no such word


def test_a_use_without_a_vector_says_why(trained: Trained, kept: Path) -> None:
    alone = Occurrence("2", "man", "man", 0, 3)
    substitutes = encoder(kept, trained.provenance.cell).substitutes([alone, MAN], count=3)
    assert substitutes[0] == "no known word around the target"
    assert isinstance(substitutes[1], SubstituteList)


def test_a_target_of_several_words_has_no_rank(trained: Trained, kept: Path) -> None:
    two = Occurrence("2", "few words", SENTENCE, 15, 24)
    [substitutes] = encoder(kept, trained.provenance.cell).substitutes([two], count=3)
    assert isinstance(substitutes, SubstituteList)
    assert substitutes.original is None


def test_without_a_head_the_reason_says_how_to_get_one(trained: Trained, tmp_path: Path) -> None:
    path = tmp_path / "plain.safetensors"
    path.write_bytes(trained.content())
    assert read_head(path) is None
    cell = trained.provenance.cell
    assert encoder(path, cell).substitutes([MAN], 3) == NO_HEAD
    assert encoder(path, cell, ",weights=random").substitutes([MAN], 3) == UNTRAINED


def test_a_kept_head_changes_no_vector(trained: Trained, kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "plain.safetensors"
    path.write_bytes(trained.content())
    cell = trained.provenance.cell
    plain, whole = (encoder(p, cell) for p in (path, kept))
    np.testing.assert_array_equal(plain.encode([MAN]).vectors, whole.encode([MAN]).vectors)
    assert plain.info.fingerprint == whole.info.fingerprint


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda t: t.pop("head.output"), "tensor 'head.output' is missing"),
        (lambda t: t.update({"head.0.bias": torch.zeros(3)}), "'head.0.bias' is (3,)"),
        (lambda t: t.update({"head.x": torch.zeros(3)}), "'head.x' is (3,), expected none"),
        (lambda t: t["head.2.bias"].fill_(torch.inf), "not finite"),
        (lambda t: t.pop("head.vocabulary"), "'head.output' is"),
        (lambda t: t["head.vocabulary"].fill_(255), "its head.vocabulary is no text"),
        (
            lambda t: t.update({"head.vocabulary": torch.full((9,), 0.5)}),
            "its head.vocabulary is no text",
        ),
    ],
)
def test_a_broken_head_is_refused(
    trained: Trained, kept: Path, spoil: Callable[[dict[str, torch.Tensor]], object], says: str
) -> None:
    tensors = load_file(kept)
    with safe_open(kept, framework="pt") as f:
        meta = f.metadata()
    assert FORMAT in meta
    spoil(tensors)
    save_file(tensors, kept, meta)
    found = encoder(kept, trained.provenance.cell)  # what needs no head still works
    with pytest.raises(ModelError) as caught:
        found.substitutes([MAN], 3)
    assert says in caught.value.message
    assert caught.value.message.startswith(f"{kept}: ")
