from __future__ import annotations

from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.errors import InputError
from embcmp.gate.expectations import _KEYS, Expectation, Question, read_expectations

WHOLE = """
word = "man"
sentences = "man.tsv"
seed = 3

[[expect]]
encoder = "bert"
metric = "auc"
min = 0.8
better_than = "context"
by = 0.1

[[expect]]
word = "bank"
encoder = "lstm"
metric = "centroid"
max = 1
correct = "center"

[[expect]]
golden = "man.json"
tolerance = 0.01

[[expect]]
golden = "man.json"
tolerance = { auc = 0.02 }
"""


def read(tmp_path: Path, text: str) -> list[Expectation]:
    path = tmp_path / "e.toml"
    path.write_text(text, encoding="utf-8")
    with chdir(tmp_path):
        return read_expectations(Path("e.toml"))


def test_a_whole_file(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == [
        Expectation(
            "e.toml:6", Question("man", "man.tsv", seed=3), "bert", "auc", minimum=0.8,
            better_than="context", by=0.1,
        ),
        Expectation(
            "e.toml:13", Question("bank", "man.tsv", correct="center", seed=3), "lstm", "centroid",
            maximum=1,
        ),
        Expectation("e.toml:20", golden="man.json", tolerance={"*": 0.01}),
        Expectation("e.toml:24", golden="man.json", tolerance={"auc": 0.02}),
    ]  # fmt: skip


def test_tables_in_an_array_are_numbered(tmp_path: Path) -> None:
    (expectation,) = read(tmp_path, "expect = [{golden = 'x.json'}]")
    assert expectation.where == "e.toml: expectation 1"


ONE = "[[expect]]\nword='a'\nsentences='b'\nencoder='bert'\nmetric='auc'\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "e.toml: has no expectation; begin each with [[expect]]"),
        ("expect = 3", "e.toml: has no expectation"),
        ("[[expect]\n", "e.toml: is not TOML: "),
        ("[[expect]]\nmetrics = 'auc'", "e.toml:1: there is no key 'metrics'; did you mean metric"),
        ("min = 0.5\n" + ONE, "e.toml: there is no key 'min'"),
        (ONE, "e.toml:1: expects nothing; add min, max or better_than"),
        (ONE + "min = 'high'", "e.toml:1: min is 'high'; it must be a number"),
        (ONE + "min = true", "e.toml:1: min is True; it must be a number"),
        (ONE + "min = nan", "e.toml:1: min is nan; it must be a number"),
        (ONE + f"min = {'9' * 400}", "it must be a number"),
        (ONE + f"min = {'9' * 5000}", "e.toml: is not TOML: Exceeds the limit"),
        ("a = " + "[" * 100_000, "e.toml: is not TOML: "),
        (ONE + "min = 0.9\nmax = 0.1", "e.toml:1: min is above max; no value can be both"),
        (ONE + "by = 0.1\nmin = 0", "e.toml:1: by is only for better_than"),
        (ONE + "by = -0.1\nbetter_than = 'lstm'", "by is -0.1; it must be a number of at least 0"),
        (ONE + "tolerance = 0.1\nmin = 0", "tolerance is only for golden"),
        (ONE + "min = 0\nseed = 1.5", "seed is 1.5; it must be a whole number"),
        (ONE + "min = 0\nseed = true", "seed is True; it must be a whole number"),
        (ONE + "min = 0\ncorrect = 'all'", "it must be one of none, center, zscore, abtt"),
        (ONE + "min = 0\nmatch = []", "it must be one of word, inflections, exact"),
        (ONE + "better_than = 'brt'", "better_than: encoder spec 'brt': there is no family 'brt'"),
        ("[[expect]]\nmetric = 'auc'\nmin = 0", "e.toml:1: lacks word, sentences, encoder"),
        ("[[expect]]\ngolden = 'a'\nmetric = 'auc'", "a golden run already contains its metric"),
        ("[[expect]]\ngolden = ''", "golden is ''; it must be a saved run"),
        ("[[expect]]\ngolden = 'a'\ntolerance = {auc = -1}", "tolerance is {'auc': -1}"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    assert says in str(caught.value)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (expectation,) = read(tmp_path, "\ufeff" + ONE + "min = 0")
    assert (expectation.where, expectation.minimum) == ("e.toml:1", 0)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_expectations(tmp_path / "no.toml")
    (tmp_path / "latin.toml").write_bytes(b"word = '\xe9'")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_expectations(tmp_path / "latin.toml")


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.floats(), st.text(max_size=3),
    st.sampled_from(["bert", "auc", "none", "word"]),
)  # fmt: skip
KEYS = st.sampled_from((*_KEYS, "x"))


@given(st.lists(st.dictionaries(KEYS, VALUES), max_size=3))
def test_any_table_is_read_or_refused(tables: list[dict[str, object]]) -> None:
    def written(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float | int):
            return repr(value)
        return (
            "[]" if value is None else '"' + "".join(f"\\U{ord(c):08x}" for c in str(value)) + '"'
        )

    text = "".join(
        "[[expect]]\n" + "".join(f"{k} = {written(v)}\n" for k, v in table.items())
        for table in tables
    )
    with TemporaryDirectory() as folder:
        try:
            expectations = read(Path(folder), text)
        except InputError as e:
            assert "e.toml" in e.message
        else:
            assert len(expectations) == len(tables)
