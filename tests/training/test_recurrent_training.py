"""The trainer: its objective against sums written out, and that it learns and repeats itself."""

from __future__ import annotations

import dataclasses
import json
import math
import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load, load_file

import embcmp
from embcmp import Occurrence, load_encoder
from embcmp.encoders.neural.devices import seeded
from embcmp.encoders.neural.prediction_layer import read_layer
from embcmp.encoders.neural.recurrent_checkpoint import FORMAT, read
from embcmp.encoders.neural.recurrent_network import RecurrentConfig, untrained
from embcmp.encoders.neural.recurrent_objective import (
    Predictor,
    Task,
    batches,
    held_out_loss,
    sampled_loss,
)
from embcmp.errors import InputError, ModelError
from embcmp.training import recurrent_training
from embcmp.training.corpus import Corpus, build
from embcmp.training.recurrent_training import Recipe, Trained, task_of, train
from embcmp.vectors.store import WordVectors, open_vectors
from tests.benchmarks import prediction_layers

SMALL = Recipe(units=16, negatives=20, batch_words=64, warmup_steps=5)


def sentences(n: int = 700) -> list[str]:
    """Sentences in which the word before or after decides the word: man/is, go/the, and so on."""
    rng = random.Random(5)
    pairs = (("he", "is"), ("go", "the"), ("cold", "today"), ("few", "zzz"))
    return [
        " ".join(w for _ in range(rng.randint(1, 4)) for w in rng.choice(pairs)) for _ in range(n)
    ]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Batches this small gain nothing from threads, and lose much where others want the cores."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    # numbered, since copies of a sentence are all on one side
    return build((f"{line} n{i}" for i, line in enumerate(sentences())), "made up")


@pytest.fixture(scope="module")
def vectors(tiny_vectors: Path) -> WordVectors:
    return open_vectors(tiny_vectors)


@pytest.fixture(scope="module", params=["lstm", "rnn"])
def trained(request: pytest.FixtureRequest, corpus: Corpus, vectors: WordVectors) -> Trained:
    return train(corpus, vectors, cell=request.param, tokens=30_000, seed=1, recipe=SMALL)


def predictor(
    corpus: Corpus, vectors: WordVectors, recipe: Recipe = SMALL
) -> tuple[Predictor, Task]:
    task = task_of(corpus, vectors, recipe)
    with seeded(9):
        return Predictor(RecurrentConfig("lstm", vectors.dim, recipe.units), task.output), task


def test_training_lowers_the_held_out_loss(
    corpus: Corpus, vectors: WordVectors, trained: Trained
) -> None:
    untrained = train(corpus, vectors, tokens=1, recipe=SMALL).provenance.held_out_loss
    loss = trained.provenance.held_out_loss
    # the pair is chosen at random and its other half is given: much is left to chance, not all
    assert loss < untrained - 2


def test_same_seed_same_bytes(corpus: Corpus, vectors: WordVectors) -> None:
    torch.manual_seed(1)
    one = train(corpus, vectors, tokens=4_000, seed=3, recipe=SMALL)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    two = train(corpus, vectors, tokens=4_000, seed=3, recipe=SMALL)
    assert torch.equal(torch.get_rng_state(), state)
    assert one.content() == two.content()
    other = train(corpus, vectors, tokens=4_000, seed=4, recipe=SMALL)
    assert not torch.equal(one.weights["special"], other.weights["special"])
    assert one.layer_content() == two.layer_content()


def test_checkpoint_is_an_encoder(trained: Trained, tiny_vectors: Path, tmp_path: Path) -> None:
    made = dataclasses.replace(trained.provenance, vectors=str(tiny_vectors))
    cell = made.cell
    path = tmp_path / "own.safetensors"
    path.write_bytes(dataclasses.replace(trained, provenance=made).content())
    encoder = load_encoder(f"{cell}:{path}")
    out = encoder.encode([Occurrence("1", "man", "he man is cold today", 3, 6)])
    assert out.vectors.shape == (1, 1, 32)
    assert np.isfinite(out.vectors).all()


def test_the_layer_predicts_the_most_frequent_words(trained: Trained, tmp_path: Path) -> None:
    path = tmp_path / "own.prediction.safetensors"
    path.write_bytes(trained.layer_content())
    stored = load_file(path)
    words = zlib.decompress(bytes(stored["vocabulary"].tolist())).decode().split("\n")
    assert words == list(trained.layer.vocabulary)
    assert len(words) == len(stored["output"])
    assert {"he", "is", "zzz"} <= set(words[:10])


def test_float16_hardly_changes_the_held_out_loss(
    corpus: Corpus, vectors: WordVectors, trained: Trained, tmp_path: Path
) -> None:
    path, layer = tmp_path / "own.safetensors", tmp_path / "own.prediction.safetensors"
    path.write_bytes(trained.content())
    layer.write_bytes(trained.layer_content())
    stored = prediction_layers.loss(path, layer, corpus, vectors)
    assert stored == pytest.approx(trained.provenance.held_out_loss, abs=0.01)


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_a_layer_is_fitted_to_an_encoder_that_stays_as_it_is(
    corpus: Corpus, vectors: WordVectors, cell: str, tmp_path: Path
) -> None:
    whole = train(corpus, vectors, cell=cell, tokens=12_000, recipe=SMALL)
    path = tmp_path / "own.safetensors"
    path.write_bytes(whole.content())
    fit = partial(train, corpus, vectors, cell=cell, recipe=SMALL, frozen=path)
    untrained, fitted, again = fit(tokens=1), fit(tokens=12_000), fit(tokens=12_000)
    for name, tensor in read(path).weights.items():
        assert torch.equal(fitted.weights[name], tensor)
    assert fitted.layer_content() == again.layer_content()
    loss = fitted.provenance.held_out_loss
    assert loss < untrained.provenance.held_out_loss - 1
    assert loss < whole.provenance.held_out_loss + 0.3  # its own layer saw it change
    layer = tmp_path / "own.prediction.safetensors"
    for trained in (whole, fitted):  # both belong to the same file
        layer.write_bytes(trained.layer_content())
        assert read_layer(layer, path).vocabulary == list(trained.layer.vocabulary)


def test_a_layer_is_not_fitted_to_an_encoder_of_another_shape(
    corpus: Corpus, vectors: WordVectors, tmp_path: Path
) -> None:
    path = tmp_path / "own.safetensors"
    path.write_bytes(train(corpus, vectors, tokens=1, recipe=SMALL).content())
    with pytest.raises(ModelError, match=r"its networks are .*'lstm'.*, not .*'rnn'"):
        train(corpus, vectors, cell="rnn", tokens=1, recipe=SMALL, frozen=path)


def test_provenance(trained: Trained, corpus: Corpus, vectors: WordVectors, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(trained.content())
    with safe_open(path, framework="pt") as f:
        stored = json.loads(f.metadata()[FORMAT])
    assert stored == dataclasses.asdict(read(path).provenance)
    assert stored["recipe"] == dataclasses.asdict(SMALL)
    assert stored["embcmp"] == embcmp.__version__
    assert (stored["corpus"], stored["corpus_digest"]) == ("made up", corpus.digest)
    assert (stored["tokens"], stored["seed"], stored["units"]) == (30_000, 1, 16)
    assert stored["vectors_digest"] == vectors.digest
    assert (stored["vectors"], stored["vectors_dim"]) == ("glove-6b-50d", 8)
    assert {t.dtype for t in load(trained.content()).values()} == {torch.float16}


def test_held_out_loss_by_hand(corpus: Corpus, vectors: WordVectors) -> None:
    model, task = predictor(corpus, vectors)
    part = corpus.held_out[:5]
    total = weight = 0.0
    with torch.no_grad():
        for ids in part:
            states = model.encoder(task.inputs[torch.tensor(ids)[None].long()], task.table)[0]
            for state, word in zip(states, ids, strict=True):
                if word >= len(task.output):
                    continue
                scores = (model.output @ model.perceptron(state)).double().numpy()
                share = corpus.counts[word] / corpus.counts.sum()
                keep = min(1.0, math.sqrt(SMALL.subsample / share))
                total -= keep * (scores[word] - np.log(np.exp(scores).sum()))
                weight += keep
    assert held_out_loss(model, task, part) == pytest.approx(total / weight, rel=1e-5)


def test_words_of_the_held_out_part_alone_are_not_predicted(
    corpus: Corpus, vectors: WordVectors
) -> None:
    _, task = predictor(corpus, vectors)
    assert len(task.output) == np.count_nonzero(corpus.counts) < len(corpus.vocabulary)
    _, task = predictor(corpus, vectors, dataclasses.replace(SMALL, vocabulary=5))
    assert len(task.output) == len(task.keep) == len(task.noise) == 5
    assert float(task.noise.sum()) == pytest.approx(1)


def test_sampled_softmax_tends_to_the_full_one(corpus: Corpus, vectors: WordVectors) -> None:
    everything = dataclasses.replace(SMALL, subsample=1e9, vocabulary=9)  # every target is kept
    model, task = predictor(corpus, vectors, everything)
    with torch.no_grad():
        model.output.mul_(20)  # scores far apart, so that a wrong correction shows
        words = next(iter(batches(corpus.training, 512, shuffle=False)))
        with seeded(0):
            loss = sampled_loss(model, task, words, negatives=100_000)
        assert loss is not None
        full = held_out_loss(model, task, words.numpy())
        assert float(loss) == pytest.approx(full, abs=0.01)


def test_a_batch_without_targets(corpus: Corpus, vectors: WordVectors) -> None:
    model, task = predictor(corpus, vectors, dataclasses.replace(SMALL, vocabulary=1))
    rare = torch.full((1, 3), len(corpus.vocabulary) - 1)
    assert sampled_loss(model, task, rare, negatives=5) is None
    result = train(corpus, vectors, tokens=500, recipe=dataclasses.replace(SMALL, subsample=1e-30))
    assert all(torch.isfinite(t).all() for t in result.weights.values())


@settings(deadline=None)
@given(st.lists(st.integers(2, 9), min_size=1, max_size=40), st.integers(1, 30), st.booleans())
def test_batches_hold_every_sentence_once(lengths: list[int], size: int, shuffle: bool) -> None:
    made = [np.full(n, i, dtype=np.int32) for i, n in enumerate(lengths)]
    seen: list[int] = []
    for batch in batches(made, size, shuffle=shuffle):
        rows, length = batch.shape
        assert batch.dtype == torch.int64
        assert rows == 1 or batch.numel() <= size
        assert [lengths[i] for i in batch[:, 0].tolist()] == [length] * rows
        seen += batch[:, 0].tolist()
    assert Counter(seen) == Counter(range(len(lengths)))


def test_shuffling_is_by_torchs_seed(corpus: Corpus) -> None:
    def order(seed: int) -> list[list[int]]:
        with seeded(seed):
            return [batch[:, -1].tolist() for batch in batches(corpus.training, 64, shuffle=True)]

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_learning_rate() -> None:
    recipe = Recipe(warmup_steps=4)
    assert [recurrent_training._rate(recipe, step, 0.0) for step in (1, 2, 4, 9)] == [
        0.25,
        0.5,
        1,
        1,
    ]
    assert recurrent_training._rate(recipe, 100, 0.5) == pytest.approx(0.525)
    assert recurrent_training._rate(recipe, 100, 1.0) == pytest.approx(recipe.final_rate)


def test_progress_counts_words(corpus: Corpus, vectors: WordVectors) -> None:
    calls: list[tuple[int, int]] = []
    train(corpus, vectors, tokens=900, recipe=SMALL, progress=lambda *call: calls.append(call))
    assert calls[-1] == (900, 900)
    assert calls == sorted(calls)


def test_only_unknown_words(vectors: WordVectors) -> None:
    foreign = build((f"слово{i} и ещё{i % 9} одно" for i in range(400)), "russian.txt")
    with pytest.raises(InputError, match=r"russian\.txt: none of its words"):
        train(foreign, vectors, tokens=10)


def test_unknown_words_share_an_input(corpus: Corpus, vectors: WordVectors) -> None:
    _, task = predictor(corpus, vectors)
    place = corpus.vocabulary.index
    assert task.inputs[place("zzz")] == 0
    found, _ = vectors.lookup(["today"])
    assert (task.table[task.inputs[place("today")]].numpy() == found[0]).all()
    assert torch.equal(task.output[place("today")], 0.3 * torch.from_numpy(found[0]))


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_the_untrained_twin_is_where_training_starts(
    corpus: Corpus, vectors: WordVectors, cell: str
) -> None:
    task = task_of(corpus, vectors, SMALL)
    config = RecurrentConfig(cell, vectors.dim, SMALL.units)
    with seeded(4):
        start = Predictor(config, task.output).encoder.state_dict()
    twin = untrained(config, seed=4).state_dict()
    assert all(torch.equal(start[name], twin[name]) for name in start)


class Stopped(Exception):
    """As if the process had been ended."""


def stop_at(words: int) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done >= words:
            raise Stopped

    return progress


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_an_interrupted_run_comes_to_the_same_weights(
    corpus: Corpus,
    vectors: WordVectors,
    cell: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))
    monkeypatch.setattr(recurrent_training, "SAVE_STEPS", 7)
    run = partial(train, corpus, vectors, cell=cell, tokens=12_000, seed=5, recipe=SMALL)
    whole = run()
    assert whole.resumed == 0
    assert corpus.counts.sum() < 6_000  # so that the runs below stop in different passes
    for words in (4_000, 9_000):
        with pytest.raises(Stopped):
            run(progress=stop_at(words))
    assert len(list((tmp_path / "training").iterdir())) == 1
    other = run(seed=6)
    assert other.resumed == 0
    calls: list[int] = []
    resumed = run(progress=lambda done, total: calls.append(done))
    assert 4_000 < resumed.resumed < 9_000
    assert calls[0] > resumed.resumed
    assert resumed.content() == whole.content()
    assert resumed.layer_content() == whole.layer_content()
    assert not list((tmp_path / "training").iterdir())


def test_a_broken_state_is_no_state(
    corpus: Corpus, vectors: WordVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))
    monkeypatch.setattr(recurrent_training, "SAVE_STEPS", 2)
    run = partial(train, corpus, vectors, tokens=3_000, recipe=SMALL)
    whole = run()
    with pytest.raises(Stopped):
        run(progress=stop_at(2_000))
    [state] = (tmp_path / "training").iterdir()
    state.write_bytes(state.read_bytes()[:-9])
    again = run()
    assert again.resumed == 0
    assert again.content() == whole.content()
