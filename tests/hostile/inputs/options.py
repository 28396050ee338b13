"""Hostile arguments: specs, names, numbers and paths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

from tests.hostile.inputs.hostile_input import REFUSED, Content, Input
from tests.hostile.inputs.valid_files import ValidFiles

KIND = "options"
FAST = ("-e", "context:v.txt", "--no-intervals")
COMPARE = ("compare", "man", "-s", "s.tsv")
BYTES = os.fsdecode(b"o\xff\xfe")  # a name that is no UTF-8
ODD = (
    "", " ", "\n", "x" * 50_000, "\x1b]0;pwned\x07", "\u202etxt.exe", "a\u0301" * 300, BYTES, "-",
    "--", "/", "..", "../" * 200, "/dev/null", "/dev/full", "/proc/self/mem", "~", "$(id)", "%s%n",
    "{}", "[" * 300, "\\", "'\"", "con", "a,b=c", "@", "🏳️\u200d🌈", "\ud7ff\uffff",
)  # fmt: skip
NUMBERS = ("-1", "0", "1e999", "nan", "inf", "9" * 30, "9" * 5000, "0x10", "1_000", "٣", "1.5", "")
NUMBERED = {
    "--max-occurrences": COMPARE, "--seed": COMPARE, "--margin": COMPARE, "--context": COMPARE,
    "--k": ("senses", "man", "-s", "s.tsv"), "--top": ("neighbors", "man", "-s", "s.tsv"),
    "--memory": ("neighbors", "man", "-s", "s.tsv"), "--draws": ("reach", "man", "-s", "s.tsv"),
    "--distance": ("reach", "man", "-s", "s.tsv"), "--tolerance": ("verify", "run.json"),
}  # fmt: skip
PIECES = (
    "word2vec", "context", "lstm", "bert", "vectors", "rnn", "evil", ":", "::", "@", ",", "=",
    "v.txt", "v.txt", ",window=5", ",window=999999999", ",pool=sentence", ",weights=random",
    "@all", "@-1", "@last4", "@3", "9" * 40, "\0", "%", "../", "/dev/zero", ",member=x", " ",
    ",seed=-1", ",dtype=object", ",mark=<t>", ",revision=../x", "\u202e", ",,", "\n",
)  # fmt: skip
SPECS = (
    "bert@" + "9" * 5000, "bert@-" + "9" * 5000, "bert@last" + "9" * 5000, "x" * 50_000, "",
    "vectors:", "vectors:/dev/zero", "word2vec:/dev/zero", "word2vec:/dev/full", "word2vec:.",
    "bert:.", "bert:/", "lstm:/dev/zero", "bert:org/../../etc", "bert:../../../etc", "bert:a/b/c",
    "context:v.txt,window=0", "context:v.txt," + "window=5," * 3000, "word2vec:v.txt@3",
    f"word2vec:{BYTES}", "vectors:s.tsv", "bert:v.txt", "lstm:v.txt", "word2vec:s.tsv,member=a",
    "word2vec:v.txt,vocabulary=/dev/zero", "bert:org/model,revision=" + "x" * 300,
)  # fmt: skip


def inputs(valid: ValidFiles) -> Iterator[Input]:
    """All of them; the characters that no argument can hold are not among them."""
    files: dict[str, Content] = {**valid.named("s.tsv", "v.txt", "run.json")}
    yield from _specs(files)
    yield from _numbers(files)
    yield from _texts(files)
    yield from _paths(files)
    yield from _commands(files)


def _specs(files: dict[str, Content]) -> Iterator[Input]:
    random = Random(3)
    drawn = ("".join(random.choices(PIECES, k=random.randrange(2, 7))) for _ in range(15))
    for i, spec in enumerate([*SPECS, *drawn]):
        args = (*COMPARE, "--no-intervals", "-e", spec.replace("\0", ""))
        if i % 5 == 4:
            args = ("models", ("info", "verify")[i % 2], "--", args[-1])
        yield Input(KIND, f"spec {i} {spec[:30]!r}", ("--offline", *args), files)


def _numbers(files: dict[str, Content]) -> Iterator[Input]:
    for i, (option, command) in enumerate(NUMBERED.items()):
        more = () if command[0] == "verify" else ("-e", "context:v.txt")
        for number in NUMBERS[i % 3 :: 3]:
            name = f"{command[0]} {option} {number[:20]}"
            yield Input(KIND, name, (*command, *more, option, number), files)


def _texts(files: dict[str, Content]) -> Iterator[Input]:
    """Odd words and names, for options that take any text."""
    options = ("--encoding", "--lang", "--columns", "--unit", "--input-format", "--match")
    for i, odd in enumerate(ODD):
        yield Input(KIND, f"word {i}", ("compare", *FAST, "-s", "s.tsv", "--", odd), files)
        option = options[i % len(options)]
        yield Input(KIND, f"{option} {i}", (*COMPARE, *FAST, f"{option}={odd}"), files)
    for i, columns in enumerate(("sentence=", "=x", "a=b=c", "sentence=id,id=sentence", "," * 5000,
                                 "sense=" + "x" * 50_000, "word=sense,lemma=sense")):  # fmt: skip
        yield Input(KIND, f"columns {i}", (*COMPARE, *FAST, "--columns", columns), files)
    for encoding in ("zlib", "rot13", "hex", "idna", "undefined", "utf-7", "x" * 5000, "mbcs"):
        args = (*COMPARE, *FAST, "--encoding", encoding)
        yield Input(KIND, f"encoding {encoding[:20]}", args, files)


def _paths(files: dict[str, Content]) -> Iterator[Input]:
    commands = ((*COMPARE, *FAST, "--format", "json", "-o"), (*COMPARE, *FAST, "--save-vectors"))
    # Devices take what is written to them; names that do not stay in the folder are not tried.
    kept = [odd for odd in ODD if not odd.startswith(("/", "..", "$"))]
    for i, odd in enumerate([*kept, "/dev/full", "/proc/1/x", "s.tsv/x", "no/folder/x"]):
        yield Input(KIND, f"output {i}", (*commands[i % 2], odd), files)
        yield Input(KIND, f"sentences {i}", ("compare", "man", *FAST, "-s", odd), files)


def _commands(files: dict[str, Content]) -> Iterator[Input]:
    many = tuple(x for i in range(101) for x in ("-e", f"context:v.txt,window={i + 1}"))
    for name, args in {
        "101 encoders": (*COMPARE, "--no-intervals", *many),
        "30 encoders": (*COMPARE, "--no-intervals", *many[:60]),
        "an option 3000 times": (*COMPARE, *FAST, *("--seed", "1") * 3000),
        "3000 files": ("compare", "man", *FAST, *("-s", "s.tsv") * 3000),
        "a sentence of 1 MB": ("trace", "man " * 250_000, "-e", "lstm:v.txt"),
        "verify itself": ("verify", "v.txt"),
        "no command": ("x" * 50_000,),
        "an escape": ("\x1b[2J", "man"),
        "no option": ("compare", "--\x1b]0;x\x07", "man"),
    }.items():
        statuses = REFUSED if not args[0] == "compare" or "--\x1b" in args[1] else None
        yield Input(KIND, name, args, files, statuses=statuses)
