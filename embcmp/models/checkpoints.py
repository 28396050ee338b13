"""Where a checkpoint comes from: the embedded default, a folder, or the Hugging Face hub."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from embcmp.errors import ModelError, UsageError
from embcmp.models import hub
from embcmp.models.catalog import EMBEDDED, MINILM, locate

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?")


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """The folder of a checkpoint.

    Attributes:
        folder: where its files are.
        name: the model's, for people.
        revision: the commit on the hub that they are of; None where they are from elsewhere.
        license: of the weights, where the catalog knows it.
    """

    folder: Path
    name: str
    revision: str | None = None
    license: str | None = None


def find_checkpoint(
    source: str | None, revision: str | None = None, *, weights: bool = True
) -> CheckpointFolder:
    """Find the folder of a checkpoint, fetching it where it comes from the hub.

    Args:
        source: a folder, an embedded model's name or a hub id; None for the embedded default.
        revision: a branch, a tag or a commit of a model on the hub; None for its main branch.
        weights: they are needed, too; where they are not, they are not fetched.

    Raises:
        UsageError: a revision of what is not on the hub.
        ModelError: it is nowhere, is refused, or cannot be fetched.
    """
    source = source or MINILM.name
    if is_on_hub(source):
        snapshot = _snapshot(source, revision, weights, hub.offline())
        return CheckpointFolder(snapshot, source, snapshot.name)
    if revision is not None:
        raise UsageError(
            f"{source}: only a model of the hub has revisions", f"leave out revision={revision}"
        )
    if source in EMBEDDED and not Path(source).is_dir():
        model = EMBEDDED[source]
        return CheckpointFolder(locate(model), model.short, license=model.license)
    return CheckpointFolder(Path(source), Path(source).resolve().name)


def is_on_hub(source: str) -> bool:
    """Whether a source is neither a folder nor an embedded model, but can be a hub id.

    Raises:
        ModelError: it is none of these.
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
    """Within a run a revision is one commit, though the hub's branch may move meanwhile."""
    return hub.fetch(repo, revision, weights=weights)
