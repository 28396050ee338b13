"""Long fuzzing of the vector files: a damaged file gives the right vectors or one clean error."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embcmp.errors import ModelError
from tests.vectors.forms import every_form, write
from tests.vectors.tables import Table, as_dict, read_table

pytestmark = pytest.mark.slow

FORMS = every_form()
CHECKED = ("gzip", "xz", "bz2", "zip", "stored zip", "tar.gz")  # with a checksum of their own
CASES = settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))


def read(path: Path) -> Table | None:
    try:
        return read_table(path)
    except ModelError as e:
        assert str(path) in str(e)
        assert "\n" not in str(e)
        assert e.hint
        return None


@pytest.mark.parametrize("name", FORMS)
def test_cut_files(tmp_path: Path, name: str) -> None:
    whole = FORMS[name]
    right = as_dict(read_table(write(tmp_path, whole)))
    for end in range(0, len(whole), 1 + len(whole) // 1_000):
        if table := read(write(tmp_path, whole[:end])):
            assert as_dict(table).items() <= right.items(), end


@pytest.mark.parametrize("name", FORMS)
def test_changed_files(tmp_path: Path, name: str) -> None:
    whole = FORMS[name]
    right = as_dict(read_table(write(tmp_path, whole)))
    changes = st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255))

    @CASES
    @given(st.integers(0, len(whole)), st.lists(changes, max_size=4))
    def check(cut: int, flips: list[tuple[int, int]]) -> None:
        content = bytearray(whole)
        for place, value in flips:
            content[place] = value
        table = read(write(tmp_path, bytes(content[: cut or None])))
        if table is None:
            return
        assert np.isfinite(table.matrix).all()
        assert len(set(table.words)) == len(table.words)
        if name in CHECKED:
            assert as_dict(table).items() <= right.items()

    check()
