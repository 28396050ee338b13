"""What the tests over words say, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from embcmp.batch.report.verdict_over_words import verdict
from embcmp.render.page import Json


def test_of(a: str, b: str, difference: float, p: float, **changes: object) -> Json:
    return {"metric": "auc_macro", "a": a, "b": b, "words": 27, "difference": difference,
            "ci90": [difference - 0.1, difference + 0.1], "p_adjusted": p, "detectable": 0.12,
            "words_needed": 156, "share_won": 6.5 / 27, **changes}  # fmt: skip


def said(*tests: Json, circular: Sequence[str | None] = ()) -> list[str]:
    means = {"bert@6": 0.7, "lstm": 0.65, "context": 0.55}
    rows = [{"metric": "auc_macro", "name": name, "mean": mean} for name, mean in means.items()]
    words = [{"circular": reason} for reason in circular]
    return verdict({"margin": 0.05, "tests": list(tests), "standings": rows, "words": words})


test_of.__test__ = False  # type: ignore[attr-defined]  # it makes a test, and is none


def test_the_best_is_told_whichever_side_of_a_test_it_is_on() -> None:
    assert said(test_of("context", "bert@6", -0.15, 0.0002)) == [
        "Over 27 words, bert@6 separates senses better than context (+.15 in AUC, p < .001; ahead"
        " on 20.5 of 27 words)."
    ]
    assert said(test_of("bert@6", "context", 0.15, 0.0002, share_won=20.5 / 27)) == said(
        test_of("context", "bert@6", -0.15, 0.0002)
    )


def test_a_difference_below_the_margin_is_called_slight() -> None:
    [line] = said(test_of("bert@6", "lstm", 0.03, 0.01, ci90=[0.02, 0.04]))
    assert "better than lstm, but by less than .05 (+.03" in line


def test_what_the_words_cannot_tell_apart_is_not_called_better() -> None:
    lines = said(test_of("bert@6", "context", 0.15, 0.06), test_of("lstm", "bert@6", -0.05, 0.3))
    assert lines == [
        "27 words cannot tell bert@6, context and lstm apart: a true difference of .12 would be"
        " found four times in five; for one of .05, about 156 words are needed."
    ]


def test_equality_needs_its_own_interval() -> None:
    assert said(test_of("bert@6", "lstm", 0.01, 0.7, ci90=[-0.03, 0.04])) == [
        "Over 27 words, bert@6 and lstm separate senses equally well, within .05."
    ]


def test_without_tests_nothing_is_said() -> None:
    assert said() == []


def test_means_of_different_words_do_not_hide_who_is_better() -> None:
    [line] = said(test_of("context", "bert@6", 0.15, 0.01))
    assert line.startswith("Over 27 words, context separates senses better than bert@6 (+.15")
    assert line.endswith("ahead on 6.5 of 27 words).")


def test_words_with_labels_from_vectors_are_counted_last_or_leave_no_verdict() -> None:
    one = said(test_of("bert@6", "lstm", 0.15, 0.01), circular=["vectors", None, None])
    assert one[1:] == ["1 word is left out of the tests over words: vectors."]
    assert said(circular=["vectors", "vectors", None]) == [
        "2 words are left out of the tests over words: vectors."
    ]
    assert said(circular=["vectors", "vectors"]) == ["No verdict: vectors."]
