"""Where a checkpoint comes from: the embedded default, a folder, or the Hugging Face hub."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from embcmp.errors import ModelError
from embcmp.models.catalogue import EMBEDDED, locate

DEFAULT_CHECKPOINT = "all-MiniLM-L6-v2"

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?")
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors"]


@dataclass(frozen=True, slots=True)
class CheckpointFolder:
    """The folder of a checkpoint, and the model's name for people."""

    folder: Path
    name: str


def find_checkpoint(source: str | None) -> CheckpointFolder:
    """Find the folder of a checkpoint, fetching it where it comes from the hub.

    Args:
        source: a folder, an embedded model's name or a hub id; None for the embedded default.

    Raises:
        ModelError: it is nowhere, or cannot be fetched.
    """
    source = source or DEFAULT_CHECKPOINT
    if Path(source).is_dir():
        return CheckpointFolder(Path(source), Path(source).resolve().name)
    if Path(source).exists():
        raise ModelError(f"{source}: is a file", "name the folder that holds the model")
    if source in EMBEDDED:
        return CheckpointFolder(locate(EMBEDDED[source]), EMBEDDED[source].short)
    if source.startswith((".", "/", "~")) or not _HUB_ID.fullmatch(source):
        raise ModelError(f"{source}: there is no such folder", "check the path")
    return CheckpointFolder(_from_hub(source), source)


def offline() -> bool:
    """Whether no socket may be opened: `--offline`, or HF_HUB_OFFLINE in the environment."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


def _from_hub(source: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        return Path(snapshot_download(source, allow_patterns=_WANTED, local_files_only=offline()))
    except HfHubHTTPError as e:
        raise ModelError(
            f"{source}: there is no folder of that name, and the hub does not give it"
            f" ({type(e).__name__})",
            "check the name",
        ) from e
    except Exception as e:  # the transport's own errors change with the hub client's version
        if offline():
            hint = "leave out --offline to fetch it, or name a local folder"
            raise ModelError(f"{source}: is not in the local cache", hint) from e
        raise ModelError(
            f"{source}: there is no folder of that name, and the hub cannot be reached"
            f" ({type(e).__name__})",
            f"name a local folder or an embedded model ({DEFAULT_CHECKPOINT})",
        ) from e
