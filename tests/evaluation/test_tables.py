from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import jsonschema
import pytest
from rich.console import Console

from embcmp.evaluation.json import to_json
from embcmp.evaluation.results import Baseline, Evaluation, Overlap, Published, Score
from embcmp.evaluation.tables import heading, render, to_csv, to_markdown
from embcmp.types import Metric, PairTest, Skipped
from tests.questions.compare.conftest import HOSTILE, info
from tests.schemas import schema

RATING = Metric(None, undefined="gold is a rating, not T or F")
METRICS = {
    "spearman": Metric(0.346, (0.254, 0.438), chance=0.0),
    "pearson": Metric(-0.01, (-0.2, 0.18), chance=0.0, approximate=True),
    "auc": RATING, "auc_within_word": RATING, "accuracy": RATING,
}  # fmt: skip
NONE = dict.fromkeys(METRICS, Metric(None, undefined="one vector per type"))


@pytest.fixture
def evaluation() -> Evaluation:
    layers = info("bert@all", layers=(0, 1))
    return Evaluation(
        task="raw-c", kind="pairs", split="all", n=672, words=112,
        training="10 folds by connected words",
        results=(
            Score("word2vec", info("word2vec"), None, NONE, missing=2),
            Score("bert@0", layers, 0, METRICS, seconds=2.51),
            Score("bert@1", layers, 1, METRICS, cached=9),
            Score("bert@all", layers, None, METRICS, note="layer 1, chosen on train"),
        ),
        tests=(
            PairTest("spearman", "bert@all", "lstm", 0.1, (0.01, 0.2), p=0.0004, p_adjusted=0.04),
        ),
        baselines=(Baseline("context", {**METRICS, "spearman": Metric(0.5)}),),
        published=(
            Published("BERT", "spearman", 0.578, "all", "m", "Trott and Bergen 2021"),
            Published("ELMo", "spearman", 0.5, "dev", "m", "S", comparable=False),
            Published("raters", "spearman", 0.79, "all", "m", "S", human=True),
        ),
        overlap=(Overlap("lstm", "glosses", 448, 3), Overlap("rnn", "mine", 448, None)),
        warnings=("careful",), skipped=(Skipped("f:1", "why"),), noted=(Skipped("f:2", "odd"),),
    )  # fmt: skip


def printed(evaluation: Evaluation, width: int = 80) -> str:
    text = io.StringIO()
    render(evaluation, Console(file=text, width=width, highlight=False, markup=False, emoji=False))
    return text.getvalue()


def test_the_table_shows_values_and_the_reasons_for_missing_ones(evaluation: Evaluation) -> None:
    lines = printed(evaluation).splitlines()
    assert lines[0] == (
        "raw-c: 672 pairs of 112 words (all); trained on 10 folds by connected words"
    )
    assert heading(replace(evaluation, n=1, words=1)).startswith("raw-c: 1 pair of 1 word (all)")
    table = [line.split() for line in lines]
    assert ["encoder", "spearman", "pearson", "missing", "seconds"] in table
    assert ["word2vec", "-", "-", "2", "0.0"] in table
    assert ["bert@0", ".346", "-.010", "0", "2.5"] in table
    assert ["bert@1", ".346", "-.010", "0", "cached"] in table
    assert ["[.25,", ".44]", "~[-.20,", ".18]"] in table
    assert ["(context)", ".500", "-.010"] in table
    assert ["bert@all", "-", "lstm", ".100", "[.01,", ".20]", "<.001", ".040"] in table
    remarks = [line.strip() for line in lines]
    assert "word2vec: one vector per type" in remarks
    assert "bert@all: layer 1, chosen on train" in remarks
    assert "lstm: 3 of 448 sentences are in its training text (glosses)" in remarks
    assert "rnn: an unknown number of 448 sentences are in its training text (mine)" in remarks
    assert "rows left out: 1" in remarks
    ceiling = next(line for line in lines if "raters (ceiling)" in line)
    assert ".790" in ceiling
    assert "dev: other rows" in next(line for line in lines if "ELMo" in line)


def test_columns_without_room_move_to_a_second_table(evaluation: Evaluation) -> None:
    _, *tables = printed(evaluation, 44).split("\n\n")
    *tables, remarks = tables
    lines = [line for table in tables for line in table.splitlines()]
    assert max(map(len, lines)) <= 44
    rows = [line.split() for line in lines]
    assert all(rows)
    assert ["encoder", "spearman", "pearson"] in rows
    assert ["encoder", "missing", "seconds"] in rows
    assert ["bert@1", "0", "cached"] in rows
    assert "word2vec: one vector per type" in remarks


def test_a_baseline_that_is_also_an_encoder_is_listed_once(evaluation: Evaluation) -> None:
    asked = Score("context", info("context"), None, METRICS)
    both = replace(evaluation, results=(*evaluation.results, asked))
    assert "(context)" not in printed(both)
    assert to_csv(both).count("context") == len(METRICS)


def test_markdown_puts_intervals_beside_values(evaluation: Evaluation) -> None:
    text = to_markdown(evaluation)
    assert "| bert@0 | .346 \\[.25, .44\\] | -.010 \\~\\[-.20, .18\\] | 0 | 2.5 |" in text
    assert "| bert@all - lstm | .100 | \\[.01, .20\\] | \\<.001 | .040 |" in text
    assert "- word2vec: one vector per type" in text


def test_csv_keeps_every_number_and_reason(evaluation: Evaluation) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(evaluation))))
    assert len(rows) == 5 * len(METRICS)
    first = next(row for row in rows if row["encoder"] == "bert@0")
    assert (first["layer"], first["metric"], first["value"]) == ("0", "spearman", "0.346")
    assert (first["low"], first["high"]) == ("0.254", "0.438")
    static = next(row for row in rows if row["encoder"] == "word2vec")
    assert (static["value"], static["reason"]) == ("", "one vector per type")


def test_json_validates(evaluation: Evaluation) -> None:
    described = schema("evaluation")
    document = json.loads(to_json(evaluation))
    jsonschema.validate(document, described)
    broken = json.loads(to_json(evaluation))
    broken["results"][1]["metrics"]["spearman"]["undefined"] = "why?"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, described)


def test_hostile_text_is_harmless_in_every_format(evaluation: Evaluation) -> None:
    bad = replace(
        evaluation,
        split=HOSTILE,
        results=(replace(evaluation.results[0], name=HOSTILE, note=HOSTILE),),
        overlap=(Overlap(HOSTILE, HOSTILE, 1, 1),),
    )
    for text in (printed(bad), to_markdown(bad), to_json(bad)):
        assert not set(text) & set("\x1b\u202e")
    assert "<script>" not in to_markdown(bad)
    [row, *_] = csv.DictReader(io.StringIO(to_csv(bad)))
    assert row["encoder"].startswith("'=")
