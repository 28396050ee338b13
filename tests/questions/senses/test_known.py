"""New uses that are assigned to the senses of labeled ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from rich.console import Console

from embcmp import Occurrence
from embcmp.errors import InputError, UsageError
from embcmp.questions.senses.conclusion import conclusion
from embcmp.questions.senses.json import to_object
from embcmp.questions.senses.senses import Senses, senses
from embcmp.questions.senses.tables import to_latex, to_markdown, to_tsv
from embcmp.questions.senses.terminal import render
from embcmp.text.targets import Found
from embcmp.types import PER_TYPE, Skipped
from tests.questions.encoders import Made
from tests.schemas import schema

AXES = {"river": 0, "money": 1, "blood": 2}


def banks(topics: Sequence[str], *, labeled: bool = True, tag: str = "a") -> list[Occurrence]:
    """A use of *bank* for each topic, in a sentence that names it."""
    return [
        Occurrence(
            f"{tag}{i}", "bank", f"Bank {tag}{i} of {topic}", 0, 4, topic if labeled else None
        )
        for i, topic in enumerate(topics)
    ]


def by_topic(name: str = "bert@6", noise: float = 0.15, missing: str = "-") -> Made:
    """Vectors near an axis for each topic, with noise by sentence."""

    def vector(o: Occurrence) -> list[float] | None:
        if missing in o.sentence:
            return None
        rng = np.random.default_rng([*name.encode(), *o.sentence.encode()])
        mean = np.eye(6)[AXES[o.sentence.split()[-1]]]
        return list(mean + noise * rng.standard_normal(6))

    return Made(vector, 6, name=name, layers=(6,))


KNOWN = banks(["river", "money"] * 20)
NEW = banks(["money"] * 4 + ["river"] * 3 + ["blood"] * 2, labeled=False, tag="n")


def shown(s: Senses, *, everything: bool = False) -> str:
    console = Console(width=80, file=None, color_system=None)
    with console.capture() as captured:
        render(s, console, everything=everything)
    return captured.get()


@pytest.fixture(scope="module")
def result() -> Senses:
    return senses(NEW, [by_topic("context"), by_topic()], known=KNOWN)


def test_uses_have_their_senses_and_those_of_another_one_have_none(result: Senses) -> None:
    for r in result.results:
        assert [group.name for group in r.groups] == ["money", "river"]
        assert r.assigned == (1, 1, 1, 1, 2, 2, 2, None, None)
        assert r.unlike == (7, 8)
        assert min(c for c in r.confidence if c is not None) > 0.9
        assert [group.uses for group in r.groups] == [(0, 1, 2, 3), (4, 5, 6)]
        assert r.groups[0].keywords[0] == "money"
        assert r.p is None
        assert r.known is not None
        assert (r.known.accuracy, r.known.chance, r.known.detection) == (1, 0.5, 1)
        assert (r.known.uses, r.known.senses, r.known.false_alarm_rate) == (40, 2, 0.05)
    assert result.p is None
    assert result.agreement[0].ami == pytest.approx(1)


def test_central_uses_are_nearest_to_the_mean_of_the_known_ones(result: Senses) -> None:
    encoder = by_topic()
    x = np.array([encoder.vector(o) for o in (*NEW, *KNOWN)])
    x /= np.linalg.norm(x, axis=1)[:, None]
    mean = x[len(NEW) :][[o.sense == "money" for o in KNOWN]].mean(axis=0)
    order = np.argsort(-(x[:4] @ mean))
    assert result.main.groups[0].central == tuple(order[:3].tolist())


def test_the_order_of_both_inputs_changes_nothing() -> None:
    noisy = [by_topic(noise=0.6)]
    one = senses(NEW, noisy, known=KNOWN).main
    other = senses(NEW[::-1], noisy, known=KNOWN[::-1]).main
    assert other.known == one.known
    assert other.assigned[::-1] == one.assigned
    assert other.confidence[::-1] == one.confidence


def test_the_verdict_says_how_many_are_like_none(result: Senses) -> None:
    verdict = conclusion(result)
    flagged = "up to 5 % of the uses of a known sense are flagged by mistake"
    assert verdict[0] == f"2 of 9 uses are like no known sense ({flagged})."
    accuracy = "a balanced accuracy of 1.00 (chance is .50)"
    assert verdict[1].endswith(f" has {accuracy} on labeled uses that are held out.")
    assert verdict[2].endswith(" assign the uses alike (AMI 1.00).")


def test_a_looser_rate_is_said() -> None:
    s = senses(NEW, [by_topic()], known=banks(["river"] * 30 + ["money"] * 9))
    assert s.main.known is not None
    assert s.main.known.false_alarm_rate == 0.1
    assert conclusion(s)[0] == (
        "2 of 9 uses are like no known sense (up to 10 % of the uses of a known sense are flagged"
        " by mistake; 19 labeled sentences of each sense bring that to 5 %)."
    )


def test_copies_count_once_in_the_verdict() -> None:
    copies = [replace(NEW[-1], id=f"c{i}") for i in range(5)]
    s = senses([*NEW, *copies], [by_topic()], known=KNOWN)
    assert s.main.unlike == (7, 8)
    assert s.main.assigned[9:] == (None,) * 5
    assert conclusion(s)[0].startswith(
        "2 of 9 different uses (14 with copies) are like no known sense"
    )


def test_a_use_that_is_known_and_to_be_assigned_counts_once_in_keywords() -> None:
    tide = replace(KNOWN[0], sentence="Bank tide of river")
    known = [*KNOWN[1:], tide]
    repeat = replace(tide, id="repeat", sense=None)
    alone, both = (senses(uses, [by_topic()], known=known) for uses in (NEW, [*NEW, repeat]))
    assert both.main.assigned[-1] == 2
    for s in (alone, both):  # a word of one use is no keyword
        assert [group.keywords for group in s.main.groups] == [("money",), ("river",)]


def test_json_matches_the_schema(result: Senses) -> None:
    for s in (result, senses(NEW, [by_topic()]), senses(NEW[:7], [by_topic()], known=KNOWN)):
        jsonschema.validate(to_object(s), schema("senses"))
    [first, _] = to_object(result)["results"]
    assert first["known"] == {
        "method": "centroid", "accuracy": 1, "chance": 0.5, "false_alarm_rate": 0.05,
        "detection": 1, "uses": 40, "senses": 2,
    }  # fmt: skip
    assert first["k"] == 2
    assert first["assigned"]["n0"]["group"] == 1
    assert first["assigned"]["n8"]["group"] is None
    assert 0.9 < first["assigned"]["n8"]["confidence"] < 1
    assert to_object(senses(NEW, [by_topic()]))["results"][0]["known"] is None


def test_the_table_of_uses_has_the_names_of_senses(result: Senses) -> None:
    rows = [line.split("\t") for line in to_tsv(result).splitlines()]
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    assert columns["sense"] == ("money",) * 4 + ("river",) * 3 + ("",) * 2
    assert columns["sense_source"] == ("senses:bert@6",) * 7 + ("",) * 2
    assert min(map(float, columns["confidence"])) > 0.9


def test_documents_have_the_figures_of_known_senses(result: Senses) -> None:
    lines = to_markdown(result).splitlines()
    assert "| encoder | method | accuracy | like none | detection | AMI |" in lines
    assert "| bert@6 | centroid | 1.00 | 2 | 1.00 | – |" in lines
    assert "| group of bert@6 | uses | keywords | most central use |" in lines
    assert "| --- | ---: | --- | --- |" in lines
    assert lines[-1].startswith("detection: the share of a sense's uses that are like none")
    assert "\nbert@6 & centroid & 1.00 & 2 & 1.00 & –" in to_latex(result)


def test_the_screen_shows_accuracy_senses_and_what_is_like_none(result: Senses) -> None:
    for everything in (False, True):
        lines = shown(result, everything=everything).splitlines()
        [header] = [line for line in lines if "method" in line]
        assert header.split() == ["method", "accuracy", "like", "none", "detection", "AMI"]
        assert any(
            line.split() == ["bert@6", "centroid", "1.00", "2", "1.00", "–"] for line in lines
        )
        assert "  like no known sense  2 uses" in lines
        assert any("[Bank] n8 of blood" in line for line in lines)
        assert any(line.startswith("  money 4 uses") for line in lines)
        assert "one sense" not in "\n".join(lines)


def test_uses_that_are_far_from_all_leave_every_sense_empty() -> None:
    s = senses(NEW[-2:], [by_topic("context"), by_topic()], known=KNOWN)
    assert s.main.assigned == (None, None)
    assert s.agreement == ()
    assert [group.uses for group in s.main.groups] == [(), ()]
    assert "money 0 uses" in shown(s)
    jsonschema.validate(to_object(s), schema("senses"))


def test_labels_of_the_new_uses_are_compared_with_the_assignment() -> None:
    given = [replace(o, sense=o.sentence.split()[-1]) for o in NEW]
    metrics = senses(given, [by_topic()], known=KNOWN).main.metrics
    assert metrics["ari"].value == 1


def test_what_is_wrong_with_the_known_uses_is_an_error() -> None:
    def known(uses: Sequence[Occurrence]) -> None:
        senses(NEW, [by_topic()], known=uses)

    with pytest.raises(InputError, match="no known use has a sense"):
        known(NEW)
    with pytest.raises(InputError, match=r"two known senses are needed.*2 of 'river'"):
        known(banks(["river", "river"]))
    with pytest.raises(InputError, match=r"1 of 'money', 2 of 'river'"):
        known(banks(["river", "river", "money"]))
    with pytest.raises(InputError, match="there is no occurrence"):
        known([])
    for options in ({"k": 2}, {"names": {1: "x"}}):
        with pytest.raises(UsageError, match="leave out k and the names of groups"):
            senses(NEW, [by_topic()], known=KNOWN, **options)  # type: ignore[arg-type]


def test_what_to_know_of_the_known_uses_is_a_warning() -> None:
    uses = banks(["river", "money"] * 5 + ["blood"])
    copy = replace(uses[2], id="copy", sense="money")
    given = Found((*uses, copy), (Skipped("k.tsv:7", "the sentence is empty"),), ("a note",))
    repeat = replace(uses[4], id="repeat", sense=None)
    s = senses([*NEW, repeat], [by_topic()], known=given)
    expected = (
        "1 use to assign is among the known uses",
        "known sense 'blood' is left out: it needs two sentences",
        "known uses: a note",
        "known uses: k.tsv:7: the sentence is empty",
        "copies of a sentence have the labels 'money' and 'river'",
    )
    for warning in expected:
        assert any(warning in said for said in s.warnings), warning
    assert s.main.known is not None
    assert (s.main.known.uses, s.main.known.senses) == (9, 2)


def test_nothing_follows_from_labels_that_were_made_from_vectors() -> None:
    made = [replace(o, columns={"sense_source": "senses:bert@6"}) for o in KNOWN[:1]]
    s = senses(NEW, [by_topic()], known=[*made, *KNOWN[1:]])
    [verdict] = conclusion(s)
    assert verdict.startswith("No verdict: the labels were made from vectors (senses:bert@6), so ")
    assert s.main.assigned == senses(NEW, [by_topic()], known=KNOWN).main.assigned


def test_more_known_uses_than_the_limit_are_sampled() -> None:
    s = senses(NEW[:6], [by_topic()], known=KNOWN, max_occurrences=30)
    assert s.main.known is not None
    assert s.main.known.uses == 30
    assert "30 of 40 known uses are taken, a sample drawn with seed 0" in s.warnings


def test_reasons_for_which_uses_are_not_assigned() -> None:
    of_type = replace(by_topic(), per_type=True)
    alike = Made(lambda _: [1.0, 0.0])
    without = by_topic(missing="money")
    nothing = by_topic(missing=" n")
    reasons = [
        senses(NEW, [encoder], known=KNOWN).main.undefined
        for encoder in (of_type, alike, without, nothing)
    ]
    assert reasons == [
        PER_TYPE,
        "all uses have the same vector",
        "a known sense has vectors in fewer than two sentences",
        "no occurrence has a vector",
    ]


def test_a_use_without_a_vector_is_no_use_like_none() -> None:
    s = senses(NEW, [by_topic(missing="n1 ")], known=KNOWN)
    assert s.main.assigned[1] is None
    assert s.main.confidence[1] is None
    assert s.main.unlike == (7, 8)
    assert conclusion(s)[0].startswith("2 of 8 uses are")
