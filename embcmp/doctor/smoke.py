"""A small comparison with each default encoder, which checks that it works and how fast."""

from __future__ import annotations

import time
from collections.abc import Iterator

from embcmp.doctor.checks import FAILED, OK, Check, failed_check
from embcmp.encoders import DEFAULT_ENCODERS
from embcmp.errors import EmbcmpError
from embcmp.text.targets import find_occurrences

SENTENCES = ("Man, is it cold today?", "Go man the post!", "He is a man of few words.")
WORD = "man"
# The cosine of the first two sentences; vectors on another machine differ by up to 1e-5.
EXPECTED = {"word2vec": 1.0, "context": 0.801552, "lstm": 0.067759, "bert": 0.675332}
_WITHIN = 1e-3


def smoke() -> Iterator[Check]:
    """Compare the three sentences with each default encoder."""
    for spec in DEFAULT_ENCODERS:
        name = f"smoke run: {spec}"
        try:
            yield _check(name, spec)
        except EmbcmpError as e:
            yield Check(name, FAILED, e.message, e.hint)
        except Exception as e:  # a broken installation may raise anything
            yield failed_check(name, e)


def _check(name: str, spec: str) -> Check:
    begin = time.perf_counter()
    from embcmp.questions.compare.compare import compare

    result = compare(find_occurrences(SENTENCES, WORD), [spec]).results[0]
    cosine = float(result.similarity[0, 1])
    seconds = time.perf_counter() - begin
    if abs(cosine - EXPECTED[spec]) > _WITHIN:
        return Check(
            name, FAILED, f"a cosine is {cosine:.6f} and should be {EXPECTED[spec]:.6f}",
            "install the packages again, at the versions of constraints.txt",
        )  # fmt: skip
    return Check(name, OK, f"{seconds:.2f} s, cosine {cosine:.3f} as it should be")
