from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from embcmp.background.background_text import TOKENS_PER_SENTENCE, shipped_background
from embcmp.background.corrections import encode_background, spaces
from embcmp.text.words import stop_words
from embcmp.types import Occurrence
from tests.questions.encoders import Made


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))


def by_word(o: Occurrence) -> list[float]:
    """A direction for each word form, whatever its sentence."""
    return list(np.frombuffer(sha256(o.form.lower().encode()).digest()[:8], np.int8) / 128 + 0.3)


def encoder(fingerprint: str = "made") -> Made:
    return Made(by_word, dim=8, fingerprint=fingerprint)


def test_tokens_are_whole_words_of_the_sentences() -> None:
    made = encoder()
    tokens = encode_background(made)
    assert len(tokens.words) == len(tokens.sentences) == tokens.vectors.shape[1] == made.calls[0]
    counts = np.bincount(tokens.sentences)
    assert len(counts) == len(shipped_background().sentences) == 400
    assert counts.max() == TOKENS_PER_SENTENCE
    assert counts.min() >= TOKENS_PER_SENTENCE - 1
    for word, k in zip(tokens.words[:50], tokens.sentences[:50], strict=True):
        assert word in shipped_background().sentences[k].lower()
        assert word.isalpha()


def test_content_words_and_halves() -> None:
    tokens = encode_background(encoder())
    content = tokens.content()
    assert not set(content.words) & stop_words()
    assert 0 < len(content.words) < len(tokens.words)
    assert set(tokens.half(0).sentences % 2) == {0}
    assert len(tokens.half(0).words) + len(tokens.half(1).words) == len(tokens.words)


def test_vectors_come_from_the_cache_the_second_time() -> None:
    first, second, other = encoder(), encoder(), encoder("another")
    np.testing.assert_array_equal(
        encode_background(first).vectors, encode_background(second).vectors
    )
    encode_background(other)
    assert (len(first.calls), len(second.calls), len(other.calls)) == (1, 0, 1)


def test_a_cache_that_cannot_be_used_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = encode_background(encoder()).vectors
    [file] = (tmp_path / "background").iterdir()
    file.write_bytes(file.read_bytes()[:300])  # cut short
    np.testing.assert_array_equal(encode_background(encoder()).vectors, expected)
    monkeypatch.setenv("EMBCMP_CACHE", "/dev/null/nowhere")
    np.testing.assert_array_equal(encode_background(encoder()).vectors, expected)


def test_words_without_a_vector_are_left_out() -> None:
    made = Made(lambda o: None if o.form.lower().startswith("t") else by_word(o), dim=8)
    assert not any(word.startswith("t") for word in encode_background(made).words)


def test_baseline_by_brute_force() -> None:
    [space] = spaces(encoder(), "none")
    tokens = encode_background(encoder()).content()
    x = tokens.vectors[0].astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    pairs = [
        float(x[i] @ x[j])
        for i in range(len(x))
        for j in range(i)
        if tokens.words[i] != tokens.words[j] and tokens.sentences[i] != tokens.sentences[j]
    ]
    assert space.baseline.value == pytest.approx(np.mean(pairs), abs=1e-9)


def test_a_corrected_baseline_is_measured_on_the_other_half() -> None:
    [plain] = spaces(encoder(), "none")
    [centered] = spaces(encoder(), "center")
    half = encode_background(encoder()).half(0).vectors[0].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(centered.correction.mean, half)
    assert len(centered.background) < len(plain.background)
    assert plain.baseline.value is not None
    assert centered.baseline.value is not None
    assert abs(centered.baseline.value) < 0.05 < plain.baseline.value


def test_static_encoders_are_corrected_by_their_types() -> None:
    class Static(Made):
        def type_vectors(self, count: int) -> np.ndarray:
            return np.full((min(count, 10), 8), 5.0, dtype=np.float32)

    [space] = spaces(Static(by_word, dim=8), "center")
    np.testing.assert_allclose(space.correction.mean, 5.0)


def test_types_are_not_read_without_a_correction() -> None:
    class Static(Made):
        def type_vectors(self, count: int) -> np.ndarray:
            raise AssertionError("of a large file this takes seconds")

    [space] = spaces(Static(by_word, dim=8), "none")
    assert space.baseline.value is not None
