from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from embcmp import compare, load_encoder
from embcmp.encoders.base import Encoder
from embcmp.errors import EmbcmpError, InputError, ModelError
from embcmp.gate.expectations import Expectation, Question
from embcmp.gate.judgements import FAILED, HELD, UNJUDGED, Judgement, exit_code, judge
from embcmp.gate.runs import read_run
from embcmp.questions.compare.json import to_json
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences

ROWS = [
    *(("noun", f"He is a man of {x} words.") for x in ("few", "cold", "post", "today", "a few")),
    *(("verb", f"Go man the {x} today!") for x in ("post", "cold post", "few", "words", "it")),
]


@pytest.fixture
def sentences(tmp_path: Path) -> Path:
    path = tmp_path / "man.tsv"
    path.write_text("sense\tsentence\n" + "".join(f"{a}\t{b}\n" for a, b in ROWS))
    return path


@pytest.fixture
def asked(sentences: Path, tiny_vectors: Path) -> Expectation:
    return Expectation(
        "e.toml:1", Question("man", str(sentences)), f"context:{tiny_vectors}", "auc_macro"
    )


def test_bounds_include_their_value(asked: Expectation, sentences: Path) -> None:
    uses = find_occurrences(read_sentences(sentences), "man")
    metric = compare(uses, [asked.encoder]).results[0].metrics["auc_macro"]
    value = metric.value
    assert value is not None and metric.ci95 is not None
    cases = [
        replace(asked, minimum=value),
        replace(asked, minimum=value + 1e-6),
        replace(asked, maximum=value),
        replace(asked, maximum=value - 1e-6),
        replace(asked, minimum=0, maximum=1),
    ]
    judged = judge(cases, load_encoder)
    assert [j.status for j in judged] == [HELD, FAILED, HELD, FAILED, HELD]
    assert {j.value for j in judged} == {value}
    assert judged[4].expected == "at least 0, at most 1"
    assert f"{value:.3f}".removeprefix("0") in judged[0].found
    assert f"{metric.ci95[0]:.2f}".removeprefix("0") in judged[0].found
    assert exit_code(judged) == 1


def test_better_than(asked: Expectation, tiny_vectors: Path) -> None:
    other = f"context:{tiny_vectors},stopwords=keep"
    uses = find_occurrences(read_sentences(asked.question.sentences), "man")  # type: ignore[union-attr]  # it has one
    comparison = compare(uses, [asked.encoder, other])
    a, b = (r.metrics["auc_macro"].value for r in comparison.results)
    assert a is not None and b is not None
    difference = a - b
    assert abs(difference) > 0.01, "else nothing is tested"
    better, worse = (asked.encoder, other) if difference > 0 else (other, asked.encoder)
    by = abs(difference)
    cases = [
        replace(asked, encoder=better, better_than=worse),
        replace(asked, encoder=better, better_than=worse, by=by),
        replace(asked, encoder=better, better_than=worse, by=by + 1e-6),
        replace(asked, encoder=worse, better_than=better),
        replace(asked, encoder=better, better_than=better),
    ]
    judged = judge(cases, load_encoder)
    assert [j.status for j in judged] == [HELD, HELD, FAILED, FAILED, FAILED]
    assert judged[0].value == pytest.approx(by)
    assert judged[3].value == pytest.approx(-by)
    (test,) = comparison.tests
    assert test.ci95 is not None
    widest = max(map(abs, test.ci95))
    assert f"{widest:.2f}".removeprefix("0") in judged[0].found


def test_an_expectation_that_cannot_be_judged_does_not_stop_the_others(
    asked: Expectation, tiny_vectors: Path
) -> None:
    assert asked.question is not None
    cases = [
        replace(asked, encoder="bert:no/where", minimum=0),
        replace(asked, better_than="bert:no/where"),
        replace(asked, encoder=f"word2vec:{tiny_vectors}", minimum=0),
        replace(asked, metric="aucs", minimum=0),
        replace(asked, question=replace(asked.question, word="woman"), minimum=0),
        replace(asked, question=replace(asked.question, sentences="no.tsv"), minimum=0),
        Expectation("e.toml:9", golden="no.json"),
        replace(asked, minimum=0),
    ]

    def load(spec: str) -> Encoder:
        if "no/where" in spec:
            raise ModelError("there is no such model", "check the name")
        return load_encoder(spec)

    judged = judge(cases, load)
    assert [(j.status, j.exit_code) for j in judged] == [
        (UNJUDGED, 4), (UNJUDGED, 4), *[(UNJUDGED, 3)] * 5, (HELD, 0),
    ]  # fmt: skip
    assert [j.found for j in judged[:4]] == [
        "there is no such model; check the name",
        "there is no such model; check the name",
        "the metric has no value: one vector per type",
        f"context:{tiny_vectors} has no measure 'aucs'; did you mean auc?",
    ]
    assert exit_code(judged) == 4
    assert exit_code(judged[2:]) == 3


def test_a_layer_must_be_named(asked: Expectation, tiny_bert: Path) -> None:
    cases = [replace(asked, encoder=f"bert:{tiny_bert}{at}", minimum=0) for at in ("@all", "@1")]
    judged = judge(cases, load_encoder)
    assert [j.status for j in judged] == [UNJUDGED, HELD]
    assert "layers; name one" in judged[0].found


def test_senses_are_needed(tiny_vectors: Path, man_file: Path) -> None:
    question = Question("man", str(man_file))
    (judgement,) = judge(
        [Expectation("e.toml:1", question, f"context:{tiny_vectors}", "auc", minimum=0)],
        load_encoder,
    )
    assert (judgement.status, judgement.exit_code) == (UNJUDGED, 3)
    assert "without labeled senses there are self_similarity" in judgement.found


def test_a_golden_run(asked: Expectation, tmp_path: Path) -> None:
    assert asked.question is not None
    uses = find_occurrences(read_sentences(asked.question.sentences), "man")
    path = tmp_path / "run.json"
    path.write_text(to_json(compare(uses, [asked.encoder])))
    golden = Expectation("e.toml:1", golden=str(path))
    (held,) = judge([golden], load_encoder)
    assert held.status == HELD
    saved = json.loads(path.read_text())
    value = saved["results"][0]["metrics"]["auc"]["value"]
    saved["results"][0]["metrics"]["auc"]["value"] = value + 0.01
    path.write_text(json.dumps(saved))
    (failed,) = judge([golden], load_encoder)
    assert (failed.status, failed.value) == (FAILED, value)
    assert failed.what.endswith("auc value")
    (held,) = judge([replace(golden, tolerance={"auc": 0.011})], load_encoder)
    assert held.status == HELD


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("[]", "is not a saved run: it has no schema"),
        ('{"schema": "embcmp.batch/1"}', "is not a saved run: its schema is 'embcmp.batch/1'"),
        ('{"schema": "embcmp.comparison/2"}', "is damaged: it lacks "),
        ("{", "is not JSON: "),
        ("[" * 100_000, "is not JSON that can be read: "),
    ],
)
def test_a_file_that_is_no_saved_run_is_refused(tmp_path: Path, change: str, says: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(change)
    with pytest.raises(InputError) as caught:
        read_run(path)
    assert str(caught.value).startswith(str(path))
    assert f": {says}" in str(caught.value)


def test_a_saved_run_with_wrong_offsets_is_refused(asked: Expectation, tmp_path: Path) -> None:
    assert asked.question is not None
    uses = find_occurrences(read_sentences(asked.question.sentences), "man")
    saved = json.loads(to_json(compare(uses, [asked.encoder])))
    saved["occurrences"][0]["start"] += 1
    path = tmp_path / "run.json"
    path.write_text(json.dumps(saved))
    with pytest.raises(InputError, match="its form is not at"):
        read_run(path)


def test_the_order_of_exit_codes() -> None:
    def judged(*codes: int) -> list[Judgement]:
        return [Judgement("", "", "", "", "", code) for code in codes]

    assert [exit_code(judged(*codes)) for codes in ((), (0, 0), (3, 0), (3, 4), (4, 3, 1))] == [
        0, 0, 3, 4, 1,
    ]  # fmt: skip


def test_other_errors_count_as_input_that_cannot_be_judged(asked: Expectation) -> None:
    def load(spec: str) -> Encoder:
        raise EmbcmpError("this machine has no cuda")

    (judgement,) = judge([replace(asked, minimum=0)], load)
    assert (judgement.status, judgement.exit_code) == (UNJUDGED, 3)
