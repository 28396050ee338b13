"""docs/reference/measures.md says what the code computes."""

from __future__ import annotations

import doctest

from tests.conftest import ROOT


def test_worked_examples_come_out_as_printed() -> None:
    page = str(ROOT / "docs" / "reference" / "measures.md")
    failed, examples = doctest.testfile(page, module_relative=False, encoding="utf-8")
    assert examples > 30
    assert failed == 0
