"""Hostile saved runs: those that `verify` and `check` read, and the folders of batches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from tests.hostile.inputs import mutations
from tests.hostile.inputs.hostile_input import REFUSED, Content, Input, Sparse
from tests.hostile.inputs.valid_files import ValidFiles

KIND = "saved runs"
GOLDEN = b'[[expect]]\ngolden = "run.json"\n'
REPORT, AGAIN = ("report", "out"), ("batch", "job.toml", "--out", "out")


def inputs(valid: ValidFiles) -> Iterator[Input]:
    """All of them."""
    yield from _runs(valid)
    yield from _batches(valid)
    yield from _by_hand(valid.named("s.tsv", "v.txt"))


def _runs(valid: ValidFiles) -> Iterator[Input]:
    files: dict[str, Content] = {**valid.named("s.tsv", "v.txt"), "e.toml": GOLDEN}
    content = valid.read("run.json")
    run = json.loads(content)
    # The parts of a run that are read first, and those of its uses and its results.
    changed = list(mutations.changed_json(run, 14, 1))
    for part in ("manifest", "occurrences", "results"):
        for i, (name, value) in enumerate(mutations.changed_values(run[part], 6, len(part))):
            changed.append((f"{part} {i} {name}", mutations.json_bytes({**run, part: value})))
    changed += mutations.cuts(content, 3)
    changed += mutations.flips(content, 4)
    changed += mutations.digits(content, 4)
    changed += mutations.garbled(content, 6)
    for i, (name, mutated) in enumerate(changed):
        args = ("check", "e.toml") if i % 4 == 3 else ("verify", "run.json")
        yield Input(KIND, f"{args[0]} {name}", args, {**files, "run.json": mutated})


def _batches(valid: ValidFiles) -> Iterator[Input]:
    """A finished batch in which a file was changed, for its report and for its next run."""
    files: dict[str, Content] = {**valid.below("out"), **valid.named("job.toml", "s.tsv", "v.txt")}
    for seed, name in enumerate(sorted(valid.below("out"))):
        content = valid.read(name)
        if name.endswith((".html", ".lock", ".csv")) or not content:
            continue
        changed = [
            *mutations.cuts(content, 1),
            *mutations.flips(content, 1, seed),
        ]
        if name.endswith(".json"):
            changed = [*changed[1:], *mutations.changed_json(json.loads(content), 4, seed)]
        for i, (how, mutated) in enumerate(changed):
            args = (REPORT, AGAIN)[i % 2]
            yield Input(KIND, f"{args[0]} {name} {how}", args, {**files, name: mutated})


def _by_hand(files: dict[str, Path]) -> Iterator[Input]:
    contents: dict[str, Content] = {
        "nothing": b"",
        "a list": b"[]",
        "nested": mutations.NESTED,
        "deep objects": b'{"schema":' * 50_000 + b"1" + b"}" * 50_000,
        "gigabytes": Sparse(b"{", 20 * 10**9),
        "a number of many digits": b'{"schema": ' + b"9" * 100_000 + b"}",
        "a NUL": b'{"schema": "embcmp.comparison/1\\u0000"}',
        "another program's": b'{"schema": "https://example.org/x", "results": []}',
        "another version's": b'{"schema": "embcmp.comparison/99", "manifest": {}}',
        "a lone surrogate": b'{"schema": "\\ud800"}',
    }
    for name, content in contents.items():
        given = {**files, "run.json": content, "e.toml": GOLDEN}
        for args in (("verify", "run.json"), ("check", "e.toml"), ("report", "run.json")):
            yield Input(KIND, f"{args[0]} {name}", args, given, statuses=REFUSED)
    for place in ("/dev/zero", "/", "/proc/self/mem"):
        yield Input(KIND, f"verify {place}", ("verify", place), files, statuses=REFUSED)
        yield Input(KIND, f"report {place}", ("report", place), files, statuses=REFUSED)
