"""Long fuzzing of the sentence readers: any bytes give rows or one clean error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embcmp.errors import InputError
from embcmp.text.no_use import near_forms
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences

pytestmark = pytest.mark.slow

LONG = settings(
    max_examples=1_500, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip

FRAGMENTS = st.sampled_from(
    [b"sentence", b"sense", b"start", b"end", b"id", b"word", b"\t", b",", b"\n", b"\r\n", b'"',
     b"man", b"The man is cold.", b"[[man]]", b"[[", b"]]", b"4", b"7", b"-1", b"{", b"}", b":",
     b'{"sentence": "a man"}', b'"\\ud800"', b"\xef\xbb\xbf", b"\x00", b"\xff", "İß\u0301".encode(),
     b"null", b"true", b"1e400", b"PAR1"]
)  # fmt: skip
CONTENT = st.one_of(st.binary(max_size=200), st.lists(FRAGMENTS, max_size=40).map(b"".join))


@pytest.mark.parametrize("form", ["txt", "tsv", "csv", "jsonl", "parquet"])
def test_any_bytes_give_rows_or_one_clean_error(tmp_path: Path, form: str) -> None:
    path = tmp_path / "fuzzed"

    @LONG
    @given(CONTENT)
    def check(content: bytes) -> None:
        path.write_bytes(content)
        try:
            sentences = read_sentences(path, form)
        except InputError as e:
            assert str(path) in str(e)
            assert "\n" not in str(e)
            return
        found = find_occurrences(sentences, "man", "inflections")
        for o in found:
            assert 0 <= o.start < o.end <= len(o.sentence)
        assert len({o.id for o in found}) == len(found)
        assert len(near_forms(sentences, "man")) <= 5

    check()
