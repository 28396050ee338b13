from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.encoders import FAMILIES, EncoderSpec, parse_spec
from embcmp.errors import SpecError


@pytest.mark.parametrize(
    ("text", "family", "source", "layers", "options"),
    [
        ("word2vec", "word2vec", None, None, {}),
        ("word2vec:a,b.bin", "word2vec", "a,b.bin", None, {}),
        ("word2vec:c:/vectors.txt", "word2vec", "c:/vectors.txt", None, {}),
        ("context,window=10,stopwords=keep", "context", None, None,
         {"window": "10", "stopwords": "keep"}),
        ("context:g.txt,window=3", "context", "g.txt", None, {"window": "3"}),
        ("lstm,weights=random", "lstm", None, None, {"weights": "random"}),
        ("bert@6", "bert", None, "6", {}),
        ("bert@-1", "bert", None, "-1", {}),
        ("bert:org/model@last4,pool=first", "bert", "org/model", "last4", {"pool": "first"}),
        ("bert@all", "bert", None, "all", {}),
        ("bert,dtype=bfloat16", "bert", None, None, {"dtype": "bfloat16"}),
        ("bert:org/model@6,revision=refs/pr/1", "bert", "org/model", "6",
         {"revision": "refs/pr/1"}),
    ],
)  # fmt: skip
def test_what_parses(
    text: str, family: str, source: str | None, layers: str | None, options: dict[str, str]
) -> None:
    assert parse_spec(text) == EncoderSpec(text, family, source, layers, options)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"does not parse; the form is FAMILY\[:SOURCE\]\[@LAYERS\]\[,key=value\.\.\.\]"),
        ("Bert", "does not parse"),
        ("bert:", "does not parse"),
        ("bert x", "does not parse"),
        ("bret", r"there is no family 'bret'; did you mean bert\?"),
        ("elmo", "there is no family 'elmo'; choose from word2vec, context, lstm, rnn, bert"),
        ("bert@", "'' is no layer; the form is FAMILY"),
        ("bert@six", "'six' is no layer"),
        ("bert:a@b", "'b' is no layer"),
        ("word2vec@3", "word2vec has no layers; leave out @3"),
        ("context,windw=3", r"context has no key 'windw'; did you mean window\?"),
        ("word2vec,window=3", "word2vec has no key 'window'; word2vec knows member, vocabulary"),
        ("context,window=0", "window cannot be '0'; it must be all or a number of words"),
        ("context,window=", "window cannot be ''"),
        ("bert,pool=max", "pool cannot be 'max'; it must be mean, first, last or sentence"),
        ("bert,dtype=float16", "dtype cannot be 'float16'; it must be float32 or bfloat16"),
        (
            "bert,mark=<t>",
            "mark cannot be '<t>'; it must be the name of a mark, as t for <t> and </t>",
        ),
        ("bert,read=thrice", "read cannot be 'thrice'; it must be once or twice"),
        ("bert,pool=first,pool=last", "pool is given twice"),
        ("bert,pool", "does not parse"),
        ("context,lstm", "names several encoders; write -e context -e lstm$"),
        ("bert@3,lstm,bert", "names several encoders; write -e bert@3 -e lstm -e bert$"),
        ("context,window=3,bert@all", "write -e context,window=3 -e bert@all$"),
        (
            "bert:m,revision=../../main",
            "revision cannot be .*; it must be a branch, a tag or a commit",
        ),
        ("bert:m,revision=a//b", "revision cannot be"),
        ("bert:m,revision=v1.lock", "revision cannot be"),
        ("bert:m,revision=", "revision cannot be ''"),
        ("word2vec,revision=main", "word2vec has no key 'revision'"),
        ("lstm,seed=3", "trained weights have no seed; add weights=random"),
        ("lstm,weights=random,seed=x", "seed cannot be 'x'"),
        (f"bert:{'x' * 5000}@y", "'y' is no layer"),
    ],
)
def test_what_does_not_parse(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=says) as e:
        parse_spec(text)
    assert e.value.exit_code == 2


def test_a_path_that_exists_is_taken_whole(tmp_path: Path) -> None:
    for name in ("odd@name", "odd@3", "odd,pool=first", "odd@all,pool=first"):
        (tmp_path / name).mkdir()
        spec = parse_spec(f"bert:{tmp_path / name}")
        assert (spec.source, spec.layers, spec.options) == (str(tmp_path / name), None, {})
    spec = parse_spec(f"bert:{tmp_path}/odd@name@2,pool=last")
    assert (spec.source, spec.layers) == (f"{tmp_path}/odd@name", "2")
    spec = parse_spec(f"bert:{tmp_path}/odd@name,pool=last")
    assert (spec.source, spec.layers) == (f"{tmp_path}/odd@name", None)


def test_the_name_leaves_out_defaults() -> None:
    assert parse_spec("bert").name(6) == "bert@6"
    assert parse_spec("bert:m@-1,pool=mean").name(12) == "bert:m@12"
    assert parse_spec("bert,pool=first").name(2) == "bert@2,pool=first"
    assert parse_spec("context,stopwords=keep,window=10").name() == (
        "context,window=10,stopwords=keep"
    )
    assert parse_spec("lstm,weights=trained").name() == "lstm"


@given(st.text(max_size=30))
def test_any_text_parses_or_is_a_spec_error(text: str) -> None:
    try:
        spec = parse_spec(text)
    except SpecError as e:
        assert "\n" not in str(e).replace(repr(text), "")
    else:
        assert spec.family in FAMILIES
        assert parse_spec(spec.name(spec.layers)).name(spec.layers) == spec.name(spec.layers)
