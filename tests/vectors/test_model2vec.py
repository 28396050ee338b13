"""Folders of Model2Vec: words get the mean of the vectors of their tokens."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer

from embcmp.encoders import load_encoder
from embcmp.errors import ModelError
from embcmp.types import Occurrence
from embcmp.vectors.model2vec import LAYOUTS
from embcmp.vectors.store import open_vectors
from tests.commands import Run
from tests.encoders.tiny import byte_level, unigram, word_piece

WORDS = ["man", "Man", "manned", "café", "hot dog", "x" * 30, "post it!", "MEN"]


def save(
    folder: Path,
    tokenizer: Tokenizer,
    *,
    dtype: str = "float32",
    dim: int = 5,
    quantized: bool = False,
    **config: object,
) -> Path:
    """A random model; a quantized one has fewer vectors than tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    size, draw = tokenizer.get_vocab_size(), np.random.default_rng(3)
    rows = draw.standard_normal((7 if quantized else size, dim)) * (40 if dtype == "int8" else 1)
    tensors = {"embeddings": rows.astype(dtype)}
    if quantized:
        tensors |= {"mapping": draw.integers(0, 7, size), "weights": draw.random(size)}
    save_file(tensors, folder / "model.safetensors")
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"model_type": "model2vec", **config}))
    return folder


def use(form: str) -> Occurrence:
    return Occurrence(form, form, f"The {form}.", 4, 4 + len(form))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save(tmp_path / "tiny-potion", word_piece())


def test_a_word_is_the_mean_of_its_pieces(folder: Path) -> None:
    rows = load_file(folder / "model.safetensors")["embeddings"]
    ids = word_piece().get_vocab()
    embeddings = load_encoder(f"word2vec:{folder}").encode([use("Men"), use("man"), use("hot dog")])
    pieces = [["m", "##e", "##n"], ["man"], ["h", "##o", "##t", "d", "##o", "##g"]]
    for vector, receipt, tokens in zip(
        embeddings.vectors[0], embeddings.receipts, pieces, strict=True
    ):
        assert receipt.tokens == tuple(tokens)
        assert np.allclose(vector, rows[[ids[t] for t in tokens]].mean(axis=0), atol=1e-7)
    info = embeddings.info
    assert (info.model, info.dim, info.per_type) == ("tiny-potion", 5, True)


def test_what_the_tokenizer_does_not_know_is_missing(folder: Path) -> None:
    missing = load_encoder(f"word2vec:{folder}").encode([use("人"), use("man 人")]).missing
    assert missing == {"人": "'人' has no piece that tiny-potion knows"}
    vectors = open_vectors(folder)
    assert vectors.rows(["人", "\ud800", "", "man"]).tolist() == [
        -1,
        -1,
        -1,
        word_piece().token_to_id("man"),
    ]
    assert vectors.lookup(["man", "人"])[1].tolist() == [True, False]
    assert vectors.lookup([])[0].shape == (0, 5)


def test_all_tokens_are_its_vocabulary(folder: Path) -> None:
    vectors = open_vectors(folder)
    blocks = list(vectors.blocks(50))
    tokens = [token for words, _ in blocks for token in words]
    assert tokens == sorted(word_piece().get_vocab(), key=word_piece().token_to_id)
    every = np.concatenate([rows for _, rows in blocks])
    assert every.shape == (vectors.count, 5)
    assert np.array_equal(vectors.head(9), every[:9])
    assert open_vectors(folder) is vectors  # opened once


def test_a_quantized_vocabulary_has_shared_rows_and_weights(tmp_path: Path) -> None:
    folder = save(tmp_path / "q", word_piece(), quantized=True)
    parts = load_file(folder / "model.safetensors")
    ids = [word_piece().token_to_id(token) for token in ("m", "##e", "##n")]
    rows = parts["embeddings"][parts["mapping"][ids]] * parts["weights"][ids][:, None]
    [vector] = open_vectors(folder).lookup(["men"])[0]
    assert np.allclose(vector, rows.mean(axis=0), atol=1e-6)


def test_a_changed_folder_is_read_again(folder: Path) -> None:
    before = load_encoder(f"word2vec:{folder}").info.fingerprint
    (folder / "config.json").write_text('{"normalize": true}')
    assert load_encoder(f"word2vec:{folder}").info.fingerprint != before
    assert np.linalg.norm(open_vectors(folder).lookup(["man"])[0]) == pytest.approx(1, abs=1e-6)


def test_the_layouts_of_sentence_transformers(tmp_path: Path) -> None:
    expected = open_vectors(save(tmp_path / "a", word_piece())).lookup(WORDS)[0]
    rows = load_file(tmp_path / "a" / "model.safetensors")["embeddings"]
    for layout in LAYOUTS[1:]:
        folder = tmp_path / layout.tensors.replace("/", "_")
        (folder / layout.tensors).parent.mkdir(parents=True)
        save_file({"embedding.weight": rows}, folder / layout.tensors)
        word_piece().save(str(folder / layout.tokenizer))
        (folder / layout.config).write_text("{}")
        assert np.array_equal(open_vectors(folder).lookup(WORDS)[0], expected)


def rewrite(folder: Path, **tensors: object) -> None:
    save_file({k: np.asarray(v) for k, v in tensors.items()}, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        ({"weight": np.ones((3, 2))}, "has no tensor `embeddings`, so it is no static model"),
        ({"embeddings": np.ones((3, 2))}, "has 3 vectors, and its tokenizer has 1"),
        ({"embeddings": np.ones(3)}, "`embeddings` has the shape (3,) and type float64"),
        ({"embeddings": np.ones((9, 0))}, "`embeddings` has the shape (9, 0) and type float64"),
        ({"embeddings": np.full((164, 2), np.nan)}, "has NaN or infinity"),
        ({"embeddings": np.ones((3, 2)), "mapping": np.full(999, 3)},
         "its `mapping` does not give each token a row"),
        ({"embeddings": np.ones((3, 2)), "mapping": np.ones(9, dtype=int)},
         "its `mapping` does not give each token a row"),
        ({"embeddings": np.ones((3, 2)), "mapping": np.ones(999, dtype=int), "weights": np.ones(9)},
         "its `weights` do not give each token a weight"),
    ],
)  # fmt: skip
def test_tensors_that_do_not_fit(folder: Path, tensors: dict[str, object], says: str) -> None:
    rewrite(folder, **tensors)
    with pytest.raises(ModelError) as caught:
        open_vectors(folder)
    assert caught.value.message.startswith(f"{folder / 'model.safetensors'}: {says}")


def test_damaged_files_are_named(folder: Path, run: Run) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    for name, content, says in (
        ("model.safetensors", whole[:-1], "cannot be read as safetensors"),
        ("tokenizer.json", b"{}", "cannot be read as a tokenizer"),
        ("config.json", b"[]", "is no configuration of a static model"),
        ("config.json", b'{"max_length": 0}', "is no configuration of a static model"),
    ):
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(content)
        done = run("models", "info", f"word2vec:{folder}")
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr.startswith(f"embcmp: {folder / name}: {says}")
        (folder / name).write_bytes(before)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match="is a folder without word vectors that embcmp knows"):
        open_vectors(folder)


def test_no_part_of_a_folder_is_named(folder: Path) -> None:
    with pytest.raises(ModelError, match="is a folder, of which no part is named"):
        load_encoder(f"word2vec:{folder},member=x")


def test_it_works_in_commands(run: Run, folder: Path, man_file: Path) -> None:
    given = ["-e", f"word2vec:{folder}", "-e", f"context:{folder}"]
    for command in ("compare", "neighbors"):
        done = run(command, "man", "-s", str(man_file), *given)
        assert done.returncode == 0, done.stderr
        assert "tiny-potion" in done.stdout
    done = run("models", "info", f"word2vec:{folder}")
    assert "static vectors, Model2Vec" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "int8"])
@pytest.mark.parametrize("quantized", [False, True])
@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("tokenizer", [word_piece, byte_level, unigram])
def test_it_is_what_model2vec_computes(
    tmp_path: Path, dtype: str, quantized: bool, normalize: bool, tokenizer: object
) -> None:
    model2vec = pytest.importorskip("model2vec")
    folder = save(
        tmp_path / "m", tokenizer(), dtype=dtype, quantized=quantized, normalize=normalize
    )
    texts = [*WORDS, "man " * 600]  # the last one is cut
    theirs = model2vec.StaticModel.from_pretrained(folder).encode(texts)
    ours, known = open_vectors(folder).lookup(texts)
    assert np.allclose(np.where(known[:, None], ours, 0), theirs, atol=1e-6)
    assert known.sum() >= 7
