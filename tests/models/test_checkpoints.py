"""The folder of a checkpoint, in the folders that sentence-transformers writes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from embcmp.encoders import load_encoder
from embcmp.errors import ModelError
from embcmp.models.checkpoints import find_checkpoint
from embcmp.types import Occurrence

USE = [Occurrence("1", "man", "go man", 3, 6)]


def modules(
    folder: Path, path: str, kind: str = "sentence_transformers.models.Transformer"
) -> Path:
    """Write modules.json as sentence-transformers does, with a module for pooling after it."""
    first = {"idx": 0, "name": "0", "path": path, "type": kind}
    pooling = {"idx": 1, "name": "1", "path": "1_Pooling"}
    folder.mkdir(exist_ok=True)
    (folder / "modules.json").write_text(
        json.dumps([first, {**pooling, "type": "sentence_transformers.models.Pooling"}])
    )
    return folder


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("", "Transformer"),
        ("0_Transformer", "Transformer"),
        ("0_BERT", "BERT"),  # of the first versions
    ],
)
def test_the_transformer_of_sentence_transformers(
    tmp_path: Path, tiny_bert: Path, path: str, kind: str
) -> None:
    folder = modules(tmp_path / "mine", path, kind)
    if path:  # what older versions wrote there is no model's configuration
        (folder / "config.json").write_text('{"__version__": "0.2.5"}')
    shutil.copytree(tiny_bert, folder / path, dirs_exist_ok=True)
    found = find_checkpoint(str(folder))
    assert (found.folder, found.name) == (folder / path, "mine")
    out, expected = (load_encoder(f"bert:{f}").encode(USE) for f in (folder, tiny_bert))
    np.testing.assert_array_equal(out.vectors, expected.vectors)
    assert out.info.model == "mine"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[]", "does not list the modules of a model"),
        ("{", "does not list the modules of a model"),
        ('[{"path": "0"}]', "does not list the modules of a model"),
        ('[{"path": "../other", "type": "a.Transformer"}]', "names ../other, which is not in the"),
        (
            '[{"path": "0_WordEmbeddings", "type": "models.WordEmbeddings"}]',
            "the first module, WordEmbeddings, is no transformer",
        ),
    ],
)
def test_modules_that_are_no_transformer(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "modules.json").write_text(content)
    with pytest.raises(ModelError, match=says) as e:
        find_checkpoint(str(tmp_path))
    assert e.value.message.startswith(f"{tmp_path / 'modules.json'}: ")
    assert e.value.exit_code == 4


def test_a_transformer_that_modules_json_names_and_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"0_Transformer: there is no config\.json"):
        load_encoder(f"bert:{modules(tmp_path, '0_Transformer')}")


@pytest.mark.slow
def test_what_sentence_transformers_saves_now(tmp_path: Path, tiny_bert: Path) -> None:
    library = pytest.importorskip("sentence_transformers")
    models = pytest.importorskip("sentence_transformers.models")
    made = [models.Transformer(str(tiny_bert)), models.Pooling(32)]
    library.SentenceTransformer(modules=made).save(str(tmp_path / "saved"))
    assert (tmp_path / "saved" / "modules.json").is_file()
    out, expected = (load_encoder(f"bert:{f}").encode(USE) for f in (tmp_path / "saved", tiny_bert))
    np.testing.assert_allclose(out.vectors, expected.vectors, rtol=0, atol=1e-6)
