"""Hostile TOML: jobs of `batch`, and expectations of `check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.hostile.inputs import mutations
from tests.hostile.inputs.hostile_input import REFUSED, Content, Input
from tests.hostile.inputs.valid_files import JOB, ValidFiles

KIND = "jobs"
BATCH = ("batch", "job.toml", "--out", "out")
WORDS = {
    "encoders": ["context:v.txt"],
    "match": "word",
    "correct": "center",
    "margin": 0.05,
    "senses": True,
    "shard_size": 9,
    "columns": {"sense": "sense"},
    "word": [{"word": "man", "sentences": "s.tsv"}, {"word": "cold", "sentences": "s.tsv"}],
}
EXPECTATIONS = {
    "word": "man",
    "sentences": "s.tsv",
    "expect": [
        {"encoder": "context:v.txt", "metric": "auc_macro", "min": 0.1, "max": 1.0},
        {"encoder": "context:v.txt", "metric": "auc_macro", "better_than": "word2vec:v.txt",
         "by": 0.1, "match": "word", "correct": "none", "seed": 1, "checked": True},
        {"golden": "run.json", "tolerance": {"auc_macro": 0.01}},
    ],
}  # fmt: skip
PATTERNS = (
    "/**", "/proc/**/*.txt", "/dev/zero", "../**/**/**/*", "s.tsv\\u0000", "[" * 5000, "*" * 5000,
    "{FOLDER}", "?" * 300, "~root/*", "/dev/stdin", ".",
)  # fmt: skip


def inputs(valid: ValidFiles) -> Iterator[Input]:
    """All of them."""
    files = valid.named("s.tsv", "v.txt", "run.json")
    for seed, (label, job) in enumerate((("corpus", JOB), ("words", WORDS))):
        for i, (name, content) in enumerate(_changed(job, seed)):
            args = BATCH if i % 3 == 0 else (*BATCH, "--dry-run")
            yield Input(KIND, f"{label} {name}", args, {**files, "job.toml": content})
    for name, content in _changed(EXPECTATIONS, 5):
        yield Input(KIND, f"check {name}", ("check", "e.toml"), {**files, "e.toml": content})
    yield from _by_hand(files)


def _changed(table: Mapping[str, object], seed: int) -> Iterator[mutations.Mutation]:
    for i, (name, changed) in enumerate(mutations.changed_values(table, 16, seed)):
        yield f"value {i} {name}", mutations.toml_bytes(changed)
    valid = mutations.toml_bytes(table)
    yield from mutations.cuts(valid, 2)
    yield from mutations.flips(valid, 3, seed)
    yield from mutations.digits(valid, 3, seed)
    yield from mutations.garbled(valid, 7, seed)


def _by_hand(files: dict[str, Path]) -> Iterator[Input]:
    dotted = b".".join([b"a"] * 100_000)
    contents: dict[str, bytes] = {
        "a key of many parts": dotted + b" = 1\n",
        "a table of many parts": b"[" + dotted + b"]\n",
        "tables of many parts": b"x = 1\n[[" + dotted + b"]]\n",
        "a NUL": b'encoders = ["word2vec:a\\u0000"]\n',
        "a number of many digits": b"seed = " + b"9" * 100_000 + b"\n",
        "a date": b"seed = 1979-05-27T07:32:00Z\nword = 07:32:00\n",
        "deep tables": b"x = " + b"{a=" * 20_000 + b"1" + b"}" * 20_000 + b"\n",
        "100000 keys": b"".join(b"k%d = 1\n" % i for i in range(100_000)),
    }
    for name, content in contents.items():
        given = {**files, "x.toml": content}
        for args in (("batch", "x.toml", "--out", "out"), ("check", "x.toml")):
            yield Input(KIND, f"{args[0]} {name}", args, given, statuses=REFUSED)
    for i, pattern in enumerate(PATTERNS):
        job = (
            f'encoders = ["context:v.txt"]\n[corpus]\nwords = ["man"]\nsentences = ["{pattern}"]\n'
        )
        given = {**files, "job.toml": job.encode()}
        yield Input(KIND, f"pattern {i} {pattern[:20]}", (*BATCH, "--dry-run"), given)
    for i, golden in enumerate(("/dev/zero", ".", "/proc/self/environ", "e.toml", "../../x")):
        expectation: Content = f'[[expect]]\ngolden = "{golden}"\n'.encode()
        given = {**files, "e.toml": expectation}
        yield Input(KIND, f"golden {i} {golden}", ("check", "e.toml"), given, statuses=REFUSED)
    many = b"[[expect]]\n" + b"word = 'man'\nsentences = 's.tsv'\n"
    many += b"encoder = 'context:v.txt'\nmetric = 'auc_macro'\nmin = 2\n"
    given = {**files, "e.toml": many * 300}
    yield Input(KIND, "300 failures", ("check", "e.toml"), given, statuses=frozenset({1}))
