"""A saved comparison: read again, and computed again from what it carries."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embcmp.analysis.seen import EncodingProgress
from embcmp.encoders.base import Encoder
from embcmp.errors import InputError
from embcmp.pipeline import compare
from embcmp.types import Comparison, Occurrence

SCHEMA = "embcmp.comparison/1"
Load = Callable[[str], Encoder]


@dataclass(frozen=True)
class Run:
    """What `compare --format json` wrote.

    Attributes:
        path: the file.
        saved: the JSON object.
        occurrences: the uses that it was made of.
        specs: of its encoders, in order.
    """

    path: Path
    saved: Mapping[str, Any]
    occurrences: tuple[Occurrence, ...]
    specs: tuple[str, ...]


def read_run(path: Path) -> Run:
    """Read a saved run.

    Raises:
        InputError: it cannot be read, is no JSON, or is no run of this schema.
    """
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise InputError(f"{path}: cannot be read: {e.strerror}", "check the path") from e
    except UnicodeDecodeError as e:
        raise InputError(f"{path}: is not UTF-8", "save it again with compare") from e
    except (json.JSONDecodeError, RecursionError) as e:
        raise InputError(f"{path}: is no JSON: {e}", "save it again with compare") from e
    schema = saved.get("schema") if isinstance(saved, dict) else None
    if schema != SCHEMA:
        what = f"its schema is {schema!r}" if schema else "it has no schema"
        raise InputError(
            f"{path}: is no saved run: {what}", f"compare --format json writes {SCHEMA}"
        )
    try:
        occurrences = tuple(_occurrence(o, saved["word"]) for o in saved["occurrences"])
        specs = tuple(dict.fromkeys(str(r["spec"]) for r in saved["results"]))
        for r in saved["results"]:
            _ = r["name"], r["fingerprint"], dict(r["metrics"])
        _ = dict(saved["manifest"])
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        raise InputError(f"{path}: is damaged: {e!r}", "save it again with compare") from e
    return Run(path, saved, occurrences, specs)


def _occurrence(o: Mapping[str, Any], word: str) -> Occurrence:
    made = Occurrence(
        str(o["id"]), str(word), str(o["sentence"]), int(o["start"]), int(o["end"]),
        o.get("sense"), o.get("source"),
    )  # fmt: skip
    if made.form != o["form"]:
        raise ValueError(f"occurrence {made.id}: its form is not at {made.start}-{made.end}")
    return made


def recompute(run: Run, load: Load, progress: EncodingProgress | None = None) -> Comparison:
    """Compute a saved run again: the same uses, encoders, correction, seed and options.

    Args:
        run: what was saved.
        load: loads an encoder.
        progress: called with the encoder's name and how far it is.

    Raises:
        EmbcmpError: as `compare`, or as `load`.
    """
    manifest = run.saved["manifest"]
    options = manifest.get("options", {})
    return compare(
        run.occurrences,
        [load(spec) for spec in run.specs],
        correct=run.saved.get("correct", "none"),
        controls="controls" in run.saved,
        intervals=options.get("intervals", True),
        draws=options.get("draws", 2000),
        max_occurrences=max(1, len(run.occurrences)),
        seed=manifest.get("seed", 0),
        device=options.get("device", "auto"),
        progress=progress,
    )
