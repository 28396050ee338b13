from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from embcmp.questions.compare.json import to_json
from embcmp.types import Agreement, Comparison, PairTest
from tests import schemas


@pytest.fixture
def schema() -> object:
    found = schemas.schema("comparison")
    jsonschema.Draft202012Validator.check_schema(found)
    return found


def test_it_validates_and_carries_the_numbers(small: Comparison, schema: object) -> None:
    found = json.loads(to_json(small))
    jsonschema.validate(found, schema)
    assert found["schema"] == "embcmp.comparison/2"
    assert found["correct"] == "none"
    assert [r["name"] for r in found["results"]] == ["word2vec", "lstm", "bert@6"]
    assert [r["layer"] for r in found["results"]] == [None, None, 6]
    assert found["results"][1]["similarity"][2] == [None, None, None]
    assert found["results"][2]["similarity"][0] == [1.0, 0.675, -0.12]
    assert found["results"][0]["metrics"]["self_similarity"] == {
        "value": None, "ci95": None, "undefined": "one vector per type", "chance": None,
        "approximate": False, "no_interval": None, "inference": None,
    }  # fmt: skip
    assert found["occurrences"][2]["sentence"] == small.occurrences[2].sentence
    assert found["occurrences"][2]["form"] == "man"
    assert found["skipped"] == [{"source": "man.txt:4", "reason": "'man' does not occur"}]


def test_the_schema_refuses_a_value_that_is_also_undefined(
    small: Comparison, schema: object
) -> None:
    found = json.loads(to_json(small))
    found["results"][2]["metrics"]["self_similarity"]["undefined"] = "why?"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, schema)


def test_undefined_numbers_of_a_pair_have_a_reason(small: Comparison, schema: object) -> None:
    full = replace(
        small,
        tests=(PairTest("auc", "lstm", "bert@6", None, undefined="one sense"),),
        agreement=(Agreement("lstm", "bert@6", None, None, None, "fewer than 7", "fewer than 20"),),
    )
    found = json.loads(to_json(full))
    jsonschema.validate(found, schema)
    [test], [agreement] = found["tests"], found["agreement"]
    assert (test["p"], test["undefined"]) == (None, "one sense")
    assert (agreement["rsa"], agreement["rsa_undefined"]) == (None, "fewer than 7")
    assert (agreement["cka"], agreement["cka_undefined"]) == (None, "fewer than 20")


def of_size(small: Comparison, n: int) -> Comparison:
    return replace(
        small,
        occurrences=tuple(replace(small.occurrences[0], id=str(i)) for i in range(n)),
        results=(replace(small.results[2], similarity=np.ones((n, n))),),
    )


def test_large_matrices_are_left_out_unless_asked_for(small: Comparison, schema: object) -> None:
    assert len(json.loads(to_json(of_size(small, 500)))["results"][0]["similarity"]) == 500
    n = 501
    big = of_size(small, n)
    found = json.loads(to_json(big))
    jsonschema.validate(found, schema)
    assert found["results"][0]["similarity"] is None
    full = json.loads(to_json(big, full=True))
    assert len(full["results"][0]["similarity"]) == n


def test_control_characters_are_escaped(small: Comparison) -> None:
    text = to_json(replace(small, word="a\x1b\x9b\x7f\u202eb"))
    assert not set(text) & set("\x1b\x9b\x7f\u202e")
    assert json.loads(text)["word"] == "a\x1b\x9b\x7f\u202eb"
