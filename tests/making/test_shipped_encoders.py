from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from embcmp.encoders.neural.prediction_layer import layer_path, read_layer
from embcmp.encoders.neural.recurrent_checkpoint import read
from embcmp.vectors import store
from tests.making import shipped_encoders as shipped


@pytest.fixture
def wordnet(tmp_path: Path) -> Path:
    folder = tmp_path / "wordnet"
    folder.mkdir()
    for part in ("noun", "verb", "adj", "adv"):
        rows = (f'x | the man is cold n{i} {part}; "go man"\n' for i in range(90))
        (folder / f"data.{part}").write_text("".join(rows))
    return folder


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_ships_the_seed_with_the_least_held_out_loss(
    cell: str, wordnet: Path, tmp_path: Path, tiny_vectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = store.open_vectors(tiny_vectors)
    monkeypatch.setattr(store, "open_vectors", lambda: tiny)
    runs, out = tmp_path / "runs", tmp_path / "lstm.safetensors"
    runs.mkdir()
    arguments = ["--wordnet", wordnet, "--out", out, "--runs", runs, "--tokens", 2_000]
    arguments += ["--cell", cell]
    done = CliRunner().invoke(shipped.main, [str(a) for a in arguments], catch_exceptions=False)
    rows = [line.split("|") for line in done.stdout.splitlines() if line.startswith("| ")][2:]
    assert [row[1].strip() for row in rows] == [cell] * 3
    assert [int(row[2]) for row in rows] == [0, 1, 2]
    losses = {int(row[2]): float(row[3]) for row in rows}
    assert len(set(losses.values())) == 3
    best = min(losses, key=lambda seed: losses[seed])
    assert (read(out).provenance.cell, read(out).provenance.seed) == (cell, best)
    assert f"Seed {best} is in {out}" in done.stdout
    for row in rows:
        path = runs / f"{cell}-seed{int(row[2])}.safetensors"
        content = path.read_bytes()
        assert row[5].strip() == f"`{sha256(content).hexdigest()[:16]}`"
        assert (content == out.read_bytes()) == (int(row[2]) == best)
        assert read_layer(layer_path(path), path).vocabulary[:3]
    read_layer(layer_path(out), out)
    # A layer alone, fitted to the encoder that is there.
    trained_with_it, encoder = layer_path(out).read_bytes(), out.read_bytes()
    arguments.append("--layer-alone")
    done = CliRunner().invoke(shipped.main, [str(a) for a in arguments], catch_exceptions=False)
    content = layer_path(out).read_bytes()
    assert done.stdout.startswith(f"{layer_path(out)}: {len(content):,} bytes, held-out loss ")
    assert done.stdout.endswith(f" sha256 {sha256(content).hexdigest()}\n")
    assert content != trained_with_it
    assert out.read_bytes() == encoder
    read_layer(layer_path(out), out)


def test_the_threads_are_always_as_many(
    wordnet: Path, tmp_path: Path, tiny_vectors: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = store.open_vectors(tiny_vectors)
    monkeypatch.setattr(store, "open_vectors", lambda: tiny)
    arguments = ["--wordnet", str(wordnet), "--tokens", "300", "--out"]
    found = set()
    for threads in (1, 3):
        torch.set_num_threads(threads)
        out = tmp_path / f"{threads}.safetensors"
        CliRunner().invoke(shipped.main, [*arguments, str(out)], catch_exceptions=False)
        assert torch.get_num_threads() == threads
        found.add(out.read_bytes())
    assert len(found) == 1
