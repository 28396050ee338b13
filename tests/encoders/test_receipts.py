"""Every target of the public data: the receipt's text and the pieces are the form asked for."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from embcmp.encoders import load_encoder
from tests.benchmarks.receipts import mismatches, targets
from tests.conftest import SHARED, needs_models, needs_shared
from tests.encoders.tiny import save

FILES = sorted(SHARED.glob("tsv/*.tsv"))


@needs_shared
@needs_models
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_receipt_spells_the_form(path: Path) -> None:
    count, found = mismatches(path, "bert@0")
    assert count > 100
    assert list(map(str, found)) == []


@pytest.mark.slow
@needs_shared
@pytest.mark.parametrize("name", ["roberta", "gpt2", "xlm-roberta", "electra"])
def test_every_receipt_spells_the_form_for_any_kind_of_tokenizer(tmp_path: Path, name: str) -> None:
    spec = f"bert:{save(name, tmp_path)}@0"  # it takes 64 pieces, and windows what is longer
    assert [str(m) for path in FILES for m in mismatches(path, spec)[1]] == []


def folded(text: str) -> str:
    """As BERT uncased spells it: lower case, no accents, no white space."""
    marked = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in marked if unicodedata.category(c) != "Mn" and not c.isspace())


@needs_shared
@needs_models
def test_the_pieces_spell_the_form() -> None:
    occurrences = [o for path in FILES for o in targets(path)]
    out = load_encoder("bert@0").encode(occurrences)
    spelled = [
        "".join(token.removeprefix("##") for token in receipt.tokens) for receipt in out.receipts
    ]
    wrong = [o for o, s in zip(occurrences, spelled, strict=True) if s != folded(o.form)]
    assert wrong == []
