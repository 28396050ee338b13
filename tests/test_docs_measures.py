"""docs/reference/measures.md says what the code computes."""

from __future__ import annotations

import doctest

from tests.conftest import ROOT


def test_the_examples_give_what_the_page_prints() -> None:
    page = str(ROOT / "docs" / "reference" / "measures.md")
    failed, examples = doctest.testfile(page, module_relative=False, encoding="utf-8")
    assert examples > 30
    assert failed == 0
