"""Files of vectors of uses: what is written is read, and what is wrong is named by its row."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from embcmp.encoders.use_vectors import read_use_vectors, use_digest
from embcmp.errors import ModelError
from embcmp.questions.compare.saved_vectors import write_use_vectors
from embcmp.types import Occurrence

IDS = ["a", "b", "c"]
ROWS = [[1.0, 2.0], [0.5, -1.0], [3.0, 4.0]]


def npy(folder: Path, rows: object, ids: str = "a\nb\nc\n") -> Path:
    path = folder / "x.npy"
    np.save(path, rows, allow_pickle=True)
    path.with_suffix(".ids").write_bytes(ids.encode())
    return path


def parquet(folder: Path, ids: object, vectors: object, **more: object) -> Path:
    path = folder / "x.parquet"
    pq.write_table(pa.table({"id": ids, "vector": vectors, **more}), path)
    return path


def jsonl(folder: Path, *rows: object) -> Path:
    path = folder / "x.jsonl"
    lines = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def refused(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        read_use_vectors(path)
    assert caught.value.hint
    return caught.value.message.replace(f"{path.parent}/", "")


def test_every_format_gives_the_same(tmp_path: Path) -> None:
    objects = [{"id": i, "vector": row} for i, row in zip(IDS, ROWS, strict=True)]
    for path in (
        npy(tmp_path, np.array(ROWS)),
        parquet(tmp_path, IDS, ROWS),
        jsonl(tmp_path, *objects),
    ):
        read = read_use_vectors(path)
        assert read.keys == ((None, "a"), (None, "b"), (None, "c"))
        assert read.vectors.dtype == np.float32
        assert read.vectors.tolist() == ROWS
        assert read.files[0] == path


def test_reading_is_reported(tmp_path: Path) -> None:
    rows = np.ones((3000, 2))
    ids = [str(i) for i in range(3000)]
    lines = ({"id": i, "vector": [1, 1]} for i in ids)
    for path in (npy(tmp_path, rows, "\n".join(ids)), parquet(tmp_path, ids, list(rows)),
                 jsonl(tmp_path, *lines)):  # fmt: skip
        calls: list[tuple[str, int, int]] = []
        read_use_vectors(path, lambda *call, calls=calls: calls.append(call))
        assert {name for name, _, _ in calls} == {f"reading {path.name}"}
        assert all(0 < done <= total for _, done, total in calls)


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4", "<f2", "i1", "u2"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_numpy_matrix_of_any_numbers(tmp_path: Path, dtype: str, order: object) -> None:
    rows = np.array([[1, 2], [0, 3], [4, 5]], dtype=dtype, order=order)
    assert read_use_vectors(npy(tmp_path, rows)).vectors.tolist() == rows.tolist()


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float64()), pa.list_(pa.float32(), 2), pa.large_list(pa.float16())]
)
def test_a_parquet_column_of_any_lists(tmp_path: Path, kind: object) -> None:
    inner = np.float16 if kind.value_type == pa.float16() else float
    column = pa.array([np.array(row, dtype=inner) for row in ROWS], kind)
    assert read_use_vectors(parquet(tmp_path, IDS, column)).vectors.tolist() == ROWS


def test_ids_are_read_as_those_of_sentences(tmp_path: Path) -> None:
    decomposed, composed = "cafe\u0301", "caf\u00e9"
    read = read_use_vectors(npy(tmp_path, np.ones((3, 1)), f"\ufeff1 \r\n2.0\r\n{decomposed}"))
    assert [id for _, id in read.keys] == ["1", "2", composed]
    read = read_use_vectors(parquet(tmp_path, pa.array([1.0, 2.0]), [[1.0], [2.0]]))
    assert [id for _, id in read.keys] == ["1", "2"]


def test_uses_of_two_words_may_have_the_same_id(tmp_path: Path) -> None:
    read = read_use_vectors(parquet(tmp_path, ["1", "1"], [[1.0], [2.0]], word=["Man", "park"]))
    assert read.keys == (("man", "1"), ("park", "1"))
    lines = [{"id": 1, "word": w, "vector": [1]} for w in ("man", "park")]
    assert read_use_vectors(jsonl(tmp_path, *lines)).keys == read.keys


@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 5), st.integers(1, 4)),
        elements=st.floats(-(2.0**100), 2.0**100, width=32),
    )
)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: object) -> None:
    path = tmp_path_factory.mktemp("saved") / "x.parquet"
    ids = [str(i) for i in range(len(rows))]
    uses = [Occurrence(id, "man", f"{id}: man", len(id) + 2, len(id) + 5) for id in ids]
    write_use_vectors(path, uses, rows, {"word": "Man"})
    read = read_use_vectors(path)
    assert read.vectors.tobytes() == rows.tobytes()
    assert read.keys == tuple(("man", id) for id in ids)
    assert read.uses == {use.id: use_digest(use) for use in uses}
    assert pq.read_table(path).column_names == ["id", "vector"]


@pytest.mark.parametrize(
    ("ids", "says"),
    [
        ("a\n\nc\n", "x.ids:2: has no id"),
        ("a\nb\na\n", "x.ids:3: the id 'a' is given twice, first at x.ids:1"),
        ("a\nb\n", "x.ids: has 2 lines, and x.npy has 3 rows"),
        ("", "x.ids: has 0 lines, and x.npy has 3 rows"),
        ("a\nb\nc\n\n", "x.ids: has 4 lines, and x.npy has 3 rows"),
    ],
)
def test_ids_that_do_not_fit_the_matrix(tmp_path: Path, ids: str, says: str) -> None:
    assert refused(npy(tmp_path, np.array(ROWS), ids)) == says


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (np.ones(3), "x.npy: is an array of 1 dimensions of float64, not a matrix of numbers"),
        (np.array([["a"]]), "x.npy: is an array of 2 dimensions of <U1, not a matrix of numbers"),
        (np.array([[{}]]), "x.npy: cannot be read as an array: it contains Python objects"),
        (np.empty((0, 3)), "x.ids: has 3 lines, and x.npy has 0 rows"),
        (np.empty((3, 0)), "x.npy: has no vectors"),
        (np.array([[1, 2], [1, np.nan], [1, 2]]),
         "x.npy: row 2: the vector of 'b' has NaN or infinity"),
        (np.array([[1, 2], [1, 2], [1e300, 2]]),
         "x.npy: row 3: the vector of 'c' has NaN or infinity"),
    ],
)  # fmt: skip
def test_arrays_that_are_refused(tmp_path: Path, rows: object, says: str) -> None:
    assert refused(npy(tmp_path, rows)) == says


def test_a_matrix_that_ends_within_its_vectors_or_has_no_ids(tmp_path: Path) -> None:
    path = npy(tmp_path, np.array(ROWS))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert refused(path) == "x.npy: ends within its vectors"
    declared = whole.replace(b"(3, 2)", b"(3000000000, 2)")
    path.write_bytes(declared)  # 48 GB by its header
    assert "ends within its vectors" in refused(path)
    path.write_bytes(whole)
    path.with_suffix(".ids").unlink()
    assert refused(path) == "x.npy: has no ids: there is no x.ids beside it"


@pytest.mark.parametrize(
    ("ids", "vectors", "says"),
    [
        (["a", None], [[1.0], [2.0]], "x.parquet: row 2: has no id"),
        (["a", " "], [[1.0], [2.0]], "x.parquet: row 2: ' ' is no id"),
        ([True, False], [[1.0], [2.0]], "x.parquet: row 1: True is no id"),
        (["a", "a"], [[1.0], [2.0]],
         "x.parquet: row 2: the id 'a' is given twice, first at x.parquet: row 1"),
        (["a", "b"], [[1.0], [2.0, 3.0]],
         "x.parquet: row 2: has 2 numbers, and the rows before it have 1"),
        (["a", "b"], [[1.0], None], "x.parquet: row 2: has no `vector`"),
        (["a", "b"], [None, [1.0]], "x.parquet: row 1: has no `vector`"),
        (["a", "b"], [[1.0], [None]], "x.parquet: row 2: the vector of 'b' has NaN or infinity"),
        (["a", "b"], [[1.0], [float("inf")]],
         "x.parquet: row 2: the vector of 'b' has NaN or infinity"),
        (["a", "b"], [1.0, 2.0], "x.parquet: the column `vector` is of type double"),
        (["a"], [["x"]], "x.parquet: the column `vector` is of type list<element: string>"),
        ([b"a"], [[1.0]], "x.parquet: the column `id` is of type binary"),
        ([["a"]], [[1.0]], "x.parquet: the column `id` is of type list<element: string>"),
    ],
)  # fmt: skip
def test_parquet_that_is_refused(tmp_path: Path, ids: object, vectors: object, says: str) -> None:
    assert refused(parquet(tmp_path, ids, vectors)) == says


def test_widths_are_compared_over_the_whole_file(tmp_path: Path) -> None:
    vectors = [[1.0, 2.0]] * 2000 + [[1.0]]
    path = parquet(tmp_path, list(range(2001)), vectors)
    assert refused(path) == "x.parquet: row 2001: has 1 numbers, and the rows before it have 2"


def test_parquet_without_the_columns_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"name": ["a"], "vector": [[1.0]]}), path)
    assert refused(path) == "x.parquet: has no column `id`, but name, vector"
    path = parquet(tmp_path, IDS, ROWS)
    path.write_bytes(path.read_bytes()[:-20])
    assert "x.parquet: is not a readable Parquet file" in refused(path)
    path = parquet(tmp_path, ["a"], [[1.0]], word=pa.array([None], pa.string()))
    assert refused(path) == "x.parquet: row 1: has no word"


def test_parquet_that_declares_more_than_it_can_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = parquet(tmp_path, list(range(200_000)), [[0.0] * 50] * 200_000)
    monkeypatch.setattr("embcmp.encoders.use_vector_formats._ALWAYS_ALLOWED", 1 << 20)
    monkeypatch.setattr("embcmp.encoders.use_vector_formats._MOST_PACKED", 2)
    assert "x.parquet: declares 10,200,000 values, more than" in refused(path)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"vector": [1, 2]}, "has no id"),
        ({"id": "a", "vector": [1, 2]}, "the id 'a' is given twice, first at x.jsonl:1"),
        ({"id": ["b"], "vector": [1, 2]}, "['b'] is no id"),
        ({"id": "b"}, "has no `vector`"),
        ({"id": "b", "vector": [1]}, "has 1 numbers, and the rows before it have 2"),
        ({"id": "b", "vector": [1, "2"]}, "`vector` is no list of numbers"),
        ({"id": "b", "vector": [1, True]}, "`vector` is no list of numbers"),
        ({"id": "b", "vector": "1 2"}, "`vector` is no list of numbers"),
        ('{"id": "b", "vector": [1, NaN]}', "the vector of 'b' has NaN or infinity"),
        ({"id": "b", "vector": [1, 10**400]}, "the vector of 'b' has NaN or infinity"),
        ({"id": "b", "vector": [1, 2], "word": "x"}, "some rows have `word` and others do not"),
        ("[1, 2]", "is no object"),
        ('{"id": "b"', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_json_lines_that_are_refused(tmp_path: Path, row: object, says: str) -> None:
    path = jsonl(tmp_path, {"id": "a", "vector": [1, 2]}, "", row)  # a blank line is passed over
    message = refused(path)
    assert message.startswith(f"x.jsonl:3: {says}")


def test_files_of_no_such_format(tmp_path: Path) -> None:
    assert "x.npy: there is no such file" in refused(tmp_path / "x.npy")
    (tmp_path / "x.pkl").write_bytes(b"\x80\x04}\x94.")
    assert refused(tmp_path / "x.pkl") == "x.pkl: is of no format for the vectors of uses"
    (tmp_path / "folder").mkdir()
    assert refused(tmp_path / "folder") == "folder: is a folder"
    assert refused(jsonl(tmp_path)) == "x.jsonl: has no vectors"
    (tmp_path / "y.jsonl").write_bytes(b'{"id": "a", "vector": [1]}\n\xff\n')
    assert refused(tmp_path / "y.jsonl") == "y.jsonl:2: is not UTF-8"


@pytest.mark.parametrize("words", [[{"x": 1}, {"x": 2}], [b"man", b"man"]])
def test_a_column_of_words_has_text(tmp_path: Path, words: list[object]) -> None:
    with pytest.raises(ModelError, match="the column `word` is of type"):
        read_use_vectors(parquet(tmp_path, IDS[:2], ROWS[:2], word=words))
