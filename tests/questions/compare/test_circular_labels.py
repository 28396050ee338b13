"""Labels that were made from vectors bring values and pictures, and nothing is inferred."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jsonschema
import numpy as np
import pytest
from rich.console import Console
from sklearn.cluster import KMeans

from embcmp import Comparison, Occurrence, compare
from embcmp.questions.compare.json import to_object
from embcmp.questions.compare.page.page import to_html
from embcmp.questions.compare.tables import to_csv, to_markdown
from embcmp.questions.compare.terminal import render
from embcmp.text.sentence_rows import why_circular
from tests.questions.encoders import Made, uses
from tests.render.reading import Page
from tests.schemas import schema

REASON = (
    "the labels were made from vectors (senses:bert@1), so a test with them would argue in a"
    " circle; check them, then pass --checked"
)
VERDICT = f"No verdict: {REASON}."


def marked(labeled: Sequence[Occurrence], source: str = "senses:bert@1") -> list[Occurrence]:
    return [replace(o, columns={"sense_source": source}) for o in labeled]


def noise(seed: int, dim: int = 8) -> dict[str, list[float]]:
    """Vectors without any structure, by sentence."""
    x = np.random.default_rng(seed).standard_normal((60, dim))
    return {o.sentence: row for o, row in zip(uses([None] * 60), x.tolist(), strict=True)}


def encoder(name: str, vectors: dict[str, list[float]]) -> Made:
    background = np.random.default_rng(9)

    def vector(o: Occurrence) -> Sequence[float]:
        return vectors.get(o.sentence) or background.standard_normal(8).tolist()

    return Made(vector, dim=8, name=name, fingerprint=name)


GROUPING, OTHER = noise(1), noise(2)


@pytest.fixture(scope="module")
def grouped() -> list[Occurrence]:
    """Pure noise, labeled with the groups that k-means finds in one encoder's vectors."""
    unlabeled = uses([None] * 60)
    x = np.array([GROUPING[o.sentence] for o in unlabeled])
    groups = KMeans(2, n_init=5, random_state=0).fit_predict(x)
    return uses([f"group{g}" for g in groups])


def compared(labeled: Sequence[Occurrence], **options: Any) -> Comparison:  # noqa: ANN401  any option
    encoders = [encoder("bert@1", GROUPING), encoder("lstm", OTHER)]
    return compare(labeled, encoders, **options)


@pytest.fixture(scope="module")
def plain(grouped: list[Occurrence]) -> Comparison:
    return compared(grouped)


@pytest.fixture(scope="module")
def circular(grouped: list[Occurrence]) -> Comparison:
    return compared(marked(grouped), controls=True)


def test_groups_of_noise_make_the_grouping_encoder_better_unless_they_are_marked(
    plain: Comparison, circular: Comparison
) -> None:
    [claim] = plain.claims
    assert (claim.a, claim.claim) == ("bert@1", "better")
    assert circular.claims == circular.tests == ()
    assert circular.verdict == (VERDICT,)
    assert circular.circular == REASON


def test_the_values_stay_and_all_else_has_the_reason(
    plain: Comparison, circular: Comparison
) -> None:
    found = to_object(circular)
    jsonschema.validate(found, schema("comparison"))
    assert (found["tests"], found["claims"], found["planning"]) == ([], [], [])
    for saved, r in zip(found["results"], plain.results, strict=True):
        for name, m in r.metrics.items():
            now = saved["metrics"][name]
            assert now["value"] == m.value
            assert now["ci95"] is now["inference"] is None
            assert now["no_interval"] == (REASON if m.ci95 else None)
    assert all(m["ci95"] is None for r in found["controls"] for m in r["metrics"].values())
    assert [x["rsa_p"] for x in found["agreement"]] == [None]
    assert found["agreement"][0]["rsa"] == plain.agreement[0].rsa
    assert all(o["columns"] == {"sense_source": "senses:bert@1"} for o in found["occurrences"])


def shown(comparison: Comparison, **how: bool) -> str:
    console = Console(file=io.StringIO(), width=80, height=40)
    render(comparison, console, **how)
    return console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


def test_no_text_shows_an_interval_or_a_p(circular: Comparison) -> None:
    texts = [shown(circular), shown(circular, everything=True), to_markdown(circular)]
    page = Page(to_html(json.loads(circular.to_json())))
    start = page.words().index("Encoders")
    for text in (*texts, page.words()):
        assert "the labels were made from vectors (senses:bert@1)" in " ".join(text.split())
    for text in (*texts, page.words()[start : page.words().index("AUC (auc_macro)")]):
        assert not any(sign in text for sign in ("├", "p = ", "p <", "better", "cannot tell"))
        assert "[." not in text
    assert len(texts[0].splitlines()) <= 38
    _, *rows = csv.reader(io.StringIO(to_csv(circular)))
    assert {tuple(row[5:7]) for row in rows} == {("", "")}
    assert REASON in {row[7] for row in rows}


@pytest.mark.parametrize("each", [3, 6])
def test_few_uses_say_why_there_is_no_verdict(each: int) -> None:
    labeled = marked(uses(["a", "b"] * each))
    screen = " ".join(shown(compared(labeled)).split())
    assert VERDICT in screen
    assert "each sense needs" not in screen


def test_rare_senses_are_not_left_out_where_nothing_is_inferred() -> None:
    labeled = uses(["a"] * 10 + ["b"] * 10 + ["c"] * 3)
    assert any(m.inference for m in compared(labeled).results[0].metrics.values())
    assert not any(m.inference for m in compared(marked(labeled)).results[0].metrics.values())


def test_one_marked_label_among_others_is_enough_and_a_mark_without_a_label_is_none() -> None:
    labeled = uses(["a", "b"] * 12)
    mixed = [*labeled[:-1], *marked(labeled[-1:], "senses:lstm")]
    assert compared(mixed).verdict[0].startswith("No verdict: the labels were made from vectors")
    unlabeled = [*labeled[:-1], replace(mixed[-1], sense=None)]
    assert compared(unlabeled).tests


def test_layers_have_no_band() -> None:
    layered = Made(encoder("bert", GROUPING).vector, 8, "bert@all", (1, 2), "two layers")
    made = compare(marked(uses(["a", "b"] * 12)), [layered])
    assert {m.ci95 for r in made.results for m in r.metrics.values()} == {None}
    assert made.tests == ()


def test_every_source_is_named_once_and_hostile_ones_do_no_harm() -> None:
    labeled = uses(["a", "b", "a"])
    sources = ("senses:lstm", "senses:bert", "senses:bert")
    named = [o for x, s in zip(labeled, sources, strict=True) for o in marked([x], s)]
    assert "(senses:bert, senses:lstm)" in str(why_circular(named))
    assert "\x1b" not in str(why_circular(marked(labeled, "\x1b[31m" + "x" * 99)))
    assert len(str(why_circular(marked(labeled, "x" * 999)))) < 200
    assert why_circular(labeled) is why_circular([]) is None
