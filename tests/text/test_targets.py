"""Finding targets: known cases, and a search of another kind as the oracle."""

import re
import time
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.errors import UsageError
from embcmp.text.folding import fold
from embcmp.text.no_use import near_forms
from embcmp.text.sentences import Sentence
from embcmp.text.targets import LONGEST_SENTENCE, Found, find_occurrences
from embcmp.types import Occurrence, Skipped


def forms(text: str, word: str = "man", match: str = "word") -> list[str]:
    return [occurrence.form for occurrence in find_occurrences([text], word, match)]


def spans(text: str, word: str = "man", match: str = "word") -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in find_occurrences([text], word, match)]


def given_at(text: str, start: int | None, end: int | None, word: str | None = None) -> Found:
    return find_occurrences([Sentence(text, "f.tsv:2", word=word, start=start, end=end)], "man")


def reason(found: Found) -> str:
    assert not found.occurrences
    (skipped,) = found.skipped
    assert skipped.source == "f.tsv:2"
    return skipped.reason


# Whole words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Man, is it cold today?", [(0, 3)]),
        ("man", [(0, 3)]),
        ("a MAN and a Man", [(2, 5), (12, 15)]),
        ("mankind, human, man2, man_, _man, woman", []),
        ("man-made, man's, man’s, (man) «man»", [(0, 3), (10, 13), (17, 20), (25, 28), (31, 34)]),
        ("the man\u0301 man", [(9, 12)]),
        ("mañ man\u0303 ma\u0301n", []),
        ("man\u00adkind man\u200dkind", []),
        ("İİ ßß ﬁ man", [(8, 11)]),
        ("👨\u200d👩\u200d👧 man👍🏽man", [(6, 9), (11, 14)]),
        ("האיש man רץ", [(5, 8)]),
        ("איש\u200fman\u200f", [(4, 7)]),
        ("男man男 男 man 男", [(1, 4), (8, 11)]),  # where a script without blanks begins
        ("line\u2028man\x0bman\x85man\x00man", [(5, 8), (9, 12), (13, 16), (17, 20)]),
    ],
)
def test_whole_words_in_any_case(text: str, expected: list[tuple[int, int]]) -> None:
    assert spans(text) == expected


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("straße", "STRASSE Straße straſse strase", ["STRASSE", "Straße", "straſse"]),
        ("strasse", "straße", ["straße"]),
        ("İzmir", "i\u0307zmir İZMIR izmir", ["i\u0307zmir", "İZMIR", "izmir"]),
        ("istanbul", "İstanbul ISTANBUL Istanbul", ["İstanbul", "ISTANBUL", "Istanbul"]),
        ("银行", "我去银行取钱。", ["银行"]),
        ("decision", "昨日のdecisionについて", ["decision"]),
        ("ธนาคาร", "เขาไปธนาคารเพื่อ", ["ธนาคาร"]),
        (
            "interest",
            "inter\u00adest inter\u2060est inter\u200dest inter\ufeffest",
            ["inter\u00adest", "inter\u2060est", "inter\u200dest", "inter\ufeffest"],
        ),
        (
            "check-in",
            "check\u2011in check-in check\u2010in checkin",
            ["check\u2011in", "check-in", "check\u2010in"],
        ),
        (
            "o'clock",
            "o'clock o’clock o‘clock o´clock o`clock oʼclock o＇clock",
            ["o'clock", "o’clock", "o‘clock", "o´clock", "o`clock", "oʼclock", "o＇clock"],
        ),
        ("❤", "I ❤ it, I ❤\ufe0f it", ["❤", "❤\ufe0f"]),
        ("👍", "👍 and 👍🏽", ["👍", "👍🏽"]),
        ("man", "ｍａｎ MAN", ["ｍａｎ", "MAN"]),
        ("won", "She won; he won't, they won’t, ten won.", ["won", "won"]),
        ("don", "Don your coat; I don't, you don’t.", ["Don"]),
        ("won't", "He won't; they won’t.", ["won't", "won’t"]),
        ("he", "He'll go, and he's here.", ["He", "he"]),
        ("clock", "At six o'clock by the clock.", ["clock", "clock"]),
        ("fine", "ﬁne ﬁnest", ["ﬁne"]),
        ("σ", "Σ ς σ", ["Σ", "ς", "σ"]),
        ("café", "cafe\u0301 CAFÉ cafe cafés", ["cafe\u0301", "CAFÉ"]),
        ("cafe\u0301", "café", ["café"]),
        ("a\u0323\u0307", "ạ\u0307 a\u0307\u0323 ạ", ["ạ\u0307", "a\u0307\u0323"]),
        ("한", "한 \u1112\u1161\u11ab", ["한", "\u1112\u1161\u11ab"]),
        ("하", "\u1112\u1161\u11ab", []),
        ("o'clock", "six o’clock", ["o’clock"]),
        ("C++", "C++, c++11 and C+", ["C++", "c++"]),
        ("👍", "ok👍ok", ["👍"]),
        ("b.c", "b.c bxc", ["b.c"]),
    ],
)
def test_spellings_that_count_as_the_word(word: str, text: str, expected: list[str]) -> None:
    assert forms(text, word) == expected


def test_exact_keeps_case_but_not_composition() -> None:
    assert forms("Man man MAN", match="exact") == ["man"]
    assert forms("Café CAFÉ Cafe\u0301", "Café", "exact") == ["Café", "Cafe\u0301"]
    assert forms("straße strasse", "strasse", "exact") == ["strasse"]


def test_inflections() -> None:
    text = "Men manned the mane of a man; manning mankind, mans manes. MEN"
    expected = ["Men", "manned", "man", "manning", "mans", "MEN"]
    assert forms(text, match="inflections") == expected
    assert forms("cafe\u0301s café cafe", "café", "inflections") == ["cafe\u0301s", "café"]


def test_inflections_learned_from_one_sentence_count_in_the_next() -> None:
    found = find_occurrences(["a man", "two men", "some men, a man"], "man", "inflections")
    assert [one.form for one in found] == ["man", "men", "men", "man"]


@pytest.mark.parametrize(
    ("word", "match", "text", "expected"),
    [
        (
            "hot dog",
            "word",
            "Hot \t dog, hot\u00a0dog, hotdog, hot-dog",
            ["Hot \t dog", "hot\u00a0dog"],
        ),
        ("hot  dog", "word", "hot dog hot dogs hot_dog", ["hot dog", "hot_dog"]),
        ("hot_dog", "word", "hot dog shot dog", ["hot dog"]),
        ("__init__", "word", "an __init__ method", ["__init__"]),
        ("hot dog", "inflections", "hot dogs, hot dog", ["hot dogs", "hot dog"]),
        ("point out", "inflections", "pointed out", ["pointed out"]),
        ("War and Peace", "exact", "War and Peace, war and peace", ["War and Peace"]),
        ("man man", "word", "man man man", ["man man"]),
        ("ab ab", "word", "xab ab ab", ["ab ab"]),
    ],
)
def test_several_words(word: str, match: str, text: str, expected: list[str]) -> None:
    assert forms(text, word, match) == expected


@pytest.mark.parametrize("word", ["", "  ", "\n"])
def test_a_blank_word_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        find_occurrences(["man"], word)


def test_a_word_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(UsageError, match="not valid Unicode"):
        find_occurrences(["man"], "\udcff")


def test_an_unknown_match_is_refused() -> None:
    with pytest.raises(UsageError, match="one of word, inflections, exact, lemma"):
        find_occurrences(["man"], "man", "stem")


# Properties


def caseless(text: str) -> str:
    plain = "".join(char for char in text if char not in JOINERS)
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", plain).casefold())


UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "THAI", "LAO", "MYANMAR", "KHMER")
UNSPACED += ("HALFWIDTH KATAKANA", "KANGXI", "HANGZHOU", "TANGUT", "NUSHU", "KHITAN", "BOPOMOFO")


def is_joined(char: str) -> bool:
    """Whether a character belongs to the one before it."""
    return unicodedata.category(char)[0] == "M" or char in JOINERS


JOINERS = "\u00ad\u034f\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff🏻🏼🏽🏾🏿"


def is_boundary(text: str, at: int) -> bool:
    if at in (0, len(text)):
        return True
    if is_joined(text[at]):
        return False
    joined = "".join(filter(is_joined, text))
    before = text[:at].rstrip(joined) or text[0]
    sides = (before[-1], text[at])
    if any(unicodedata.name(char, "").startswith(UNSPACED) for char in sides):
        return True
    return not all(re.match(r"\w", char) for char in sides)


LETTERS = st.characters(categories=["L", "M", "N", "Zs", "P", "So", "Cf", "Sk"])
# Apostrophes and hyphens, full-width letters and numerals of other scripts have their own tests.
LETTERS = LETTERS.filter(lambda char: fold(char).text == caseless(char) or is_joined(char))
# Python has no name for Tangut ideographs, by which `is_boundary` knows a script without blanks.
LETTERS = LETTERS.filter(lambda char: bool(unicodedata.name(char, "")))
TEXT = st.text(LETTERS | st.sampled_from("manMANéßıſ_- \u0301\u0345\u00ad\u200d"))
WORDS = st.sampled_from(["man", "Straße", "café", "ſs", "hot", "איש", "人", "ᾳ"])


def brute_force(text: str, word: str) -> list[tuple[int, int]]:
    """Every substring, the first ones that do not overlap."""
    found: list[tuple[int, int]] = []
    for start in range(len(text)):
        for end in range(len(text), start, -1):
            if (
                (not found or start >= found[-1][1])
                and not is_joined(text[start])  # what is not seen before a word is no part of it
                and caseless(text[start:end]) == caseless(word)
                and is_boundary(text, start)
                and is_boundary(text, end)
            ):
                found.append((start, end))
    return found


@given(TEXT, WORDS, TEXT)
def test_equals_a_brute_force_search(before: str, word: str, after: str) -> None:
    text = before + word + after
    assert spans(text, word) == brute_force(text, word)


@given(st.lists(TEXT, max_size=4), WORDS, st.sampled_from([" ", ", ", "\u3000", "\n", " 👍 "]))
def test_a_planted_word_is_found_where_it_is(parts: list[str], word: str, space: str) -> None:
    before = "".join(part + space for part in parts)
    text = before + word + space + "".join(parts)
    found = spans(text, word)
    assert (len(before), len(before) + len(word)) in found
    assert all(caseless(text[start:end]) == caseless(word) for start, end in found)


@given(TEXT)
def test_composition_does_not_change_what_is_found(text: str) -> None:
    folded = caseless(text)
    assert len(spans(folded)) == len(spans(unicodedata.normalize("NFC", folded)))


@pytest.mark.parametrize(
    "unit", ["man ", "x", "é man ", "男", "m\u0301\u0323", "hot ", "a \u0301", " "]
)
def test_a_long_sentence_is_searched_in_linear_time(unit: str) -> None:
    text = "hot " + unit * (300_000 // len(unit.encode()))
    begin = time.process_time()
    for word in ("man", "hot dog"):
        find_occurrences([text], word)
    assert time.process_time() - begin < 10


# Given offsets


def test_given_offsets_are_used_and_not_searched_again() -> None:
    found = given_at("man or man", 7, 10)
    assert [(one.start, one.end) for one in found] == [(7, 10)]


@pytest.mark.parametrize("match", ["word", "exact", "inflections"])
def test_given_offsets_may_be_on_an_inflection(match: str) -> None:
    row = Sentence("Manned flight", "f.tsv:2", start=0, end=6)
    assert [one.form for one in find_occurrences([row], "man", match)] == ["Manned"]


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (0, None, "only one of start and end is given"),
        (None, 3, "only one of start and end is given"),
        (3, 3, "start 3 is not before end 3"),
        (6, 3, "start 6 is not before end 3"),
        (-3, 3, "offsets -3-3 lie outside the sentence of 12 characters"),
        (5, 13, "offsets 5-13 lie outside the sentence of 12 characters"),
        (4, 5, "offsets 4-5 are on a blank"),
    ],
)
@pytest.mark.parametrize("word", [None, "MAN"])
def test_offsets_that_are_no_place(start: int, end: int, why: str, word: str | None) -> None:
    assert reason(given_at("Once man ran", start, end, word)) == why


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Once man ran", "Once"),
        ("Once man ran", "ma"),
        ("Ein Männlein steht", "Männlein"),
        ("病毒很小", "病毒"),
        ("mań", "mań"),
    ],
)
@pytest.mark.parametrize("word", [None, "man"])
def test_given_places_are_believed_and_what_is_unusual_is_a_note(
    text: str, form: str, word: str | None
) -> None:
    start = text.index(form)
    found = given_at(text, start, start + len(form), word)
    assert [o.form for o in found] == [form]
    assert found.skipped == ()
    assert found.notes == (f"the input marks 1 use that is not a known form of 'man': {form!r}",)


@pytest.mark.parametrize("text", ["man_2", "man2", "2man", "_man", "Manned"])
def test_usual_places_get_no_note(text: str) -> None:
    start = text.casefold().index("man")
    end = len(text) if text == "Manned" else start + 3
    assert given_at(text, start, end).notes == ()


def test_one_note_counts_the_unusual_forms() -> None:
    rows = [Sentence("He ran, he fled", "f", start=a, end=b) for a, b in ((3, 6), (11, 15), (3, 6))]
    assert find_occurrences(rows, "man").notes == (
        "the input marks 3 uses that are not known forms of 'man': 'ran' (2), 'fled'",
    )


def test_the_language_tells_the_forms() -> None:
    texts = ["Er ging.", "Sie gehen.", "Gegangen!", "Der Gang."]
    assert [o.form for o in find_occurrences(texts, "gehen", "inflections", "de")] == [
        "ging",
        "gehen",
        "Gegangen",
    ]
    row = Sentence("Er ging.", "f", word="gehen", start=3, end=7)
    assert find_occurrences([row], "gehen", lang="de").notes == ()
    assert find_occurrences([row], "gehen").notes != ()


def test_a_row_is_about_its_lemma_where_it_names_no_word() -> None:
    rows = [
        Sentence("Two men.", "f:1", lemma="man", start=4, end=7),
        Sentence("A dog.", "f:2", lemma="dog", start=2, end=5),
    ]
    assert [o.form for o in find_occurrences(rows, "man")] == ["men"]


def test_parts_of_a_word_are_inflected_one_by_one() -> None:
    row = Sentence("He pointed out", "f.tsv:2", start=3, end=14)
    assert [one.form for one in find_occurrences([row], "point_out")] == ["pointed out"]
    assert find_occurrences([row], "point_out").notes == ()
    assert find_occurrences([row], "out point").notes != ()


# Rows


def test_rows_of_other_words_are_passed_over_and_not_skipped() -> None:
    rows = [
        Sentence("a man", "f:2", word="Man"),
        Sentence("a man", "f:3", word="bank"),
        Sentence("a bank", "f:4", word="man"),
    ]
    found = find_occurrences(rows, "man")
    assert [one.source for one in found] == ["f:2"]
    assert found.skipped == (Skipped("f:4", "man does not occur"),)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (Sentence("", "f"), "the sentence is empty"),
        (Sentence(" \t", "f"), "the sentence is empty"),
        (Sentence("a woman", "f", sense="noun"), "man does not occur"),
        (Sentence("a woman", "f", word="man"), "man does not occur"),
        (Sentence("man \ud800", "f"), "contains a lone surrogate"),
        (Sentence("man", "f", sense="\udfff"), "contains a lone surrogate"),
        (
            Sentence("man", "f", problem="start must be a whole number"),
            "start must be a whole number",
        ),
        (
            Sentence("man " + "é" * 499_999, "f"),
            "the sentence is longer than 1 MB (1,000,002 bytes)",
        ),
    ],
)
def test_content_that_cannot_be_used_is_skipped(row: Sentence, why: str) -> None:
    assert find_occurrences([row], "man") == Found((), (Skipped("f", why),))


def test_the_longest_sentence_is_used() -> None:
    assert len(find_occurrences(["man " + "x" * (LONGEST_SENTENCE - 4)], "man")) == 1


def test_an_occurrence_has_what_its_row_has() -> None:
    row = Sentence("a man", "f.tsv:2", id="m1", sense="noun", word="man", start=2, end=5)
    expected = Occurrence("m1", "man", "a man", 2, 5, "noun", "f.tsv:2")
    assert find_occurrences([row], " man ").occurrences == (expected,)


def ids(*rows: tuple[str, str | None]) -> list[str]:
    found = find_occurrences([Sentence(text, "f", id=id) for text, id in rows], "man")
    return [one.id for one in found]


def test_ids_are_numbers_where_none_are_given() -> None:
    assert ids(("man man", None), ("man", None)) == ["1", "2", "3"]


def test_ids_stay_unique() -> None:
    assert ids(("man man man", "a"), ("man", "a.2")) == ["a", "a.3", "a.4", "a.2"]
    assert ids(("man man", None), ("man", "1"), ("man", None)) == ["2", "3", "1", "4"]
    assert ids(("man", "a"), ("man", "a")) == ["a", "a.2"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["man", "man man", "no"]),
            st.none() | st.sampled_from(["1", "2", "a", "a.2", "a.2.2"]),
        )
    )
)
def test_ids_are_unique_whatever_is_given(rows: list[tuple[str, str | None]]) -> None:
    made = ids(*rows)
    assert len(set(made)) == len(made)


def test_plain_strings_will_do_and_one_string_is_one_sentence() -> None:
    found = find_occurrences(["no", "a man"], "man")
    assert found[0] == Occurrence("1", "man", "a man", 2, 5, None, "sentence 2")
    assert found.skipped == ()
    assert found.without == 1
    assert found.notes == ("1 of 2 sentences do not contain 'man'",)
    assert forms("a man") == [one.form for one in find_occurrences("a man", "man")]


def test_found_is_a_sequence_of_occurrences() -> None:
    found = find_occurrences(["man", "man"], "man")
    assert isinstance(found, Sequence)
    assert len(found) == 2
    assert found[:1] == found.occurrences[:1]
    assert list(found) == list(found.occurrences)
    assert found[1] in found


# Near forms


def test_near_forms_name_inflections_first() -> None:
    texts = ["Manned by MEN, men", "the mane of a woman", "manor manes and nothing"]
    assert near_forms(texts, "man")[:2] == ["Manned", "MEN"]
    assert set(near_forms(texts, "man")[2:]) <= {"mane", "manor", "manes", "woman"}
    assert len(near_forms(texts, "man")) == 5


def test_near_forms_name_words_spelled_alike() -> None:
    assert near_forms([Sentence("At the Bnak", "f")], "bank") == ["Bnak"]
    assert near_forms(["hot dogs"], "hot dog")[0] == "hot dogs"
    assert near_forms(["xyz", "a word " * 3], "man") == []
