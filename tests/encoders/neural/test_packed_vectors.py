from __future__ import annotations

from pathlib import Path

import pytest

from embcmp.encoders import load_encoder
from embcmp.types import Occurrence
from tests.vectors.forms import zipped


@pytest.mark.parametrize("family", ["lstm", "rnn"])
def test_input_vectors_may_be_a_member_of_an_archive(
    tmp_path: Path, tiny_vectors: Path, family: str
) -> None:
    packed = tmp_path / "x.zip"
    packed.write_bytes(zipped({"a.txt": tiny_vectors.read_bytes(), "b.txt": b"man 1 2\n"}))
    use = [Occurrence("1", "man", "the man is it", 4, 7)]
    plain, member = (
        load_encoder(f"{family},weights=random,vectors={vectors}").encode(use)
        for vectors in (tiny_vectors, f"{packed},member=a.txt")
    )
    assert member.vectors.tobytes() == plain.vectors.tobytes()
    assert member.info.fingerprint == plain.info.fingerprint
