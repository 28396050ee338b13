"""The family `vectors`: the user's own vectors, found by the ids of the uses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from embcmp.encoders import load_encoder, parse_spec, source_of
from embcmp.errors import ModelError, SpecError
from embcmp.types import Occurrence


def use(id: str, sentence: str = "the man", word: str = "man") -> Occurrence:
    return Occurrence(id, word, sentence, 4, 7)


def saved(path: Path, vectors: dict[str, list[float]], word: str | None = None) -> Path:
    more = {} if word is None else {"word": word}
    rows = ({"id": id, "vector": vector, **more} for id, vector in vectors.items())
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_uses_are_found_by_their_ids_in_any_order(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.jsonl", {"a": [1, 2], "b": [3, 4], "unused": [5, 6]})
    encoder = load_encoder(f"vectors:{path}")
    embeddings = encoder.encode([use("b"), use("no", "The man."), use("a", "A: man")])
    assert embeddings.vectors.shape == (1, 3, 2)
    assert embeddings.vectors[0, [0, 2]].tolist() == [[3, 4], [1, 2]]
    assert embeddings.missing == {"no": "its id 'no' is not among the ids in x.jsonl"}
    assert [r.tokens for r in embeddings.receipts] == [("b",), (), ("a",)]
    info = encoder.info
    assert (info.family, info.layers, info.dim, info.model) == ("vectors", (None,), 2, "x.jsonl")
    assert info.precomputed
    assert info.bytes == path.stat().st_size


def test_a_vector_of_zeros_is_missing(tmp_path: Path) -> None:
    encoder = load_encoder(f"vectors:{saved(tmp_path / 'x.jsonl', {'a': [0, 0], 'b': [1, 0]})}")
    missing = encoder.encode([use("a"), use("b", "Old man")]).missing
    assert missing == {"a": "its vector is zero, which has no direction"}


def test_a_file_without_any_of_the_ids_is_refused(tmp_path: Path) -> None:
    encoder = load_encoder(f"vectors:{saved(tmp_path / 'x.jsonl', {'a': [1], 'b': [2]})}")
    with pytest.raises(ModelError, match="has no vector for any of the 2 uses of 'man'") as caught:
        encoder.encode([use("1"), use("2")])
    assert "whose ids are '1', '2'; its ids are 'a', 'b'" in caught.value.message
    assert encoder.encode([]).vectors.shape == (1, 0, 1)


def test_the_word_of_a_file_keeps_ids_of_other_words_apart(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.jsonl", {"1": [1, 0]}, word="Man")
    encoder = load_encoder(f"vectors:{path}")
    assert encoder.encode([use("1")]).vectors.tolist() == [[[1, 0]]]
    with pytest.raises(ModelError, match="has no vectors of 'park', but of 'man'"):
        encoder.encode([use("1", word="park")])


def test_a_word_is_found_however_its_accents_are_written(tmp_path: Path) -> None:
    composed, apart = "ma\u00f1ana", "man\u0303ana"
    for file, word in ((composed, apart), (apart, composed)):
        path = saved(tmp_path / "x.jsonl", {"1": [1, 0]}, word=file)
        found = load_encoder(f"vectors:{path}").encode([use("1", f"de {word}", word=word)])
        assert found.missing == {}


def test_an_id_of_two_uses_is_refused(tmp_path: Path) -> None:
    encoder = load_encoder(f"vectors:{saved(tmp_path / 'x.jsonl', {'1': [1, 0]})}")
    encoder.encode([use("1")])
    encoder.encode([use("1")])  # the same use again
    with pytest.raises(ModelError, match=r"the id '1' is that of two uses: 'man'.* and 'car'"):
        encoder.encode([use("1", "the car", word="car")])
    assert encoder.afresh().encode([use("1", "the car", word="car")]).missing == {}


def test_the_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    first = saved(tmp_path / "x.jsonl", {"a": [1]})
    other = saved(tmp_path / "y.jsonl", {"a": [2]})
    same = saved(tmp_path / "z.jsonl", {"a": [1]})
    prints = [load_encoder(f"vectors:{path}").info.fingerprint for path in (first, other, same)]
    assert prints[0] == prints[2] != prints[1]


def test_all_after_the_colon_is_the_file() -> None:
    for file in ("v/bert@6.parquet", "a,b=c.npy", "no such file,pool=x@3"):
        spec = parse_spec(f"vectors:{file}")
        assert (spec.source, spec.layers, spec.options) == (file, None, {})
        assert spec.name() == f"vectors:{file}"
        assert spec.untrained() is None


@pytest.mark.parametrize("text", ["vectors", "vectors:", "vectors@3", "vectors,seed=1"])
def test_a_spec_without_a_file_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="names no file; write vectors:FILE"):
        parse_spec(text)


def test_the_files_of_a_matrix_are_two(tmp_path: Path) -> None:
    assert source_of(parse_spec("vectors:x.npy")).files() == [Path("x.npy"), Path("x.ids")]
    path = saved(tmp_path / "x.jsonl", {"a": [1, 2]})
    card = source_of(parse_spec(f"vectors:{path}")).describe()
    assert (card.dim, card.location, [f.name for f in card.files]) == (2, str(path), ["x.jsonl"])
