"""Checkpoints on the Hugging Face hub: downloading the files that are needed to the hub's cache.

Other tools use the same cache: `blobs/<digest>` is a file, `snapshots/<commit>/<name>` is a link to
it, and `refs/<revision>` contains the commit of a branch or tag. A file is verified before it
becomes a blob, and `refs` is updated when all files of the commit have been downloaded.
"""

from __future__ import annotations

import logging as python_logging
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from embcmp.cache import write_whole
from embcmp.deadline import THREAD
from embcmp.errors import ModelError, OutputError
from embcmp.models.checkpoint_files import (
    CONFIG,
    CONVERT,
    DECLARATIONS,
    INDEX,
    PICKLED,
    TOKENIZER,
    VOCABULARIES,
    WEIGHTS,
    shard_names,
    tokenizer_files,
    weight_files,
)
from embcmp.models.digests import difference
from embcmp.models.download import ListedFile, download, is_intact
from embcmp.models.hub_answers import answer, bounded_refusals, model_listing
from embcmp.models.hub_errors import Unreachable, explain_errors, retry_while_busy
from embcmp.models.sentence_modules import FILES

DEFAULT_REVISION = "main"
CARD = "README.md"

_COMMIT = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listing:
    """The commit of a revision, and its files for which the hub lists a digest."""

    commit: str
    files: Mapping[str, ListedFile]


def offline() -> bool:
    """Whether the network may not be used: `--offline`, or HF_HUB_OFFLINE in the environment."""
    variables = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return any(os.environ.get(v, "").upper() in {"1", "ON", "YES", "TRUE"} for v in variables)


def fetch(repo: str, revision: str | None = None, *, weights: bool = True) -> Path:
    """The folder of a model at a revision, which is downloaded unless it is in the cache.

    The name of the folder is the hash of the commit, 40 hexadecimal digits. For a commit that is in
    the cache the hub is not asked. For a branch or a tag it is asked for the current commit; if it
    cannot be reached, the cached commit is used.

    Args:
        repo: Id of the model, `org/name`.
        revision: Branch, tag or commit; None for `main`.
        weights: Whether the weights are needed.

    Raises:
        ModelError: The model or revision does not exist, access is refused, it has no files that
            embcmp reads, a file differs from the listed one, or the model is not cached and cannot
            be downloaded.
    """
    # The client reads this when it is imported; otherwise it sends its and other versions.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    revision = revision or DEFAULT_REVISION
    folder = _cached_snapshot(repo, revision)
    problem = folder and _problem(folder, weights=weights)
    usable = None if problem else folder
    if usable and (offline() or _COMMIT.fullmatch(revision)):
        return usable
    if offline():
        where = f"complete in the local cache ({problem})" if problem else "in the local cache"
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
        return _download_files(repo, revision, listing, weights=weights)


def verify_cached(repo: str, revision: str | None = None) -> Path:
    """Read every file of a cached model, check its digest, and return the folder.

    Raises:
        ModelError: The model is not in the cache, or a file is missing or damaged.
    """
    folder = _cached_snapshot(repo, revision or DEFAULT_REVISION)
    problem = _problem(folder, weights=True, every=True) if folder else "is not in the local cache"
    if problem or folder is None:
        raise ModelError(f"{repo}: {problem}", f"embcmp models fetch bert:{repo}")
    return folder


@contextmanager
def silent_client() -> Iterator[None]:
    """Silence the log of the hub's client, so that an error is one line, and bound its answers."""
    from huggingface_hub.utils import logging

    log: Any = logging  # its functions have no types
    before = log.get_verbosity()
    log.set_verbosity_error()
    for module in ("file_download", "utils._http"):
        python_logging.getLogger(f"huggingface_hub.{module}").addFilter(_is_awaited)
    try:
        with bounded_refusals():
            yield
    finally:
        log.set_verbosity(before)


def _is_awaited(record: python_logging.LogRecord) -> bool:
    """Whether a record is not of a call with a deadline, which may go on after it was given up."""
    return record.threadName != THREAD


def _check_endpoint() -> None:
    """Raise ModelError for an address of a hub that the client cannot even be imported with."""
    endpoint = os.environ.get("HF_ENDPOINT", "")
    try:
        _ = urlsplit(endpoint).port
    except ValueError as e:
        raise ModelError(
            f"HF_ENDPOINT: {endpoint[:200]} is no address: {e}",
            "set it to one such as https://huggingface.co, or not at all",
        ) from e


def _cached_snapshot(repo: str, revision: str) -> Path | None:
    """The folder of a revision in the cache, if it is there."""
    _check_endpoint()
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


def _problem(folder: Path, *, weights: bool, every: bool = False) -> str | None:
    """Describe what a cached snapshot lacks, or which file is damaged; None if it is intact.

    Files are read if they are needed and their sha256 is not cached, or always for `every`.
    """
    try:
        files = [*tokenizer_files(folder), *(weight_files(folder) if weights else [])]
        for file in folder.rglob("*") if every else files:
            digest = file.readlink().name if file.is_symlink() else ""
            known = _DIGEST if every else _SHA256
            if known.fullmatch(digest) and (why := difference(file, None, digest, reread=every)):
                return f"{file}: is damaged: {why}"
    except ModelError as e:
        return e.message
    return None


def _list(repo: str, revision: str) -> Listing:
    from huggingface_hub import constants

    with explain_errors(repo, revision):
        listed = retry_while_busy(lambda: model_listing(repo, revision))
    siblings = listed.get("siblings") or []
    files = dict(_listed_files(siblings)) if isinstance(siblings, list) else {}
    commit = listed.get("sha")
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit) or (siblings and not files):
        raise ModelError(
            f"{repo}: {constants.ENDPOINT} lists no commit of it, or no digests of its files",
            "set HF_ENDPOINT to a hub that does",
        )
    return Listing(commit, files)


def _listed_files(siblings: Iterable[object]) -> Iterator[tuple[str, ListedFile]]:
    """The files in a listing that have a size and a digest, by name."""
    for sibling in siblings:
        entry = sibling if isinstance(sibling, dict) else {}
        stored = entry.get("lfs")
        stored = stored if isinstance(stored, dict) else {}
        name, size = entry.get("rfilename"), stored.get("size", entry.get("size"))
        digest = stored.get("sha256") or entry.get("blobId")
        if isinstance(name, str) and isinstance(digest, str) and _DIGEST.fullmatch(digest):
            if type(size) is int and size >= 0:
                yield name, ListedFile(name, size, digest)


def _download_files(repo: str, revision: str, listing: Listing, *, weights: bool) -> Path:
    """Download the files that are needed, the weights last, so that they imply all others.

    Without weights `refs` is not updated: the commit that it contains may be complete.
    """
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.file_download import repo_folder_name

    storage = Path(HF_HUB_CACHE) / repo_folder_name(repo_id=repo, repo_type="model")
    folder = storage / "snapshots" / listing.commit
    for name in _small_files(repo, listing.files, weights=weights):
        _download_file(repo, revision, storage, listing, name)
    if weights:
        for name in [WEIGHTS] if WEIGHTS in listing.files else shard_names(folder / INDEX):
            _download_file(repo, revision, storage, listing, name)
    ref = storage / "refs" / revision
    current = ref.read_text(encoding="ascii") if ref.is_file() else None
    unchanged = current == listing.commit or (current is not None and not weights)
    if not _COMMIT.fullmatch(revision) and not unchanged:
        try:
            ref.parent.mkdir(parents=True, exist_ok=True)
            write_whole(ref, listing.commit)
        except (OSError, OutputError) as e:
            raise ModelError(f"{ref}: cannot be written", "set HF_HOME to another folder") from e
    return folder


def _small_files(repo: str, names: Collection[str], *, weights: bool) -> list[str]:
    """The names of the files to download besides the weights.

    Raises:
        ModelError: A file that is needed is not among the names.
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
    if not any(name in names for name in (TOKENIZER, *VOCABULARIES)):
        raise ModelError(f"{repo}: has no tokenizer", f"it is usually in {TOKENIZER}")
    index = [INDEX] if weights and WEIGHTS not in names else []
    tokenizer = (TOKENIZER, *VOCABULARIES, *DECLARATIONS)
    modules = sorted(name for name in names if FILES.fullmatch(name))
    return [name for name in (CONFIG, *tokenizer, CARD, *modules, *index) if name in names]


def _download_file(repo: str, revision: str, storage: Path, listing: Listing, name: str) -> None:
    """Download one file to the snapshot, unless it is there and intact."""
    from huggingface_hub import hf_hub_download, hf_hub_url
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # documented
        WeakFileLock,
        build_hf_headers,
    )

    if name not in listing.files:
        raise ModelError(f"{repo}: has no {name}, which its index names", "name another revision")
    file = listing.files[name]
    path, blob = storage / "snapshots" / listing.commit / name, storage / "blobs" / file.digest
    # This is also the lock of the client, so that two runs or tools do not write to one file.
    lock = storage.parent / ".locks" / storage.name / f"{file.digest}.lock"
    with explain_errors(repo, revision, name):
        if is_intact(path, file):  # an error if the name is longer than the system allows
            return
        lock.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock):
            path.unlink(missing_ok=True)
            if not is_intact(blob, file):
                blob.unlink(missing_ok=True)
                url = hf_hub_url(repo, name, revision=listing.commit)
                room = "set HF_HOME to another disk"
                retry_while_busy(lambda: download(url, file, blob, build_hf_headers(), room=room))
        # This finds the blob and links to it.
        answer(lambda: hf_hub_download(repo, name, revision=listing.commit))
