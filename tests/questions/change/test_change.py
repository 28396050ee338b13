"""Groups of uses, what is measured of them, and what the verdict may say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import jsonschema
import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console
from scipy.stats import false_discovery_control

from embcmp import Occurrence, compare
from embcmp.errors import InputError, UsageError
from embcmp.measures.group_change import group_change
from embcmp.measures.similarity import cosine_matrix
from embcmp.questions.change.change import change
from embcmp.questions.change.conclusion import conclusion
from embcmp.questions.change.json import to_object
from embcmp.questions.change.page import to_html
from embcmp.questions.change.tables import to_csv, to_latex, to_markdown
from embcmp.questions.change.terminal import render
from embcmp.questions.change.word_change import Changes, ControlWords
from embcmp.questions.compare.compared_groups import ComparedGroups
from embcmp.text.groups import binned, group_names
from tests.questions.encoders import Made
from tests.render.reading import Page
from tests.schemas import schema


def uses(
    counts: Sequence[int] = (12, 12), documents: int = 6, word: str = "host"
) -> list[Occurrence]:
    """Uses in the groups `old` and `new`, each in one of some documents."""
    return [
        Occurrence(
            f"{group}{i}",
            word,
            f"{word} number {i} of {group}",
            0,
            len(word),
            source=f"{group}.txt:{i + 1}",
            group=group,
            unit=f"{group} {i % documents}" if documents else None,
        )
        for group, count in zip(("old", "new"), counts, strict=True)
        for i in range(count)
    ]


def by_group(shift: float, dim: int = 6, seed: int = 0) -> Made:
    """Vectors that differ by group, with noise that depends on the sentence alone."""

    def vector(o: Occurrence) -> list[float]:
        rng = np.random.default_rng([seed, *o.sentence.encode()])
        mean = 3 * np.eye(dim)[2] + np.eye(dim)[0 if "old" in o.sentence else 1] * shift
        return list(mean + rng.standard_normal(dim))

    return Made(vector, dim, name=f"bert@{6 - seed}", layers=(6 - seed,))


def shown(c: Changes, width: int = 80, *, everything: bool = False) -> list[str]:
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        render(c, console, everything=everything)
    return captured.get().splitlines()


def test_a_shift_is_found_and_no_shift_is_not() -> None:
    signs = {3: "host is used differently in old and", 0: "No sign that host is used differently"}
    for shift, sign in signs.items():
        c = change([uses()], ["old", "new"], [by_group(shift)])
        p = c.changes[0].main.primary.p
        assert p is not None
        assert (p < 0.05) == bool(shift)
        assert conclusion(c)[0].startswith(sign)


def test_the_measures_are_those_of_the_groups() -> None:
    encoder = by_group(1)
    occurrences = uses()
    groups = ComparedGroups.of(occurrences, ["old", "new"])
    vectors = np.array([encoder.vector(o) for o in groups.uses.occurrences], dtype=np.float32)
    expected = group_change(cosine_matrix(vectors), groups.codes, groups.uses.grouping)
    [result] = change([occurrences], ["old", "new"], [encoder]).changes[0].results
    for name in ("prt", "apd"):
        assert result.change.measures[name].metric.value == pytest.approx(
            expected.measures[name].metric.value
        )
        assert result.change.measures[name].p == expected.measures[name].p
    backward = change([occurrences], ["new", "old"], [encoder]).changes[0].main
    assert backward.primary.metric.value == pytest.approx(result.primary.metric.value)


def test_documents_are_permuted_and_without_any_the_verdict_says_so() -> None:
    """Three documents a group cannot have a p below .05; sentences can."""
    few = change([uses(documents=3)], ["old", "new"], [by_group(3)])
    assert few.changes[0].main.primary.p is None
    assert conclusion(few)[-1].startswith("No p from made (layer 6): 3 and 3 separate documents")
    none = change([uses(documents=0)], ["old", "new"], [by_group(3)])
    assert none.changes[0].main.primary.p is not None
    assert not none.changes[0].groups.documents
    assert any(sentence.startswith("No documents are known") for sentence in conclusion(none))


def test_files_are_documents_where_each_group_has_several() -> None:
    several = [replace(o, unit=None, source=f"{o.unit}.txt:1") for o in uses()]
    groups = ComparedGroups.of(several, ["old", "new"])
    assert groups.documents
    assert len(np.unique(groups.uses.grouping.units)) == 12
    few = [o for o in several if o.source[:5] in ("old 0", "old 1") or o.group == "new"]
    assert not ComparedGroups.of(few, ["old", "new"]).documents
    # of the six files of each group, the word is in two of the one
    known = ComparedGroups.of(few, ["old", "new"], files={"old": 6, "new": 6})
    assert known.documents
    assert len(np.unique(known.uses.grouping.units)) == 8


def test_documents_that_are_known_for_some_uses_alone_are_not_known() -> None:
    some = [replace(o, unit=None) if i % 2 else o for i, o in enumerate(uses())]
    c = change([some], ["old", "new"], [by_group(3)])
    [word] = c.changes
    assert not word.groups.documents
    assert word.warnings == ("12 uses of 24 name no document",)
    assert any(sentence.startswith("Not all documents are known") for sentence in conclusion(c))


def test_uses_and_words_in_no_group_are_counted_and_said() -> None:
    elsewhere = [replace(o, group="later", id=f"l{o.id}") for o in uses()[:3]]
    lost = [replace(o, group=None) for o in uses(word="seal")]
    c = change([[*uses(), *elsewhere], lost], ["old", "new"], [by_group(3)])
    [word] = c.changes
    assert word.warnings == ("3 uses are in none of the groups",)
    assert c.warnings == ("seal has no use in any of the groups",)
    with pytest.raises(InputError, match="no use is in one of the groups"):
        change([lost], ["old", "new"], [by_group(3)])


def test_a_small_group_in_the_middle_has_no_part_in_the_comparison_of_the_ends() -> None:
    middle = [replace(o, group="middle", id=f"m{o.id}", unit=f"m{o.unit}") for o in uses()[:3]]
    c = change([[*uses(), *middle]], ["old", "middle", "new"], [by_group(3)])
    [result] = c.changes[0].results
    assert result.primary.p is not None
    assert [m.undefined for m in result.curve] == ["group middle has 3 uses, and 5 are needed"] * 2


def test_a_document_in_two_groups_is_an_error() -> None:
    shared = [replace(o, unit="letters") for o in uses()]
    with pytest.raises(InputError, match=r"new.txt:1: the document 'letters' is in the groups"):
        ComparedGroups.of(shared, ["old", "new"])


def test_a_sentence_in_both_groups_stays_in_each() -> None:
    occurrences = uses(documents=0)
    occurrences[12] = replace(occurrences[12], sentence=occurrences[0].sentence)
    groups = ComparedGroups.of(occurrences, ["old", "new"])
    assert groups.counts == [12, 12]
    assert groups.notes == ("1 sentence is in several groups, and count in each",)
    units = groups.uses.grouping.units
    assert len(np.unique(units)) == 24
    assert not set(units[groups.codes == 0]) & set(units[groups.codes == 1])
    assert (groups.uses.grouping.weights == 1).all()


def test_copies_in_a_group_weigh_as_one_use() -> None:
    occurrences = [*uses(documents=0), replace(uses(documents=0)[0], id="copy")]
    weights = ComparedGroups.of(occurrences, ["old", "new"]).uses.grouping.weights
    assert sorted(weights)[:3] == [0.5, 0.5, 1]


@pytest.mark.parametrize(
    ("counts", "reason"),
    [((4, 12), "group old has 4 uses, and 5 are needed"),
     ((12, 0), "group new has 0 uses, and 5 are needed"),
     ((12, 1), "group new has 1 use, and 5 are needed")],
)  # fmt: skip
def test_a_small_group_is_said_and_nothing_measured(counts: tuple[int, int], reason: str) -> None:
    c = change([uses(counts)], ["old", "new"], [by_group(3)])
    assert conclusion(c) == (f"No p from made (layer 6): {reason}.",)
    [result] = to_object(c)["changes"][0]["results"]
    assert result["metrics"]["prt"]["undefined"] == reason
    jsonschema.validate(to_object(c), schema("change"))


def test_the_same_sentences_cannot_differ() -> None:
    same = [replace(o, sentence=o.sentence.replace("new", "old"), unit=None) for o in uses()]
    c = change([same], ["old", "new"], [by_group(3)])
    assert conclusion(c)[0].endswith("groups old and new have the same sentences.")


def test_one_vector_a_type_cannot_change() -> None:
    static = replace(Made(lambda _: [1, 0]), name="word2vec", layers=(None,), per_type=True)
    c = change([uses()], ["old", "new"], [static])
    assert c.changes[0].main.primary.metric.undefined == "one vector per type"


def test_groups_are_ordered_as_given_then_by_year() -> None:
    occurrences = [
        replace(o, group=g) for o, g in zip(uses(), ["1960", "1810-19", "900"] * 8, strict=True)
    ]
    assert group_names(occurrences) == ["900", "1810-19", "1960"]
    assert group_names(occurrences, ["1960"]) == ["1960", "900", "1810-19"]
    assert group_names(uses()) == ["old", "new"]


def test_bins_make_periods_of_years() -> None:
    years = ["1800-05-03", "1849", "1850", "1899", "1900", "1799", None, "n. d."]
    occurrences = [replace(o, group=year) for o, year in zip(uses(), years, strict=False)]
    assert [o.group for o in binned(occurrences, [1800, 1850, 1900])] == [
        "1800-1849", "1800-1849", "1850-1899", "1850-1899", None, None, None, None,
    ]  # fmt: skip
    with pytest.raises(UsageError, match="--bins 1800,1850"):
        binned(occurrences, [1800, 1850])
    with pytest.raises(UsageError, match="--bins 3,2,1"):
        binned(occurrences, [3, 2, 1])


def test_three_groups_have_a_curve() -> None:
    third = [
        replace(o, group="last", sentence=f"{o.sentence} last", unit=f"l{o.unit}", id=f"l{o.id}")
        for o in uses()
        if o.group == "new"
    ]
    c = change([[*uses(), *third]], ["old", "new", "last"], [by_group(3)])
    [result] = c.changes[0].results
    assert len(result.curve) == 2
    step = change([uses()], ["old", "new"], [by_group(3)]).changes[0].main
    assert result.curve[0].value == pytest.approx(step.primary.metric.value)
    assert step.curve == ()
    jsonschema.validate(to_object(c), schema("change"))


def test_p_of_several_words_is_adjusted() -> None:
    words = [uses(word=word) for word in ("host", "bank", "seal")]
    c = change(words, ["old", "new"], [by_group(3)])
    for one in c.changes:
        p = one.main.primary.p
        assert p is not None
        assert one.main.primary.p_adjusted == pytest.approx(
            min(1, p * (1 + 1 / 2 + 1 / 3)), rel=0.5
        )
        assert (one.main.primary.p_adjusted or 0) > p
    first, second, third = sorted_words(c)
    assert conclusion(c) == (
        "3 of 3 tested words are shown to be used differently in old and in new, by made (layer 6)"
        f" (p < .05, adjusted over the words): {first}, {second} and {third}.",
        "Without control words, that may be a difference of the texts, not of the words.",
    )
    lines = shown(c)
    assert lines[0] == "3 words in old, new"
    assert len(lines) < 40


def test_among_many_words_a_false_discovery_rate_is_estimated() -> None:
    """Of 97 words no single p, which is 2 / 252 or more, could be adjusted to less than .05."""
    changed = [uses((5, 5), 5, "host"), uses((5, 5), 5, "seal")]
    rest = [replace(o, sentence=o.sentence.replace("old", "now")) for o in uses((5, 5), 5)]
    words = [
        *changed,
        *(
            [replace(o, word=f"w{k}", sentence=f"{o.sentence} {k}") for o in rest]
            for k in range(95)
        ),
    ]
    c = change(words, ["old", "new"], [by_group(9)])
    p = [one.main.primary.p for one in c.changes]
    rates = [one.main.primary.false_discovery_rate for one in c.changes]
    assert rates == pytest.approx(list(false_discovery_control(p)))
    assert {one.main.primary.p_adjusted for one in c.changes} == {None}
    said = conclusion(c)
    assert "of 97 tested words" in said[0]
    assert "(estimated false discovery rate < .05)" in said[0]
    assert said[1].startswith("Among so many words no single p can be small enough")
    obj = to_object(c)
    jsonschema.validate(obj, schema("change"))
    assert [
        one["results"][0]["metrics"]["prt"]["false_discovery_rate"] for one in obj["changes"]
    ] == (rates)
    assert any("FDR" in line for line in shown(c))
    assert "estimated FDR" in to_markdown(c)
    assert "estimated FDR" in Page(to_html(obj)).words()


def sorted_words(c: Changes) -> list[str]:
    order = sorted(
        c.changes,
        key=lambda x: ((x.main.primary.p_adjusted or 0), -(x.main.primary.metric.value or 0)),
    )
    return [one.word for one in order]


def test_uses_unlike_the_other_group_are_listed() -> None:
    occurrences = uses((40, 40), documents=40)
    odd = replace(occurrences[45], sentence="host zebra of new", id="odd")
    encoder = by_group(0)

    def vector(o: Occurrence) -> list[float]:
        return [-9.0, -9, -9, 0, 0, 0] if "zebra" in o.sentence else list(encoder.vector(o) or ())

    c = change(
        [[*occurrences[:45], odd, *occurrences[46:]]],
        ["old", "new"],
        [replace(encoder, vector=vector)],
    )
    assert c.changes[0].groups.occurrences[c.changes[0].main.most_unlike[1][0]].id == "odd"
    assert any("zebra" in line for line in shown(c))


@pytest.mark.parametrize("width", [50, 80])
def test_the_screen_holds_80_by_40(width: int) -> None:
    c = change([uses((60, 60))], ["old", "new"], [by_group(2, seed=i) for i in range(4)])
    lines = shown(c, width)
    assert lines[0].startswith("host: old 60 uses, new 60 uses")
    assert max(map(cell_len, lines)) <= width
    assert len(lines) < 40
    assert max(map(cell_len, shown(c, width, everything=True))) <= width


def test_the_json_has_its_schema_and_the_tables_its_numbers() -> None:
    c = change([uses()], ["old", "new"], [by_group(1), by_group(0, seed=1)])
    json = to_object(c)
    jsonschema.validate(json, schema("change"))
    assert json["groups"] == [{"name": "old", "uses": 12}, {"name": "new", "uses": 12}]
    prt = json["changes"][0]["results"][0]["metrics"]["prt"]
    rows = [line.split(",") for line in to_csv(c).splitlines()]
    assert rows[1][:4] == ["host", "bert@6", "6", "prt"]
    assert float(rows[1][4]) == prt["value"]
    assert float(rows[1][7]) == prt["p"]
    assert to_markdown(c).count("| host |") == 2
    assert to_latex(c).count("host & bert@") == 2


def test_wrong_calls() -> None:
    with pytest.raises(UsageError, match="one group alone"):
        change([uses()], ["old"], [by_group(1)])
    with pytest.raises(UsageError, match="no correction"):
        change([uses()], ["old", "new"], [by_group(1)], correct="x")
    with pytest.raises(InputError):
        change([[]], ["old", "new"], [by_group(1)])


def control(word: str, shift: int) -> list[Occurrence]:
    """A word of which the first uses differ by group, as `by_group` sees them."""
    return [
        replace(o, sentence=o.sentence if i % 20 < shift else f"{word} number {i}", id=f"{i}")
        for i, o in enumerate(uses((20, 20), documents=20, word=word))
    ]


def test_control_words_with_less_than_half_the_uses_say_nothing() -> None:
    rare = [o for o in control("harbor", 0) if int(o.id) % 20 < 5]
    c = change([uses()], ["old", "new"], [by_group(3)], control_uses=[rare, control("vessel", 0)])
    [word] = c.changes
    assert word.controls is not None
    first, second = word.controls.values["bert@6"]
    assert first is None
    assert second is not None
    assert (
        "Only 1 control word of like frequency can be measured: too few to say whether other words"
        " change as much."
    ) in conclusion(c)
    none = change([uses()], ["old", "new"], [by_group(3)], control_uses=[])
    assert none.warnings[0].startswith("there are no control words: no other word has five uses")


def test_several_words_are_held_against_control_words() -> None:
    words = [uses(word=word) for word in ("host", "seal")]
    still = [control(f"word{k}", 0) for k in range(20)]
    c = change(words, ["old", "new"], [by_group(3)], control_uses=still)
    assert conclusion(c)[1] == (
        "2 of these change more than 95 % of 20 or more control words of like frequency:"
        f" {' and '.join(sorted_words(c))}."
    )


def test_an_encoder_that_sees_what_the_main_one_does_not_is_said_so() -> None:
    sees = replace(by_group(3), name="lstm", layers=(None,))
    c = change([uses()], ["old", "new"], [sees, by_group(0, seed=1)])
    assert conclusion(c)[0].startswith("No sign that host is used differently")
    assert conclusion(c)[-1].startswith("But the LSTM (p")


def test_typical_uses_are_nearest_to_the_mean_of_their_group() -> None:
    encoder = by_group(1)
    copy = replace(uses()[0], id="copy")
    c = change([[*uses(), copy]], ["old", "new"], [encoder])
    word = c.changes[0]
    for name, found in zip(("old", "new"), word.main.typical, strict=True):
        members = {o.sentence: o for o in word.groups.occurrences if o.group == name}
        x = np.array([encoder.vector(o) for o in members.values()])
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        order = np.argsort(-(x @ x.mean(axis=0)))[:5]
        expected = [list(members)[i] for i in order]
        assert [word.groups.occurrences[i].sentence for i in found] == expected
    obj = to_object(c)
    jsonschema.validate(obj, schema("change"))
    result = obj["changes"][0]["results"][0]
    assert result["typical"]["old"] == [word.groups.occurrences[i].id for i in word.main.typical[0]]
    assert len(result["similar"]) == len(result["senses"][0])
    assert result["test"] == {"units": [6, 6], "permutations": 923, "exact": True}


def test_control_words_are_measured_at_as_many_uses() -> None:
    target, encoder = uses((12, 8), documents=12), by_group(3)
    others = [control("harbor", 0), control("vessel", 20)]
    c = change([target], ["old", "new"], [encoder], control_uses=others)
    [one] = c.changes
    assert one.controls is not None
    assert one.controls.words == ("harbor", "vessel")
    for other, value in zip(others, one.controls.values["bert@6"], strict=True):
        groups = ComparedGroups.of(other, ["old", "new"], 12, 0)
        drawn = np.random.default_rng(0).permutation(len(groups.codes))
        rows = np.concatenate(
            [[i for i in drawn if groups.codes[i] == k][:n] for k, n in ((0, 12), (1, 8))]
        )
        vectors = np.array([encoder.vector(groups.uses.occurrences[i]) for i in rows])
        x = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines, codes = x @ x.T, groups.codes[rows]
        np.fill_diagonal(cosines, np.nan)
        within, between, second = (
            np.nanmean(cosines[np.ix_(codes == a, codes == b)]) for a, b in ((0, 0), (0, 1), (1, 1))
        )
        assert value == pytest.approx(1 - between / np.sqrt(within * second), abs=1e-6)
    assert one.percentile(one.main) in {50, 100}
    jsonschema.validate(to_object(c), schema("change"))
    assert change([target], ["old", "new"], [encoder]).changes[0].main.change == one.main.change


def test_the_verdict_says_whether_other_words_change_as_much() -> None:
    c = change([uses()], ["old", "new"], [by_group(3)], control_uses=[control("a", 0)] * 20)
    said = " ".join(conclusion(c))
    assert "It changes more than all 20 control words of like frequency." in said
    [one] = c.changes
    half = ControlWords(tuple("ab" * 10), {"bert@6": (0.0,) * 10 + (0.9,) * 10})
    said = " ".join(conclusion(replace(c, changes=(replace(one, controls=half),))))
    assert "only 10 of 20 control words of like frequency change less." in said
    assert any("percentile" in line for line in shown(c))


def test_the_groups_are_told_apart_by_what_knows_no_meaning() -> None:
    """`context` here is as good as the encoder; form and position are not."""
    sees = by_group(3)
    context = replace(sees, name="context", layers=(None,))
    c = change([uses((30, 30), 30)], ["old", "new"], [context, sees])
    found = c.changes[0].separation
    assert found is not None
    assert found.auc_macro["bert@6"] == found.auc_macro["context"]
    assert found.auc_macro["form"] == 0.5
    assert [t.b for t in found.tests] == ["form", "position", "context"]
    said = " ".join(conclusion(c))
    assert (
        "tells the groups apart better than the form alone and the position alone, but is not shown"
        " to be better than context alone."
    ) in said
    labeled = [replace(o, sense=o.group) for o in uses((30, 30), 30)]
    compared = compare(labeled, [replace(sees, fingerprint="by group")])
    assert found.auc_macro["bert@6"] == pytest.approx(
        compared.results[0].metrics["auc_macro"].value
    )


def test_a_group_with_a_short_number_is_called_a_group() -> None:
    numbered = [replace(o, group={"old": "1", "new": "2"}[str(o.group)]) for o in uses()]
    c = change([numbered], ["1", "2"], [by_group(3)])
    assert shown(c)[0].startswith("host: group 1 12 uses, group 2 12 uses")
    assert conclusion(c)[0].startswith("host is used differently in group 1 and in group 2, by")


def test_a_screen_without_uses_has_no_gap_in_their_place() -> None:
    lines = shown(change([uses((1, 1))], ["old", "new"], [by_group(3)]))
    assert not any(a == b == "" for a, b in pairwise(lines))
