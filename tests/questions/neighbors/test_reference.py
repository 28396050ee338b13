from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embcmp.background.background_text import shipped_background
from embcmp.errors import InputError
from embcmp.questions.neighbors import reference as module
from embcmp.questions.neighbors.reference import Reference, background_reference, read_reference
from embcmp.text.words import stop_words
from tests.questions.encoders import Made


def texts(*sentences: str) -> Reference:
    return Reference("made", sentences, tuple(f"made:{i}" for i in range(1, len(sentences) + 1)))


def forms(reference: Reference, word: str) -> list[tuple[str, bool]]:
    return [
        (use.form, bool(same))
        for passage in reference.passages(word)
        for use, same in zip(passage.uses, passage.same_word, strict=True)
    ]


def test_uses_are_content_words_and_forms_of_the_target() -> None:
    made = texts("She's the Mayor of men, isn't she?", "Two 2nd-rate manned posts; man_x.")
    assert forms(made, "man") == [
        ("Mayor", False), ("men", True),
        ("Two", False), ("rate", False), ("manned", True), ("posts", False),
    ]  # fmt: skip


def test_function_words_count_where_the_target_is_one() -> None:
    assert forms(texts("the man that fell"), "that") == [
        ("the", False), ("man", False), ("that", True), ("fell", False),
    ]  # fmt: skip


def test_a_target_of_several_words_is_one_use() -> None:
    made = texts("A hot dog ran.", "Hot sun, old dogs.")
    assert forms(made, "hot dog") == [
        ("hot dog", True), ("ran", False), ("Hot", False), ("sun", False), ("old", False),
        ("dogs", False),
    ]  # fmt: skip


def test_accents_that_stand_apart_belong_to_their_word() -> None:
    assert forms(texts("old cafe\u0301 there, na\u0308ive"), "post") == [("old", False)]


def test_passages_hold_every_sentence_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PASSAGE", 3)
    made = texts(*(f"sentence {c} stands" for c in "abcdefg"))
    passages = list(made.passages("man"))
    assert [list(p.sentence_numbers) for p in passages] == [[0, 1, 2], [3, 4, 5], [6]]
    for p in passages:
        assert set(p.sentences) == set(p.sentence_numbers)
        for use, number in zip(p.uses, p.sentences, strict=True):
            assert use.sentence == made.sentences[number]
            assert use.source == made.sources[number]
    ids = [use.id for p in passages for use in p.uses]
    assert len(set(ids)) == len(ids)


def test_the_background_is_all_of_its_content_words() -> None:
    made = background_reference()
    assert made.sentences == shipped_background().sentences
    found = forms(made, "man")
    assert len(found) > 2_500
    assert not {form.lower() for form, _ in found} & stop_words()


def encoder(fingerprint: str = "made") -> Made:
    return Made(lambda o: [float(len(o.form)), 1.0], fingerprint=fingerprint)


def test_vectors_of_the_background_are_kept_and_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))
    kept = background_reference()
    first = next(kept.passages("man"))
    made, again, other = encoder(), encoder(), encoder("another")
    np.testing.assert_array_equal(kept.vectors(made, first), kept.vectors(again, first))
    kept.vectors(other, first)
    assert (len(made.calls), len(again.calls), len(other.calls)) == (1, 0, 1)
    function_words = next(kept.passages("that"))
    kept.vectors(again, function_words)
    assert len(again.calls) == 1  # other uses, other vectors
    own = texts("a post")
    for _ in range(2):
        own.vectors(other, next(own.passages("man")))
    assert len(other.calls) == 3


def test_reading_a_reference(tmp_path: Path) -> None:
    path = tmp_path / "corpus"
    path.write_text("# a comment\nThe post.\n\nthe   POST.\nA man.\n" + "x" * 1_000_001 + "\n")
    found = read_reference(path)
    assert found.sentences == ("The post.", "A man.")
    assert found.sources == (f"{path}:2", f"{path}:5")
    table = tmp_path / "corpus.tsv"
    table.write_text("id\tsentence\n1\tThe post.\n")
    assert read_reference(table).sentences == ("The post.",)
    assert found.digest != read_reference(table).digest


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", b"", "no sentence"),
        ("a.txt", b"x" * 1_000_001, "contains no sentence to search for neighbors"),
        ("a.txt", b"fine\n\xff\n", "a.txt:2: is not UTF-8"),
        ("a.tsv", b"text\nfine\n", "has no column `sentence`"),
        ("a.jsonl", b'{"sentence": "\\ud800"}', "contains no sentence to search for neighbors"),
        ("none.txt", None, "there is no such file"),
    ],
)
def test_unusable_references_are_refused(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_reference(tmp_path / name)
    assert says in str(caught.value)
