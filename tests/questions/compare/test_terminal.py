"""The first screen: what it says, and that it fits whatever is compared."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from embcmp.questions.compare.names_in_prose import listed
from embcmp.questions.compare.terminal import render
from embcmp.render.line_breaks import brief, fitted
from embcmp.types import Comparison, Inference, Metric
from tests.questions.compare.synthetic import Shape, comparison, comparisons, metrics

SCREEN = 40
ESCAPES = re.compile(r"\x1b\[[\d;]*m")


def shown(c: Comparison, width: int = 80, *, color: bool = False, **options: bool) -> list[str]:
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=color, color_system="truecolor" if color else None,
        highlight=False, markup=False, emoji=False,
    )  # fmt: skip
    render(c, console, **options)
    return out.getvalue().split("\n")[:-1]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(comparisons(), st.sampled_from([80, 80, 100, 160, 40]))
def test_whatever_is_compared_fits_one_screen(c: Comparison, width: int) -> None:
    lines = shown(c, width)
    assert len(lines) + len(brief(c.warnings, c.skipped, width)) <= SCREEN - 2
    for line in lines:
        assert cell_len(line) <= width, line
    assert not any(set(line) & set("\x1b\u202e\x00") for line in lines)
    assert [ESCAPES.sub("", line) for line in shown(c, width, color=True)] == lines


@settings(max_examples=50, deadline=None)
@given(comparisons(), st.integers(2, 39))
def test_no_terminal_is_too_narrow(c: Comparison, width: int) -> None:
    assert all(line == line.rstrip() for line in shown(c, width))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("abcdefg", min_size=1, max_size=60), min_size=1, max_size=200))
def test_no_word_of_the_verdict_is_broken(words: list[str]) -> None:
    c = replace(comparison(Shape()), verdict=(" ".join(words),))
    lines = shown(c)
    verdict = " ".join(lines[2 : lines.index("", 2)]).split()
    assert set(verdict) <= {*words, "…"}
    assert verdict == words or verdict[-1] == "…"


TWINS = ("context,window=3,stopwords=keep", "context,window=5,stopwords=keep")
MORE = (
    "More: --all (every measure, matrices), --format html -o man.html (maps,",
    "sentences), --controls",
)
AUC = "  AUC: how often a use is nearer to its own sense than to another; .5 is chance."


def test_labeled_uses_get_the_verdict_and_a_row_an_encoder() -> None:
    assert shown(comparison(Shape((12, 8), unlabeled=2))) == [
        "man: 22 uses, 2 senses (sense0 12, sense1 8), 2 without a sense in man.tsv",
        "",
        "encoder0 separates the senses better than encoder1 (+.02, p = .001).",
        "",
        "                      AUC  .5 ───────────────── 1  nearest sense    size    time",
        "  encoder0 MiniLM     .80  │        ├───●──┤       16 of 20        84 MB   22 ms",
        "  encoder1 MiniLM     .78  │       ├───●──┤        15.6 of 20      84 MB   22 ms",
        "  encoder2 MiniLM     .76  │       ├──●──┤         15.2 of 20      84 MB   22 ms",
        "  word2vec Model of     –  one vector for all uses                 84 MB   22 ms",
        AUC,
        "  ├─●─┤: 95 % interval.",
        "",
        *MORE,
    ]


def test_layers_are_rows() -> None:
    made = comparison(Shape((10, 10), encoders=3, layers=3), 0.75, 0.12)
    assert shown(made)[4:10] == [
        "                      AUC  .5 ───────────────── 1  nearest sense    size    time",
        "  encoder0@0 MiniLM   .75~ │    ├────●─────┤       15 of 20        84 MB   22 ms",
        "  encoder0@1 MiniLM   .75~ │    ├────●─────┤       15 of 20",
        "  encoder0@2 MiniLM   .75~ │    ├────●─────┤       15 of 20",
        "  encoder1 MiniLM     .73~ │    ├────●────┤        14.6 of 20      84 MB   22 ms",
        "  word2vec Model of     –  one vector for all uses                 84 MB   22 ms",
    ]


def test_too_many_layers_are_one_line() -> None:
    made = comparison(Shape((10, 10), encoders=3, layers=40))
    assert shown(made)[4:9] == [
        "                       AUC  .5 ──────────────── 1  nearest sense    size    time",
        "  encoder0@39 MiniLM   .80  │        ├──●──┤       16 of 20        84 MB   22 ms",
        "  layers 0 to 39            ▆▆▆▆▆▆▆▆▆▆▆▆▆▆ .80 to .80",
        "  encoder1 MiniLM      .78  │       ├──●──┤        15.6 of 20      84 MB   22 ms",
        "  word2vec Model of      –  one vector for all uses                84 MB   22 ms",
    ]


def test_too_many_encoders_are_counted() -> None:
    lines = shown(comparison(Shape((10, 10), encoders=60)))
    [row] = [line for line in lines if line.startswith("  …")]
    assert row == "  … 33 more               down to .30 (--all)"


def many_encoders(count: int, *, layers: int = 1) -> Comparison:
    """A verdict that lists many encoders, with a difference for each."""
    made = comparison(Shape((10, 10), encoders=count + 1, layers=layers))
    names = [r.name for r in made.results[1:]]
    numbers = [f"+.{k + 10}" for k in range(len(names) - 1)]
    verdict = (
        f"{names[0]} separates the two senses better than {listed(names[1:])}"
        f" ({listed(numbers)}, p = .001).",
        f"These 20 sentences cannot tell {listed(names)} apart: a true difference of about .38"
        " would be found four times in five.",
        f"{names[0]} is not shown to be better than {' or '.join(f'{n} (AUC .61)' for n in names)}"
        ": it may owe its AUC to that.",
    )
    return replace(made, verdict=verdict)


def test_long_lists_of_encoders_are_shortened_and_no_sentence_is_cut() -> None:
    lines = shown(many_encoders(24))
    said = " ".join(lines[2 : lines.index("", 2)])
    assert said == (
        "encoder0 separates the two senses better than encoder1, encoder2, encoder3,"
        " encoder4 and 19 others (+.10 to +.32, p = .001)."
        " These 20 sentences cannot tell encoder0, encoder1, encoder2, encoder3 and 20 others"
        " apart: a true difference of about .38 would be found four times in five."
        " encoder0 is not shown to be better than encoder0 (AUC .61), encoder1 (AUC .61), encoder2"
        " (AUC .61), encoder3 (AUC .61) or 20 others: it may owe its AUC to that."
    )
    assert len(lines) == SCREEN - 2


def test_lines_that_folded_layers_leave_free_go_to_the_verdict() -> None:
    made = many_encoders(2, layers=26)
    lines = shown(made)
    assert lines[2 : lines.index("", 2)] == fitted(made.verdict, 80, 99)
    assert "  layers 0 to 25 " in "\n".join(lines)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_long_names_can_be_told_apart(width: int) -> None:
    made = comparison(Shape((10, 10), encoders=3))
    results = tuple(
        replace(r, name=name) for name, r in zip(("word2vec", *TWINS), made.results, strict=True)
    )
    rows = [li for li in shown(replace(made, results=results), width) if "●" in li and "├" in li]
    names = [row.split()[0] for row in rows[:2]]
    assert [name.strip("…").replace("3", "5") for name in names] == [names[1].strip("…")] * 2
    assert "3" in names[0]


def test_a_value_below_chance_extends_the_scale() -> None:
    lines = shown(comparison(Shape((10, 10), encoders=2), 0.42, None))
    assert lines[4:7] == [
        "                      AUC  .4 ───────────────── 1  nearest sense    size    time",
        "  encoder0 MiniLM     .42   ● │                    8.4 of 20       84 MB   22 ms",
        "  word2vec Model of     –  one vector for all uses                 84 MB   22 ms",
    ]
    assert not any("interval" in line for line in lines)


def test_the_best_control_is_a_row_and_named() -> None:
    made = comparison(Shape((10, 10), encoders=3))
    low, high, shuffled = (
        replace(made.results[1], name=name, metrics=metrics(value, 0.05))
        for name, value in (("form", 0.5), ("position", 0.62), ("labels(bert@6)", 0.9))
    )
    lines = shown(replace(made, controls=(low, shuffled, high)))
    assert lines[4:10] == [
        "                      AUC  .5 ───────────────── 1  nearest sense    size    time",
        "  encoder0 MiniLM     .80  │        ├───●──┤       16 of 20        84 MB   22 ms",
        "  encoder1 MiniLM     .78  │       ├───●──┤        15.6 of 20      84 MB   22 ms",
        "  word2vec Model of     –  one vector for all uses                 84 MB   22 ms",
        "  best control        .62  │  ├─●─┤",
        "  best control: position; 1 other: .50.",
    ]
    assert "--controls" not in "".join(lines)


def test_rare_senses_are_left_out_of_what_is_drawn() -> None:
    made = comparison(Shape((10, 10, 2), encoders=2))
    auc = Metric(0.9, None, inference=Inference(("sense0", "sense1"), 0.6, (0.55, 0.65)))
    rare = replace(made.results[1], metrics={**made.results[1].metrics, "auc_macro": auc})
    lines = shown(replace(made, results=(rare,)))
    [row] = lines[5:6]
    assert "  AUC leaves out senses that are rare; nearest sense counts them." in lines
    assert row == "  encoder0 MiniLM   .60  │ ├──●─┤                  17.6 of 22      84 MB   22 ms"


def test_without_labels_the_nearest_and_farthest_pairs_are_shown() -> None:
    assert shown(comparison(Shape((), unlabeled=12, encoders=2))) == [
        "man: 12 uses in man.tsv",
        "",
        "encoder0: MiniLM, 84 MB, 22 ms; mean cosine .50",
        "  nearest    .85  Use 1 of [man] is here.       | Use 11 of [man] is here.",
        "             .83  Use 8 of [man] is here.       | Use 9 of [man] is here.",
        "             .76  Use 3 of [man] is here.       | Use 6 of [man] is here.",
        "  farthest  -.89  Use 1 of [man] is here.       | Use 3 of [man] is here.",
        "            -.85  Use 5 of [man] is here.       | Use 8 of [man] is here.",
        "            -.76  Use 4 of [man] is here.       | Use 10 of [man] is here.",
        "",
        "There is no verdict without labels: add a column sense, with at least two senses",
        "and five sentences a sense; embcmp senses groups uses without labels.",
        "encoder0 separates the senses better than encoder1 (+.02, p = .001).",
        "",
        "More: --all (every measure), --format html -o man.html (maps, sentences)",
    ]


@pytest.mark.parametrize(
    ("senses", "missing"),
    [
        ((9,), "All labeled uses have one sense (sense0). A verdict needs a second sense, and five"
         " sentences of each."),
        ((4, 4, 4), "For a verdict each sense needs five sentences: sense0 has 4, sense1 has 4 and"
         " sense2 has 4, so 1 more each."),
        ((8, 2), "For a verdict each sense needs five sentences: sense1 has 2, so 3 more."),
        ((4, 3, 2), "For a verdict each sense needs five sentences: sense0 has 4 (1 more), sense1"
         " has 3 (2 more) and sense2 has 2 (3 more)."),
        ((2,) * 8, "For a verdict each sense needs five sentences: sense0 has 2, sense1 has 2,"
         " sense2 has 2, sense3 has 2, sense4 has 2 and 3 more senses have fewer too, so 3 more"
         " each."),
    ],
)  # fmt: skip
def test_too_few_sentences_say_how_many_more_are_needed(
    senses: tuple[int, ...], missing: str
) -> None:
    lines = shown(replace(comparison(Shape(senses)), verdict=("No verdict: too few.", "Static.")))
    assert missing in " ".join(lines)
    assert "Static." in lines
    assert "No verdict: too few." not in lines
    assert "AUC" not in "".join(lines)


def test_matrices_that_do_not_fit_become_pairs(small: Comparison) -> None:
    assert "  3      1.00  1.00            -     -     -.12   .59" in shown(small)
    many = replace(comparison(Shape((3, 3), encoders=9)), verdict=())
    assert "… and 1 more encoder (--all)" in shown(many)


def test_units_of_the_users_own_are_called_units() -> None:
    made = comparison(Shape((6, 6)))
    uses = tuple(replace(o, unit=f"{o.sense} {i % 3}") for i, o in enumerate(made.occurrences))
    text = " ".join(shown(replace(made, occurrences=uses)))
    assert "each sense needs five units: sense0 has 3 and sense1 has 3, so 2 more each." in text


def test_everything_is_printed_on_request(large: Comparison) -> None:
    lines = shown(large, everything=True)
    assert "cosines by sense, each encoder on its own scale" in lines
    assert not any("cosines by sense" in line for line in shown(large))


def test_receipts_follow_the_screen(small: Comparison) -> None:
    lines = shown(small, receipts=True)
    at = lines.index("  1: Man")
    assert lines[at + 1 : at + 4] == ["    word2vec: man", "    lstm: man", "    bert@6: man"]


def test_cells_are_shaded_by_value(small: Comparison) -> None:
    text = "\n".join(shown(small, color=True))
    assert "48;2;30;80;160m 1.00" in text  # a deep blue at 1
    assert "48;2;245;245;245m -.12" in text  # nearly white below 0


def test_a_wide_terminal_gets_longer_drawings() -> None:
    scales = []
    for width in (40, 80, 160):
        [scale] = [line for line in shown(comparison(Shape()), width) if " AUC  " in line]
        scales.append(scale.count("─"))
    assert scales == sorted(set(scales))
    assert scales[-1] > 30
