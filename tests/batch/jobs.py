"""Small jobs, and what a batch's folder holds but for times."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from embcmp.batch.job import read_job
from embcmp.batch.run import Batch, run

WORDS = ("man", "post", "cold")
_FILLERS = "the is it today go he a of few words".split()
TIMES = {"seconds", "load_seconds", "encode_seconds", "peak_memory_bytes"}


def corpus(folder: Path, sentences: int = 36, name: str = "corpus.jsonl", seed: int = 0) -> Path:
    """Labeled sentences, some with several targets, some twice."""
    draw = random.Random(seed)
    lines = []
    for i in range(sentences):
        targets = draw.sample(WORDS, draw.choice((1, 1, 2)))
        words = [*draw.choices(_FILLERS, k=5), *targets]
        draw.shuffle(words)
        lines.append(
            json.dumps(
                {
                    "sentence": " ".join(words) + (f" {i}" if i % 7 else ""),
                    "sense": f"s{i % 2}",
                    "id": f"{name}-{i}",
                }
            )
        )
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_job(
    folder: Path,
    encoders: Sequence[str],
    *,
    words: Sequence[str] = WORDS,
    sentences: str = "corpus*.jsonl",
    most: int = 1000,
    top: str = "",
) -> Path:
    """A job over a corpus, in shards of a few sentences."""
    path = folder / "job.toml"
    path.write_text(
        f"encoders = {json.dumps(list(encoders))}\nshard_size = 12\n{top}\n"
        f"[corpus]\nwords = {json.dumps(list(words))}\nsentences = {json.dumps(sentences)}\n"
        f"max_per_word = {most}\n",
        encoding="utf-8",
    )
    return path


def batch(job: Path, out: Path) -> Batch:
    return run(read_job(job), out)


def interrupt_second(monkeypatch: pytest.MonkeyPatch, module: ModuleType, place: str) -> None:
    """Interrupt a batch where it calls a function of a module for the second time."""
    true, calls = getattr(module, place), []

    def interrupted(*args: object, **settings: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return true(*args, **settings)

    monkeypatch.setattr(module, place, interrupted)


def content(out: Path) -> dict[str, Any]:
    """Every file of a batch's folder by its name: bytes, or JSON without times.

    Of the report's pages the names alone: they show times.
    """
    files: dict[str, Any] = {}
    for file in sorted(f for f in out.rglob("*") if f.is_file() and f.name != ".lock"):
        name = str(file.relative_to(out))
        files[name] = (
            _timeless(json.loads(file.read_bytes()))
            if file.suffix == ".json"
            else None
            if file.suffix == ".html"
            else file.read_bytes()
        )
        if name.startswith("measured/"):
            del files[name]["sha256"]  # digest of a comparison, which has times
        if name.startswith("measured/") or file.name == "encoder.json":
            del files[name]["digest"]  # digest of content that has times
    return files


def _timeless(value: Any) -> Any:  # noqa: ANN401  any JSON
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in TIMES}
    return [_timeless(v) for v in value] if isinstance(value, list) else value
