"""Names, addresses and keys that nothing can have end in one short line."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from embcmp import toml_file
from embcmp.choices import MOST_DIGITS, MOST_ENCODERS
from embcmp.errors import InputError
from tests.commands import Run
from tests.hostile.test_messages import MAN, one_line


@pytest.mark.parametrize(
    "keys",
    [
        f'encoders = ["word2vec"]\n[[word]]\nword = "man"\nsentences = "{MAN}\\u0000"\n',
        f'encoders = ["word2vec:a\\u0000"]\n[[word]]\nword = "man"\nsentences = "{MAN}"\n',
        f'encoders = ["word2vec"]\n[[word]]\nword = "man\\u0000"\nsentences = "{MAN}"\n',
        'encoders = ["word2vec"]\n[groups]\n"a\\u0000" = "x"\n',
    ],
)
def test_a_nul_in_a_job(tmp_path: Path, run: Run, keys: str) -> None:
    (tmp_path / "job.toml").write_text(keys)
    done = run("batch", str(tmp_path / "job.toml"), "--out", str(tmp_path / "out"))
    one_line(done, 3, "holds a NUL character")


@pytest.mark.parametrize("part", ["a", '"a"', "'a b'", "a ", "a-1"])
@pytest.mark.parametrize("form", ["{} = 1\n", "[{}]\n", "[[{}]]\n", "x = {{ {} = 1 }}\n"])
def test_a_key_of_many_parts(tmp_path: Path, part: str, form: str) -> None:
    file = tmp_path / "job.toml"
    file.write_text("seed = 1\n" + form.format(".".join([part] * 20_000)))
    start = time.process_time()
    with pytest.raises(InputError, match=r"job\.toml:2: a key has over 64 parts"):
        toml_file.read(file)
    assert time.process_time() - start < 0.5


def test_texts_with_dots_are_no_keys(tmp_path: Path) -> None:
    (tmp_path / "job.toml").write_text(f'a.b.c = "{"x.y " * 1000}"\nwords = ["{"a" * 10**6}"]\n')
    assert toml_file.read(tmp_path / "job.toml")[0]["a"]["b"]["c"].startswith("x.y")


@pytest.mark.parametrize("layers", ["9" * 5000, "-" + "9" * 5000, "last" + "9" * 5000, "9" * 10])
def test_a_layer_of_many_digits(run: Run, layers: str) -> None:
    one_line(run("compare", "man", "-s", str(MAN), "-e", f"bert@{layers}"), 2, "is no layer")


@pytest.mark.parametrize("command", ["compare", "senses", "change", "reach", "neighbors"])
def test_more_encoders_than_anyone_compares(run: Run, command: str) -> None:
    most, more = (["-e", "context:no-such-file"] * n for n in (MOST_ENCODERS, MOST_ENCODERS + 1))
    one_line(run(command, "man", "-s", str(MAN), *more), 2, "101 encoders; at most 100 are allowed")
    assert "at most" not in run(command, "man", "-s", str(MAN), *most).stderr
    shown = " ".join(run(command, "--help").stdout.split())
    assert f"repeat the option for more, up to {MOST_ENCODERS}." in shown


def test_more_encoders_in_a_job_than_anyone_compares(tmp_path: Path, run: Run) -> None:
    words = f'\n[[word]]\nword = "man"\nsentences = "{MAN}"\n'
    encoders = ", ".join(['"word2vec"'] * (MOST_ENCODERS + 1))
    (tmp_path / "job.toml").write_text(f"encoders = [{encoders}]{words}")
    done = run("batch", str(tmp_path / "job.toml"), "--out", str(tmp_path / "out"))
    one_line(done, 3, "encoders has 101; at most 100 are allowed")


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("change", "man", "-s", str(MAN), "--bins", "1800,{}"), "is not a list of years"),
        (("senses", "man", "-s", str(MAN), "--name", "{}=x"), "is not NUMBER=NAME"),
        (("evaluate", "items", str(MAN), "--shots", "1,{}"), "is not a list of numbers"),
    ],
)
@pytest.mark.parametrize("digits", [MOST_DIGITS + 1, 5000])
def test_a_number_of_many_digits(run: Run, args: tuple[str, ...], says: str, digits: int) -> None:
    one_line(run(*(arg.format("9" * digits) for arg in args)), 2, says)


@pytest.mark.parametrize("address", ["http://127.0.0.1:99999", "http://[::1", "http://a:b"])
def test_an_address_of_a_hub_that_does_not_parse(
    run: Run, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    done = run("compare", "man", "-s", str(MAN), "-e", "bert:org/model")
    one_line(done, 4, f"HF_ENDPOINT: {address} is no address")


def test_a_folder_whose_name_is_not_utf8(tmp_path: Path, run: Run) -> None:
    (tmp_path / "job.toml").write_text(
        f'encoders = ["word2vec"]\n[[word]]\nword = "man"\nsentences = "{MAN}"\n'
    )
    out = os.fsdecode(os.fsencode(tmp_path) + b"/o\xff")
    done = run("batch", str(tmp_path / "job.toml"), "--out", out)
    one_line(done, 6, "its name is not UTF-8")
    assert not Path(out).exists()


@pytest.mark.parametrize("form", ["json", "csv", "markdown", "html"])
def test_a_file_whose_name_is_not_utf8(
    tmp_path: Path, run: Run, tiny_vectors: Path, form: str
) -> None:
    vectors = tmp_path / os.fsdecode(b"v\xff.txt")
    vectors.write_bytes(tiny_vectors.read_bytes())
    out = tmp_path / "out"
    args = ("compare", "man", "-s", str(MAN), "-e", f"context:{vectors}", "--format", form)
    done = run(*args, "-o", str(out))
    assert (done.returncode, done.stdout) == (0, "")
    shown = out.read_text(encoding="utf-8")
    assert ("v\\udcff.txt" if form == "json" else "\ufffd") in shown
    assert run(*args).returncode == 0


def test_a_traceback_and_a_path_are_text(tmp_path: Path, run: Run, tiny_vectors: Path) -> None:
    name = tmp_path / "\x1b[31m\u202eo"
    done = run("--debug", "compare", "man", "-s", str(name))
    assert done.returncode == 3
    assert "Traceback" in done.stderr
    assert "␛[31m" in done.stderr
    assert "\x1b" not in done.stderr
    name.mkdir()
    (name / "v.txt").write_bytes(tiny_vectors.read_bytes())
    place = run("models", "fetch", f"word2vec:{name / 'v.txt'}")
    assert place.returncode == 0
    assert place.stdout == f"{tmp_path}/␛[31m\ufffdo/v.txt\n"
