"""A training run that is not at its end yet, kept so that an interrupted one can go on.

It lies in the cache folder under a digest of all that decides the run's outcome: only a run with
the same outcome finds it. A cache that cannot be read or written costs time, and nothing else.
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
_FORMAT = 2  # of the file; the first kept the counts apart


class Unfinished:
    """The place of an unfinished run.

    Args:
        decisive: everything that decides the outcome.
    """

    def __init__(self, *decisive: object) -> None:
        name = fingerprint(_FORMAT, *decisive)
        self.path: Path = cache_dir() / "training" / f"{name}.safetensors"

    def read(self) -> Tensors | None:
        """What the run was made of when it was kept; None where it has not begun."""
        try:
            with open_safetensors(self.path, "pt") as f:
                return {name: f.get_tensor(name) for name in f.keys()}
        except ModelError:
            return None

    def write(self, tensors: Tensors) -> None:
        """Keep what the run is made of in the place of what was kept before."""
        from safetensors.torch import save

        content = save(tensors)
        with contextlib.suppress(OSError, OutputError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, content)

    def remove(self) -> None:
        """Forget a run that has come to its end."""
        with contextlib.suppress(OSError):
            self.path.unlink()
