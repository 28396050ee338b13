"""The groups of unlabeled uses, their description, and what the verdict may say."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console
from sklearn.metrics import adjusted_mutual_info_score

from embcmp import Occurrence
from embcmp.errors import InputError, UsageError
from embcmp.measures.clustering import GroupAgreement
from embcmp.measures.sense_evidence import combined, nulls, p_one_sense
from embcmp.measures.similarity import cosine_matrix
from embcmp.questions.compare.names_in_prose import plain_names
from embcmp.questions.senses.conclusion import conclusion
from embcmp.questions.senses.json import to_object
from embcmp.questions.senses.senses import Senses, senses
from embcmp.questions.senses.tables import to_csv, to_latex, to_markdown
from embcmp.questions.senses.terminal import render
from tests.questions.encoders import Made
from tests.schemas import schema

RIVER, MONEY = "The {} bank lies by the river", "The {} bank lends money"


def banks(counts: Sequence[int] = (12, 8)) -> list[Occurrence]:
    """Uses of *bank* in sentences on two subjects."""
    sentences = [
        text.format(f"{subject}{number}")
        for subject, text, count in zip("ab", (RIVER, MONEY), counts, strict=True)
        for number in range(count)
    ]
    return [
        Occurrence(str(i), "bank", s, s.index("bank"), s.index("bank") + 4)
        for i, s in enumerate(sentences)
    ]


def by_subject(distance: float, dim: int = 6, seed: int = 0) -> Made:
    """Vectors that differ by subject, with noise that depends on the sentence alone."""

    def vector(o: Occurrence) -> list[float]:
        rng = np.random.default_rng([seed, *o.sentence.casefold().encode()])
        mean = np.eye(dim)[0 if "river" in o.sentence.casefold() else 1] * distance
        return list(mean + rng.standard_normal(dim) / 4)

    return Made(vector, dim, name=f"bert@{6 - seed}", layers=(6 - seed,))


def shown(s: Senses, width: int = 80, *, everything: bool = False) -> list[str]:
    console = Console(width=width, record=True, file=None, color_system=None)
    with console.capture() as captured:
        render(s, console, everything=everything)
    return captured.get().splitlines()


def test_groups_are_the_subjects_the_largest_first() -> None:
    s = senses(banks(), [by_subject(3)])
    [result] = s.results
    assert [group.uses for group in result.groups] == [tuple(range(12)), tuple(range(12, 20))]
    assert result.assigned == (1,) * 12 + (2,) * 8
    assert all(c is not None and c > 0.9 for c in result.confidence)
    assert [group.stability for group in result.groups] == pytest.approx([1, 1])
    assert result.groups[0].keywords == ("lies", "river")
    assert result.groups[1].keywords == ("lends", "money")
    assert s.p is not None
    assert s.p < 0.05
    assert conclusion(s)[0].startswith("More than one sense in 20 uses (p ")


def test_central_uses_are_nearest_to_the_mean_of_their_group() -> None:
    encoder = by_subject(3)
    uses = banks()
    [result] = senses(uses, [encoder]).results
    for group in result.groups:
        x = np.array([encoder.vector(uses[i]) for i in group.uses], dtype=float)
        x /= np.linalg.norm(x, axis=1)[:, None]
        nearest = np.argsort(-(x @ x.mean(axis=0)))[:3]
        assert list(group.central) == [group.uses[i] for i in nearest]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_input_changes_nothing(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(20).tolist()
    uses = banks()
    encoder = by_subject(1)
    given_order = senses(uses, [encoder])
    shuffled = senses([uses[i] for i in order], [encoder])
    assert given_order.p == shuffled.p
    first, second = given_order.results[0], shuffled.results[0]
    assert [first.assigned[i] for i in order] == list(second.assigned)
    assert [first.confidence[i] for i in order] == list(second.confidence)
    assert [g.keywords for g in first.groups] == [g.keywords for g in second.groups]


def test_the_p_is_that_of_the_measure() -> None:
    uses = banks()
    encoder = by_subject(1)
    similarity = cosine_matrix(np.array([encoder.vector(o) for o in uses], dtype=np.float32))
    [result] = senses(uses, [encoder]).results
    assert result.measured
    assert result.p == pytest.approx(p_one_sense(similarity, nulls()["bert@6"]), abs=1e-6)
    [other] = senses(uses, [replace(encoder, name="bert@9", layers=(9,))]).results
    assert not other.measured
    assert other.p == pytest.approx(p_one_sense(similarity, nulls()["any"]), abs=1e-6)


def test_several_encoders_have_one_p_and_agree() -> None:
    encoders = [by_subject(2, seed=1), by_subject(0, seed=2)]
    s = senses(banks(), encoders)
    p = [r.p for r in s.results if r.p is not None]
    assert s.p == combined(p)
    [agreement] = s.agreement
    a, b = (np.array(r.assigned) for r in s.results)
    assert agreement.ami == pytest.approx(adjusted_mutual_info_score(a, b))


def test_without_evidence_the_verdict_claims_no_senses() -> None:
    cloud = by_subject(0, dim=100)
    alike = replace(cloud, vector=lambda o: [1 + x for x in cloud.vector(o) or ()])
    s = senses(banks(), [alike])
    assert s.p is not None
    assert s.p > 0.05
    said = conclusion(s)
    p = f"{s.p:.3f}".removeprefix("0")
    assert said[0].startswith(f"No sign of more than one sense in 20 uses (p = {p}); the best ")
    assert said[0].endswith(" groups would be these.")
    assert not any(sentence.startswith("More than one") for sentence in said)
    assert said[1] == (
        "That does not show that there is only one: the test often misses a second sense."
    )
    three = [replace(alike, name=name, layers=(None,)) for name in ("lstm", "context")]
    assert " one in four words " in conclusion(senses(banks(), [alike, *three]))[1]


@pytest.mark.parametrize("distance", [0, 3])
def test_an_unmeasured_null_is_a_hint_only(distance: float) -> None:
    hint = "This p is a hint only: no null was measured for "
    other = replace(by_subject(distance), name="bert@9", layers=(9,))
    alone, both = (senses(banks(), e) for e in ([other], [by_subject(distance), other]))
    assert sum(sentence.startswith(hint) for sentence in conclusion(alone)) == 1
    assert not any(sentence.startswith(hint) for sentence in conclusion(both))
    german = senses(banks(), [by_subject(distance)], lang="de")
    assert not german.results[0].measured
    assert german.p == senses(banks(), [other]).p
    assert f"{hint}made (layer 6) in this language." in conclusion(german)


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 different use is too few, 10 are needed"), (9, "9 different uses are too few")],
)
def test_few_uses_are_shown_and_not_grouped(count: int, said: str) -> None:
    s = senses(banks((count, 0)), [by_subject(1)])
    [result] = to_object(s)["results"]
    assert result["k"] is None
    assert result["evidence"]["p"] is None
    assert result["groups"] == []
    assert said in conclusion(s)[0]
    assert any("[bank]" in line for line in shown(s))


def test_copies_of_a_sentence_form_no_group() -> None:
    once = banks()
    copies = [
        replace(once[0], id=f"c{i}", sentence=sentence)
        for i, sentence in enumerate([once[0].sentence, once[0].sentence.upper()] * 15)
    ]
    encoders = [by_subject(1), by_subject(0.5, seed=1)]
    alone, copied = (senses(uses, encoders) for uses in (once, [*once, *copies]))
    assert copied.p == alone.p
    assert copied.agreement == alone.agreement
    first, second = alone.results[0], copied.results[0]
    assert second.assigned[:20] == first.assigned
    assert set(second.assigned[20:]) == {first.assigned[0]}
    assert any("30 copies of other uses count with the original" in w for w in copied.warnings)
    assert " in 20 different uses (50 with copies, p " in conclusion(copied)[0]


def test_one_sentence_copied_is_one_use() -> None:
    once = banks()[0]
    s = senses([replace(once, id=str(i)) for i in range(40)], [by_subject(1)])
    assert conclusion(s) == ("No groups: 1 different use is too few, 10 are needed.",)


def test_equal_vectors_are_said() -> None:
    per_type = replace(Made(lambda _: [1, 0]), name="word2vec", layers=(None,), per_type=True)
    s = senses(banks(), [per_type, Made(lambda _: [1, 0])])
    assert s.p is None
    assert conclusion(s) == (
        "word2vec gives every use the same vector, so it cannot separate senses.",
        "made (layer 1) gives all uses the same vector.",
    )
    assert not any("groups" in line for line in shown(s))


def test_uses_without_a_vector_have_no_group() -> None:
    inner = by_subject(3)
    some = Made(lambda o: None if o.id == "3" else inner.vector(o), 6)
    [result] = senses(banks(), [some]).results
    assert result.assigned[3] is None
    assert result.confidence[3] is None
    assert sum(len(group.uses) for group in result.groups) == 19
    s = senses(banks(), [Made(lambda _: None)])
    assert conclusion(s) == ("No groups: no occurrence has a vector.",)


def test_k_and_names() -> None:
    s = senses(banks(), [by_subject(3)], k=3, names={1: "shore"})
    assert [group.name for group in s.results[0].groups] == ["shore", "2", "3"]
    with pytest.raises(UsageError, match="k is 21"):
        senses(banks(), [by_subject(3)], k=21)
    with pytest.raises(UsageError, match="there is no group 3 to name"):
        senses(banks(), [by_subject(3)], names={3: "x"})
    for names in ({1: "2"}, {1: "a", 2: "a"}):
        with pytest.raises(UsageError, match="two groups would have the same name"):
            senses(banks(), [by_subject(3)], names=names)
    swapped = senses(banks(), [by_subject(3)], names={1: "2", 2: "1"})
    assert [group.name for group in swapped.results[0].groups] == ["2", "1"]
    assert senses(banks((9, 0)), [by_subject(3)], names={3: "x"}).results[0].groups == ()
    with pytest.raises(UsageError, match="k is 1"):
        senses(banks(), [by_subject(3)], k=1)
    with pytest.raises(InputError):
        senses([], [by_subject(3)])


def test_the_verdict_says_how_alike_encoders_group_and_which_have_evidence() -> None:
    s = senses(banks(), [by_subject(3), *(by_subject(2, seed=i) for i in range(1, 4))])
    p, amis = (0.001, 0.2, 0.5, 0.0004), (0.7, 0.3, 0.1)
    results = tuple(replace(r, p=value) for r, value in zip(s.results, p, strict=True))
    names = [r.name for r in results]
    pairs = tuple(GroupAgreement(a, names[-1], ami) for a, ami in zip(names, amis, strict=False))
    verdict = conclusion(replace(s, results=results, agreement=pairs, p=0.01))
    a, b, c, d = plain_names([r.result for r in results]).values()
    assert verdict[1:] == (
        f"{d} and {a} group the uses alike (AMI .70).",
        f"{d} and {b} group the uses partly alike (AMI .30).",
        f"{c} groups the uses differently from {d} (AMI .10).",
        f"The evidence is that of {a} and {d} (p < .001 to .001), not of {b} and {c} (p = .200 to"
        " .500).",
    )
    weak = conclusion(replace(s, results=results, p=0.2))
    assert weak[-1].startswith(f"Taken alone, there is evidence, but only that of {a} and {d} (p")


def test_groups_that_cannot_be_made_are_said() -> None:
    three = Made(lambda o: np.eye(3)[int(o.id) % 3].tolist(), 3)
    s = senses(banks(), [three], k=5)
    assert len(s.results[0].groups) == 3
    assert "bert@1: only 3 of 5 groups can be made of its vectors" in s.warnings
    assert not senses(banks(), [three], k=3).warnings


def test_labels_score_the_groups_and_change_nothing_else() -> None:
    uses = banks()
    labeled = [replace(o, sense="s" if "river" in o.sentence else "m") for o in uses]
    plain, scored = (senses(u, [by_subject(3)]) for u in (uses, labeled))
    assert plain.results[0].metrics == {}
    assert plain.results[0].assigned == scored.results[0].assigned
    metrics = scored.results[0].metrics
    assert {name: m.value for name, m in metrics.items()} == pytest.approx(
        {"ari": 1, "ami": 1, "v_measure": 1, "b_cubed": 1}
    )
    assert all(m.chance is not None and m.chance < 0.7 for m in metrics.values())


def test_labels_score_as_many_groups_as_they_are_too() -> None:
    uses = banks()
    labeled = [replace(o, sense="s" if "river" in o.sentence else "m") for o in uses]
    [split] = senses(labeled, [by_subject(3)], k=4).results
    [told] = senses(labeled, [by_subject(3)], k=2).results
    assert split.metrics["ari"].value < 1
    assert split.metrics_true_k == told.metrics == told.metrics_true_k
    assert senses(uses, [by_subject(3)], k=4).results[0].metrics_true_k == {}


def test_features_say_which_columns_go_with_a_group() -> None:
    uses = [
        replace(o, columns={"genre": "essay" if "river" in o.sentence else "news"}, group="old")
        for o in banks()
    ]
    [result] = senses(uses, [by_subject(3)]).results
    assert [(f.column, f.value, f.inside, f.outside) for f in result.groups[1].features] == [
        ("genre", "news", 8, 0)
    ]


@pytest.mark.parametrize("width", [50, 80])
def test_the_screen_holds_80_by_40(width: int) -> None:
    many = [by_subject(2, seed=i) for i in range(4)]
    s = senses(banks((60, 40)), many, k=8)
    lines = shown(s, width)
    assert max(map(cell_len, lines)) <= width
    assert len(lines) < 40
    every = shown(s, width, everything=True)
    assert len(every) > 2 * len(lines)
    assert max(map(cell_len, every)) <= width


def test_the_json_has_its_schema_and_repeats() -> None:
    s = senses(banks(), [by_subject(2), by_subject(0, seed=3)])
    json = to_object(s)
    jsonschema.validate(json, schema("senses"))
    again = to_object(senses(banks(), [by_subject(2), by_subject(0, seed=3)]))
    for one in (json, again):
        for r in one["results"]:
            del r["load_seconds"], r["encode_seconds"]
    assert json["results"] == again["results"]


def test_what_the_user_had_survives_grouping_again() -> None:
    labeled = [replace(o, sense="bank", columns={"confidence": "high"}) for o in banks()]
    labeled[0] = replace(labeled[0], sense=None)

    def exported(uses: Sequence[Occurrence]) -> tuple[list[str], list[dict[str, str]]]:
        reader = csv.DictReader(io.StringIO(to_csv(senses(uses, [by_subject(3)]))))
        return list(reader.fieldnames or ()), list(reader)

    columns, rows = exported(labeled)
    read = ("confidence", "sense_source", "sense_given", "confidence_given")
    carried = [
        replace(o, sense=row["sense"], columns={name: row[name] for name in read if row[name]})
        for o, row in zip(labeled, rows, strict=True)
    ]
    again, regrouped = exported(carried)
    assert again == columns
    for row in (*rows[1:], *regrouped[1:]):
        assert (row["sense_given"], row["confidence_given"]) == ("bank", "high")
        assert row["sense"] in ("1", "2")
    assert rows[0]["sense_given"] == regrouped[0]["sense_given"] == ""


def test_a_document_has_a_row_for_each_encoder() -> None:
    per_type = replace(Made(lambda _: [1, 0]), name="word2vec", layers=(None,), per_type=True)
    labeled = [replace(o, sense="s" if "river" in o.sentence else "m") for o in banks()]
    text = to_markdown(senses(labeled, [by_subject(3), per_type]))
    first, second = (part.splitlines() for part in text.split("\n\n") if part.startswith("|"))
    assert first[0] == "| encoder | groups | uses in each | stability | p | ARI | true k |"
    assert [row.split(" | ")[1:3] for row in first[2:]] == [["2", "12, 8"], ["–", "–"]]
    for rows in (first, second):
        assert len({row.count(" | ") for row in rows}) == 1
    assert second[1] == "| --- | ---: | ---: | --- | --- |"
    no_groups = to_markdown(senses(labeled[:5], [by_subject(3)]))
    assert no_groups.splitlines()[2:] == ["No groups: 5 different uses are too few, 10 are needed."]


def test_the_question_mark_is_explained_where_it_stands() -> None:
    s = senses(banks(), [by_subject(3)])
    [first, second] = s.main.groups
    for borderline, explained in ((first.central, False), (first.uses[-4:], True)):
        groups = (replace(first, borderline=borderline), second)
        lines = shown(replace(s, results=(replace(s.main, groups=groups),)))
        assert any(line.startswith("    ? ") for line in lines) is explained
        assert ("  ? marks uses that are between groups." in lines) is explained


def test_tables_escape_markup() -> None:
    uses = [replace(o, columns={"a_b": "x & y"}) for o in banks()]
    s = senses(uses, [by_subject(3)], names={1: r"100 % \x", 2: "<b>|"})
    latex = to_latex(s)
    assert r"100 \% \textbackslash{}x" in latex
    assert r"\textless{}b\textgreater{}" in latex
    assert latex.count(r"\begin{tabular}") == latex.count(r"\end{tabular}") == 2
    assert r"\<b\>\|" in to_markdown(s)
