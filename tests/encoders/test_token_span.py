"""The target among a real tokenizer's pieces: byte-level, SentencePiece, accents stripped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from embcmp.encoders.token_span import TokenSpan, find_token_span
from embcmp.types import Occurrence
from tests.encoders.tiny import byte_level, byte_level_untrimmed, unigram, word_piece

KINDS = (word_piece, byte_level, byte_level_untrimmed, unigram)


@pytest.fixture(scope="module", params=KINDS)
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    make: Callable[[], Tokenizer] = request.param
    return make()


def find(
    tokenizer: Tokenizer, sentence: str, start: int, end: int, *, limit: int = 512
) -> TokenSpan | str:
    occurrence = Occurrence("1", sentence[start:end], sentence, start, end)
    return find_token_span(occurrence, tokenizer.encode(sentence), limit)


FORMS = ("man", "Man", "unmanned", "xylophone", "café", "cafe\u0301", "ﬁt", "hot dog", "ma\u00adn")
AROUND = ("{}", "a {}", "{} it", "go, ({})!", "the\u00a0{}\u2026", "é {}.")


@pytest.mark.parametrize("form", [*FORMS, "😀"])
@pytest.mark.parametrize("around", AROUND)
def test_the_receipt_is_the_form(tokenizer: Tokenizer, form: str, around: str) -> None:
    sentence = around.format(form)
    start = sentence.index(form)
    found = find(tokenizer, sentence, start, start + len(form))
    assert isinstance(found, TokenSpan)
    assert found.receipt.text == form
    assert not found.receipt.truncated
    assert found.receipt.tokens[0] not in ("▁", "Ġ")  # the space before a word is no part of it
    known = [tokenizer.token_to_id(token) for token in found.receipt.tokens]
    chosen = found.ids[found.first : found.last]
    assert all(a in (b, None) for a, b in zip(known, chosen, strict=True))  # None: an unknown piece


TEXT = st.text("man the ,.é\u0301ﬁ½\u00ad\u200b\x10\t", min_size=1, max_size=30)


@given(TEXT, st.data())
def test_tokens_never_spell_another_text_than_the_form(
    tokenizer: Tokenizer, sentence: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(sentence) - 1))
    end = data.draw(st.integers(start + 1, len(sentence)))
    found = find(tokenizer, sentence, start, end)
    if isinstance(found, TokenSpan):
        assert "".join(found.receipt.text.split()) == "".join(sentence[start:end].split())
        assert found.receipt.tokens
    else:
        assert found.startswith("the tokenizer")


@given(st.integers(4, 40), st.integers(0, 60), st.integers(0, 60))
def test_a_window_is_as_long_as_the_model_takes(limit: int, before: int, after: int) -> None:
    tokenizer = word_piece()
    sentence = "the " * before + "man" + " it" * after
    found = find(tokenizer, sentence, 4 * before, 4 * before + 3, limit=limit)
    assert isinstance(found, TokenSpan)
    assert len(found.ids) == min(limit, before + 1 + after + 2)
    assert found.receipt.truncated == (before + 1 + after + 2 > limit)
    assert tokenizer.id_to_token(found.ids[found.first]) == "man"
    assert (found.ids[0], found.ids[-1]) == tuple(map(tokenizer.token_to_id, ("[CLS]", "[SEP]")))
