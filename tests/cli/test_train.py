from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from embcmp import Occurrence, load_encoder
from embcmp.cli import Settings, cli
from embcmp.encoders.neural.prediction_layer import read_layer
from embcmp.encoders.neural.recurrent_checkpoint import read
from embcmp.errors import EmbcmpError
from tests.commands import COMMAND, Run
from tests.conftest import interrupt

LINES = "".join(f"he is the man of few cold posts n{i} today\n" for i in range(300))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_text(LINES, encoding="utf-8")
    return path


def train(*arguments: object) -> Result:
    return CliRunner().invoke(
        cli, ["train", "lstm", *map(str, arguments)], obj=Settings(), catch_exceptions=True
    )


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_trains_an_encoder(corpus: Path, tiny_vectors: Path, tmp_path: Path, cell: str) -> None:
    out = tmp_path / "own.safetensors"
    result = train(
        "--corpus", corpus, "--vectors", tiny_vectors, "--cell", cell, "--tokens", 2_000, "-o", out
    )
    assert result.exit_code == 0, result.output
    loss = read(out).provenance.held_out_loss
    size = f"{out.stat().st_size / 1e6:.2f} MB"
    assert result.stdout.startswith(f"{out}: {cell}, 2,000 words, held-out loss {loss:.3f} nats")
    assert f", {size}, and own.prediction.safetensors, " in result.stdout
    # the vectors are found again by what the checkpoint says
    encoder = load_encoder(f"{cell}:{out}")
    assert not encoder.encode([Occurrence("1", "man", "the man is", 4, 7)]).missing


def test_several_files_and_the_default_name(
    corpus: Path, tiny_vectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.txt", "c.txt"):
        (tmp_path / name).write_text(f"some more words in {name}\n")
    given = ("--vectors", tiny_vectors, "--tokens", 500)
    assert train("--corpus", corpus, "b.txt", "c.txt", *given).exit_code == 0
    first = Path("lstm.safetensors").read_bytes()
    assert read(Path("lstm.safetensors")).provenance.corpus == "corpus.txt, b.txt, c.txt"
    files = [a for name in (corpus, "b.txt", "c.txt") for a in ("--corpus", name)]
    assert train(*files, *given).exit_code == 0
    assert Path("lstm.safetensors").read_bytes() == first
    assert train("--corpus", corpus, "b.txt", "c.txt", *given, "--seed", 1).exit_code == 0
    assert Path("lstm.safetensors").read_bytes() != first


def test_the_prediction_layer_is_beside_the_encoder(
    corpus: Path, tiny_vectors: Path, tmp_path: Path
) -> None:
    out, layer = tmp_path / "own.safetensors", tmp_path / "own.prediction.safetensors"
    given = ("--corpus", corpus, "--vectors", tiny_vectors, "--tokens", 500, "--out", out)
    result = train(*given)
    assert result.exit_code == 0
    assert {path.name for path in tmp_path.glob("*own*")} == {out.name, layer.name}
    size = layer.stat().st_size
    assert size > 2 * 400 * 400  # the perceptron's first layer, in float16
    assert result.stdout.endswith(f", and {layer.name}, {size / 1e6:.2f} MB\n")
    assert "man" in read_layer(layer, out).vocabulary


def refusal(result: Result) -> EmbcmpError:
    assert isinstance(result.exception, EmbcmpError), result.output
    return result.exception


def test_bad_input_says_where(corpus: Path, tiny_vectors: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"fine\n\xff\n")
    vectors = ("--vectors", tiny_vectors)
    not_text = refusal(train("--corpus", bad, *vectors))
    assert (not_text.exit_code, not_text.message) == (3, f"{bad}:2: is not UTF-8 (byte 0xff)")
    bad.write_bytes(b"a few words\n")
    assert refusal(train("--corpus", bad, *vectors)).exit_code == 3
    assert refusal(train("--corpus", tmp_path / "none.txt", *vectors)).exit_code == 3
    missing = refusal(train("--corpus", corpus, "--vectors", tmp_path / "none.txt"))
    assert missing.exit_code == 4


def test_place_that_cannot_be_written(corpus: Path, tiny_vectors: Path, tmp_path: Path) -> None:
    out = tmp_path / "no" / "folder" / "x.safetensors"
    error = refusal(
        train("--corpus", corpus, "--vectors", tiny_vectors, "--tokens", 10**12, "--out", out)
    )
    assert error.exit_code == 6
    assert str(out) in error.message


def test_never_writes_over_what_it_reads(corpus: Path, tiny_vectors: Path) -> None:
    for out in (corpus, tiny_vectors):
        before = out.read_bytes()
        result = train("--corpus", corpus, "--vectors", tiny_vectors, "--tokens", 9, "--out", out)
        assert refusal(result).exit_code == 2
        assert out.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--corpus", "x", "--cell", "gru"),
        ("--corpus", "x", "--tokens", "0"),
        ("--corpus", "x", "--seed", "-1"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert train(*arguments).exit_code == 2


def test_one_line_and_the_status(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"\xff\n")
    vectors = tmp_path / "v.txt"
    vectors.write_text("a 1.0 2.0\nb 2.0 1.0\n")
    done = run("train", "lstm", "--corpus", str(bad), "--vectors", str(vectors))
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        f"embcmp: {bad}:1: is not UTF-8 (byte 0xff); save it as UTF-8"
    ]


@pytest.mark.process("Control-C amid training")
def test_interrupted(corpus: Path, tiny_vectors: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "x.safetensors"
    out.write_text("old")
    arguments = (
        f"train lstm --corpus {corpus} --vectors {tiny_vectors} --tokens {10**9} --out {out}"
    )
    process = subprocess.Popen(
        [*COMMAND, *arguments.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    end = time.monotonic() + 60
    while len(list(folder.iterdir())) < 2 and time.monotonic() < end:  # until the draft is there
        time.sleep(0.05)
    time.sleep(0.5)
    _, error = interrupt(process)
    assert process.returncode == 130
    assert error.decode().splitlines()[-1] == "embcmp: interrupted"
    assert [p.name for p in folder.iterdir()] == [out.name]
    assert out.read_text() == "old"
