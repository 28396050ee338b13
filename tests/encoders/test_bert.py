"""The encoder around the forward pass: layers, windows, batches, receipts."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import BertModel as Reference

from embcmp.encoders import load_encoder
from embcmp.errors import ModelError, SpecError
from embcmp.types import Occurrence
from tests.benchmarks.receipts import targets
from tests.conftest import MAN, SHARED, Run, edit_json, needs_models, needs_shared


def occurrence(sentence: str, form: str, id: str = "1", nth: int = 0) -> Occurrence:
    start = -1
    for _ in range(nth + 1):
        start = sentence.index(form, start + 1)
    return Occurrence(id, form, sentence, start, start + len(form))


def man() -> list[Occurrence]:
    forms = ("Man", "man", "man")
    return [occurrence(s, f, str(i)) for i, (s, f) in enumerate(zip(MAN, forms, strict=True), 1)]


def reference(folder: Path, sentence: str, pieces: slice, layer: int) -> np.ndarray:
    """Mean over pieces of a hidden state, computed with transformers alone."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    model = Reference.from_pretrained(folder).eval()
    with torch.inference_mode():
        ids = torch.tensor([tokenizer.encode(sentence).ids])
        states = model(input_ids=ids, output_hidden_states=True).hidden_states
    vector: np.ndarray = states[layer][0, pieces].mean(dim=0).numpy()
    return vector


def test_vectors_and_receipts(tiny_bert: Path) -> None:
    out = load_encoder(f"bert:{tiny_bert}@all").encode([occurrence("go, manned post!", "manned")])
    assert out.info.layers == (0, 1, 2, 3)
    assert out.vectors.shape == (4, 1, 32)
    assert out.vectors.dtype == np.float32
    assert out.receipts[0].tokens == ("man", "##n", "##e", "##d")
    assert out.receipts[0].text == "manned"
    for layer in range(4):
        expected = reference(tiny_bert, "go, manned post!", slice(3, 7), layer)
        np.testing.assert_allclose(out.vectors[layer, 0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("pool", "pieces"), [("first", slice(3, 4)), ("last", slice(6, 7))])
def test_pooling(tiny_bert: Path, pool: str, pieces: slice) -> None:
    out = load_encoder(f"bert:{tiny_bert},pool={pool}").encode(
        [occurrence("go, manned post!", "manned")]
    )
    expected = reference(tiny_bert, "go, manned post!", pieces, 3)
    np.testing.assert_allclose(out.vectors[0, 0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("layers", "label", "summed"),
    [("", 3, [3]), ("@0", 0, [0]), ("@-1", 3, [3]), ("@-4", 0, [0]), ("@last2", "last2", [2, 3])],
)
def test_layers(tiny_bert: Path, layers: str, label: object, summed: list[int]) -> None:
    encoder = load_encoder(f"bert:{tiny_bert}{layers}")
    assert encoder.info.layers == (label,)
    assert encoder.info.name == f"bert:{tiny_bert}@{label}"
    expected = sum(reference(tiny_bert, MAN[1], slice(2, 3), k) for k in summed)
    out = encoder.encode([occurrence(MAN[1], "man")])
    np.testing.assert_allclose(out.vectors[0, 0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("layers", ["99", "4", "-5", "last4"])
def test_a_layer_that_the_model_lacks(tiny_bert: Path, layers: str) -> None:
    with pytest.raises(SpecError, match=rf"tiny-bert has no layer {layers}; .* to 3$"):
        load_encoder(f"bert:{tiny_bert}@{layers}")


def test_the_second_occurrence_in_a_sentence(tiny_bert: Path) -> None:
    sentence = "the man is a man"
    both = [occurrence(sentence, "man", "a"), occurrence(sentence, "man", "b", nth=1)]
    out = load_encoder(f"bert:{tiny_bert}").encode(both)
    for row, piece in ((0, 2), (1, 5)):
        expected = reference(tiny_bert, sentence, slice(piece, piece + 1), 3)
        np.testing.assert_allclose(out.vectors[0, row], expected, rtol=0, atol=1e-5)


def test_a_long_sentence_is_windowed_around_its_target(tiny_bert: Path) -> None:
    encoder = load_encoder(f"bert:{tiny_bert}")  # it takes 24 pieces, two of them special
    for before, after, kept in ((60, 60, (10, 11)), (0, 60, (0, 21)), (60, 2, (19, 2))):
        sentence = "the " * before + "man" + " it" * after
        out = encoder.encode([Occurrence("1", "man", sentence, 4 * before, 4 * before + 3)])
        assert out.receipts[0].truncated
        assert out.receipts[0].text == "man"
        left, right = kept[0], kept[1]
        short = "the " * left + "man" + " it" * right
        expected = reference(tiny_bert, short, slice(left + 1, left + 2), 3)
        np.testing.assert_allclose(out.vectors[0, 0], expected, rtol=0, atol=1e-5)


def test_a_target_longer_than_the_model_takes(tiny_bert: Path) -> None:
    out = load_encoder(f"bert:{tiny_bert}").encode([occurrence("a " + "x" * 30, "x" * 30)])
    assert out.missing == {"1": "its 30 pieces are more than the model takes (22)"}
    assert np.isnan(out.vectors).all()


def test_a_target_inside_a_piece_is_missing(tiny_bert: Path) -> None:
    out = load_encoder(f"bert:{tiny_bert}").encode([Occurrence("1", "a", "the man", 5, 6)])
    assert out.missing == {"1": "the tokenizer's pieces span 'man', not 'a'"}


def test_a_piece_that_the_model_does_not_know(tmp_path: Path, tiny_bert: Path) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "added")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_tokens(["manning"])
    tokenizer.save(str(folder / "tokenizer.json"))
    two = [occurrence("a man", "man", "1"), occurrence("manning a post", "post", "2")]
    out = load_encoder(f"bert:{folder}").encode(two)
    why = "the tokenizer makes 'manning' of the sentence, which the model does not know"
    assert out.missing == {"2": why}


SENTENCES = st.lists(
    st.tuples(st.lists(st.sampled_from(["go", "the", "it", "xyz"]), max_size=9), st.booleans()),
    min_size=2,
    max_size=6,
)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_vectors_do_not_depend_on_batch_or_order(tiny_bert: Path, data: st.DataObject) -> None:
    encoder = load_encoder(f"bert:{tiny_bert}")
    occurrences = []
    for i, (words, first) in enumerate(data.draw(SENTENCES)):
        sentence = " ".join(["man", *words] if first else [*words, "man"])
        occurrences.append(occurrence(sentence, "man", str(i)))
    together = encoder.encode(occurrences).vectors
    order = data.draw(st.permutations(range(len(occurrences))))
    shuffled = encoder.encode([occurrences[i] for i in order]).vectors
    np.testing.assert_allclose(shuffled, together[:, order], rtol=0, atol=1e-6)
    alone = [encoder.encode([o]).vectors[:, 0] for o in occurrences]
    np.testing.assert_allclose(np.stack(alone, axis=1), together, rtol=0, atol=1e-6)


def test_occurrences_in_several_blocks(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    several = [
        occurrence(s, "man", str(i)) for i, s in enumerate(["man", "go man", "the man is"] * 3)
    ]
    several[4] = Occurrence("4", "a", "the man", 5, 6)  # without a vector
    encoder = load_encoder(f"bert:{tiny_bert}@all")
    together = encoder.encode(several)
    monkeypatch.setattr("embcmp.encoders.bert.CHUNK", 2)
    seen: list[tuple[int, int]] = []
    apart = encoder.encode(several, lambda done, total: seen.append((done, total)))
    np.testing.assert_allclose(apart.vectors, together.vectors, rtol=0, atol=1e-6)
    assert (apart.receipts, apart.missing) == (together.receipts, together.missing)
    assert seen == sorted(seen)
    assert seen[-1] == (9, 9)


def test_memory_beside_the_result_does_not_grow(
    tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embcmp.encoders.bert.CHUNK", 100)
    encoder = load_encoder(f"bert:{tiny_bert}@0")
    several = [occurrence(f"go man {i} the post", "man", str(i)) for i in range(3200)]

    def beside(count: int) -> int:
        """Bytes at the peak that are not there afterwards, when the result is."""
        tracemalloc.start()
        try:
            out = encoder.encode(several[:count])
            now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert out.vectors.shape[1] == count
        return peak - now

    beside(800)
    grown = beside(3200) - beside(800)
    assert grown < 3200 * 16  # a list of the receipts becomes a tuple: 8 bytes for each


def test_bfloat16_is_near(tiny_bert: Path) -> None:
    exact, near = (
        load_encoder(f"bert:{tiny_bert}@all{dtype}") for dtype in ("", ",dtype=bfloat16")
    )
    assert near.info.name == f"bert:{tiny_bert}@all,dtype=bfloat16"
    assert (exact.info.dtype, near.info.dtype) == ("float32", "bfloat16")
    assert near.info.fingerprint != exact.info.fingerprint
    x, y = exact.encode(man()).vectors, near.encode(man()).vectors
    assert y.dtype == np.float32
    norms = np.linalg.norm(x, axis=2) * np.linalg.norm(y, axis=2)
    np.testing.assert_allclose((x * y).sum(axis=2) / norms, 1, rtol=0, atol=0.001)
    assert np.abs(x - y).max() > 1e-4  # it was not computed in float32


def cosines(spec: str, occurrences: Sequence[Occurrence]) -> np.ndarray:
    x = load_encoder(spec).encode(occurrences).vectors[0]
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    return x @ x.T


@needs_models
def test_the_cosines_of_minilm() -> None:
    found = cosines("bert", man())[[0, 0, 1], [1, 2, 2]]
    np.testing.assert_allclose(found, [0.675, 0.608, 0.591], rtol=0, atol=5e-4)


@needs_models
@needs_shared
def test_bfloat16_keeps_the_cosines_of_minilm() -> None:
    every = list(targets(SHARED / "tsv" / "wikihomograph.train.items.tsv"))
    some = every[:: len(every) // 200][:200]
    near, exact = cosines("bert,dtype=bfloat16", some), cosines("bert", some)
    np.testing.assert_allclose(near, exact, rtol=0, atol=0.01)
    assert np.abs(near - exact).max() > 1e-4


def test_progress_reaches_the_end(tiny_bert: Path) -> None:
    seen: list[tuple[int, int]] = []
    load_encoder(f"bert:{tiny_bert}").encode(man(), lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
    assert seen == sorted(seen)


def test_the_info_of_the_encoder(tiny_bert: Path) -> None:
    info = load_encoder(f"bert:{tiny_bert}").info
    pooler = 32 * 32 + 32
    assert info.parameters == Reference.from_pretrained(tiny_bert).num_parameters() - pooler
    files = ("config.json", "tokenizer.json", "model.safetensors")
    assert info.bytes == info.own_bytes == sum((tiny_bert / f).stat().st_size for f in files)
    assert (info.family, info.model, info.dim, info.per_type) == ("bert", "tiny-bert", 32, False)


def test_the_fingerprint_knows_what_changes_a_vector(tiny_bert: Path, tmp_path: Path) -> None:
    other = shutil.copytree(tiny_bert, tmp_path / "other")
    copied = load_encoder(f"bert:{other}").info.fingerprint
    assert copied == load_encoder(f"bert:{tiny_bert}").info.fingerprint  # not the place
    edit_json(other / "tokenizer.json", normalizer=None)
    specs = [f"bert:{tiny_bert}{s}" for s in ("", "@1", "@last2", ",pool=first")]
    prints = {load_encoder(s).info.fingerprint for s in [*specs, f"bert:{other}"]}
    assert len(prints) == 5


def test_random_weights_are_a_control(tmp_path: Path, tiny_bert: Path) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "untrained")
    (folder / "model.safetensors").unlink()  # they are not read
    specs = (f"bert:{folder},weights=random", f"bert:{folder},weights=random,seed=1")
    zero, one = (load_encoder(spec).encode(man()) for spec in specs)
    np.testing.assert_array_equal(load_encoder(specs[0]).encode(man()).vectors, zero.vectors)
    trained = load_encoder(f"bert:{tiny_bert}").encode(man())
    assert zero.info.name == f"bert:{folder}@3,weights=random"
    assert one.info.name == f"bert:{folder}@3,weights=random,seed=1"
    assert zero.info.own_bytes < trained.info.own_bytes
    assert zero.info.parameters == trained.info.parameters
    prints = {e.info.fingerprint for e in (zero, one, trained)}
    assert len(prints) == 3
    assert np.abs(zero.vectors - one.vectors).max() > 0.1
    assert np.abs(zero.vectors - trained.vectors).max() > 0.1


def broken(tmp_path: Path, tiny_bert: Path, name: str) -> Path:
    folder = shutil.copytree(tiny_bert, tmp_path / "broken")
    if name == "no config":
        (folder / "config.json").unlink()
    elif name == "config is no JSON":
        (folder / "config.json").write_text("<!DOCTYPE html>")
    elif name == "config is a list":
        (folder / "config.json").write_text("[]")
    elif name == "config is incomplete":
        config = json.loads((folder / "config.json").read_text())
        del config["vocab_size"]
        (folder / "config.json").write_text(json.dumps(config))
    elif name == "no weights":
        (folder / "model.safetensors").unlink()
    elif name == "tokenizer is none":
        (folder / "tokenizer.json").write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("no config", "there is no config.json; is this the folder of a model?"),
        ("config is no JSON", "config.json: cannot be read"),
        ("config is a list", "config.json: is not a JSON object"),
        ("config is incomplete", "but config.json makes it [30522, 32]"),
        ("no weights", "there is no model.safetensors with the model's weights"),
        ("tokenizer is none", "tokenizer.json: is no tokenizer"),
    ],
)
def test_broken_folders(tmp_path: Path, tiny_bert: Path, name: str, says: str) -> None:
    with pytest.raises(ModelError) as e:
        load_encoder(f"bert:{broken(tmp_path, tiny_bert, name)}")
    assert says in str(e.value)
    assert e.value.exit_code == 4


@pytest.mark.parametrize("command", ["compare", "neighbors"])
def test_weights_of_nan_or_infinity_are_an_error(
    tmp_path: Path, tiny_bert: Path, man_file: Path, run: Run, command: str
) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "damaged")
    weights = load_file(folder / "model.safetensors")
    weights["encoder.layer.1.output.dense.bias"][3] = torch.nan
    save_file(weights, folder / "model.safetensors")
    done = run(command, "man", "-s", str(man_file), "-e", "word2vec", "-e", f"bert:{folder}")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == (
        "embcmp: damaged: gives NaN or infinity for every occurrence;"
        " its weights are damaged: fetch the model again\n"
    )


def test_the_limit_is_the_lesser_of_model_and_tokenizer(tmp_path: Path, tiny_bert: Path) -> None:
    folder = shutil.copytree(tiny_bert, tmp_path / "limits")
    sentence = "the " * 20 + "man"
    target = [Occurrence("1", "man", sentence, 80, 83)]

    def truncated(declared: float) -> bool:
        (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": declared}))
        return load_encoder(f"bert:{folder}").encode(target).receipts[0].truncated

    assert truncated(12)
    assert not truncated(1e30)  # a number that means "none"; the model itself takes 24
    assert not truncated(500)


def unique(values: Sequence[float]) -> bool:
    return len(set(values)) == len(values)


def test_three_uses_get_three_vectors(tiny_bert: Path) -> None:
    out = load_encoder(f"bert:{tiny_bert}").encode(man())
    assert not out.missing
    assert unique([float(v[0]) for v in out.vectors[0]])


@needs_models
@pytest.mark.parametrize(
    ("form", "says"),
    [
        ("🏦", "1 of 2 targets are unknown to its tokenizer, wholly or in part"),
        ("bank🦄", "1 of 2 targets are unknown to its tokenizer, wholly or in part"),
        ("𐍈𐌰", "1 of 2 targets are unknown to its tokenizer, wholly or in part"),
        ("ߒߞߏ", "1 of 2 targets are unknown to its tokenizer, wholly or in part"),
        ("은행에", "1 of 2 targets have more pieces than letters"),
        ("bank", None),
        ("xylophone", None),
    ],
)
def test_targets_that_the_tokenizer_does_not_know(form: str, says: str | None) -> None:
    encoder = load_encoder("bert")
    uses = [
        Occurrence("1", form, f"The {form} lent me money.", 4, 4 + len(form)),
        Occurrence("2", "bank", "The bank lent me money.", 4, 8),
    ]
    said = [remark for remark in encoder.encode(uses).info.remarks if "targets" in remark]
    assert len(said) == (says is not None)
    assert all(str(says) in remark for remark in said)
