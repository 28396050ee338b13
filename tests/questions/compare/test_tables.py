from __future__ import annotations

import csv
import io
from dataclasses import replace

from rich.console import Console

from embcmp.questions.compare import full_screen
from embcmp.questions.compare.notebook import to_html, to_pandas
from embcmp.questions.compare.tables import to_csv, to_markdown
from embcmp.types import Agreement, Comparison, Inference, Metric, PairTest


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
        "word2vec gives every use of a form the same vector, so it cannot separate senses.\n"
        "\n"
        "|  | word2vec | lstm | bert@6 |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| model | Model of word2vec | Model of lstm | Model of bert@6 |\n"
        "| self\\_similarity | one vector per type | 0.180 | 0.382 |\n"
        "| size (MB) | 84.0 | 84.8 | 84.0 |\n"
        "| time (ms) | 22 | 22 | 22 |\n"
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
    assert lines[11:15] == [
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


def with_a_rare_sense(c: Comparison) -> Comparison:
    """The comparison with an AUC that is lower without the rare sense 'row'."""
    auc = Metric(0.9, no_interval="too few units of 'row'", approximate=True, chance=0.5,
                 inference=Inference(("money", "river"), 0.6, (0.55, 0.65)))  # fmt: skip
    senses = ("money", "river", "row")
    uses = tuple(replace(o, sense=s) for o, s in zip(c.occurrences, senses, strict=True))
    static, lstm, bert = c.results
    return replace(
        c,
        occurrences=uses,
        results=(
            replace(static, metrics={"auc_macro": Metric(None, undefined="one vector per type")}),
            replace(lstm, metrics={"auc_macro": auc}),
            replace(bert, metrics={"auc_macro": Metric(0.7, (0.5, 0.8), chance=0.5)}),
        ),
        controls=(
            replace(lstm, name="position", metrics={"auc": auc, "auc_macro": auc}),
            replace(lstm, name="twin", metrics={"auc": Metric(0.8), "auc_macro": Metric(0.8)}),
        ),
    )


def test_tables_also_have_what_is_inferred_without_rare_senses(small: Comparison) -> None:
    rare = with_a_rare_sense(small)
    rows = list(csv.reader(io.StringIO(to_csv(rare))))
    assert [row[1:] for row in rows[1:7]] == [
        ["word2vec", "", "auc_macro", "", "", "", "one vector per type"],
        ["word2vec", "", "auc_macro_frequent", "", "", "", "one vector per type"],
        ["lstm", "", "auc_macro", "0.9", "", "", "too few units of 'row'"],
        ["lstm", "", "auc_macro_frequent", "0.6", "0.55", "0.65", ""],
        ["bert@6", "6", "auc_macro", "0.7", "0.5", "0.8", ""],
        ["bert@6", "6", "auc_macro_frequent", "0.7", "0.5", "0.8", ""],
    ]
    lines = to_markdown(rare).splitlines()
    assert lines[0] == "**man**: 3 occurrences, 3 senses (money 1, river 1, row 1)"
    assert "| auc\\_macro | one vector per type | 0.900 | 0.700 \\[.50, .80\\] |" in lines
    row = next(line for line in lines if line.startswith("| auc\\_macro\\_frequent"))
    assert "| 0.600 \\~\\[.55, .65\\] | 0.700 \\[.50, .80\\] |" in row
    assert any("without senses that are rare ('row')" in line for line in lines)
    position = next(line for line in lines if line.startswith("| position"))
    assert position.count("0.600 \\~\\[.55, .65\\]") == 2
    twin = next(line for line in lines if line.startswith("| twin"))
    assert twin.count("measured with all senses only") == 2  # the mean over seeds
    assert "<td>0.600 ~[.55, .65]</td>" in to_html(rare)
    frame = to_pandas(rare).set_index(["encoder", "metric"])
    assert frame.loc[("lstm", "auc_macro_frequent"), "low"] == 0.55
    assert "frequent" not in to_csv(small) + to_markdown(small) + to_html(small)


def test_everything_on_the_terminal_has_what_is_inferred(small: Comparison) -> None:
    out = io.StringIO()
    full_screen.render(with_a_rare_sense(small), Console(file=out, width=100))
    [line] = [li for li in out.getvalue().splitlines() if "auc_macro_frequent  " in li][:1]
    assert line.split(maxsplit=2)[2].split("  ")[-2:] == [".600 ~[.55, .65]", ".700 [.50, .80]"]
    assert "_frequent: without senses that are rare ('row')" in out.getvalue()
