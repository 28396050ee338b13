"""What a model's files declare is bounded before anything is built of it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy

from embcmp.encoders.neural.checkpoint import open_checkpoint
from embcmp.errors import ModelError
from embcmp.models import declared_sizes
from embcmp.models.checkpoint_files import INDEX, WEIGHTS
from embcmp.vectors.file import FileVectors
from tests.commands import Run
from tests.conftest import edit_json

SIZES = [
    ("num_hidden_layers", 1_000_000, "no model has over 1,000 layers", None),
    ("hidden_size", 10**9, "is a dimension of none of the tensors", "at least"),
    ("hidden_size", 10**30, "is a dimension of none of the tensors", "at least"),
    ("vocab_size", 10**12, "much larger than all dimensions of the tensors", "at least"),
    ("intermediate_size", 10**10, "much larger than all dimensions", "at least"),
    ("max_position_embeddings", 10**12, "at least 128,000 GB", "at least 128,000 GB"),
]


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    """A copy of a checkpoint."""
    return Path(shutil.copytree(tiny_bert, tmp_path / "model"))


@pytest.mark.parametrize("model_type", ["bert", "roberta"])
@pytest.mark.parametrize(("name", "number", "trained", "random"), SIZES)
def test_a_size_is_checked_before_a_layer_is_built(
    folder: Path, name: str, number: int, trained: str, random: str | None, model_type: str
) -> None:
    edit_json(folder / "config.json", model_type=model_type, **{name: number})
    start = time.process_time()
    for seed, says in ((None, trained), (0, random or trained)):
        with pytest.raises(ModelError, match=says) as e:
            open_checkpoint(str(folder), seed)
        assert "config.json: " in e.value.message
    assert time.process_time() - start < 1


def test_what_memory_holds_is_built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit_json(folder / "config.json", num_train_steps=10**9, total_batch_size=10**9)
    open_checkpoint(str(folder))
    monkeypatch.setattr(declared_sizes, "memory_bytes", lambda: 1000)
    open_checkpoint(str(folder))  # its weights may be mapped from the file
    with pytest.raises(ModelError, match=r"this machine has 0\.0 GB of memory"):
        open_checkpoint(str(folder), 0)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", INDEX])
def test_deep_json_is_a_broken_model(folder: Path, name: str, run: Run, man_file: Path) -> None:
    if name == INDEX:
        (folder / WEIGHTS).rename(folder / "model-1.safetensors")
    (folder / name).write_text('{"a":' + "[" * 100_000)
    done = run("compare", "man", "-s", str(man_file), "-e", f"bert:{folder}")
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert name in done.stderr


def test_large_json_is_not_read(folder: Path, run: Run, man_file: Path) -> None:
    with (folder / "config.json").open("r+b") as f:
        f.truncate(10**12)  # a sparse file, which takes no room
    done = run("models", "info", f"bert:{folder}")
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "config.json: cannot be read (it has over 33,554,432 bytes)" in done.stderr


@pytest.mark.parametrize("shape", [(2, 10**9), (1, 2**40), (0, 10**15)])
def test_a_sparse_matrix_is_refused_by_its_size(tmp_path: Path, shape: tuple[int, int]) -> None:
    with (tmp_path / "v.npy").open("wb") as f:
        about = {"descr": "<f4", "fortran_order": False, "shape": shape}
        npy.write_array_header_1_0(f, about)
        f.truncate(f.tell() + int(np.prod(shape, dtype=np.float64)) * 4)
    (tmp_path / "v.vocab").write_text("man\nbank\n")
    with pytest.raises(ModelError, match="declares vectors of width"):
        FileVectors(tmp_path / "v.npy")


def test_json_of_no_object_is_no_index(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    for content in ([], {"weight_map": 3}, {"weight_map": {"a": []}}):
        (folder / INDEX).write_text(json.dumps(content))
        with pytest.raises(ModelError, match="is not an index of weights"):
            open_checkpoint(str(folder))
