"""The nearest uses, against a search written out pair by pair."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp import load_encoder
from embcmp.background.corrections import encode_background, fit_correction
from embcmp.questions.neighbors import reference as module
from embcmp.questions.neighbors.nearest_uses import (
    NO_DIRECTION,
    first_of_each,
    nearest_uses,
)
from embcmp.questions.neighbors.reference import Reference, folded
from embcmp.text.targets import find_occurrences
from embcmp.types import Occurrence
from tests.questions.encoders import Made

INPUT = [
    "the man is here", "a man, a man!", "Man the post", "no man is cold", "the  MAN is here",
]  # fmt: skip
TEXT = (
    "a boy is here", "two men stood here", "no man is cold", "the girl read words",
    "the boy fell and the girl ran", "go on", "post few words today", "a cold post",
)  # fmt: skip


def reference(*sentences: str) -> Reference:
    return Reference("made", sentences, tuple(f"made:{i}" for i in range(len(sentences))))


def by_digest(o: Occurrence) -> list[float]:
    """A direction for each use: of its sentence and of its place in it."""
    digest = sha256(f"{o.sentence} {o.start}".encode()).digest()
    return list(np.frombuffer(digest[:8], np.int8) / 128)


def made(**changes: object) -> Made:
    return Made(by_digest, dim=8, **changes)  # type: ignore[arg-type]  # any field


def cosine(a: Occurrence, b: Occurrence) -> float:
    x, y = np.array(by_digest(a), np.float32), np.array(by_digest(b), np.float32)
    return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))


def best(use: Occurrence, candidates: list[Occurrence], top: int) -> list[tuple[str, int]]:
    """The nearest use of each other sentence, by the definition."""
    nearest: dict[str, Occurrence] = {}
    for o in candidates:
        key = folded(o.sentence)
        if key == folded(use.sentence):
            continue
        if key not in nearest or cosine(use, o) > cosine(use, nearest[key]):
            nearest[key] = o
    found = sorted(nearest.values(), key=lambda o: -cosine(use, o))[:top]
    return [(o.sentence, o.start) for o in found]


def places(near: tuple[object, ...]) -> list[tuple[str, int]]:
    return [(n.use.sentence, n.use.start) for n in near]  # type: ignore[attr-defined]  # NearUse


@pytest.mark.parametrize("top", [1, 3, 50])
@pytest.mark.parametrize("size", [2, 256])
def test_nearest_uses_equal_a_brute_force_search(
    monkeypatch: pytest.MonkeyPatch, top: int, size: int
) -> None:
    monkeypatch.setattr(module, "PASSAGE", size)
    text = reference(*TEXT)
    uses = list(find_occurrences(INPUT, "man"))
    passages = list(text.passages("man"))
    of_text = [u for p in passages for u in p.uses]
    same = [u for p in passages for u, own in zip(p.uses, p.same_word, strict=True) if own]
    others = [u for u in of_text if u not in same]
    assert {u.form for u in same} == {"men", "man"}
    own_sentences = {folded(u.sentence) for u in uses}
    same = [u for u in same if folded(u.sentence) not in own_sentences]
    [layer] = nearest_uses(made(), uses[:3], uses[3:], text, top=top)
    assert len(layer.by_use) == 3
    for use, found in zip(uses, layer.by_use, strict=False):
        assert places(found.other_words) == best(use, others, top)
        assert places(found.same_word) == best(use, uses + same, top)
        for near in (*found.other_words, *found.same_word):
            assert near.cosine == pytest.approx(cosine(use, near.use), abs=1e-6)
            assert near.of_input == (near.use in uses)
        outside = [o for o in others if folded(o.sentence) != folded(use.sentence)]
        assert found.candidates == len(outside)
        assert found.mean_cosine == pytest.approx(
            np.mean([cosine(use, o) for o in outside]), abs=1e-6
        )


@pytest.mark.parametrize("correct", ["center", "zscore", "abtt"])
def test_corrected_as_in_a_comparison(correct: str) -> None:
    encoder = made(fingerprint=f"neighbors {correct}")
    half = encode_background(encoder).half(0).vectors[0]
    correction = fit_correction(correct, half)
    [use] = find_occurrences(INPUT[:1], "man")
    [layer] = nearest_uses(encoder, [use], [], reference(*TEXT), top=3, correct=correct)
    [found] = layer.by_use
    for near in found.other_words:
        x, y = (
            correction.apply(np.array([by_digest(o)], dtype=np.float32))[0] for o in (use, near.use)
        )
        expected = x @ y / np.linalg.norm(x) / np.linalg.norm(y)
        assert near.cosine == pytest.approx(expected, abs=1e-5)


def test_layers_have_lists_of_their_own(tiny_bert: Path) -> None:
    uses = list(find_occurrences(["the man is it", "go man a post"], "man"))
    found = nearest_uses(
        load_encoder(f"bert:{tiny_bert}@all"), uses[:1], uses[1:], reference(*TEXT), top=2
    )
    assert [layer.layer for layer in found] == [0, 1, 2, 3]
    assert [layer.name for layer in found] == [f"bert:{tiny_bert}@{k}" for k in range(4)]
    for k, layer in enumerate(found):
        [alone] = nearest_uses(
            load_encoder(f"bert:{tiny_bert}@{k}"), uses[:1], uses[1:], reference(*TEXT), top=2
        )
        for a, b in zip(layer.by_use, alone.by_use, strict=True):
            assert places(a.other_words) == places(b.other_words)


def test_a_use_without_a_vector_says_why() -> None:
    uses = list(find_occurrences(["no man", "zero man", "fine man"], "man"))

    def vector(o: Occurrence) -> list[float] | None:
        if o.sentence.startswith("no"):
            return None
        return [0.0, 0.0] if o.sentence.startswith("zero") else [1.0, len(o.form)]

    [layer] = nearest_uses(Made(vector), uses, [], reference("a boy", "zero girl"), top=5)
    assert [u.undefined for u in layer.by_use] == ["none is made", NO_DIRECTION, None]
    fine = layer.by_use[2]
    assert places(fine.other_words) == [("a boy", 2)]  # what has no direction is near nothing
    assert (fine.same_word, fine.candidates) == ((), 1)


def test_a_reference_without_another_word() -> None:
    [use] = find_occurrences(["the man is here"], "man")
    [layer] = nearest_uses(made(), [use], [], reference("a man", "is it"), top=5)
    [found] = layer.by_use
    assert (found.other_words, found.mean_cosine, found.candidates) == ((), None, 0)
    assert places(found.same_word) == [("a man", 2)]


def test_progress_counts_the_sentences_of_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PASSAGE", 3)
    calls: list[tuple[int, int]] = []
    [use] = find_occurrences(["the man is here"], "man")
    nearest_uses(
        made(), [use], [], reference(*TEXT), top=1, progress=lambda *call: calls.append(call)
    )
    assert calls == [(3, 8), (6, 8), (8, 8)]


@given(
    st.lists(st.tuples(st.sampled_from([-0.5, 0.1, 0.2, float("nan")]), st.integers(0, 4))),
    st.integers(1, 6),
)
def test_the_first_of_each_sentence(rows: list[tuple[float, int]], count: int) -> None:
    cosines = np.array([c for c, _ in rows])
    sentences = np.array([s for _, s in rows], dtype=np.intp)
    found = list(first_of_each(cosines, sentences, count))
    numbers = [int(sentences[i]) for i in found]
    assert len(set(numbers)) == len(numbers) <= count
    values = [float(cosines[i]) for i in found]
    assert values == sorted(values, reverse=True)
    there = {s: max(c for c, t in rows if t == s and c == c) for c, s in rows if c == c}
    assert values == sorted(there.values(), reverse=True)[:count]
