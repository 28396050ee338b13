"""The state of an unfinished training run, saved so that an interrupted run can go on.

It is in the cache folder, under a digest of everything that the outcome of the run depends on, so
that only a run with the same outcome finds it. Where the cache cannot be read or written, an
interrupted run starts again.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from embcmp.cache import cache_dir, write_whole
from embcmp.encoders.base import fingerprint
from embcmp.errors import ModelError, OutputError
from embcmp.models.checkpoint_files import open_safetensors

Tensors = dict[str, Any]  # torch's, by name
_FORMAT = 2  # the version of the file's format; the first had the counts in the metadata


class SavedRun:
    """The saved state of an unfinished run.

    Args:
        settings: everything that the outcome of the run depends on.
    """

    def __init__(self, *settings: object) -> None:
        name = fingerprint(_FORMAT, *settings)
        self.path: Path = cache_dir() / "training" / f"{name}.safetensors"

    def read(self) -> Tensors | None:
        """The tensors that were saved last; None if there are none."""
        try:
            with open_safetensors(self.path, "pt") as f:
                return {name: f.get_tensor(name) for name in f.keys()}
        except ModelError:
            return None

    def write(self, tensors: Tensors) -> None:
        """Save the tensors of the run in place of those that were saved before."""
        from safetensors.torch import save

        content = save(tensors)
        with contextlib.suppress(OSError, OutputError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, content)

    def remove(self) -> None:
        """Remove the state of a run that is finished."""
        with contextlib.suppress(OSError):
            self.path.unlink()
