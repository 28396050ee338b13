"""Mutated files and arguments for every reader, through the command line: never a traceback.

A mutation fuzzer: each case takes a command that works and the files that it reads, and changes
bytes of one of them, or of a spec. Seeded, so that a failure can be run again alone.
"""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from embcmp.cli import Settings, _run
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

IN_PROCESS, AS_SUBPROCESS, PARTS = 20_000, 200, 10
DESIGNED = {0, 1, 2, 3, 4, 5, 6}
PLAIN = {"batch", "report", "train"}  # they have no --format
BATCH = ("summary.json", "manifest.json", "comparisons/man.json")
TOKENS = [
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"NaN", b"Infinity", b"1e999", b"-1", b"9999999999999",
    b'"', b"'", b"\t", b"\n", b"\r", b",", b"[", b"]", b"{", b"}", b"[[", b"]]", b"=", b"@", b":",
    b"null", b"true", b"man", b"auc", "\u202eİß\u0301".encode(), b"\x1b[31m", b"\xed\xa0\x80",
]  # fmt: skip
SPECS = [
    "context:v.txt",
    "word2vec:v.txt",
    "context:v.txt,window=3,stopwords=keep",
    "word2vec:v.bin",
]
ROWS = [("noun", "He is a man of few words."), ("verb", "Go man the post today!")] * 3


MAN = ("compare", "man")


@dataclass(frozen=True)
class Case:
    """A command, and the file that is changed for it."""

    args: tuple[str, ...]
    file: str | None = None


CASES = [
    *(
        Case((*MAN, "-s", f"man.{form}", "-e", SPECS[0], "--no-intervals"), f"man.{form}")
        for form in ("txt", "tsv", "csv", "jsonl", "parquet")
    ),
    Case((*MAN, "-s", "man.tsv", "-e", SPECS[1], "--strict", "--no-intervals"), "man.tsv"),
    Case((*MAN, "-s", "man.txt", "-e", SPECS[1], "-e", SPECS[0]), "v.txt"),
    Case((*MAN, "-s", "man.txt", "-e", SPECS[3]), "v.bin"),
    Case((*MAN, "-s", "man.txt", "-e", "word2vec:v.gz"), "v.gz"),
    *(Case((*MAN, "-s", "man.txt", "-e", spec)) for spec in SPECS),
    *(Case(("models", command, spec)) for command in ("info", "verify") for spec in SPECS),
    Case(("models", "info", "lstm:lstm.safetensors,vectors=v.txt"), "lstm.safetensors"),
    Case(("models", "info", "bert:bert"), "bert/config.json"),
    Case(("models", "info", "bert:bert"), "bert/tokenizer.json"),
    Case(("check", "expect.toml", "--junit", "out.xml"), "expect.toml"),
    Case(("verify", "run.json"), "run.json"),
    Case(("evaluate", "pairs", "pairs.tsv", "-e", SPECS[0]), "pairs.tsv"),
    Case(("neighbors", "man", "-s", "man.txt", "-e", SPECS[1], "--top", "2"), "man.txt"),
    Case(("reach", "man", "-s", "man.txt", "-e", SPECS[0], "--draws", "5"), "man.txt"),
    Case(("trace", "He is a man of few words.", "--word", "man")),
    Case(("trace", "--word", "man", "He is a man of few words.")),
    Case(("train", "word2vec", "--out", "w.bin", "--min-count", "1", "--corpus", "c.txt"), "c.txt"),
    Case(("batch", "job.toml", "--out", "other"), "job.toml"),
    *(Case(("batch", "job.toml", "--out", "batch"), f"batch/{file}") for file in BATCH),
    *(Case(("report", "batch"), f"batch/{file}") for file in BATCH),
]  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_vectors: Path, tiny_bert: Path) -> Path:
    """A folder with a good file for every reader."""
    folder = tmp_path_factory.mktemp("fuzzed")
    shutil.copy(tiny_vectors, folder / "v.txt")
    shutil.copy(ROOT / "fixtures" / "vectors" / "word2vec.bin", folder / "v.bin")
    subprocess.run(["gzip", "-k", "-S", ".gz", "v.txt"], cwd=folder, check=True)
    (folder / "v.txt.gz").rename(folder / "v.gz")
    shutil.copytree(tiny_bert, folder / "bert")
    shutil.copy(ROOT / "embcmp" / "data" / "lstm.safetensors", folder)
    (folder / "man.txt").write_text("".join(f"{text}\n" for _, text in ROWS[:2]))
    for form, mark in (("tsv", "\t"), ("csv", ",")):
        table = [("sense", "sentence"), *ROWS]
        (folder / f"man.{form}").write_text("".join(mark.join(row) + "\n" for row in table))
    records = [{"sense": sense, "sentence": text} for sense, text in ROWS]
    (folder / "man.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    pq.write_table(pa.Table.from_pylist(records), folder / "man.parquet")
    run = ["compare", "man", "-s", "man.txt", "-e", SPECS[1], "-e", SPECS[0]]
    code, out, err = inside(folder, [*run, "--format", "json", "-o", "run.json"])
    assert (code, out, err) == (0, "", "")
    (folder / "expect.toml").write_text(
        "word='man'\nsentences='man.tsv'\n[[expect]]\nencoder='context:v.txt'\nmetric='auc'\n"
        "min=0.1\nbetter_than='word2vec:v.txt'\n[[expect]]\ngolden='run.json'\ntolerance=0.1\n"
    )
    shutil.copy(ROOT / "fixtures" / "minimal_pairs.tsv", folder / "pairs.tsv")
    (folder / "c.txt").write_text("the man is a man of few words\n" * 200)
    (folder / "job.toml").write_text(
        "encoders=['context:v.txt']\ndraws=100\n[[word]]\nword='man'\nsentences='man.tsv'\n"
    )
    code, out, err = inside(folder, ["batch", "job.toml", "--out", "batch"])
    assert (code, err) == (0, "")
    return folder


def inside(place: Path, args: list[str]) -> tuple[int, str, str]:
    """Run a command in this process: its status and what it printed."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    err = io.StringIO()
    with pytest.MonkeyPatch.context() as m, redirect_stdout(out), redirect_stderr(err):
        m.chdir(place)
        m.setattr(sys, "argv", ["embcmp", *args])
        m.setenv("HF_HUB_OFFLINE", "1")
        code = _run(Settings())
    out.seek(0)
    return code, out.read(), err.getvalue()


def outside(place: Path, args: list[str]) -> tuple[int, str, str]:
    """Run a command as a user does."""
    done = subprocess.run(
        [sys.executable, "-m", "embcmp", *args],
        capture_output=True, check=False, cwd=place,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Change a few places."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 1, 4, 30)))
        how = rng.randrange(5)
        if how == 0:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        elif how == 1:
            data = data[:at] + data[end:]
        elif how == 2:
            data = data[:at] + data[at:end] * 2 + data[end:]
        elif how == 3:
            data = data[:at] + rng.choice(TOKENS) + data[at:]
        else:
            data = data[: max(at, 1)]
    return data


def cases(place: Path, seed: int, count: int) -> Iterator[list[str]]:
    """Commands, each after its file has been changed; the file is mended afterwards."""
    rng = random.Random(seed)
    for _ in range(count):
        case = rng.choice(CASES)
        args = list(case.args)
        if rng.random() < 0.3 and "--strict" not in args and args[0] not in PLAIN:
            form = rng.choice(("table", "json", "csv", "markdown", "html", "xml"))
            args += ["--format", form]
        if case.file is None:
            changed = mutated(args[-1].encode() or b"x", rng).decode(errors="surrogateescape")
            args[-1] = changed.replace("\0", "")
            yield args
            continue
        path = place / case.file
        good = path.read_bytes()
        path.write_bytes(mutated(good, rng))
        try:
            yield args
        finally:
            path.write_bytes(good)


def no_number(constant: str) -> None:
    raise AssertionError(f"the JSON has {constant}")


def judge(place: Path, run: Callable[..., tuple[int, str, str]], seed: int, count: int) -> None:
    """Run cases; each ends as designed, with at most one line of error and JSON without NaN."""
    codes: Counter[int] = Counter()
    for args in cases(place, seed, count):
        code, out, err = run(place, args)
        codes[code] += 1
        assert code in DESIGNED, (args, code, err)
        assert "Traceback" not in err, (args, err)
        if code in {2, 3, 4, 6} and not out:
            assert err.startswith("embcmp: "), (args, err)
        if "json" in args and out:
            json.loads(out, parse_constant=no_number)
    assert {0, 2, 3, 4} <= set(codes), codes


@pytest.mark.parametrize("seed", range(PARTS))
def test_in_process(place: Path, seed: int) -> None:
    judge(place, inside, seed, IN_PROCESS // PARTS)


@pytest.mark.process("the real command is fuzzed, its start and its end included")
def test_as_a_subprocess(place: Path) -> None:
    judge(place, outside, 99, AS_SUBPROCESS)
