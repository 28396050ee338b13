"""A training run that is not at its end yet, kept so that an interrupted one can go on.

It lies in the cache folder under a digest of all that decides the run's outcome: only a run with
the same outcome finds it. A cache that cannot be read or written costs time, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from embcmp.cache import cache_dir, write_whole
from embcmp.encoders.base import fingerprint
from embcmp.errors import OutputError

_COUNTS = "counts"

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a run is.

    Attributes:
        arrays: weights, the optimizer's moments and the state of the random numbers.
        counts: words gone over, steps, and batches of this pass.
    """

    arrays: Arrays
    counts: Mapping[str, int]


class Unfinished:
    """The place of an unfinished run.

    Args:
        decisive: everything that decides the outcome.
    """

    def __init__(self, *decisive: object) -> None:
        self.path: Path = cache_dir() / "training" / f"{fingerprint(*decisive)}.safetensors"

    def read(self) -> Progressed | None:
        """How far the run was; None where it has not begun."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self.path, framework="numpy") as f:
                arrays = {name: f.get_tensor(name) for name in f.keys()}
                return Progressed(arrays, json.loads((f.metadata() or {})[_COUNTS]))
        except (OSError, SafetensorError):
            return None

    def write(self, progressed: Progressed) -> None:
        """Keep how far the run is in the place of what was kept before."""
        from safetensors.numpy import save

        content = save(dict(progressed.arrays), {_COUNTS: json.dumps(progressed.counts)})
        with contextlib.suppress(OSError, OutputError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, content)

    def remove(self) -> None:
        """Forget a run that has come to its end."""
        with contextlib.suppress(OSError):
            self.path.unlink()
