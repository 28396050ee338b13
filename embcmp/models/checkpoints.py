"""Locating a checkpoint: the embedded default, a folder, or a model on the Hugging Face hub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from embcmp.errors import ModelError, UsageError
from embcmp.models import hub
from embcmp.models.catalog import EMBEDDED, MINILM, locate
from embcmp.models.checkpoint_files import CONFIG, TOKENIZER, tokenizer_files
from embcmp.models.sentence_modules import MODULES, listed_modules

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?")


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """The folder of a checkpoint.

    Attributes:
        folder: Folder of the files.
        name: Name of the model to display.
        revision: Commit of a model from the hub; None for other models.
        license: License of the weights, if the catalog has it.
        embedded: Whether this is the embedded default, whose files are known by their digests.
    """

    folder: Path
    name: str
    revision: str | None = None
    license: str | None = None
    embedded: bool = False

    def tokenizer_files(self) -> list[Path]:
        """The files of the tokenizer; of the embedded default, tokenizer.json says everything.

        Raises:
            ModelError: There is no tokenizer.
        """
        return [self.folder / TOKENIZER] if self.embedded else tokenizer_files(self.folder)


def find_checkpoint(
    source: str | None, revision: str | None = None, *, weights: bool = True
) -> CheckpointFolder:
    """Find the folder of a checkpoint; a model on the hub is downloaded.

    Args:
        source: Folder, name of an embedded model, or id on the hub; None for the embedded default.
        revision: Branch, tag or commit of a model on the hub; None for its main branch.
        weights: Whether the weights are needed; otherwise they are not downloaded.

    Raises:
        UsageError: A revision is given for a model that is not on the hub.
        ModelError: The model does not exist, is refused, or cannot be downloaded.
    """
    source = source or MINILM.name
    if is_on_hub(source):
        snapshot = _snapshot(source, revision, weights, hub.offline())
        return CheckpointFolder(snapshot, source, snapshot.name)
    if revision is not None:
        raise UsageError(
            f"{source}: only models on the hub have revisions", f"leave out revision={revision}"
        )
    if source in EMBEDDED and not Path(source).is_dir():
        model = EMBEDDED[source]
        folder = locate(model)
        return CheckpointFolder(folder, model.short, license=model.license, embedded=True)
    return CheckpointFolder(_transformer_folder(Path(source)), Path(source).resolve().name)


def _transformer_folder(folder: Path) -> Path:
    """The folder of the transformer in a folder of sentence-transformers; otherwise the folder.

    modules.json lists the modules. The transformer is the first one, and lies in the folder itself
    or, as older versions wrote it, in one of its own, such as `0_Transformer`.
    """
    file = folder / MODULES
    modules = listed_modules(file)
    if not modules:
        return folder
    path, kind = modules[0][0], modules[0][1].rpartition(".")[2]
    inner = folder / path
    if not inner.resolve().is_relative_to(folder.resolve()):
        raise ModelError(f"{file}: names {path}, which is not in the folder of the model")
    if kind != "Transformer" and not (inner / CONFIG).is_file():
        raise ModelError(
            f"{file}: the first module, {kind}, is no transformer: it has no {CONFIG}",
            "name a model that begins with a transformer",
        )
    return inner


def is_on_hub(source: str) -> bool:
    """Whether a source is neither a folder nor an embedded model, but may be an id on the hub.

    Raises:
        ModelError: It cannot be any of these.
    """
    path = Path(source)
    try:
        if path.is_dir() or (source in EMBEDDED and not path.exists()):
            return False
        is_file = path.exists()
    except OSError as e:
        raise ModelError(f"{source}: cannot be read: {e.strerror}", "check the path") from e
    if is_file:
        raise ModelError(f"{source}: is a file", "name the folder that contains the model")
    if source.startswith((".", "/", "~")) or not _HUB_ID.fullmatch(source):
        raise ModelError(f"{source}: there is no such folder", "check the path")
    return True


@cache
def _snapshot(repo: str, revision: str | None, weights: bool, offline: bool) -> Path:
    """The folder of a revision, which stays the same commit during a run of embcmp."""
    return hub.fetch(repo, revision, weights=weights)
