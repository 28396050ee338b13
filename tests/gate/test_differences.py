from __future__ import annotations

from copy import deepcopy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from embcmp.gate.differences import Difference, verify

METRIC = {"value": 0.5, "ci95": [0.4, 0.6], "undefined": None}


@pytest.fixture
def run() -> dict[str, Any]:
    return {
        "results": [
            {
                "name": "bert@6",
                "fingerprint": "a" * 32,
                "missing": {},
                "similarity": None,
                "metrics": {"auc": METRIC},
            },
            {
                "name": "word2vec",
                "fingerprint": "b" * 32,
                "missing": {},
                "similarity": None,
                "metrics": {"auc": {"value": None, "ci95": None, "undefined": "one vector"}},
            },
        ],
        "tests": [
            {"a": "bert@6", "b": "lstm", "metric": "auc", "difference": 0.1, "ci95": [0.0, 0.2]}
        ],
        "manifest": {"versions": {"numpy": "2"}, "platform": "x", "threads": 2},
    }


def test_the_same_run_has_no_difference(run: dict[str, Any]) -> None:
    result = verify(run, deepcopy(run))
    assert (result.numbers, result.differences, result.largest, result.causes) == (11, (), 0.0, ())


def test_numbers_beyond_their_tolerance(run: dict[str, Any]) -> None:
    now = deepcopy(run)
    now["results"][0]["metrics"]["auc"]["value"] = 0.512
    now["tests"][0]["ci95"][0] = -0.0005
    result = verify(run, now)
    assert result.differences == (Difference("bert@6", "auc", "value", 0.5, 0.512),)
    assert result.largest == pytest.approx(0.012)
    assert verify(run, now, {"auc": 0.0125}).differences == ()
    assert verify(run, now, {"*": 0.0125}).differences == ()
    assert len(verify(run, now, {"auc": 0.0001}).differences) == 2
    assert len(verify(run, now, {"centroid": 1.0}).differences) == 1


def test_a_value_that_came_or_went_is_a_difference(run: dict[str, Any]) -> None:
    now = deepcopy(run)
    now["results"][1]["metrics"]["auc"]["value"] = 0.5
    now["results"][0]["metrics"]["auc"]["ci95"] = None
    now["results"][0]["missing"] = {"1": "why"}
    assert verify(run, now, {"*": 9}).differences == (
        Difference("bert@6", "auc", "low", 0.4, None),
        Difference("bert@6", "auc", "high", 0.6, None),
        Difference("word2vec", "auc", "value", None, 0.5),
    )
    assert Difference("bert@6", "missing", "missing", 0, 1) in verify(run, now).differences
    now["results"].pop(0)
    result = verify(run, now, {"*": 9})
    assert Difference("bert@6", "auc", "value", 0.5, None) in result.differences
    assert "bert@6: has no result now" in result.causes


def test_cosines_are_compared_by_their_largest_difference(run: dict[str, Any]) -> None:
    run["results"][0]["similarity"] = [[1.0, 0.5, None], [0.5, 1.0, None], [None] * 3]
    run["results"][1]["similarity"] = None
    now = deepcopy(run)
    assert verify(run, now).differences == ()
    now["results"][0]["similarity"][0][1] = 0.52
    (difference,) = verify(run, now).differences
    assert (difference.of, difference.metric, difference.saved) == ("bert@6", "similarity", 0.0)
    assert difference.now == pytest.approx(0.02)
    assert verify(run, now, {"similarity": 0.03}).differences == ()
    now["results"][0]["similarity"][0][2] = 0.5
    assert verify(run, now, {"*": 1.9}).differences[0].now == 2.0


def test_causes_name_what_has_changed(run: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "man.tsv"
    file.write_text("one")
    run["manifest"]["input"] = {"path": str(file), "sha256": sha256(b"one").hexdigest()}
    now = deepcopy(run)
    assert verify(run, now).causes == ()
    now["results"][0]["fingerprint"] = "c" * 32
    now["manifest"] |= {"versions": {"numpy": "3", "torch": "2"}, "platform": "y", "threads": 1}
    file.write_text("two")
    assert verify(run, now).causes == (
        "bert@6: the model or the way it is read has changed: its fingerprint was aaaaaaaaaaaa"
        " and is cccccccccccc",
        "numpy: the version was 2 and is 3",
        "torch: the version was absent and is 2",
        "platform: was x and is y",
        "threads: was 2 and is 1",
        f"{file}: has changed since; the sentences saved in the run were used",
    )
