"""`embcmp batch` as its users run it."""

from __future__ import annotations

import csv
import json
import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.batch.jobs import content, corpus, write_job
from tests.commands import COMMAND, ROOT, Run, run_here

HOSTILE = (
    "=cmd|' /C calc'!A0 the man",
    "</script><script>alert(1)</script> man",
    "a \x1b]0;owned\x07\x1b[31m man",
    "the \u202enam\u202c man \u2066of few",
    "<img src=x onerror=alert(1)> man javascript:alert(1)",
)


@pytest.fixture
def job(tmp_path: Path, tiny_vectors: Path, tiny_bert: Path) -> Path:
    corpus(tmp_path)
    encoders = [f"context:{tiny_vectors}", f"bert:{tiny_bert}"]
    return write_job(tmp_path, encoders, top="senses = true")


@pytest.fixture
def light(tmp_path: Path, tiny_vectors: Path) -> Path:
    """A job without torch, for those that are run many times."""
    corpus(tmp_path)
    specs = [f"context:{tiny_vectors}{keys}" for keys in ("", ",window=2", ",stopwords=keep")]
    return write_job(tmp_path, specs, top="senses = true")


def start(job: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*COMMAND, "batch", str(job), "--out", str(out), *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def finish(job: Path, out: Path) -> None:
    done = run_here("batch", str(job), "--out", str(out))
    assert done.returncode == 0, done.stderr


def until(path: Path, pattern: str, process: subprocess.Popen[bytes]) -> None:
    while not list(path.glob(pattern)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.005)


def test_a_batch_from_job_to_results(run: Run, job: Path, tmp_path: Path) -> None:
    done = run("batch", str(job), "--out", str(tmp_path / "out"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("3 words, ")
    assert f"  context:{'/'.join(str(job).split('/')[:2])}" in done.stdout
    several = re.search(r"\n(\w+) of (\d) tested words shows? more than one sense", done.stdout)
    outlines = json.loads((tmp_path / "out" / "summary.json").read_text())["senses"]
    p = [outline["p_adjusted"] for outline in outlines if outline["p"] is not None]
    assert several is not None
    assert several.groups() == (str(sum(q < 0.05 for q in p) or "None"), str(len(p)))
    assert {f.name for f in (tmp_path / "out").iterdir()} >= {
        "manifest.json", "results.parquet", "results.csv", "summary.json", "failures.jsonl",
        "comparisons", "senses", "vectors", "occurrences",
    }  # fmt: skip
    assert (tmp_path / "out" / "failures.jsonl").read_bytes() == b""
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    for shards in manifest["vectors"].values():
        assert all(s["rows"] > 0 and len(s["sha256"]) == 64 for s in shards)


def test_a_batch_of_groups_of_files(run: Run, tmp_path: Path, tiny_vectors: Path) -> None:
    for group, line in (("old", "a man of few words {}"), ("new", "go it is the man {}")):
        text = "\n".join(line.format(i) for i in range(9))
        (tmp_path / f"{group}.txt").write_text(f"{text}\n")
    job = tmp_path / "job.toml"
    job.write_text(
        f'encoders = "context:{tiny_vectors}"\n[groups]\nold = "old.txt"\nnew = "new.txt"\n'
        '[corpus]\nwords = "man"\n'
    )
    out = tmp_path / "out"
    dry = run("batch", str(job), "--out", str(out), "--dry-run")
    assert "occurrences: 18, at 18 places" in dry.stdout
    assert not out.exists()
    done = run("batch", str(job), "--out", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        "1 of 1 tested word is shown to have changed (p < .05, adjusted over the words): man."
        in (done.stdout)
    )
    assert "Change between groups" in (out / "report" / "index.html").read_text()
    (tmp_path / "both.toml").write_text(job.read_text() + 'sentences = "old.txt"\n')
    both = run("batch", str(tmp_path / "both.toml"), "--out", str(out))
    assert both.returncode == 3
    assert "leave out sentences: the files of the groups are the corpus" in both.stderr


def test_only_layers_named_beforehand_are_ranked(run: Run, tmp_path: Path, tiny_bert: Path) -> None:
    corpus(tmp_path)
    job = write_job(tmp_path, [f"bert:{tiny_bert}@all"], words=["man"])
    done = run("batch", str(job), "--out", str(tmp_path / "out"))
    ranked = [line for line in done.stdout.splitlines() if line.startswith("  ")]
    assert len(ranked) == 1
    assert f"{tiny_bert}@3: auc_macro " in ranked[0]


def test_paths_start_at_the_job_file_and_at_the_place_of_the_command(
    run: Run, tmp_path: Path, tiny_vectors: Path
) -> None:
    corpus(tmp_path)
    (tmp_path / "v.txt").write_bytes(tiny_vectors.read_bytes())
    write_job(tmp_path, ["context:v.txt"])
    place = tmp_path.parent
    command = ("batch", f"{tmp_path.name}/job.toml", "--out", f"{tmp_path.name}-o")
    assert run(*command, cwd=place).returncode == 0
    assert (place / f"{tmp_path.name}-o" / "comparisons" / "man.json").is_file()


def test_a_word_that_does_not_occur(run: Run, tmp_path: Path, tiny_vectors: Path) -> None:
    corpus(tmp_path)
    job = write_job(tmp_path, [f"context:{tiny_vectors}"], words=["man", "\x1b[31mnone"])
    done = run("batch", str(job), "--out", str(tmp_path / "out"))
    assert done.returncode == 5
    assert "does not occur in the 36 sentences" in done.stderr
    assert "\x1b" not in done.stderr
    lines = (tmp_path / "out" / "failures.jsonl").read_text().splitlines()
    assert [json.loads(line)["word"] for line in lines] == ["\x1b[31mnone"]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ('encoders = ["brt"]\n[corpus]\n', 2, "did you mean bert?"),
        ("sed = 1\n[corpus]\n", 3, "there is no key 'sed'; did you mean seed?"),
        ('[corpus]\nwords = ["man"]\nsentences = "*.csv"\n', 3, "no file matches '*.csv'"),
        (
            'encoders = ["bert:./none"]\n[corpus]\nwords = ["man"]\nsentences = "*.toml.txt"\n',
            4,
            "./none: there is no such folder",
        ),
        ('[corpus]\nwords = ["man"]\nsentences = "bad.txt"\n', 3, "bad.txt:2: is not UTF-8"),
    ],
)
def test_errors_that_end_it_at_once(
    run: Run, tmp_path: Path, text: str, code: int, says: str
) -> None:
    (tmp_path / "job.toml").write_text(text)
    (tmp_path / "job.toml.txt").write_text("man\n")
    (tmp_path / "bad.txt").write_bytes(b"man\nm\xe4n\n")
    done = run("batch", str(tmp_path / "job.toml"), "--out", str(tmp_path / "out"))
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_hostile_sentences_are_text(run: Run, tmp_path: Path, tiny_vectors: Path) -> None:
    rows = [{"sentence": s, "sense": f"={i % 2}", "id": f"@{i}"} for i, s in enumerate(HOSTILE)]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    words = ["man", "=cmd|' /C calc'!A0 the man", "../man", "alert", "\u202enam"]
    job = write_job(tmp_path, [f"context:{tiny_vectors}"], words=words, top="senses = true")
    done = run("batch", str(job), "--out", str(tmp_path / "out"))
    assert done.returncode == 5
    out = tmp_path / "out"
    comparison = json.loads((out / "comparisons" / "man.json").read_text())
    assert {o["sentence"] for o in comparison["occurrences"]} == set(HOSTILE)
    for file in [f for f in out.rglob("*") if f.suffix in (".json", ".jsonl")]:
        text = file.read_text()
        assert not any(c in text for c in "\x1b\x07\u202e\u202c\u2066"), file
    assert not any(c in done.stdout + done.stderr for c in "\x1b\u202e")
    rows = list(csv.DictReader((out / "results.csv").read_text().splitlines()))
    assert not any(cell.startswith(tuple("=+@")) for row in rows for cell in row.values())
    raw = pq.read_table(out / "results.parquet").column("word").to_pylist()
    assert set(raw) == {"man", words[1], "alert", words[4]}
    assert {f.parent for f in tmp_path.rglob("*.json")} <= {
        out, *(out / name for name in ("comparisons", "senses", "measured", "occurrences")),
        *(out / "vectors").iterdir(),
    }  # fmt: skip


@pytest.mark.process("a signal interrupts the run")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_run_says_how_to_continue(
    light: Path, tmp_path: Path, number: signal.Signals
) -> None:
    job, out = light, tmp_path / "out"
    process = start(job, out)
    until(out, "vectors/*/*.parquet", process)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "continues from there\nembcmp: interrupted\n" in err.decode()
    assert f"embcmp batch {job} --out {out} continues" in err.decode()
    assert not [f for f in out.rglob(".*") if f.name != ".lock"]
    finish(job, out)
    finish(job, tmp_path / "undisturbed")
    assert content(out) == content(tmp_path / "undisturbed")


@pytest.mark.slow
@pytest.mark.process("a signal interrupts the run and its processes")
def test_a_hangup_ends_processes_without_a_word_of_theirs(light: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(light, out, "--workers", "2")
    until(out, "vectors/*/*.parquet", process)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    continues, *last = err.decode().splitlines()
    assert continues.endswith("continues from there")
    assert last == ["embcmp: interrupted"]


def test_the_report_is_written_and_its_path_printed(run: Run, light: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("batch", str(light), "--out", str(out))
    assert done.returncode == 0
    assert done.stdout.endswith(f"report: {out}/report/index.html\n")
    words = {w["word"] for w in json.loads((out / "summary.json").read_text())["words"]}
    assert words
    index = (out / "report" / "index.html").read_text(encoding="utf-8")
    assert all(f">{word}</a>" in index for word in words)


def test_output_of_a_batch_is_not_input_of_the_next_run(
    run: Run, tmp_path: Path, tiny_vectors: Path
) -> None:
    corpus(tmp_path)
    job = write_job(tmp_path, [f"context:{tiny_vectors}"], sentences="**/*.jsonl")
    runs = [run("batch", str(job), "--out", str(tmp_path / "out")) for _ in range(2)]
    assert [(done.returncode, done.stderr) for done in runs] == [(0, "")] * 2
    assert runs[0].stdout == runs[1].stdout


def test_the_folder_is_printed_as_it_was_given(run: Run, tmp_path: Path, light: Path) -> None:
    done = run("batch", str(light), "--out", "o", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-2:] == ["results: o", "report: o/report/index.html"]


@pytest.mark.process("two runs at once")
def test_a_second_run_in_the_folder_is_refused(run: Run, light: Path, tmp_path: Path) -> None:
    job, out = light, tmp_path / "out"
    process = start(job, out)
    until(out, ".lock", process)
    time.sleep(0.05)
    os.kill(process.pid, signal.SIGSTOP)
    done = run("batch", str(job), "--out", str(out))
    assert done.returncode == 6
    assert f"another run is working in it (process {process.pid})" in done.stderr
    process.kill()  # a dead process holds no lock
    process.communicate()
    assert run("batch", str(job), "--out", str(out)).returncode == 0


@contextmanager
def largest_file(limit: int) -> Iterator[None]:
    """Let no file grow beyond a number of bytes: writing more fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk(run: Run, light: Path, tmp_path: Path) -> None:
    job, out = light, tmp_path / "out"
    limits = [3_000, 20_000]  # the plan fails, then the vectors
    failed = set()
    for limit in limits:
        with largest_file(limit):
            done = run("batch", str(job), "--out", str(out))
        assert done.returncode == 6, done.stderr
        assert "cannot be written: " in done.stderr
        assert len(done.stderr.splitlines()) == 1
        failed.add(done.stderr)
        assert not [f for f in out.rglob(".*") if f.name != ".lock"]
    finish(job, out)
    finish(job, tmp_path / "undisturbed")
    assert content(out) == content(tmp_path / "undisturbed")


def killed_at_random(job: Path, tmp_path: Path, kills: int, seed: int) -> Iterator[float]:
    """Kill runs at random moments of their time; what is left is finished by the next one."""
    import random

    started = time.monotonic()
    finish(job, tmp_path / "undisturbed")
    whole = time.monotonic() - started
    before = content(tmp_path / "undisturbed")
    draw = random.Random(seed)
    for kill in range(kills):
        out = tmp_path / f"out{kill // 3}"  # each folder is hit three times before it is finished
        process = start(job, out)
        time.sleep(draw.uniform(0.2, 1) * whole)
        process.kill()
        process.communicate()
        if kill % 3 == 2:
            finish(job, out)
            assert content(out) == before, kill
        yield whole


@pytest.mark.slow
@pytest.mark.process("the run is killed with SIGKILL")
def test_a_run_that_is_killed_at_any_moment(light: Path, tmp_path: Path) -> None:
    assert len(list(killed_at_random(light, tmp_path, 3, seed=1))) == 3


@pytest.mark.slow
@pytest.mark.process("the run is killed with SIGKILL")
def test_a_run_that_is_killed_at_many_moments(job: Path, tmp_path: Path) -> None:
    assert len(list(killed_at_random(job, tmp_path, 36, seed=2))) == 36


def test_a_dry_run_tells_the_plan_and_writes_nothing(run: Run, light: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("batch", str(light), "--out", str(out), "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert not out.exists()
    lines = done.stdout.splitlines()
    finish(light, out)
    manifest = json.loads((out / "manifest.json").read_text())
    uses = sum(w["used"] for w in manifest["words"])
    places = sum(s["rows"] for s in manifest["occurrences"])
    assert lines[0] == "words: 3, and 0 without uses"
    assert lines[1] == f"occurrences: {uses:,}, at {places:,} places"
    assert lines[2] == f"shards: {len(manifest['occurrences'])} for each encoder"
    assert len([line for line in lines if line.endswith("MB of vectors")]) == 3
    assert re.fullmatch(r"measuring: [\d.]+ (s|min)", lines[6])
    assert lines[7].startswith("in all: about ")
