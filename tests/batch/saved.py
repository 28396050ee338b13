"""A batch's folder, as `embcmp batch` leaves it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from embcmp.render.page import Json


def write_batch(folder: Path, comparisons: Sequence[tuple[str, Json]], **changes: object) -> Path:
    """Write `comparisons/` and a summary of made-up numbers.

    Args:
        folder: where to.
        comparisons: the name of each file, without its extension, and its comparison.
        changes: keys of the summary that are other.
    """
    (folder / "comparisons").mkdir(parents=True)
    for name, comparison in comparisons:
        (folder / "comparisons" / f"{name}.json").write_text(json.dumps(comparison))
    results = comparisons[0][1]["results"] if comparisons else []
    encoders = {r["spec"]: r for r in results}
    costs = ("name", "family", "model", "parameters", "bytes", "own_bytes")
    seconds = ("load_seconds", "encode_seconds")
    summary = {
        "schema": "embcmp.batch/2",
        "margin": 0.05,
        "words": [
            {"word": c["word"], "file": f"{name}.json", "n": len(c["occurrences"]), "senses": 2}
            for name, c in comparisons
        ],
        "standings": [
            {"metric": metric, "name": r["name"], "words": len(comparisons),
             "mean": None if r["family"] == "word2vec" else 0.9 - k / 100,
             "low": None if r["family"] == "word2vec" else 0.8, "high": 0.95,
             "undefined": "one vector per type" if r["family"] == "word2vec" else None}
            for metric in ("auc_macro", "nearest_neighbor")
            for k, r in enumerate(results)
        ],
        "tests": [
            {"metric": "auc_macro", "a": results[-1]["name"], "b": results[1]["name"],
             "words": len(comparisons), "difference": 0.125, "low": 0.0625, "high": 0.1875,
             "ci90": [0.07, 0.18], "p": 0.0123, "p_adjusted": 0.0246, "p_sign_flip": 0.03125,
             "detectable": 0.09, "words_needed": 13, "effect_size": 1.5, "share_won": 0.8}
        ] if results else [],
        "failures": [{"word": "<u>lost</u>", "reason": "no usable occurrence & <b>more</b>"}],
        "encoders": [{k: r[k] for k in (*costs, *seconds)} for r in encoders.values()],
        **changes,
    }  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(summary))
    return folder
