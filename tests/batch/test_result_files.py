"""What the summary of a batch takes from the records of its words."""

from __future__ import annotations

from typing import Any

from embcmp.batch.result_files import _by_word
from embcmp.measures.inference import benjamini_yekutieli


def test_of(a: str, b: str, p: float) -> dict[str, Any]:
    return {
        "metric": "auc_macro", "a": a, "b": b, "difference": 0.1, "ci95": [0.0, 0.2], "p": p,
        "undefined": None,
    }  # fmt: skip


test_of.__test__ = False  # type: ignore[attr-defined]  # it makes a test, and is none


def test_layers_count_over_words_if_they_were_named_beforehand() -> None:
    """`bert@4` and `bert@all` name two layers of one encoder; layer 0 is only one of all."""
    tests = [test_of("bert@4", "bert@6", 0.01), test_of("bert@0", "bert@6", 0.02)]
    records = [{"word": word, "tests": tests} for word in ("bank", "duck")]
    rows = list(_by_word(records, ("bert@4", "bert@6")))
    assert [(row["word"], row["a"], row["b"]) for row in rows] == [
        ("bank", "bert@4", "bert@6"),
        ("duck", "bert@4", "bert@6"),
    ]
    assert [row["p_adjusted"] for row in rows] == benjamini_yekutieli([0.01, 0.01])
