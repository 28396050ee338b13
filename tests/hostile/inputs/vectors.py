"""Hostile files of word vectors, and of vectors of uses."""

from __future__ import annotations

import gzip
import io
import json
import lzma
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.lib import format as npy

from tests.hostile.inputs import mutations
from tests.hostile.inputs.hostile_input import REFUSED, Content, Input, Sparse
from tests.hostile.inputs.valid_files import SENTENCES, ValidFiles
from tests.vectors import forms

KIND = "vectors"
COMPARE = ("compare", "man", "-s", "s.tsv", "--no-intervals")
TEXT = ("glove", "word2vec text")


def inputs(valid: ValidFiles) -> Iterator[Input]:
    """All of them."""
    table = valid.named("s.tsv")
    yield from _word_vectors(table)
    yield from _model2vec(valid, table)
    yield from _of_uses(table)
    yield from _by_hand(table)


def _word_vectors(table: dict[str, Path]) -> Iterator[Input]:
    beside = {"v.vocab": "\n".join(forms.small()[0]).encode()}
    for seed, (form, content) in enumerate(forms.every_form().items()):
        changed = [
            *mutations.cuts(content, 2),
            *mutations.flips(content, 2, seed),
            *mutations.overwritten(content, 1, seed),
        ]
        if form in TEXT:
            changed += mutations.digits(content, 6, seed)
            changed += mutations.garbled(content, 8, seed)
        for i, (name, mutated) in enumerate(changed):
            spec = f"{('word2vec', 'context')[i % 2]}:v"
            command = ("models", "info", spec) if i % 7 == 6 else (*COMPARE, "-e", spec)
            yield Input(KIND, f"{form} {name}", command, {**table, **beside, "v": mutated})


def _model2vec(valid: ValidFiles, table: dict[str, Path]) -> Iterator[Input]:
    whole = {**table, **valid.below("potion")}
    weights, config = (
        valid.read(f"potion/{name}") for name in ("model.safetensors", "config.json")
    )
    tokenizer = json.loads(valid.read("potion/tokenizer.json"))
    for file, changed in (
        ("model.safetensors", mutations.flips(weights[:400], 3)),
        ("model.safetensors", mutations.digits(weights, 3)),
        ("config.json", mutations.changed_json(json.loads(config), 7)),
        ("tokenizer.json", mutations.changed_json(tokenizer, 8)),
    ):
        for name, content in changed:
            rest = weights[400:] if file.startswith("model") and len(content) == 400 else b""
            files = {**whole, f"potion/{file}": content + rest}
            yield Input(KIND, f"potion {file} {name}", (*COMPARE, "-e", "word2vec:potion"), files)


def _of_uses(table: dict[str, Path]) -> Iterator[Input]:
    ids = [f"u{i}" for i in range(len(SENTENCES))]
    rows = np.random.default_rng(5).standard_normal((len(ids), 4)).astype(np.float32)
    parquet = io.BytesIO()
    pq.write_table(pa.table({"id": ids, "vector": rows.tolist()}), parquet)
    lines = [
        json.dumps({"id": i, "vector": row.tolist()}) for i, row in zip(ids, rows, strict=True)
    ]
    valid = {
        "u.parquet": parquet.getvalue(),
        "u.npy": forms.array(rows),
        "u.jsonl": "\n".join(lines).encode(),
    }
    for seed, (file, content) in enumerate(valid.items()):
        changed = [
            *mutations.cuts(content, 2),
            *mutations.flips(content, 2, seed),
            *mutations.overwritten(content, 2, seed),
        ]
        if file == "u.jsonl":
            changed += mutations.digits(content, 4)
            changed += mutations.garbled(content, 5)
        for name, mutated in changed:
            files: dict[str, Content] = {**table, "u.ids": "\n".join(ids).encode(), file: mutated}
            yield Input(KIND, f"{file} {name}", (*COMPARE, "-e", f"vectors:{file}"), files)


def _by_hand(table: dict[str, Path]) -> Iterator[Input]:
    bomb = b"5 3\nman " + bytes(100_000_000)
    entries: dict[str, Content] = {
        "comments of HTML": b"<!---->" * 36 + b"\nx 1 2\n",
        "gzip bomb": gzip.compress(bomb, 1),
        "xz bomb": lzma.compress(bomb, preset=0),
        "zip bomb": forms.zipped({"v.bin": bomb}),
        "zip of 2000 files": forms.zipped({f"{i}.txt": b"man 1 2\n" for i in range(2000)}),
        "zip that climbs": forms.zipped({"../../v.txt": b"man 1 2\nis 2 1\n"}),
        "tar that climbs": forms.tarred({"/tmp/../v.txt": b"man 1 2\nis 2 1\n"}, "w:gz"),
        "gzip in gzip": gzip.compress(gzip.compress(gzip.compress(b"man 1 2\n"))),
        "matrix of 8 GB": Sparse(_npy_head((2, 10**9)), 8 * 10**9),
        "matrix of no size": _npy_head((10**30, 10**30)),
        "matrix of objects": _npy_head((2, 2), "|O"),
        "header of 4 GB": b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b"{" * 100,
        "a huge header of word2vec": b"99999999999999 300\nman " + bytes(1200),
        "a negative header of word2vec": b"-5 -300\nman " + bytes(1200),
        "a pickle": b"cos\nsystem\n(S'touch ../hacked'\ntR.",
        "a page": b"<!DOCTYPE html><html><body>404</body></html>",
        "a pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n",
        "infinite numbers": b"man inf 1\nis nan 2\n",
        "one very long word": b"x" * 3_000_000 + b" 1 2\n",
        "one very long row": b"man" + b" 0.5" * 700_000 + b"\n",
        "gigabytes of zeros": Sparse(b"", 5 * 10**9),
        "gigabytes of a line": Sparse(b"man 0.1 0.2\n", 5 * 10**9),
    }
    for name, content in entries.items():
        files = {**table, "v": content, "v.vocab": b"man\nis\n"}
        statuses = None if name.endswith(("climbs", "long row", "in gzip")) else REFUSED
        yield Input(KIND, name, (*COMPARE, "-e", "word2vec:v"), files, statuses=statuses)


def _npy_head(shape: tuple[int, ...], kind: str = "<f4") -> bytes:
    buffer = io.BytesIO()
    head = {"descr": kind, "fortran_order": False, "shape": shape}
    npy.write_array_header_2_0(buffer, head)
    return buffer.getvalue()
