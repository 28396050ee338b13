from __future__ import annotations

import csv
import io
from dataclasses import replace

from embcmp.questions.compare.tables import to_csv, to_markdown
from embcmp.types import Agreement, Comparison, Metric, PairTest


def test_csv_has_a_row_for_each_measure(small: Comparison) -> None:
    rows = list(csv.reader(io.StringIO(to_csv(small))))
    assert rows == [
        ["word", "encoder", "layer", "metric", "value", "low", "high", "reason"],
        ["man", "word2vec", "", "self_similarity", "", "", "", "one vector per type"],
        ["man", "lstm", "", "self_similarity", "0.18", "", "", ""],
        ["man", "bert@6", "6", "self_similarity", "0.382", "", "", ""],
    ]


def test_csv_has_unquoted_numbers_and_intervals(small: Comparison) -> None:
    metrics = {"auc": Metric(-0.5, ci95=(-0.75, 0.25))}
    one = replace(small, word="=1+1", results=(replace(small.results[1], metrics=metrics),))
    assert to_csv(one).splitlines()[1] == "'=1+1,lstm,,auc,-0.5,-0.75,0.25,"


def test_a_value_without_an_interval_has_a_reason(small: Comparison) -> None:
    metrics = {"auc": Metric(0.5, no_interval="too few"), "mev": Metric(0.5)}
    one = replace(small, results=(replace(small.results[1], metrics=metrics),))
    assert to_csv(one).splitlines()[1:] == ["man,lstm,,auc,0.5,,,too few"]


def test_markdown_shows_intervals(small: Comparison) -> None:
    metrics = {"auc": Metric(0.9, ci95=(0.75, 0.97), approximate=True)}
    one = replace(small, results=(replace(small.results[1], metrics=metrics),))
    assert "| auc | 0.900 \\~\\[.75, .97\\] |" in to_markdown(one)


def test_markdown_is_a_table(small: Comparison) -> None:
    assert to_markdown(small) == (
        "**man**: 3 occurrences\n"
        "\n"
        "|  | word2vec | lstm | bert@6 |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| model | Model of word2vec | Model of lstm | Model of bert@6 |\n"
        "| self\\_similarity | one vector per type | 0.180 | 0.382 |\n"
        "| size (MB) | 84.0 | 84.8 | 84.0 |\n"
        "| time (ms) | 22 | 22 | 22 |\n"
        "\n"
        "word2vec gives every use of a form the same vector, so it cannot separate senses.\n"
    )


def test_pairs_and_controls_reach_csv_and_markdown(small: Comparison) -> None:
    control = replace(small.results[2], name="form", metrics={
        "auc": Metric(0.61, (0.5, 0.7)), "auc_macro": Metric(None, undefined="one form"),
    })  # fmt: skip
    few = "fewer than 20 occurrences"
    full = replace(
        small,
        controls=(
            control,
            replace(small.results[1], metrics={"auc": Metric(1.0), "auc_macro": Metric(1.0)}),
        ),
        tests=(
            PairTest("auc", "lstm", "bert@6", -0.2, (-0.3, -0.1), None, 0.0004, 0.004),
            PairTest("auc", "a", "b", 0.1, undefined="no error"),
        ),
        agreement=(
            Agreement("lstm", "bert@6", 0.5, 0.01, None, cka_undefined=few),
            Agreement("a", "b", 0.5, 0.01, 0.25),
        ),
    )
    lines = to_markdown(full).splitlines()
    assert lines[9:13] == [
        "| pair | difference of auc\\_macro | p | adjusted p | rsa | p of rsa | cka |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        f"| lstm - bert@6 | -0.200 \\[-.30, -.10\\] | \\<.001 | .004 | 0.500 | .010 | {few} |",
        "| a - b | 0.100 | no error | no error | 0.500 | .010 | 0.250 |",
    ]
    assert "| form | one form | 0.610 \\[.50, .70\\] | Model of bert@6 |" in lines
    rows = list(csv.reader(io.StringIO(to_csv(full))))
    assert rows[-2:] == [
        ["man", "form", "6", "auc", "0.61", "0.5", "0.7", ""],
        ["man", "form", "6", "auc_macro", "", "", "", "one form"],
    ]  # the other control is a result too


def test_markdown_of_a_hostile_word(small: Comparison) -> None:
    shown = to_markdown(replace(small, word="<script>|\x1b"))
    assert shown.startswith("**\\<script\\>\\|␛**")
