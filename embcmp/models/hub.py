"""A checkpoint of the Hugging Face hub: which files it needs, brought into the hub's own cache.

The cache is the one that other tools share: `blobs/<digest>` holds a file,
`snapshots/<commit>/<name>` points to it, `refs/<revision>` names a commit. A file is verified
before it becomes a blob, and a revision's name moves to a commit when all of its files are there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embcmp.cache import write_whole
from embcmp.errors import ModelError, OutputError
from embcmp.models.checkpoint_files import (
    CONFIG,
    CONVERT,
    DECLARATIONS,
    INDEX,
    LIMITS,
    PICKLED,
    TOKENIZER,
    VOCABULARIES,
    WEIGHTS,
    shard_names,
    tokenizer_files,
    weight_files,
)
from embcmp.models.digests import difference
from embcmp.models.download import Listed, download, holds
from embcmp.models.hub_errors import Unreachable, explained, retry_while_busy

DEFAULT_REVISION = "main"
CARD = "README.md"

_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listing:
    """What the hub says of a revision: its commit, and the files that it can name a digest of."""

    commit: str
    files: Mapping[str, Listed]


def offline() -> bool:
    """Whether no socket may be opened: `--offline`, or HF_HUB_OFFLINE in the environment."""
    variables = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return any(os.environ.get(v, "").upper() in {"1", "ON", "YES", "TRUE"} for v in variables)


def fetch(repo: str, revision: str | None = None, *, weights: bool = True) -> Path:
    """The folder of a model at a revision, fetched unless it is in the cache.

    The folder's name is the hash of a commit, 40 hexadecimal digits. A commit that is in the cache
    is taken from there; of a branch or a tag the hub is asked what commit it is now, and where it
    cannot be reached the one in the cache is taken.

    Args:
        repo: `org/name`.
        revision: a branch, a tag or a commit; `main` where it is None.
        weights: they are needed, too.

    Raises:
        ModelError: there is no such model or revision, it is refused, it has nothing that embcmp
            reads, what comes is not what is listed, or it is not cached and cannot be fetched.
    """
    # Read when the client is first imported: it would tell the hub of versions and tools.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    revision = revision or DEFAULT_REVISION
    folder = _cached(repo, revision)
    flaw = folder and _flaw(folder, weights=weights)
    usable = None if flaw else folder
    if usable and (offline() or _COMMIT.fullmatch(revision)):
        return usable
    if offline():
        where = f"complete in the local cache ({flaw})" if flaw else "in the local cache"
        raise ModelError(
            f"{repo}: is not {where}",
            f"leave out --offline to fetch {CONFIG}, tokenizer"
            f"{' and safetensors weights' if weights else ''} of revision {revision} from the hub,"
            " or name a local folder",
        )
    with silent_client():
        try:
            listing = _list(repo, revision)
        except Unreachable:
            if usable:
                return usable
            raise
        return _bring_all(repo, revision, listing, weights=weights)


def intact(repo: str, revision: str | None = None) -> Path:
    """The folder of a cached model, each of its files read whole and held against its digest.

    Raises:
        ModelError: it is not in the cache, or a file is missing or damaged.
    """
    folder = _cached(repo, revision or DEFAULT_REVISION)
    flaw = _flaw(folder, weights=True, every=True) if folder else "is not in the local cache"
    if flaw or folder is None:
        raise ModelError(f"{repo}: {flaw}", f"embcmp models fetch bert:{repo}")
    return folder


@contextmanager
def silent_client() -> Iterator[None]:
    """The hub's client without its remarks: an error is one line, and embcmp's own."""
    from huggingface_hub.utils import logging

    remarks: Any = logging  # its functions carry no types
    before = remarks.get_verbosity()
    remarks.set_verbosity_error()
    try:
        yield
    finally:
        remarks.set_verbosity(before)


def _cached(repo: str, revision: str) -> Path | None:
    """The snapshot that a revision's name stands for in the cache, if any."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(repo, CONFIG, revision=revision)
    except HFValidationError as e:
        raise ModelError(
            f"{repo}: there is no folder of that name, and no model on the hub can have that name",
            "check the name",
        ) from e
    return Path(config).parent if isinstance(config, str) else None


def _flaw(folder: Path, *, weights: bool, every: bool = False) -> str | None:
    """What a cached snapshot lacks, or which file of it is damaged; None where it is whole.

    Unless `every` file is to be read, those are that are needed and whose sha256 is not remembered.
    """
    try:
        files = [*tokenizer_files(folder), *(weight_files(folder) if weights else [])]
        for file in folder.iterdir() if every else files:
            digest = file.readlink().name if file.is_symlink() else ""
            known = _DIGEST if every else _SHA256
            if known.fullmatch(digest) and (why := difference(file, None, digest, reread=every)):
                return f"{file}: is damaged: {why}"
    except ModelError as e:
        return e.message
    return None


def _list(repo: str, revision: str) -> Listing:
    from huggingface_hub import HfApi, constants

    with explained(repo, revision):
        info = retry_while_busy(
            lambda: HfApi().model_info(
                repo,
                revision=revision,
                files_metadata=True,
                timeout=constants.HF_HUB_ETAG_TIMEOUT,
            )
        )
    files = {}
    for sibling in info.siblings or ():
        digest = sibling.lfs.sha256 if sibling.lfs else sibling.blob_id
        if digest and _DIGEST.fullmatch(digest) and sibling.size is not None:
            files[sibling.rfilename] = Listed(sibling.rfilename, sibling.size, digest)
    if not info.sha or not _COMMIT.fullmatch(info.sha) or (info.siblings and not files):
        raise ModelError(
            f"{repo}: {constants.ENDPOINT} lists no commit of it, or no digests of its files",
            "set HF_ENDPOINT to a hub that does",
        )
    return Listing(info.sha, files)


def _bring_all(repo: str, revision: str, listing: Listing, *, weights: bool) -> Path:
    """Bring the files that are needed, the weights last: where they are, all is.

    Without weights a revision's name stays at the commit that it has, which may be whole.
    """
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    storage = Path(HF_HUB_CACHE) / repo_folder_name(repo_id=repo, repo_type="model")
    folder = storage / "snapshots" / listing.commit
    for name in _small_files(repo, listing.files, weights=weights):
        _bring(repo, revision, storage, listing, name)
    if weights:
        for name in [WEIGHTS] if WEIGHTS in listing.files else shard_names(folder / INDEX):
            _bring(repo, revision, storage, listing, name)
    ref = storage / "refs" / revision
    known = ref.read_text(encoding="ascii") if ref.is_file() else None
    stays = known == listing.commit or (known is not None and not weights)
    if not _COMMIT.fullmatch(revision) and not stays:
        try:
            ref.parent.mkdir(parents=True, exist_ok=True)
            write_whole(ref, listing.commit)
        except (OSError, OutputError) as e:
            raise ModelError(f"{ref}: cannot be written", "set HF_HOME to another folder") from e
    return folder


def _small_files(repo: str, names: Collection[str], *, weights: bool) -> list[str]:
    """The files to have beside the weights.

    Raises:
        ModelError: something that is needed is not among the names.
    """
    if CONFIG not in names:
        raise ModelError(f"{repo}: has no {CONFIG}", "name a model that transformers can load")
    if weights and WEIGHTS not in names and INDEX not in names:
        pickled = sorted(n for n in names if n.endswith(PICKLED))
        raise ModelError(
            f"{repo}: has no safetensors weights",
            f"{pickled[0]} is a pickle, which can run code and is not fetched: name a revision"
            f" that has safetensors (,revision=refs/pr/1 often does), or {CONVERT}"
            if pickled
            else "name a model that has them",
        )
    if TOKENIZER in names:
        tokenizer = [TOKENIZER, LIMITS]
    elif any(name in names for name in VOCABULARIES):
        tokenizer = [*VOCABULARIES, *DECLARATIONS]
    else:
        raise ModelError(f"{repo}: has no tokenizer", f"it is usually in {TOKENIZER}")
    index = [INDEX] if weights and WEIGHTS not in names else []
    return [name for name in (CONFIG, *tokenizer, CARD, *index) if name in names]


def _bring(repo: str, revision: str, storage: Path, listing: Listing, name: str) -> None:
    """Bring one file into the snapshot, unless it is there and right."""
    from huggingface_hub import hf_hub_download, hf_hub_url
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # documented
        WeakFileLock,
        build_hf_headers,
    )

    if name not in listing.files:
        raise ModelError(f"{repo}: has no {name}, which its index names", "name another revision")
    file = listing.files[name]
    place, blob = storage / "snapshots" / listing.commit / name, storage / "blobs" / file.digest
    if holds(place, file):
        return
    # The client's own lock: two runs, or another tool's, do not write to one file.
    lock = storage.parent / ".locks" / storage.name / f"{file.digest}.lock"
    with explained(repo, revision, name):
        lock.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock):
            place.unlink(missing_ok=True)
            if not holds(blob, file):
                blob.unlink(missing_ok=True)
                url = hf_hub_url(repo, name, revision=listing.commit)
                room = "set HF_HOME to another disk"
                retry_while_busy(lambda: download(url, file, blob, build_hf_headers(), room=room))
        hf_hub_download(repo, name, revision=listing.commit)  # finds the blob, and points to it
