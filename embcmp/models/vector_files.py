"""The word vectors of gensim-data, with its names and checksums.

Sizes and checksums are from list.json of gensim-data. Only its files are downloaded; its loader,
which runs downloaded code, is not used.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embcmp.cache import cache_dir
from embcmp.errors import ModelError
from embcmp.models.digests import verify
from embcmp.models.download import ListedFile, download, is_intact
from embcmp.models.hub import offline, silent_client
from embcmp.models.hub_errors import retry_while_busy

RELEASES = "https://github.com/RaRe-Technologies/gensim-data/releases/download"

_ELSEWHERE = "set EMBCMP_CACHE to another cache folder"
_PDDL = "PDDL-1.0"


@dataclass(frozen=True, slots=True)
class VectorFile:
    """A packed file of word vectors.

    Attributes:
        name: Name in gensim-data and in a spec.
        words: Number of words.
        bytes: Size of the packed file.
        md5: md5 of the packed file, in hexadecimal digits.
        license: License, as an SPDX identifier; None if gensim-data does not know it.
    """

    name: str
    words: int
    bytes: int
    md5: str
    license: str | None

    @property
    def dim(self) -> int:
        """Width of a vector, which is the last part of the name."""
        return int(self.name.rpartition("-")[2])

    @property
    def url(self) -> str:
        """Address of the file: in the releases of gensim-data, or on the mirror EMBCMP_MIRROR."""
        base = os.environ.get("EMBCMP_MIRROR") or RELEASES
        return f"{base.rstrip('/')}/{self.name}/{self.name}.gz"

    @property
    def path(self) -> Path:
        """Path of the file after it has been downloaded."""
        return cache_dir() / "models" / f"{self.name}.gz"

    @property
    def is_here(self) -> bool:
        """Whether the file has been downloaded, and verified then."""
        return self.path.is_file() and self.path.stat().st_size == self.bytes


_LISTED: tuple[tuple[str, int, int, str, str | None], ...] = (
    ("word2vec-google-news-300", 3_000_000, 1_743_563_840,
     "a5e5354d40acb95f9ec66d5977d140ef", None),
    ("fasttext-wiki-news-subwords-300", 999_999, 1_005_007_116,
     "de2bb3a20c46ce65c9c131e1ad9a77af", "CC-BY-SA-3.0"),
    ("glove-wiki-gigaword-50", 400_000, 69_182_535, "c289bc5d7f2f02c6dc9f2f9b67641813", _PDDL),
    ("glove-wiki-gigaword-100", 400_000, 134_300_434, "40ec481866001177b8cd4cb0df92924f", _PDDL),
    ("glove-wiki-gigaword-200", 400_000, 264_336_934, "59652db361b7a87ee73834a6c391dfc1", _PDDL),
    ("glove-wiki-gigaword-300", 400_000, 394_362_229, "29e9329ac2241937d55b852e8284e89b", _PDDL),
    ("glove-twitter-25", 1_193_514, 109_885_004, "50db0211d7e7a2dcd362c6b774762793", _PDDL),
    ("glove-twitter-50", 1_193_514, 209_216_938, "c168f18641f8c8a00fe30984c4799b2b", _PDDL),
    ("glove-twitter-100", 1_193_514, 405_932_991, "b04f7bed38756d64cf55b58ce7e97b15", _PDDL),
    ("glove-twitter-200", 1_193_514, 795_373_100, "e52e8392d1860b95d5308a525817d8f9", _PDDL),
)  # fmt: skip
VECTOR_FILES: Mapping[str, VectorFile] = {row[0]: VectorFile(*row) for row in _LISTED}


def find_vectors(source: str | Path) -> Path:
    """The path for a source: a path itself, or the name of a file that has been downloaded.

    Raises:
        ModelError: It is the name of a file that has not been downloaded.
    """
    file = VECTOR_FILES.get(str(source))
    if file is None or Path(source).exists():
        return Path(source)
    if not file.is_here:
        raise ModelError(
            f"{file.name}: has not been fetched yet ({file.bytes / 1e6:,.0f} MB)",
            f"embcmp models fetch word2vec:{file.name}",
        )
    return file.path


def fetch_vectors(file: VectorFile) -> Path:
    """Download a file, unless it is there and has the right checksum; return its path.

    See `embcmp.models.download.download` for interrupted downloads.

    Raises:
        ModelError: The file may not or cannot be downloaded, or differs from the listed one.
    """
    if offline():
        if file.is_here:
            return file.path
        raise ModelError(f"{file.name}: has not been fetched", "leave out --offline to fetch it")
    from huggingface_hub.utils import WeakFileLock  # type: ignore[attr-defined]  # documented

    listed = ListedFile(file.path.name, file.bytes, file.md5)
    with _explain_errors(file), silent_client():
        file.path.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(file.path.with_suffix(".lock")):
            if not is_intact(file.path, listed):
                retry_while_busy(lambda: download(file.url, listed, file.path, room=_ELSEWHERE))
    return file.path


def verify_vectors(file: VectorFile) -> None:
    """Read a downloaded file and verify its checksum.

    Raises:
        ModelError: The file is missing or damaged.
    """
    hint = f"embcmp models fetch word2vec:{file.name}"
    verify(file.path, file.bytes, file.md5, hint, reread=True)


@contextmanager
def _explain_errors(file: VectorFile) -> Iterator[None]:
    """Turn all errors of the block into a ModelError."""
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except ModelError:
        raise
    except HfHubHTTPError as e:
        raise ModelError(
            f"{file.name}: {file.url} answers {e.response.status_code}",
            "try again later, or set EMBCMP_MIRROR to a mirror",
        ) from e
    except Exception as e:  # the errors of the transport depend on the version of the client
        if isinstance(e, OSError) and e.errno is not None and e.filename:
            raise ModelError(
                f"{file.name}: {e.filename}: cannot be written: {e.strerror}", _ELSEWHERE
            ) from e
        raise ModelError(
            f"{file.name}: {file.url} cannot be reached, or the connection was lost"
            f" ({type(e).__name__})",
            "check the network and run the command again: what has been downloaded is kept",
        ) from e
