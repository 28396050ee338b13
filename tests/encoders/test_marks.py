"""What the encoder bert is given in place of a sentence: marks, prompts, the sentence twice."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer
from transformers import AutoModel

from embcmp.encoders import load_encoder
from embcmp.encoders.input_text import InputForm
from embcmp.encoders.token_span import TokenSpan, find_token_span, foreign_marks
from embcmp.errors import ModelError
from embcmp.types import Occurrence
from tests.conftest import MAN, Run
from tests.encoders.sentence_checkpoint import add_prompts, add_tokens, copy_of
from tests.encoders.tiny import byte_level, byte_level_untrimmed, save, unigram, word_piece

Make = Callable[[], Tokenizer]


def use(sentence: str, form: str, id: str = "1") -> Occurrence:
    start = sentence.index(form)
    return Occurrence(id, form, sentence, start, start + len(form))


def states(folder: Path, text: str) -> tuple[list[str], torch.Tensor]:
    """The tokens of a text and their states in the last layer [t, d], from transformers alone."""
    encoding = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text)
    model = AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        return encoding.tokens, model(torch.tensor([encoding.ids])).last_hidden_state[0]


@pytest.fixture(scope="module")
def marked(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy_of(tiny_bert, tmp_path_factory.mktemp("marked") / "marked")
    add_tokens(folder, ["<t>", "</t>"])
    add_prompts(folder, {"query": "the man: "})
    return folder


def test_the_vector_of_a_marked_word(marked: Path) -> None:
    encoder = load_encoder(f"bert:{marked},mark=t")
    assert encoder.info.name == f"bert:{marked}@3,mark=t"
    assert encoder.info.remarks == ()
    out = encoder.encode([use("go, manned post!", "manned")])
    tokens, expected = states(marked, "go, <t>manned</t> post!")
    assert out.receipts[0].given == tuple(tokens)
    assert out.receipts[0].tokens == ("man", "##n", "##e", "##d")
    assert out.receipts[0].text == "manned"
    np.testing.assert_allclose(out.vectors[0, 0], expected[4:8].mean(0), rtol=0, atol=1e-5)


def test_two_targets_of_one_sentence_are_marked_each(marked: Path) -> None:
    sentence = "the man is a man"
    both = [Occurrence("a", "man", sentence, 4, 7), Occurrence("b", "man", sentence, 13, 16)]
    out = load_encoder(f"bert:{marked},mark=t").encode(both)
    for row, (text, piece) in enumerate(
        [("the <t>man</t> is a man", 3), ("the man is a <t>man</t>", 6)]
    ):
        expected = states(marked, text)[1][piece]
        np.testing.assert_allclose(out.vectors[0, row], expected, rtol=0, atol=1e-5)


def test_a_mark_that_the_tokenizer_cuts_is_used_and_remarked(tiny_bert: Path) -> None:
    encoder = load_encoder(f"bert:{tiny_bert},mark=t")
    assert [r.removeprefix("tiny-bert ") for r in encoder.info.remarks] == [
        "has no tokens for the marks <t> and </t>: it reads <t>a</t> as < t > a < / t >, and was"
        " hardly trained with them"
    ]
    out = encoder.encode([use(MAN[1], "man")])
    tokens, expected = states(tiny_bert, "Go <t>man</t> the post!")
    assert out.receipts[0].given == tuple(tokens)
    np.testing.assert_allclose(out.vectors[0, 0], expected[tokens.index("man")], rtol=0, atol=1e-5)


def test_marks_that_are_tokens_beside_blanks_alone_are_remarked(tiny_bert: Path) -> None:
    for single_word, tokens in ((False, ()), (True, tuple("<t>a</t>"))):
        tokenizer = Tokenizer.from_file(str(tiny_bert / "tokenizer.json"))
        marks = [AddedToken(mark, single_word=single_word) for mark in ("<t>", "</t>")]
        tokenizer.add_special_tokens(marks)
        assert foreign_marks(tokenizer, ("<t>", "</t>")) == tokens
    assert foreign_marks(tokenizer, ("", "")) == ()


def test_a_prompt_stands_before_the_sentence(marked: Path) -> None:
    out = load_encoder(f"bert:{marked},mark=t,prompt=query").encode([use(MAN[1], "man")])
    tokens, expected = states(marked, "the man: Go <t>man</t> the post!")
    assert out.receipts[0].given == tuple(tokens)
    np.testing.assert_allclose(out.vectors[0, 0], expected[6], rtol=0, atol=1e-5)


def test_a_prompt_that_the_checkpoint_lacks(marked: Path) -> None:
    with pytest.raises(ModelError, match=r"has no prompt 'quer'; did you mean query\?"):
        load_encoder(f"bert:{marked},prompt=quer")


def test_a_window_keeps_prompt_and_marks(marked: Path) -> None:
    sentence = "the " * 60 + "man" + " it" * 60  # the model takes 24 tokens
    out = load_encoder(f"bert:{marked},mark=t,prompt=query").encode([use(sentence, "man")])
    [receipt] = out.receipts
    assert receipt.truncated
    around = ["the"] * 8 + ["<t>", "man", "</t>"] + ["it"] * 8
    assert receipt.given == ("[CLS]", "the", "man", ":", *around, "[SEP]")
    text = "the man: " + " ".join(around)
    np.testing.assert_allclose(out.vectors[0, 0], states(marked, text)[1][13], rtol=0, atol=1e-5)


def test_a_target_whose_marks_do_not_fit(marked: Path) -> None:
    encoder = load_encoder(f"bert:{marked},mark=t")  # it takes 24 tokens
    fits, longer = (use(f"the man {'x' * n} it", "x" * n, str(n)) for n in (20, 21))
    out = encoder.encode([fits, longer])
    assert out.missing == {"21": "its 23 pieces are more than the model takes (22)"}
    given = out.receipts[0].given
    assert (given[1], given[-2], len(given)) == ("<t>", "</t>", 24)


def test_a_decoder_that_reads_twice_sees_what_follows(tmp_path: Path) -> None:
    folder = save("gpt2", tmp_path / "gpt2")
    encoder = load_encoder(f"bert:{folder},read=twice")
    assert encoder.info.remarks == ()
    assert "reads from left to right" in load_encoder(f"bert:{folder}").info.remarks[0]
    one, other = encoder.encode(
        [use("a man is it", "man"), use("a man, today", "man", "2")]
    ).vectors[0]
    assert np.abs(one - other).max() > 1e-3
    tokens, expected = states(folder, "a man is it a man is it")
    second = [i for i, token in enumerate(tokens) if token == "Ġman"][1]
    np.testing.assert_allclose(one, expected[second], rtol=0, atol=1e-5)


def test_an_encoder_that_reads_twice_is_told_that_it_need_not(tiny_bert: Path) -> None:
    encoder = load_encoder(f"bert:{tiny_bert},read=twice")
    assert encoder.info.remarks == (
        "tiny-bert sees what follows a word in any case: read=twice only makes texts longer",
    )
    out = encoder.encode([use(MAN[1], "man")])
    tokens, expected = states(tiny_bert, f"{MAN[1]} {MAN[1]}")
    second = [i for i, token in enumerate(tokens) if token == "man"][1]
    np.testing.assert_allclose(out.vectors[0, 0], expected[second], rtol=0, atol=1e-5)


def test_both_readings_share_the_window(tiny_bert: Path) -> None:
    sentence = "the " * 60 + "man" + " it" * 60  # the model takes 24 tokens
    [receipt] = load_encoder(f"bert:{tiny_bert},read=twice").encode([use(sentence, "man")]).receipts
    reading = ["the"] * 5 + ["man"] + ["it"] * 5
    assert receipt.given == ("[CLS]", *reading, *reading, "[SEP]")
    assert receipt.truncated


def test_a_target_that_fits_once_but_not_twice(tiny_bert: Path) -> None:
    out = load_encoder(f"bert:{tiny_bert},read=twice").encode([use("a " + "x" * 15, "x" * 15)])
    assert out.missing == {"1": "its 15 pieces are more than the model takes (11)"}


@pytest.mark.parametrize("make", [word_piece, byte_level, byte_level_untrimmed, unigram])
@given(data=st.data())
def test_whatever_is_given_the_target_is_found(make: Make, data: st.DataObject) -> None:
    tokenizer = make()
    tokenizer.add_special_tokens(["<t>", "</t>"])
    words = st.lists(st.sampled_from(["a", "man", "post!", "café", "it,"]), max_size=12)
    before, after = data.draw(words), data.draw(words)
    lead = "".join(f"{word} " for word in before)
    sentence = f"{lead}unmanned {' '.join(after)}"
    target = Occurrence("1", "unmanned", sentence, len(lead), len(lead) + 8)
    form = InputForm(
        data.draw(st.sampled_from(["", "query: ", "a man"])),
        data.draw(st.sampled_from([None, "t"])),
        data.draw(st.booleans()),
    )
    text = form.of(target)
    assert text.text[text.start : text.end] == "unmanned"
    limit = data.draw(st.integers(50, 200))
    span = find_token_span(target, tokenizer.encode(text.text), limit, given=text)
    assert isinstance(span, TokenSpan)
    assert len(span.ids) <= limit
    assert span.receipt.text == "unmanned"
    assert span.receipt.given[span.first : span.last] == span.receipt.tokens
    if not span.receipt.truncated:
        assert span.ids == tuple(tokenizer.encode(text.text).ids)
    if form.mark:
        assert span.receipt.given[span.first - 1].endswith(("<t>", "▁"))
        assert "</t>" in span.receipt.given[span.last :]
    if form.twice:
        assert span.sentence <= span.first


@pytest.mark.parametrize("make", [word_piece, byte_level, unigram])
@pytest.mark.parametrize("around", ["{}", "Go {} the post!", "a ({}), it", "the {}{}"])
def test_the_parts_have_the_tokens_they_have_alone(make: Make, around: str) -> None:
    """XL-LEXEME's own code tokenizes what is before the word, the word, and what follows it."""
    tokenizer = make()
    tokenizer.add_special_tokens(["<t>", "</t>"])
    sentence = around.format("man", "ned")
    before, after = sentence.split("man", 1)
    text = InputForm(mark="t").of(use(sentence, "man")).text
    parts = (before, "<t>", "man", "</t>", after)
    alone = [tokenizer.encode(part, add_special_tokens=False).tokens for part in parts]
    assert tokenizer.encode(text, add_special_tokens=False).tokens == [*chain(*alone)]


def test_what_was_given_is_shown(run: Run, marked: Path) -> None:
    args = ("-v", "compare", "man", "-e", f"bert:{marked},mark=t", "-s", "-")
    done = run(*args, stdin="go man the post\n")
    assert "man · given: [CLS] go <t> man </t> the post [SEP]" in done.stdout
