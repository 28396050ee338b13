"""Long fuzzing of the vector files: a damaged file gives the right vectors or one clean error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embcmp.errors import ModelError
from embcmp.vectors.readers import read_table
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

FILES = ("word2vec.txt", "word2vec.bin", "glove.txt")


@pytest.mark.parametrize("name", FILES)
def test_damaged_files(tmp_path: Path, name: str) -> None:
    whole = (ROOT / "fixtures" / "vectors" / name).read_bytes()
    path = tmp_path / "damaged"

    @settings(max_examples=4_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.integers(0, len(whole)),
        st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=4),
    )
    def check(cut: int, flips: list[tuple[int, int]]) -> None:
        content = bytearray(whole)
        for place, value in flips:
            content[place] = value
        path.write_bytes(content[: cut or None])
        try:
            table = read_table(path)
        except ModelError as e:
            assert str(path) in str(e)
            assert "\n" not in str(e)
            return
        assert table.matrix.shape[0] == len(table.words)
        assert np.isfinite(table.matrix).all()
        assert all(table.words)

    check()
