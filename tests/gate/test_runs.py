"""A saved run comes from anywhere: whatever is wrong with it is one line, and never a traceback."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.errors import InputError
from embcmp.gate.differences import verify
from embcmp.gate.runs import read_run
from tests.conftest import ROOT

GOLDEN = ROOT / "fixtures" / "ci" / "man.json"
SAVED: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))

Place = tuple[str | int, ...]


def places(value: object, place: Place = ()) -> list[Place]:
    """Where something could be another thing; of a list the first two."""
    places_inside: list[Place] = [place]
    if isinstance(value, dict):
        for key, part in value.items():
            places_inside += places(part, (*place, key))
    elif isinstance(value, list):
        for i, part in enumerate(value[:2]):
            places_inside += places(part, (*place, i))
    return places_inside


def with_other(place: Place, other: object) -> dict[str, Any]:
    run = deepcopy(SAVED)
    inner: Any = run
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = other
    return run


def test_the_golden_run_of_the_sample_project_reads() -> None:
    run = read_run(GOLDEN)
    assert run.specs == ("word2vec", "context", "lstm", "bert")
    assert run.options["seed"] == 0
    assert [o.form for o in run.occurrences] == ["Man", "man", "man"]


@given(
    st.sampled_from([place for place in places(SAVED) if place]),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=3),
        st.just([]),
        st.just({}),
        st.just([1]),
        st.just({"a": 1}),
    ),
)
def test_what_is_damaged_is_refused_or_does_no_harm(
    tmp_path_factory: pytest.TempPathFactory, place: Place, other: object
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    path.write_text(json.dumps(with_other(place, other)))
    try:
        run = read_run(path)
    except InputError as e:
        assert e.exit_code == 3
        assert str(path) in e.message
        assert e.hint
    else:
        assert verify(run.saved, SAVED).numbers > 0


@pytest.mark.parametrize(
    ("place", "other", "says"),
    [
        (
            ("results", 0, "metrics", "self_similarity", "value"),
            float("nan"),
            "NaN is not a finite number",
        ),
        (("results", 0, "spec"), "bret", "there is no family 'bret'"),
        (("results", 0, "fingerprint"), 1, "a fingerprint is not text"),
        (("manifest", "versions"), [], "the versions are not an object"),
        (("occurrences", 0, "sense"), [1], "a label is not text"),
        (("occurrences", 0, "end"), 5, "its form is not at 0-5"),
        (("occurrences", 0, "id"), "2", "two occurrences have the same id"),
        (("results", 0, "metrics"), {"auc": {"ci95": [0]}}, "is damaged: not enough values"),
        (("manifest",), {"options": 3}, "is damaged: "),
        (("occurrences", 0), {}, "is damaged: it lacks 'id'"),
        (("results",), [], "it has no occurrences or no results"),
        (("occurrences",), [], "it has no occurrences or no results"),
        (("correct",), "centre", "correct is 'centre'"),
        (("manifest", "seed"), "0", "seed is '0'"),
        (("manifest", "options"), {"margin": 0.5}, "margin is 0.5"),
        (("manifest", "options"), {"intervals": "yes"}, "intervals is 'yes'"),
        (("schema",), "embcmp.comparison/1", "an earlier version of embcmp wrote it"),
        (("schema",), "embcmp.comparison/3", "its schema is 'embcmp.comparison/3'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, place: Place, other: object, says: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(json.dumps(with_other(place, other)))
    with pytest.raises(InputError) as e:
        read_run(path)
    assert says in e.value.message


def test_a_number_too_large_for_a_float_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text('{"schema": 1e999}')
    with pytest.raises(InputError, match="1e999 is not a finite number"):
        read_run(path)
