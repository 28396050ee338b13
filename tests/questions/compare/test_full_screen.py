from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text

from embcmp.questions.compare.full_screen import render
from embcmp.render.columns import Block, side_by_side
from embcmp.types import Agreement, Claim, Comparison, Metric, PairTest


def shown(comparison: Comparison, width: int = 100, *, color: bool = False, **options: bool) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, color_system="truecolor" if color else None,
        highlight=False, markup=False, emoji=False,
    )  # fmt: skip
    render(comparison, console, **options)
    return out.getvalue()


def test_small_matrices_stand_side_by_side(small: Comparison) -> None:
    assert shown(small).splitlines() == [
        "man: 3 occurrences in 3 sentences (man.txt)",
        "  1  [Man], is it cold today?",
        "  2  Go [man] the post!",
        "  3  =cmd|'␛[31m [man] \ufffd<script>alert(1)</script>",
        "",
        "        word2vec           lstm           bert@6",
        "        Model of word2vec  Model of lstm  Model of bert@6",
        "            1     2            1     2        1     2",
        "  2      1.00                .18            .68",
        "  3      1.00  1.00            -     -     -.12   .59",
        "  size  84 MB              84 + 0.8 MB    84 MB",
        "  time  22 ms              22 ms          22 ms",
        "",
        "  word2vec gives every use of a form the same vector, so it cannot separate senses.",
    ]


@pytest.mark.parametrize(("width", "rows"), [(20, 3), (40, 2), (60, 1)])
def test_narrow_terminals_put_encoders_below_each_other(
    small: Comparison, width: int, rows: int
) -> None:
    lines = shown(small, width).splitlines()
    titles = [line for line in lines if "Model of" in line]
    assert len(titles) == rows
    table = lines[lines.index("") :]
    assert all(len(line) <= max(width, 27) for line in table if "cannot separate" not in line)


def test_control_characters_never_reach_the_terminal(small: Comparison) -> None:
    text = shown(small, receipts=True)
    assert not any(c in text for c in "\x1b\u202e")


def test_cells_are_shaded_by_value(small: Comparison) -> None:
    text = shown(small, color=True)
    assert "48;2;30;80;160m 1.00" in text  # a deep blue at 1
    assert "48;2;245;245;245m -.12" in text  # nearly white below 0


def test_many_occurrences_give_measures_and_a_row_a_layer(large: Comparison) -> None:
    lines = shown(large).splitlines()
    assert lines[:3] == [
        "man: 30 occurrences in 30 sentences (man.tsv)",
        "  senses: noun 15, verb 15",
        "   1  1 [man] x  noun",
    ]
    assert lines[14] == "  … and 18 more occurrences"
    at = lines.index("                   word2vec")
    assert lines[at : at + 12] == [
        "                   word2vec",
        "                   Model of word2vec",
        "  self_similarity  -",
        "  auc              -",
        "  auc_macro        -",
        "  size             84 MB",
        "  time             22 ms",
        "",
        "         bert@all  Model of bert@all  84 MB  2.5 s  auc_macro ▆▆",
        "  layer  auc_macro [band]  self_similarity  auc",
        "  0      .734 [.60, .85]   .500             .734",
        "  1      .734 [.60, .85]   .500             .734",
    ]


def test_of_many_senses_no_figure_is_drawn(large: Comparison) -> None:
    more = [replace(o, id=f"{o.id}+") for o in large.occurrences[:5]]
    many = [replace(o, sense=f"s{i}") for i, o in enumerate([*large.occurrences, *more])]
    assert "no figures" not in shown(large)
    screen = shown(replace(large, occurrences=tuple(many)))
    assert "  no figures by sense: there are more than 30\n" in screen
    assert "s28 1, s29 1, and 5 more" in " ".join(screen.split())


def test_figures_of_encoders_are_side_by_side(large: Comparison) -> None:
    lines = shown(large).splitlines()
    at = lines.index("cosines by sense, each encoder on its own scale")
    assert lines[at + 1] == "  bert@1"  # of several layers the last
    assert lines[at + 2].endswith("  noun")
    two = [replace(r, info=replace(r.info, layers=(r.layer,))) for r in large.results[1:]]
    lines = shown(replace(large, results=tuple(two))).splitlines()
    assert lines[at + 1].split() == ["bert@0", "bert@1"]
    lines = shown(replace(large, results=tuple(two)), 60).splitlines()
    assert lines[at + 1].split() == ["bert@0"]


def test_chance_is_given_once_for_all_encoders(large: Comparison) -> None:
    first, second = large.results[:2]
    metrics = {"auc": Metric(0.7, chance=0.5), "centroid": Metric(1.0, chance=0.25)}
    more = {**metrics, "centroid": Metric(1.0, chance=0.4)}
    both = (replace(first, metrics=metrics), replace(second, metrics=more))
    lines = shown(replace(large, results=both)).splitlines()
    assert "  expected by chance: auc .50, centroid .25 to .40" in lines


def test_labels_with_wide_letters_are_aligned() -> None:
    out = io.StringIO()
    side_by_side(["男人", "ab"], [Block.of([Text("x"), Text("y")])], Console(file=out, width=40))
    assert out.getvalue().splitlines() == ["  男人  x", "  ab    y", ""]


def test_pairs_of_encoders_have_their_own_part(large: Comparison) -> None:
    tested = replace(
        large,
        tests=(
            PairTest(
                "auc_macro",
                "a",
                "b",
                -0.2,
                (-0.3, -0.1),
                p=0.0001,
                p_adjusted=0.0002,
                detectable=0.13,
                units_a_sense=12,
            ),
        ),
        claims=(Claim("b", "a", "slightly_better"),),
        agreement=(
            Agreement("a", "b", 0.5, 0.01, None, cka_undefined="too few"),
            Agreement("a", "c", None, None, 0.25, rsa_undefined="all alike"),
        ),
    )
    lines = shown(tested).splitlines()
    at = lines.index("encoders in pairs")
    assert lines[at + 1 : at + 4] == [
        "         auc_macro difference  adjusted p  detectable  claim            rsa (p)     cka",
        "  a - b  -.200 [-.30, -.10]    <.001       .13         slightly better  .50 (.010)  -",
        "  a - c  -                     -           -           -                -           .25",
    ]
    assert "  cka: too few" in lines
    note = "~ marks power that was not simulated there"
    assert note not in " ".join(" ".join(lines).split())
    few = replace(tested, tests=(replace(tested.tests[0], units_a_sense=9),))
    assert note in " ".join(shown(few).split())
    assert "  rsa: all alike" in lines


def test_controls_have_their_own_part(large: Comparison) -> None:
    metrics = {
        "auc": Metric(0.61, (0.52, 0.7)),
        "auc_macro": Metric(0.6),
        "nearest_neighbor": Metric(None, undefined="not measured"),
    }
    control = replace(large.results[1], name="position", metrics=metrics)
    lines = shown(replace(large, controls=(control,)), 120).splitlines()
    at = lines.index("controls: AUC from causes other than sense")
    assert lines[at + 1 : at + 3] == [
        "            auc_macro  auc              what it is",
        "  position  .600       .610 [.52, .70]  Model of bert@all",
    ]


def test_approximate_intervals_are_marked_and_explained(large: Comparison) -> None:
    assert "~" not in shown(large)
    metrics = {"auc": Metric(0.97, (0.9, 1.0), approximate=True)}
    r = replace(large.results[0], metrics=metrics)
    text = shown(replace(large, results=(r,)))
    assert "  auc   .970 ~[.90, 1.00]\n" in text
    assert (
        "  ~ before an interval: in simulations, such intervals covered the true value too rarely"
        in text
    )
    assert "too often" not in text


def test_reasons_are_below_the_table(small: Comparison) -> None:
    metrics = {"self_similarity": Metric(None, undefined="one occurrence")}
    r = replace(small.results[1], metrics=metrics)
    assert "  self_similarity: one occurrence" in shown(replace(small, results=(r,)))


def test_a_reason_is_given_once_for_all_encoders(small: Comparison) -> None:
    one = {"auc": Metric(0.5), "probe": Metric(None, undefined="too few")}
    other = {"auc": Metric(None, undefined="all alike"), "probe": one["probe"]}
    static, lstm, bert = small.results
    results = (
        replace(static, metrics=dict.fromkeys(one, Metric(None, undefined="one vector per type"))),
        replace(lstm, metrics=one),
        replace(bert, metrics=other),
    )
    lines = shown(replace(small, results=results)).splitlines()
    assert [line for line in lines if "too few" in line or "alike" in line] == [
        "  probe: too few",
        "  auc: all alike (bert@6)",
    ]


def test_receipts_are_shown_on_request(small: Comparison) -> None:
    text = shown(small, receipts=True)
    assert "  1: Man\n    word2vec: man\n    lstm: man\n    bert@6: man\n" in text


def test_sentences_are_wrapped_at_words(large: Comparison) -> None:
    long = " ".join(f"word{k}" for k in range(60))
    senses = [f"sense with a long name {k % 5}" for k in range(30)]
    uses = tuple(replace(o, sense=s) for o, s in zip(large.occurrences, senses, strict=True))
    lines = shown(replace(large, verdict=(long,), occurrences=uses), 80).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert long in " ".join(" ".join(lines).split())
