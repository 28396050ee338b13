"""What is needed to compute the same numbers again."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from embcmp import __version__
from embcmp.types import EncoderInfo

_MEASURED_BY = ("numpy", "torch", "transformers", "tokenizers", "safetensors", "gensim", "pyarrow")


def manifest(seed: int, encoders: Mapping[str, EncoderInfo]) -> dict[str, Any]:
    """Versions, platform, threads, the encoders and the process's peak memory.

    Args:
        seed: of everything that was drawn.
        encoders: by the names of their results.
    """
    torch = sys.modules.get("torch")
    return {
        "seed": seed,
        "versions": {"embcmp": __version__, "python": platform.python_version(), **_versions()},
        "platform": f"{platform.system()} {platform.machine()}",
        "threads": torch.get_num_threads() if torch else 1,
        "encoders": {name: info.fingerprint for name, info in encoders.items()},
        "revisions": {name: info.revision for name, info in encoders.items() if info.revision},
        "peak_memory_bytes": _peak_memory(),
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _MEASURED_BY:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _peak_memory() -> int | None:
    """Of this process alone, in bytes; None where the platform does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
