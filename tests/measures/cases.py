"""Inputs that every measure must take: ties, missing vectors, missing labels, few of everything."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from embcmp.measures.labels import Labels, Sample, sample
from embcmp.measures.similarity import cosine_matrix
from embcmp.measures.use_groups import Grouping

Case = tuple[np.ndarray, list[str | None], np.ndarray]  # vectors, senses, sentence ids


@st.composite
def cases(draw: st.DrawFn, most: int = 14) -> Case:
    """Vectors of few directions (so that there are ties), some of them zero or missing."""
    n = draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    x = rng.integers(-1, 2, size=(n, 3)).astype(np.float32)
    for row in draw(st.sets(st.integers(0, n - 1), max_size=3)):
        x[row] = np.nan
    senses = draw(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=n, max_size=n))
    sentences = draw(st.lists(st.integers(0, n), min_size=n, max_size=n))
    return x, senses, np.array(sentences)


def grouped(case: Case) -> Grouping:
    """How the uses of a case are grouped: each sentence is a unit."""
    return Grouping.separate(case[1], case[2])


@st.composite
def permuted(draw: st.DrawFn, most: int = 14) -> tuple[Case, Case]:
    """A case and the same one in another order."""
    x, senses, sentences = draw(cases(most))
    order = draw(st.permutations(range(len(senses))))
    return (x, senses, sentences), (x[order], [senses[i] for i in order], sentences[order])


def blobs(
    sizes: tuple[int, ...], *, dim: int = 12, shift: float = 2.0, seed: int = 0
) -> tuple[np.ndarray, list[str]]:
    """Vectors around one center a sense, and their senses a, b, c, ..."""
    codes = np.repeat(np.arange(len(sizes)), sizes)
    x = np.random.default_rng(seed).standard_normal((len(codes), dim))
    x[np.arange(len(codes)), codes] += shift
    return x.astype(np.float32), [chr(ord("a") + c) for c in codes]


def sample_of(
    x: np.ndarray, senses: list[str | None] | list[str], sentences: np.ndarray | None = None
) -> Sample:
    """The labeled uses among vectors [n, dim]."""
    return sample(cosine_matrix(x), senses, sentences)


def coded(similarity: np.ndarray, codes: np.ndarray, sentences: np.ndarray | None = None) -> Sample:
    """Uses with these similarities [m, m] and sense codes."""
    return sample(similarity, [chr(ord("a") + code) for code in codes], sentences)


def in_sentences(codes: np.ndarray, sentences: np.ndarray) -> Labels:
    """Uses with these sense codes in these sentences."""
    return coded(np.ones((len(codes), len(codes))), codes, sentences)
