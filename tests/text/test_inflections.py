"""Which forms belong to one word, judged by English grammar."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.text.inflections import Inflections, same_word


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("man", "men mans manned manning"),
        ("leave", "leaves leaving left"),
        ("leaf", "leaves"),
        ("axis", "axes"),
        ("axe", "axes"),
        ("go", "goes went gone going"),
        ("bear", "bore born borne bearing"),
        ("act", "acts acted acting"),
        ("visit", "visited visiting"),
        ("refer", "referred referring"),
        ("quit", "quits quitting"),
        ("carry", "carries carried carrying"),
        ("lie", "lied lying lies"),
        ("see", "saw seen seeing"),
        ("hope", "hoped hoping hopes"),
        ("hop", "hopped hopping hops"),
        ("echo", "echoes echos"),
        ("box", "boxes boxing boxed"),
        ("cat", "cats"),
        ("zorvo", "zorvos zorvoes"),
        ("swee", "sweeing"),
        ("flie", "flied flying"),
        ("snorze", "snorzed snorzing"),
        ("café", "cafés cafe\u0301s"),
        ("play", "playing played"),
        ("zorb", "zorbs zorbed zorbing"),  # in no dictionary
        ("blarfy", "blarfies blarfied"),
        ("wug", "wugged"),
    ],
)
def test_inflections(word: str, forms: str) -> None:
    for form in forms.split():
        assert same_word(form, word), form


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("man", "manes mane maned woman mankind manner human manly"),
        ("see", "seed"),
        ("it", "its"),
        ("hop", "hoped hoping"),
        ("hope", "hopped hopping"),
        ("leaf", "leave leaving left"),
        ("axis", "axe"),
        ("wug", "wuged"),
        ("box", "boxxes boxxed boxs"),
        ("zzz", "zzzes"),
        ("a", "as"),
        ("c++", "c++s"),
    ],
)
def test_forms_of_other_words_are_not_inflections(word: str, forms: str) -> None:
    for form in forms.split():
        assert not same_word(form, word), form


def test_any_string_is_an_inflection_of_itself() -> None:
    assert same_word(":-)", ":-)")
    assert not same_word("a" * 500, "b" * 500)
    assert same_word("a" * 500, "a" * 500)


def test_a_long_run_of_marks_takes_no_time() -> None:
    begin = time.process_time()
    assert not same_word("a" + "\u0301\u0323" * 40_000, "man")
    assert time.process_time() - begin < 1


FORMS = (
    "man men mans manned manning leave left leaves leaf hop hope hopped hoped see saw seen "
    "lie lied lying box boxes café cafe\u0301s well better best wugs wugged 7 c++ " + "x" * 50
).split()


@given(st.lists(st.sampled_from(FORMS)), st.sampled_from(FORMS))
def test_words_of_a_form_include_all_that_same_word_accepts(words: list[str], form: str) -> None:
    found = Inflections(words).words_of(form)
    assert {word for word in words if same_word(form, word)} <= found <= set(words)


def test_few_words_of_a_large_vocabulary_are_compared() -> None:
    assert Inflections(FORMS).words_of("men") == {"man", "men", "mans", "manned", "manning"}
