from __future__ import annotations

import os
import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.models.fasttext import load_facebook_vectors
from gensim.models.fasttext_inner import compute_ngrams_bytes
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from embcmp.errors import ModelError
from embcmp.vectors.content import Content
from embcmp.vectors.file import FileVectors
from tests.conftest import ROOT, SHARED, needs_shared
from tests.vectors.tables import as_dict, read_table

FIXTURES = ROOT / "fixtures"
VECTORS = FIXTURES / "vectors"
GENSIM = {  # how gensim must be told what embcmp sees
    "word2vec.txt": {},
    "word2vec.bin": {"binary": True},
    "vectors/gensim/toy-model.vec": {},
    "vectors/gensim/lee_fasttext.vec": {},
    "vectors/gensim/word2vec_pre_kv_c": {},
    "vectors/bpemb_en.wiki.bpe.vs1000.d25.w2v.bin": {"binary": True},
    "vectors/fake_embeddings.5d.txt": {"no_header": True},
}
FEW_FILES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def by_gensim(path: Path, **how: bool) -> dict[str, bytes]:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ResourceWarning
        )  # gensim opens a file twice, closes it once
        vectors = KeyedVectors.load_word2vec_format(path, **how)
    return {word: vectors[word].tobytes() for word in vectors.index_to_key}


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", ["word2vec.txt", "word2vec.bin"])
def test_the_fixtures_as_gensim_reads_them(name: str) -> None:
    table = as_dict(read_table(VECTORS / name))
    assert table == by_gensim(VECTORS / name, **GENSIM[name])
    assert len(table) == 21


def test_words_with_spaces_as_glove_840b_has_them() -> None:
    glove = as_dict(read_table(VECTORS / "glove.txt"))
    assert [word for word in glove if " " in word] == [". . .", "at name@example.org"]
    words = set(glove) - {"at name@example.org", ". . ."}
    word2vec = as_dict(read_table(VECTORS / "word2vec.txt"))
    assert {word: glove[word] for word in words} == word2vec


def test_the_script_makes_the_fixtures(tmp_path: Path) -> None:
    runpy.run_path(str(FIXTURES / "make_vectors.py"))["make"](tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in VECTORS.iterdir()}


GENSIM_READS = {
    **{name: how for name, how in GENSIM.items() if name.startswith("vectors/")},
    **{
        f"vectors/fake_embeddings.5d.txt{ending}": {"no_header": True}
        for ending in (".bz2", ".gz", ".xz", ".zip", ".tar.gz")
    },
    "vectors/glove.6B.100d.sample.txt.gz": {"no_header": True},
    "vectors/glove.6B.300d.sample.txt.gz": {"no_header": True},
}
PLAIN = {".zip": "vectors/fake_embeddings.5d.txt", ".tar.gz": "vectors/fake_embeddings.5d.txt"}
FASTTEXT = ("vectors/gensim/toy-model.bin", "vectors/gensim/lee_fasttext.bin")
MEMBERS = [
    (f"vectors/multi-file-archive.{ending}", member)
    for ending in ("zip", "tar.gz")
    for member in ("fake_embeddings.5d.txt", "folder/fake_embeddings.5d.txt")
]


@needs_shared
@pytest.mark.parametrize("name", GENSIM_READS)
def test_real_files_as_gensim_reads_them(name: str) -> None:
    # gensim unpacks neither a zip nor a tar: there it reads what is in them
    plain = next((plain for ending, plain in PLAIN.items() if name.endswith(ending)), name)
    expected = by_gensim(SHARED / plain, **GENSIM_READS[name])
    assert as_dict(read_table(SHARED / name)) == expected


@needs_shared
@pytest.mark.parametrize("name", FASTTEXT)
def test_real_fasttext_models_as_gensim_reads_them(name: str) -> None:
    oracle = load_facebook_vectors(SHARED / name)
    read = as_dict(read_table(SHARED / name))
    assert list(read) == oracle.index_to_key
    assert read == {word: oracle[word].tobytes() for word in oracle.index_to_key}
    vectors = FileVectors(SHARED / name)
    for unknown in ("blorple", "été", "hot dog", "日本", "q", "x" * 300):
        made = vectors.subwords(unknown)
        assert made is not None
        assert made[1].tobytes() == oracle[unknown].tobytes()
        assert made[0] == tuple(
            ngram.decode() for ngram in compute_ngrams_bytes(unknown, oracle.min_n, oracle.max_n)
        )


@needs_shared
@pytest.mark.parametrize(("name", "member"), MEMBERS)
def test_members_of_real_archives(name: str, member: str) -> None:
    expected = by_gensim(SHARED / "vectors/fake_embeddings.5d.txt", no_header=True)
    assert as_dict(read_table(SHARED / name, member=member)) == expected
    with pytest.raises(ModelError, match=r"archive of 2 files: fake_emb.*txt, folder/fake_emb"):
        read_table(SHARED / name)
    with pytest.raises(ModelError, match="has no member 'nothing'"):
        read_table(SHARED / name, member="nothing")


@needs_shared
def test_every_real_file_is_in_a_test() -> None:
    files = {
        f"vectors/{p.relative_to(SHARED / 'vectors')}" for p in (SHARED / "vectors").rglob("*")
    }
    files = {name for name in files if (SHARED / name).is_file()} - {"vectors/SOURCE.txt"}
    assert files <= {*GENSIM_READS, *FASTTEXT, *(name for name, _ in MEMBERS)}


WordsAndMatrix = tuple[list[str], NDArray[np.float32]]
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6)
TABLES = st.tuples(st.integers(1, 5), st.integers(2, 6)).flatmap(
    lambda shape: st.tuples(
        st.lists(WORDS, min_size=shape[0], max_size=shape[0], unique=True),
        arrays(np.float32, shape, elements=FLOATS),
    )
)


def read_or_doubt(path: Path) -> dict[str, bytes] | None:
    """The words and vectors of a binary file; None if it is refused since a word may have a blank.

    For numbers of any size this cannot always be told; test_blank_words.py has those of usual size.
    """
    try:
        return as_dict(read_table(path))
    except ModelError as e:
        assert "contains a blank" in e.message
        assert "cannot be told apart" in e.message
        return None


@FEW_FILES
@given(TABLES)
def test_text_that_gensim_wrote_is_read_bit_for_bit(tmp_path: Path, table: WordsAndMatrix) -> None:
    words, matrix = table
    vectors = KeyedVectors(matrix.shape[1])
    vectors.add_vectors(words, matrix)
    vectors.save_word2vec_format(tmp_path / "x")
    expected = {word: row.tobytes() for word, row in zip(words, matrix, strict=True)}
    assert as_dict(read_table(tmp_path / "x")) == expected


@FEW_FILES
@given(TABLES)
@example((["0", "00"], np.full((2, 2), 7.131776e16, np.float32)))  # whose first byte is a blank
@pytest.mark.parametrize("end", [b"", b"\n"], ids=["gensim", "word2vec.c"])
def test_binary_is_read_bit_for_bit_or_a_doubt_is_named(
    tmp_path: Path, end: bytes, table: WordsAndMatrix
) -> None:
    words, matrix = table
    rows = [b"%b %b" % (w.encode(), v.tobytes()) for w, v in zip(words, matrix, strict=True)]
    content = b"%d %d\n" % matrix.shape + b"".join(row + end for row in rows)
    if not end:
        vectors = KeyedVectors(matrix.shape[1])
        vectors.add_vectors(words, matrix)
        vectors.save_word2vec_format(tmp_path / "x", binary=True)
        assert (tmp_path / "x").read_bytes() == content
    expected = {word: row.tobytes() for word, row in zip(words, matrix, strict=True)}
    read = read_or_doubt(write(tmp_path / "x", content))
    assert read == expected or (read is None and b" " in matrix.tobytes())


@pytest.mark.parametrize("name", ["word2vec.txt", "word2vec.bin", "glove.txt"])
def test_truncated_files_never_give_a_wrong_vector(tmp_path: Path, name: str) -> None:
    whole = (VECTORS / name).read_bytes()
    right = as_dict(read_table(VECTORS / name))
    readable = []
    for end in range(len(whole)):
        path = write(tmp_path / "cut", whole[:end])
        try:
            table = as_dict(read_table(path))
        except ModelError as e:
            assert str(path) in e.message
        else:
            assert table.items() <= right.items()
            readable.append(end)
    # Without a header, nothing tells a file that was cut between two lines from a shorter one.
    between_lines = [i + 1 for i, byte in enumerate(whole[:-1]) if byte == ord("\n")]
    assert readable == (between_lines if name == "glove.txt" else [])


@FEW_FILES
@given(st.sampled_from(["word2vec.txt", "word2vec.bin", "glove.txt"]), st.data())
def test_a_changed_byte_gives_a_valid_table_or_one_error(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    content = bytearray((VECTORS / name).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = write(tmp_path / "changed", bytes(content))
    try:
        table = read_table(path)
    except ModelError as e:
        assert str(path) in e.message
    else:
        assert table.matrix.shape == (len(table.words), 4)
        assert np.isfinite(table.matrix).all()


NO_WORD = r"x: there is no word before vector 2, at byte 14: .* not have the width 2 that its"
HALF = np.array([0.5, 0.25], "<f4").tobytes()
NAN = np.array([0.5, np.nan], "<f4").tobytes()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"3 2\na 1 2\nb 3 4\n", r"x: its header declares 3 words, but 2 follow"),
        (b"1 2\na 1 2\nb 3 4\n", r"x: its header declares 1 words, but 2 follow"),
        (b"2 3\na 1 2\nb 3 4\n", r"x:2: the row has 2 numbers instead of 3"),
        (b"2 1\na 1 2\nb 3 4\n", r"x:2: the row has 2 numbers instead of 1"),
        (b"0 2\n", r"x: contains no word"),
        (b"1 0\na\n", r"x: its header declares vectors of width 0"),
        (b"999999999999 999999999999\na 1\n", r"x: its header declares vectors of width 999"),
        (b"a 1 2\nb 3\n", r"x:2: the row has 1 numbers instead of 2"),
        (b"a 1 2\nb 3 4 5\n", r"x:2: the row has 3 numbers instead of 2"),
        (b"a 1 2\n\nb 3 4\n", r"x:2: the line is empty"),
        (b"a 1 2\nb 3 4\n\n", r"x:3: the line is empty"),
        (b"a 1 2\n 3 4\n", r"x:2: the row has 1 numbers instead of 2"),
        (b"a 1 2\nb 3 x\n", r"x:2: the row should have 2 numbers, but .*b'x'"),
        (b"a 1 2\nb 3 nan\n", r"x:2: the row contains NaN or infinity"),
        (b"1 2\na -inf 3\n", r"x:2: the row contains NaN or infinity"),
        (b"a 1 2\nb 3 1e39\n", r"x:2: the row contains NaN or infinity"),
        (b"a 1 2\nb 3 4", r"x: the last line has no line end"),
        (b"2 2\na " + HALF + b"b " + HALF[:-1], r"x: ends within vector 2 of the 2"),
        (b"2 2\na " + HALF, r"x: ends within vector 2 of the 2"),
        (
            b"2 2\na " + HALF + b" " + HALF,
            NO_WORD,
        ),
        (
            b"2 2\na " + HALF + b"b\nc " + HALF,
            NO_WORD,
        ),
        (b"1 2\na " + HALF + b"b " + HALF, r"x: continues after the 1 vectors of width 2"),
        (b"1 0\na " + HALF, r"x: its header declares vectors of width 0"),
        (b"999999999999 2\na " + HALF, r"x: ends within vector 2 of the 999,999,999,999"),
        (
            b"2 2\na " + HALF + b"b\xe9 " + NAN,
            r"x: the vector of 'b\ufffd' \(number 2\) contains NaN",
        ),
    ],
)
def test_errors_name_the_line(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(ModelError, match=says) as e:
        read_table(write(tmp_path / "x", content))
    assert e.value.hint
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("\ufeff2 2\r\nthe 1 2\r\nman 3 4\r\n".encode(), ["the", "man"]),
        ("\ufeffthe 1 2\n".encode(), ["the"]),
        ("\ufeff1 2\nthe ".encode() + np.array([1, 2], "<f4").tobytes(), ["the"]),
        (b"1 2\t\nthe\t1\t2\t\n", ["the"]),
        (
            "a\u00a0b 1 2\nc\u2028d\u0085 1 2\n".encode(),
            ["a\u00a0b", "c\u2028d\u0085"],
        ),
        (b"caf\xe9 1 2\n", ["café"]),
        (b"nan 1 2\n1984 1 2\n", ["nan", "1984"]),
    ],
    ids=[
        "mark and CRLF",
        "mark",
        "mark and binary",
        "tabs",
        "separators in words",
        "Latin-1",
        "numbers as words",
    ],
)
def test_unusual_lines_of_real_files(tmp_path: Path, content: bytes, words: list[str]) -> None:
    table = read_table(write(tmp_path / "x", content))
    assert table.words == words
    assert table.matrix[0].tolist() == [1, 2]


def test_keys_truncated_within_a_character_are_kept_byte_by_byte(tmp_path: Path) -> None:
    cut = "caf\u00e9".encode()[:-1]
    content = b"4 2\n" + b"".join(
        key + b" " + np.array([i, 1], "<f4").tobytes()
        for i, key in enumerate([cut, "caf\u00e9".encode(), cut + b"\xff", b"man"])
    )
    vectors = FileVectors(write(tmp_path / "x", content))
    words = [word for block, _ in vectors.blocks(9) for word in block]
    assert words == ["caf\udcc3", "caf\u00e9", "caf\udcc3\udcff", "man"]
    assert vectors.lookup(words)[0][:, 0].tolist() == [0, 1, 2, 3]
    [remark] = vectors.remarks
    said = f"{tmp_path / 'x'}: keys that are not UTF-8: 2; they are kept byte by byte"
    assert remark.startswith(said)


def test_the_keys_of_a_latin_1_file_are_found(tmp_path: Path) -> None:
    path = write(tmp_path / "x", "caf\u00e9 1 2\nna\u00efve 3 4\nman 5 6\n".encode("latin-1"))
    vectors = FileVectors(path)
    found, known = vectors.lookup(["caf\u00e9", "na\u00efve", "man", "\u65e5"])
    assert known.tolist() == [True, True, True, False]
    assert found[:3, 0].tolist() == [1, 3, 5]
    assert vectors.remarks == (f"{path}: keys that are not UTF-8: 2; they are read as Latin-1",)


def test_a_row_longer_than_a_block(tmp_path: Path) -> None:
    wide = np.arange(600_000, dtype=np.float32)
    rows = {"man": wide, "the": wide[::-1]}
    binary = b"2 600000\n" + b"".join(k.encode() + b" " + v.tobytes() for k, v in rows.items())
    text = "".join(f"{k} {' '.join(map(str, v.tolist()))}\n" for k, v in rows.items())
    for content in (binary, text.encode()):
        table = as_dict(read_table(write(tmp_path / "x", content)))
        assert table == {word: row.tobytes() for word, row in rows.items()}


def test_a_folder_a_pipe_and_an_endless_line_are_refused(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(ModelError, match="is a pipe or a device, which can be read only once"):
        FileVectors(pipe)
    endless = write(tmp_path / "x", b"a 1 2\n" + b"b" * (1 << 25))
    with pytest.raises(ModelError, match="no line end"):
        FileVectors(endless)
    with pytest.raises(ModelError, match=r"a line of over"):
        FileVectors(write(tmp_path / "x", b"a 1 2\n" + b"b" * (1 << 25) + b"\n"))


@pytest.mark.parametrize("between", [b"", b"\n"], ids=["gensim", "word2vec.c"])
def test_a_binary_is_read_in_few_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, between: bytes
) -> None:
    row = bytes(4 * 100)
    path = write(
        tmp_path / "x", b"5000 100\n" + b"".join(b"w%d " % i + row + between for i in range(5000))
    )
    sizes: list[int] = []
    read = Content.read
    monkeypatch.setattr(
        Content, "read", lambda self, at, size: sizes.append(size) or read(self, at, size)
    )
    assert FileVectors(path).count == 5000
    assert len(sizes) < 20
