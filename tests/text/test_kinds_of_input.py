"""Kinds of text that were refused, or read otherwise than written: three inputs for each.

Kinds that have a module of their own are tested there: names and values of columns, delimiters,
encodings, quoted cells, concordances, annotated corpora. The tokenizers' unknown targets are in
tests/encoders/test_bert.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from embcmp.encoders import load_encoder
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences
from embcmp.types import Occurrence


def forms(text: str, word: str, match: str = "word", lang: str = "en") -> list[str]:
    return [o.form for o in find_occurrences([text], word, match, lang)]


@pytest.mark.parametrize(
    ("word", "line", "form"),
    [
        ("东西", "我买了很多[[东西]]回家。", "东西"),
        ("はし", "彼は[[はし]]で食べる。", "はし"),
        ("ตา", "[[ตา]]ของฉันเจ็บ", "ตา"),
        ("ភាសា", "ខ្ញុំនិយាយ[[ភាសា]]ខ្មែរ។", "ភាសា"),
        ("은행", "나는 [[은행]]에 갔다.", "은행"),
    ],
)
def test_a_mark_in_any_script_is_the_place(word: str, line: str, form: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(line + "\n", encoding="utf-8")
    found = find_occurrences(read_sentences(tmp_path / "a.txt"), word)
    assert [o.form for o in found] == [form]
    assert [o.start for o in found] == [line.index("[[")]
    assert found.skipped == ()


@pytest.mark.parametrize(
    ("word", "form", "lang"),
    [
        ("aller", "allait", "fr"),
        ("идти", "шёл", "ru"),
        ("ser", "fuimos", "es"),
        ("essen", "gegessen", "de"),
        ("foot", "feet", "en"),
    ],
)
@pytest.mark.parametrize("name", ["a.tsv", "a.jsonl"])
def test_offsets_on_an_irregular_form_are_used(
    word: str, form: str, lang: str, name: str, tmp_path: Path
) -> None:
    sentence = f"– {form}, 12!"
    table = f"word\tsentence\tstart\tend\n{word}\t{sentence}\t2\t{2 + len(form)}\n"
    record = f'{{"word": "{word}", "sentence": "{sentence}", "span": [2, {2 + len(form)}]}}\n'
    (tmp_path / name).write_text(table if name == "a.tsv" else record, encoding="utf-8")
    found = find_occurrences(read_sentences(tmp_path / name), word, "word", lang)
    assert [o.form for o in found] == [form]
    assert found.skipped == ()
    unknown = find_occurrences(read_sentences(tmp_path / name), word + "x", "word", lang)
    assert len(unknown) == 0  # the row is about another word


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("川", "川の水は川へ。", ["川", "川"]),
        ("ภาษา", "เรียนภาษาไทยและภาษาลาว", ["ภาษา", "ภาษา"]),
        ("ພາສາ", "ຂ້ອຍເວົ້າພາສາລາວ", ["ພາສາ"]),
        ("iPhone", "新しいiPhoneを買った", ["iPhone"]),
        ("GDP", "今年GDP增长，人均GDP也增长", ["GDP", "GDP"]),
        ("カメラ", "このカメラは高い", ["カメラ"]),
    ],
)
def test_words_are_found_where_no_blank_ends_them(
    word: str, text: str, expected: list[str]
) -> None:
    assert forms(text, word) == expected


@pytest.mark.parametrize(
    ("word", "text", "form"),
    [
        ("cooperate", "They co\u00adop\u00ader\u00adate now.", "co\u00adop\u00ader\u00adate"),
        ("well-known", "A well\u2011known man.", "well\u2011known"),
        ("well-known", "A well\u2010\u00adknown man.", "well\u2010\u00adknown"),
        ("☀", "The ☀\ufe0e is out.", "☀\ufe0e"),
        ("نامه\u200cای", "این نامه\u200cای است", "نامه\u200cای"),
        ("bank", "The \u2060bank\u2060 is shut.", "bank"),
    ],
)
def test_characters_that_are_not_seen_do_not_change_a_word(
    word: str, text: str, form: str, tmp_path: Path
) -> None:
    assert [found.strip("\u2060") for found in forms(text, word)] == [form]
    start = text.index(form)
    row = f"word\tsentence\tstart\tend\n{word}\t{text}\t{start}\t{start + len(form)}\n"
    (tmp_path / "a.tsv").write_text(row, encoding="utf-8")
    given = find_occurrences(read_sentences(tmp_path / "a.tsv"), word)
    assert [o.form for o in given] == [form]
    assert given.notes == ()


@pytest.mark.parametrize(
    ("listed", "form"),
    [
        ("l'eau", "L’eau"),
        ("aujourd’hui", "aujourd'hui"),
        ("o'brien", "O\u02bcBrien"),
        ("ma'am", "ma‘am"),
        ("rock'n'roll", "ROCK’N’ROLL"),
        ("x-ray", "X\u2011ray"),
        ("check\u2011in", "Check-in"),
    ],
)
def test_one_spelling_in_search_and_in_vectors(listed: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / "vectors.txt"
    path.write_text(f"{listed} 1 2\nthe 3 4\n", encoding="utf-8")
    assert forms(f"So, {form}, then.", listed) == [form]
    use = Occurrence("0", listed, f"So, {form}, then.", 4, 4 + len(form))
    encoded = load_encoder(f"word2vec:{path}").encode([use])
    assert not encoded.missing
    assert encoded.vectors[0, 0].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("can", "I can't, you can’t; we can.", ["can"]),
        ("ain", "I ain't, she ain’t.", []),
        ("shan", "We shan't; they shan‘t.", []),
        ("ll", "They'll go; we’ll go.", []),
        ("is", "It isn't; it is.", ["is"]),
    ],
)
def test_letters_beside_an_apostrophe_that_are_no_word(
    word: str, text: str, expected: list[str]
) -> None:
    assert forms(text, word) == expected


@pytest.mark.parametrize(
    "content",
    [
        "sentence,sense\rA bank.,x\rTwo banks; one bank.,y\r",
        "sentence;sense\rA bank.;x\rTwo banks, one bank.;y\r",
        "sep=;\rsentence;sense\rA bank.;x\rTwo banks, one bank.;y\r",
    ],
)
def test_tables_with_old_line_ends(content: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(content.encode())
    rows = read_sentences(tmp_path / "a.csv")
    assert [row.sense for row in rows] == ["x", "y"]
    assert len(find_occurrences(rows, "bank")) == 2


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("♥", "I ♥ it, I ♥\ufe0f it", ["♥", "♥\ufe0f"]),
        ("✔\ufe0f", "✔ or ✔\ufe0f", ["✔", "✔\ufe0f"]),
        ("👋", "👋 👋🏿", ["👋", "👋🏿"]),
        ("izmir", "İZMİR İzmir", ["İZMİR", "İzmir"]),
        ("istiklal", "İSTİKLAL", ["İSTİKLAL"]),
        ("çay", "ÇAY c\u0327ay", ["ÇAY", "c\u0327ay"]),
    ],
)
def test_signs_and_letters_that_have_several_codes(
    word: str, text: str, expected: list[str]
) -> None:
    assert forms(text, word) == expected


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("e-mail", "E-mails, e-mailed, e-mailing; mailed", ["E-mails", "e-mailed", "e-mailing"]),
        ("co-opt", "co-opted, co\u2011opting, opted", ["co-opted", "co\u2011opting"]),
        ("t-shirt", "T-shirts and shirts", ["T-shirts"]),
        ("mimic", "mimicked mimicking mimics", ["mimicked", "mimicking", "mimics"]),
        ("traffic", "trafficked trafficking", ["trafficked", "trafficking"]),
        ("picnic", "picnicked picnicker", ["picnicked"]),
        ("physic", "physics", []),
        ("serie", "a series", []),
        ("new", "the news is new", ["new"]),
        ("lens", "lens lenses", ["lens", "lenses"]),
    ],
)
def test_inflections_beyond_plain_letters(word: str, text: str, expected: list[str]) -> None:
    assert forms(text, word, "inflections") == expected
