from __future__ import annotations

import json
from pathlib import Path

import pytest

from embcmp.errors import ModelError
from embcmp.models.checkpoint_files import tokenizer_files, weight_files


def test_one_file_of_weights(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert weight_files(tmp_path) == [tmp_path / "model.safetensors"]


def test_shards_are_in_the_folder_of_their_index(tmp_path: Path) -> None:
    names = {"a": "one.safetensors", "b": "../two.safetensors", "c": "one.safetensors"}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    for name in ("one.safetensors", "two.safetensors"):
        (tmp_path / name).touch()
    assert [f.name for f in weight_files(tmp_path)] == ["one.safetensors", "two.safetensors"]
    assert {f.parent for f in weight_files(tmp_path)} == {tmp_path}
    (tmp_path / "two.safetensors").unlink()
    with pytest.raises(ModelError, match=r"there is no two\.safetensors with the model's weights"):
        weight_files(tmp_path)


def test_a_single_file_is_preferred_to_an_index(tmp_path: Path) -> None:
    """As for transformers; an index may be left over from an earlier save."""
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "model.safetensors.index.json").write_text('{"weight_map": {"a": "gone"}}')
    assert weight_files(tmp_path) == [tmp_path / "model.safetensors"]


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "epoch3.ckpt"])
def test_pickles_are_refused_with_a_way_to_convert_them(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x80\x02.")
    with pytest.raises(ModelError) as e:
        weight_files(tmp_path)
    assert e.value.hint.startswith(f"{name} is a pickle, which can run code and is not read")
    assert "save_pretrained(FOLDER)" in e.value.hint


def test_a_git_lfs_pointer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(ModelError, match=r"is a Git LFS pointer, .*; fetch them with git lfs pull"):
        weight_files(tmp_path)


def test_files_of_the_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"there is no tokenizer; it is usually in tokenizer\.json"
    ):
        tokenizer_files(tmp_path)
    for name in ("vocab.txt", "tokenizer_config.json"):
        (tmp_path / name).touch()
    assert [f.name for f in tokenizer_files(tmp_path)] == ["vocab.txt", "tokenizer_config.json"]
    (tmp_path / "tokenizer.json").touch()
    assert [f.name for f in tokenizer_files(tmp_path)] == [
        "tokenizer.json", "vocab.txt", "tokenizer_config.json",
    ]  # fmt: skip
    (tmp_path / "tokenizer.json").unlink()
    (tmp_path / "vocab.txt").unlink()
    with pytest.raises(ModelError, match="there is no tokenizer"):
        tokenizer_files(tmp_path)
