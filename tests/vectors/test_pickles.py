from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from gensim.corpora import Dictionary
from gensim.models import KeyedVectors, Word2Vec

from embcmp.errors import ModelError
from embcmp.vectors.file import FileVectors
from embcmp.vectors.pickles import ALLOWED
from tests.conftest import Run
from tests.vectors.forms import small

WORDS, MATRIX = small()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(ALLOWED, raising=False)


@pytest.fixture
def keyed(tmp_path: Path) -> Path:
    vectors = KeyedVectors(MATRIX.shape[1])
    vectors.add_vectors([*WORDS[:4], "a phrase"], MATRIX)
    vectors.save(str(tmp_path / "x.kv"))
    return tmp_path / "x.kv"


class Bomb:
    """A hostile pickle, which creates a file when it is read."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.place,)


@pytest.mark.parametrize("protocol", range(6))
def test_no_pickle_is_read_unless_it_is_allowed(tmp_path: Path, protocol: int) -> None:
    path, place = tmp_path / "x.kv", tmp_path / "ran"
    path.write_bytes(pickle.dumps(Bomb(place), protocol))
    with pytest.raises(
        ModelError, match="is a pickle, which could run any code and is not read"
    ) as e:
        FileVectors(path)
    assert "--allow-pickle" in e.value.hint
    assert not place.exists()


def test_an_allowed_pickle_gives_the_vectors_of_gensim(
    keyed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED, "1")
    oracle = KeyedVectors.load(str(keyed))
    for _ in range(2):
        vectors = FileVectors(keyed)
        found, known = vectors.lookup(oracle.index_to_key)
        assert known.all()
        assert found.tobytes() == oracle.vectors.tobytes()
        (remark,) = vectors.remarks
        assert remark.startswith(f"{keyed}: is a pickle")
        assert vectors.bytes == keyed.stat().st_size
    monkeypatch.delenv(ALLOWED)  # that it was read once allows nothing
    with pytest.raises(ModelError, match="is a pickle"):
        FileVectors(keyed)


def test_a_model_with_arrays_in_separate_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Word2Vec([WORDS] * 9, vector_size=4, min_count=1, workers=1)
    path = tmp_path / "x.model"
    model.save(str(path), sep_limit=0)
    assert list(tmp_path.glob("x.model.*.npy"))
    monkeypatch.setenv(ALLOWED, "1")
    assert FileVectors(path).lookup(WORDS)[0].tobytes() == model.wv[WORDS].tobytes()


def test_an_allowed_pickle_without_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWED, "1")
    path = tmp_path / "x"
    Dictionary([["the", "man"]]).save(str(path))
    with pytest.raises(ModelError, match=r"contains no word vectors but a gensim.*\.Dictionary"):
        FileVectors(path)
    for content in (pickle.dumps({"the": [1.0]}), path.read_bytes()[:-9]):
        path.write_bytes(content)
        with pytest.raises(ModelError, match="cannot be read as a file of gensim: ") as e:
            FileVectors(path)
        assert "\n" not in str(e.value)
    vectors = KeyedVectors(4)
    vectors.add_vectors(["a\tb", *WORDS[1:]], MATRIX)
    vectors.save(str(path))
    with pytest.raises(ModelError, match="contains a line end or a tab"):
        FileVectors(path)
    assert not list((tmp_path / "cache" / "vectors").glob("*"))


@pytest.mark.parametrize("before", [True, False], ids=["global", "of compare"])
def test_the_option_allows_pickles_and_warns(
    run: Run, keyed: Path, man_file: Path, before: bool
) -> None:
    command = ("compare", "man", "-s", str(man_file), "-e", f"word2vec:{keyed}")
    refused = run(*command)
    assert refused.returncode == 4
    flag = ("--allow-pickle",)
    done = run(*flag, *command) if before else run(*command, *flag)
    assert done.returncode == 0, done.stderr
    assert (
        f"{keyed}: is a pickle, which was read because you allowed it: it could have run"
        in done.stderr
    )


def test_keys_are_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ALLOWED, "1")
    keys = ["catch 22", "cut\udce9", "a\r", "room 101", "é"]
    for chosen in (keys, ["catch 22", "room 101"]):
        vectors = KeyedVectors(MATRIX.shape[1])
        vectors.add_vectors(chosen, MATRIX[: len(chosen)])
        vectors.save(str(tmp_path / "x.kv"))
        found = FileVectors(tmp_path / "x.kv").lookup(chosen)[0]
        assert found.tobytes() == MATRIX[: len(chosen)].tobytes()


def test_keys_with_line_ends_or_tabs_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED, "1")
    vectors = KeyedVectors(4)
    vectors.add_vectors(["\ud800"], MATRIX[:1])
    vectors.save(str(tmp_path / "x.kv"))
    with pytest.raises(ModelError, match=r"x.kv: the key '\\ud800' is not valid text"):
        FileVectors(tmp_path / "x.kv")
