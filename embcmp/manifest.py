"""The manifest of a result: what is needed to compute the same numbers again."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from embcmp import __version__
from embcmp.threads import thread_count
from embcmp.types import EncoderInfo

_PACKAGES = ("numpy", "torch", "transformers", "tokenizers", "safetensors", "gensim", "pyarrow")


def manifest(seed: int, encoders: Mapping[str, EncoderInfo]) -> dict[str, Any]:
    """Return versions, platform, threads, encoders and the peak memory of this process.

    Args:
        seed: seed of all random sampling.
        encoders: the encoders, by the names of their results.
    """
    return {
        "seed": seed,
        "versions": {"embcmp": __version__, "python": platform.python_version(), **_versions()},
        "platform": f"{platform.system()} {platform.machine()}",
        "threads": thread_count(),
        "encoders": {name: info.fingerprint for name, info in encoders.items()},
        "revisions": {name: info.revision for name, info in encoders.items() if info.revision},
        "peak_memory_bytes": _peak_memory(),
    }


def _versions() -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def _peak_memory() -> int | None:
    """Return the peak memory of this process in bytes; None if the platform does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
