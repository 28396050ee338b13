from __future__ import annotations

import zlib
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from embcmp.vectors.index import Digest

BITS = arrays(np.uint32, (6, 5))


def digest(bits: NDArray[np.uint32], *, cuts: list[int] | None = None, **how: object) -> str:
    words = np.array([zlib.crc32(b"w%d" % i) for i in range(len(bits))], np.uint64)
    made = Digest(bits.shape[1], **how)  # type: ignore[arg-type]  # settings
    places = [0, *sorted(cuts or []), len(bits)]
    for begin, end in pairwise(places):
        made.update(words[begin:end], bits[begin:end].view(np.float32))
    return made.value


@given(BITS, st.lists(st.integers(0, 6), max_size=3))
def test_the_digest_does_not_depend_on_the_blocks(
    bits: NDArray[np.uint32], cuts: list[int]
) -> None:
    assert digest(bits, cuts=cuts) == digest(bits)


@given(BITS, st.integers(0, 29), st.integers(1, 2**32 - 1))
def test_a_change_of_any_number_changes_the_digest(
    bits: NDArray[np.uint32], place: int, change: int
) -> None:
    other = bits.copy()
    other.flat[place] ^= np.uint32(change)
    assert digest(other) != digest(bits)


def test_order_words_width_and_settings_change_the_digest() -> None:
    bits = np.random.default_rng(0).integers(0, 2**32, (6, 5), dtype=np.uint32)
    several = [
        bits, bits[::-1], bits[:, ::-1], bits[:5], bits.reshape(5, 6), bits[[0, 2, 1, 3, 4, 5]]
    ]  # fmt: skip
    digests = {digest(np.ascontiguousarray(b)) for b in several} | {digest(bits, settings=(1,))}
    words = Digest(5)
    words.update(np.arange(6, dtype=np.uint64), bits.view(np.float32))
    assert len(digests | {words.value}) == 8
    assert len(words.value) == 64
