"""What every command shows of hostile words, labels and names, and what wrote it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any
from unittest.mock import patch

import numpy as np

import embcmp
from embcmp.cli import output as output_module
from tests.commands import run_here
from tests.conftest import VOCABULARY, save_bert
from tests.hostile.texts import CONTROLS, MARKUP, WORST

PACKAGE = Path(embcmp.__file__).parent
NOT_UTF8 = os.fsdecode(b"\xff")
WORD = "=" + WORST
# By command: the formats of its --format. Those of a question are written from one result.
TABLES = ("table", "json", "csv", "markdown")
QUESTIONS = {
    "compare": (*TABLES, "html"),
    "senses": (*TABLES, "tsv", "latex", "html"),
    "change": (*TABLES, "tsv", "latex", "html"),
    "neighbors": TABLES,
    "reach": ("table", "json", "csv", "html"),
    "trace": ("table", "json", "html"),
    "evaluate": TABLES,
}
OTHERS = ("check", "verify", "models info", "models verify", "models list")
USES = 12


@dataclass(frozen=True)
class Shown:
    """What a command wrote.

    Attributes:
        command: the command.
        form: table, json, csv, tsv, markdown, latex, html or junit.
        text: the result.
        errors: what stood on standard error.
        status: its exit status.
        file: the file in a batch's folder that has the text.
    """

    command: str
    form: str
    text: str
    errors: str = ""
    status: int = 0
    file: Path | None = None


@dataclass(frozen=True)
class Seen:
    """What all commands wrote, and the files and lines of the functions and templates that ran."""

    outputs: list[Shown]
    ran: set[tuple[str, str]]


class Files:
    """Vectors, a checkpoint, an LSTM, sentences and a job, all of them with hostile names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.vectors = _made(folder / f"v{WORST}{NOT_UTF8}.txt")
        rows = np.random.default_rng(7).standard_normal((len(VOCABULARY), 8))
        lines = (
            f"{word} {' '.join(f'{x:.4f}' for x in row)}\n"
            for word, row in zip(VOCABULARY, rows, strict=True)
        )
        self.vectors.write_text("".join(lines))
        self.bert = save_bert(_made(folder / f"b{WORST}"))
        self.lstm = _made(folder / f"l{WORST}.safetensors")
        for end in (".safetensors", ".prediction.safetensors"):
            shutil.copy(
                PACKAGE / "data" / f"lstm{end}", str(self.lstm)[: -len(".safetensors")] + end
            )
        self.sentences = _made(folder / f"s{WORST}{NOT_UTF8}.jsonl")
        self.sentences.write_text("".join(json.dumps(_row(k)) + "\n" for k in range(USES)))
        self.expectations = _made(folder / f"e{WORST}.toml")
        self.run = _made(folder / f"r{WORST}.json")
        shutil.copy(self.sentences, folder / "s.jsonl")
        self.specs = (f"word2vec:{self.vectors}", f"context:{self.vectors}", f"bert:{self.bert}")


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _row(k: int) -> dict[str, object]:
    before = f"Is the {VOCABULARY[k % 13]} cold {VOCABULARY[k * 5 % 13]} "
    return {
        "sentence": f"{before}{WORD} of {VOCABULARY[k * 3 % 13]} {WORST} {k}",
        "word": WORD,
        "start": len(before),
        "end": len(before) + len(WORD),
        "sense": f"{'=+'[k % 2]}{WORST}",
        "group": f"{'-@'[k // (USES // 2)]}{WORST}",
        "unit": f"@{k // 2}{WORST}",
        "id": f"={k}{WORST}",
    }


def everything(folder: Path) -> Seen:
    """Run every command with hostile input, and write its result in every format."""
    files, outputs = Files(folder), []
    with _noted() as ran:
        for command, forms in QUESTIONS.items():
            outputs += _question(command, forms, files)
        saved, *_ = [x.text for x in outputs if (x.command, x.form) == ("compare", "json")]
        files.run.write_text(saved)
        files.expectations.write_text(_expectations(files))
        for command in OTHERS:
            for form in ("table", "json"):
                outputs += [
                    _shown(command, form, [*args, "--format", form])
                    for args in _arguments(command, files)
                ]
        junit = folder / "junit.xml"
        _shown("check", "table", [str(files.expectations), "--junit", str(junit)])
        outputs.append(Shown("check", "junit", junit.read_text()))
        outputs += _batch(files)
    return Seen(outputs, ran)


def _shown(command: str, form: str, args: list[str]) -> Shown:
    done = run_here(*command.split(), *args)
    return Shown(command, form, done.stdout, done.stderr, done.returncode)


def _question(command: str, forms: Sequence[str], files: Files) -> Iterator[Shown]:
    """What a command writes in each format, and on the terminal also with --all and -v."""
    written: list[tuple[str, Path]] = []

    def publish(result: Any, package: str, form: str, output: None, **settings: Any) -> None:  # noqa: ANN401  as of publish
        for number, form in enumerate([*forms, "table"]):
            file = files.folder / f"{command}{number}"
            written.append((form, file))
            if number == len(forms) and "keywords" in settings:
                shown = dict.fromkeys(settings["keywords"].get("render", ()), True)
                settings["keywords"] = {**settings["keywords"], "render": shown}
            output_module.publish(result, package, form, file, **settings)
        for form, method in (("json", "to_json"), ("html", "_repr_html_")):  # as in a notebook
            if write := getattr(result, method, None):
                written.append((form, files.folder / f"{command}{method}"))
                written[-1][1].write_text(write(), encoding="utf-8")

    with patch.object(import_module(f"embcmp.cli.{command}"), "publish", publish):
        done = _shown(command, "table", next(_arguments(command, files)))
    assert written, done.errors
    for form, file in written:
        yield Shown(command, form, file.read_text(encoding="utf-8"), done.errors, done.status)


def _arguments(command: str, files: Files) -> Iterator[list[str]]:
    """The arguments of each call of a command."""
    encoders = [part for spec in files.specs for part in ("-e", spec)]
    if command == "trace":
        yield [f"Is the man {WORST} cold", "-e", f"lstm:{files.lstm}", "--word", "man"]
    elif command == "evaluate":
        yield ["items", str(files.sentences), *encoders]
    elif command == "check":
        yield [str(files.expectations)]
    elif command == "verify":
        yield [str(files.run)]
    elif command == "models info":
        yield from ([spec] for spec in (*files.specs, f"lstm:{files.lstm}"))
    elif command == "models verify":
        yield [*files.specs, f"lstm:{files.lstm}", f"bert:{files.folder / WORST}"]
    elif command == "models list":
        yield []
    else:
        more = {"compare": ["--controls"], "reach": ["--draws", "5"]}.get(command, [])
        contextual = encoders[2:] if command in ("senses", "change") else encoders
        yield [WORD, "-s", str(files.sentences), *contextual, *more]


def _expectations(files: Files) -> str:
    keys = {"word": WORD, "sentences": str(files.folder / "s.jsonl"), "metric": "auc_macro"}
    rows = [
        {**keys, "encoder": f"bert:{files.bert}", "min": 0.999},
        {**keys, "encoder": f"bert:{files.bert}", "max": 1},
        {**keys, "encoder": f"bert:{files.folder / WORST}", "max": 1},
        {"golden": str(files.run)},
    ]
    return "".join(
        "[[expect]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in row.items())
        for row in rows
    )


def _toml(value: object) -> str:
    """A value as TOML, whose strings are those of JSON but for DEL and the escapes of pairs."""
    return json.dumps(value)


def _batch(files: Files) -> Iterator[Shown]:
    """A batch of a hostile word and one that is not there, and what stands in its folder."""
    encoders = [f"context:{files.folder / 'v.txt'}", f"bert:{files.bert}"]
    shutil.copy(files.vectors, files.folder / "v.txt")
    lines = files.sentences.read_text().splitlines(keepends=True)
    half = len(lines) // 2
    for name, some in (("one", lines[:half]), ("two", lines[half:])):
        (files.folder / f"{name}.jsonl").write_text("".join(some))
    job = files.folder / "job.toml"
    job.write_text(
        f"encoders = {_toml(encoders)}\nsenses = true\n"
        f"[groups]\n{_toml('-' + WORST)} = 'one.jsonl'\n{_toml('@' + WORST)} = 'two.jsonl'\n"
        f"[corpus]\nwords = {_toml([WORD, '+' + WORST])}\n"
    )
    out = files.folder / f"o{CONTROLS}{MARKUP.replace('/', '')}"
    yield _shown("batch", "table", [str(job), "--out", str(out)])
    yield _shown("batch", "table", [str(job), "--out", str(out), "--dry-run"])
    yield _shown("report", "path", [str(out)])
    for path in sorted(out.rglob("*.*")):
        form = {".jsonl": "lines"}.get(path.suffix, path.suffix[1:])
        if form in ("html", "json", "csv", "lines"):
            yield Shown("batch", form, path.read_text(encoding="utf-8"), file=path)


@contextmanager
def _noted() -> Iterator[set[tuple[str, str]]]:
    """Note which functions of the package and which of its templates run meanwhile."""
    known: set[CodeType] = set()
    ran: set[tuple[str, str]] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code not in known:
            known.add(code := frame.f_code)
            path = Path(code.co_filename)
            if path.is_relative_to(PACKAGE):
                ran.add((path.relative_to(PACKAGE).as_posix(), code.co_name))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield ran
    finally:
        sys.setprofile(before)
