"""Every architecture gives transformers' own numbers, or is refused with its reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.encoders.every_architecture import EVERY, outcome, save
from tests.making.architecture_table import row, table

PAGE = ROOT / "docs" / "reference" / "architectures.md"
WORDS = (
    "man Man man's go the it, cold café cafe\u0301 人 ½ man\u00ad \u200d <t> </t> <t>man</t> [SEP]"
    " </s> <mask> \t unmanned post! ▁ ## \U0001f600"
).split(" ")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("architectures")


def folder_of(name: str, folders: Path) -> Path:
    folder = folders / name
    return folder if folder.exists() else save(name, folder)


def rows(text: str) -> dict[str, str]:
    """The rows of the page, by architecture."""
    return {m[1]: m[0] for m in re.finditer(r"^\| `(.+?)` \| .*\n", text, re.MULTILINE)}


@pytest.mark.parametrize(
    "name", ["bert", "xlm-roberta", "big_bird", "mixtral", "t5", "mra", "funnel"]
)
def test_a_row_of_the_table(name: str, folders: Path) -> None:
    found = outcome(folder_of(name, folders))
    assert row(name, found) == rows(PAGE.read_text(encoding="utf-8"))[name]
    assert found.refused or found.compared > 10


def test_at_least_45_architectures_are_read() -> None:
    written = rows(PAGE.read_text(encoding="utf-8"))
    assert written.keys() == EVERY.keys()
    assert sum("| equal |" in line for line in written.values()) >= 45


@pytest.mark.slow
def test_the_table_is_current(folders: Path) -> None:
    text = table({name: outcome(folder_of(name, folders)) for name in EVERY})
    print(text)  # noqa: T201  the table, as this run gives it
    assert rows(text) == rows(PAGE.read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_any_sentences_in_any_order(name: str, folders: Path) -> None:
    folder = folder_of(name, folders)
    reads = outcome(folder, ["go man"]).refused is None

    @settings(
        deadline=None,
        max_examples=5,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(
        st.lists(
            st.lists(st.sampled_from(WORDS), min_size=1, max_size=90).map(" ".join),
            min_size=1,
            max_size=3,
        )
    )
    def check(texts: list[str]) -> None:
        assert outcome(folder, [*texts, "go man"]).difference < 1

    if reads:
        check()
