"""Words with blanks, line ends and other unusual characters, as gensim writes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.binary import Binary
from embcmp.vectors.content import Content
from embcmp.vectors.file import FileVectors
from tests.vectors.tables import as_dict, read_table

WordsAndMatrix = tuple[list[str], NDArray[np.float32]]
USUAL = st.floats(-100, 100, width=32).filter(lambda x: x == 0 or abs(x) > 1e-9)
WORDS = (
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
    | st.text(st.characters(categories=["Cc", "Cf", "Cn", "Co", "Z"]), min_size=1, max_size=4)
    | st.text(st.sampled_from(" \n\r\t\x00\x85\xa0\u2028ab?@1-é日"), min_size=1, max_size=8)
    | st.sampled_from(["a", "the", "hot dog", "New York City", "b ", "\nb", "b\n", "1", "b 7"])
)
TABLES = st.tuples(st.integers(1, 6), st.integers(2, 5)).flatmap(
    lambda shape: st.tuples(
        st.lists(WORDS, min_size=shape[0], max_size=shape[0], unique=True),
        arrays(np.float32, shape, elements=USUAL),
    )
)
MANY_FILES = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CAUSES = (
    r"a word|contains a blank|is a part of a word|begins with a line end|continues after"
    r"|declares \d+ words, but|numbers, but could not convert"
)


def written(folder: Path, table: WordsAndMatrix, *, binary: bool) -> Path:
    words, matrix = table
    vectors = KeyedVectors(matrix.shape[1])
    vectors.add_vectors(words, matrix)
    vectors.save_word2vec_format(folder / "x", binary=binary)
    return folder / "x"


def constant(words: list[str], value: float = 0.1) -> WordsAndMatrix:
    return words, np.full((len(words), 3), value, np.float32)


def ends_in_a_number(word: str) -> bool:
    """Whether a word has a part after a blank that is a number, like those of a vector."""
    parts = word.encode().split()
    try:
        float(parts[-1])
    except (IndexError, ValueError):
        return False
    return len(parts) > 1


@MANY_FILES
@given(TABLES)
def test_any_words_in_text_come_back_or_the_cause_is_named(
    tmp_path: Path, table: WordsAndMatrix
) -> None:
    path = written(tmp_path, table, binary=False)
    if any("\n" in word or ends_in_a_number(word) for word in table[0]):
        with pytest.raises(ModelError, match=CAUSES):
            read_table(path)
        return
    expected = {word: row.tobytes() for word, row in zip(*table, strict=True)}
    assert as_dict(read_table(path)) == expected


@MANY_FILES
@given(TABLES)
def test_any_words_in_binary_come_back_or_the_cause_is_named(
    tmp_path: Path, table: WordsAndMatrix
) -> None:
    path = written(tmp_path, table, binary=True)
    # The bytes of a few small numbers may all be letters; such a file is read as text.
    assume(not path.read_bytes().decode("latin-1").replace("\n", "").isprintable())
    expected = {word: row.tobytes() for word, row in zip(*table, strict=True)}
    try:
        read = as_dict(read_table(path))
    except ModelError as e:
        certain = any(mark in word for word in table[0] for mark in " \n")
        assert certain or "cannot be told apart" in e.message
        assert "blank" in e.message or "line end" in e.message
        assert "save the vectors as text" in (e.hint or "")
    else:
        assert read == expected


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["a", "b 7"], r"x:3: the row has 4 numbers instead of 3, or 'b 7' is a word"),
        (["a", "b\nc"], r"x:3: the row has 0 numbers .*, or its line end is a part of a word"),
        (["a", "\n"], r"x:3: the line is empty, or the line end is a part of a word"),
    ],
)
def test_a_doubt_in_text_is_named(tmp_path: Path, words: list[str], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        read_table(written(tmp_path, constant(words), binary=False))


BLANK = r"x: the word at byte {} contains a blank, .* it is {!r}, and not {!r} alone"


@pytest.mark.parametrize("value", [0.0, 0.1, 2.0, 3.0, -0.3])
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["a b"], BLANK.format(4, "a b", "a")),
        (["a b", "c"], BLANK.format(4, "a b", "a")),
        (["a", "b c"], BLANK.format(18, "b c", "b")),
        (["a", "b ", "the"], BLANK.format(18, "b ", "b")),
        (["a", "New York City", "b"], BLANK.format(18, "New York(?: City)?", "New")),
        (["é", "日 本", "b"], BLANK.format(19, "日 本", "日")),
        (["a", "b " + 40 * "c", "d"], BLANK.format(18, "b " + 40 * "c", "b")),
        (["a", " b"], r"x: there is no word before vector 2, at byte 18: a word contains a blank"),
        (["a", "b\nc"], r"x: there is no word before vector 2, .* blank or a line end"),
        (
            ["\na", "b"],
            r"x: before vector 1, at byte 4, there is a line feed .* begins with a line",
        ),
        (["a", "b", "\nc"], r"x: before vector 3, .* begins with a line end"),
        (["a", "\nb"], r"x: after each vector but the last there is a line feed"),
        (["a", "\nb", "c"], r"x: before vector 3, .* begins with a line end"),
    ],
)
def test_blanks_and_line_ends_in_binary_are_refused(
    tmp_path: Path, words: list[str], says: str, value: float
) -> None:
    with pytest.raises(ModelError, match=says) as e:
        read_table(written(tmp_path, constant(words, value), binary=True))
    assert "save the vectors as text" in (e.value.hint or "")


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_blanks_are_refused_wherever_a_block_ends(tmp_path: Path, end: bytes) -> None:
    words = [f"w{i}" for i in range(20)]
    words[13] = "hot dog"
    matrix = np.random.default_rng(0).standard_normal((20, 4)).astype("<f4")
    rows = zip(words, matrix, strict=True)
    path = tmp_path / "x"
    path.write_bytes(
        b"20 4\n" + b"".join(b"%b %b%b" % (w.encode(), v.tobytes(), end) for w, v in rows)
    )
    for size in range(1, path.stat().st_size + 1, 3):
        with pytest.raises(ModelError, match="'hot dog', and not 'hot' alone"):
            list(Binary(Content(path)).checked_scan(size))


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("dim", [25, 100])
def test_numbers_that_look_like_the_end_of_a_word_are_no_blanks(
    tmp_path: Path, dim: int, end: bytes
) -> None:
    count = 20_000
    rng = np.random.default_rng(1)
    matrix = rng.standard_normal((count, dim), np.float32).astype("<f4")
    matrix[::50] = 0
    matrix[7::50] = rng.integers(-9, 64, (count // 50, dim))
    matrix[9::50] = np.float32(np.float16(matrix[9::50]))
    starts = matrix.view(np.uint8)[:, 0]
    assert np.count_nonzero(starts == ord(" ")) > 40
    path = tmp_path / "x"
    content = b"".join(b"word%d %b%b" % (i, row.tobytes(), end) for i, row in enumerate(matrix))
    path.write_bytes(b"%d %d\n" % (count, dim) + content)
    vectors = FileVectors(path)
    assert vectors.count == count
    words = [f"word{i}" for i in range(0, count, 501)]
    assert vectors.lookup(words)[0].tobytes() == matrix[::501].tobytes()


def test_words_in_latin_1_are_not_checked_for_blanks_but_remarked_on(tmp_path: Path) -> None:
    row = np.full(3, 0.1, "<f4").tobytes()
    path = tmp_path / "x"
    path.write_bytes(b"2 3\ncaf\xe9 \xe9 " + row + b"c " + row)
    [remark] = FileVectors(path).remarks
    assert "If words before them have blanks" in remark
