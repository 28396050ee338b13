"""Errors of the hub and of the network, as one line that says what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from embcmp.errors import ModelError

T = TypeVar("T")

BUSY = {408, 429, 500, 502, 503, 504}
WAITS = (1.0, 2.0, 4.0)  # seconds before the next requests to a busy hub

_LOG_IN = "log in with `hf auth login` or set HF_TOKEN"


class Unreachable(ModelError):
    """The hub does not answer now; a cached model can be used instead."""


def retry_while_busy(call: Callable[[], T]) -> T:
    """Call a function, and again after a while as long as the hub answers that it is busy."""
    from huggingface_hub.errors import HfHubHTTPError

    for wait in WAITS:
        try:
            return call()
        except HfHubHTTPError as e:
            if e.response.status_code not in BUSY:
                raise
        time.sleep(wait)
    return call()


@contextmanager
def explain_errors(repo: str, revision: str, file: str | None = None) -> Iterator[None]:
    """Turn all errors of the block into a ModelError.

    Args:
        repo: Id of the requested model.
        revision: Requested revision.
        file: Name of the requested file; None if the request is for the listing of the model.

    Raises:
        Unreachable: There is no network, or no useful answer.
        ModelError: The hub refuses the request, or the file cannot be written.
    """
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        yield
    except ModelError:
        raise
    except Exception as e:  # the errors of the transport depend on the version of the client
        what = f"{repo}: {file}" if file else repo
        cause = e.__cause__ if isinstance(e, LocalEntryNotFoundError) else e
        if isinstance(cause, HfHubHTTPError):
            raise _refusal(what, revision, cause) from e
        if isinstance(cause, OSError) and cause.errno is not None and cause.filename:
            raise ModelError(
                f"{what}: {cause.filename}: cannot be written: {cause.strerror}",
                "make it writable, or set HF_HOME to another folder",
            ) from e
        if file:
            raise Unreachable(
                f"{what}: the connection to the hub was lost ({type(cause).__name__})",
                "run the command again: what has been downloaded is kept",
            ) from e
        raise Unreachable(
            f"{what}: there is no folder of that name, and the hub cannot be reached"
            f" ({type(cause).__name__})",
            "check the network, or name a local folder or the embedded all-MiniLM-L6-v2",
        ) from e


def _refusal(what: str, revision: str, error: Exception) -> ModelError:
    """The error for a status other than success."""
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    assert isinstance(error, HfHubHTTPError)
    status = error.response.status_code
    if isinstance(error, GatedRepoError):
        return ModelError(
            f"{what}: is gated, and the hub does not let you download it ({status})",
            f"accept its terms on its page, then {_LOG_IN}",
        )
    if isinstance(error, RevisionNotFoundError):
        return ModelError(
            f"{what}: has no revision {revision!r}", "name a branch, a tag or a commit of it"
        )
    if isinstance(error, EntryNotFoundError):
        return ModelError(
            f"{what}: is listed by the hub but cannot be downloaded ({status})",
            "try again later, or name another revision",
        )
    if isinstance(error, RepositoryNotFoundError) or status == 401:
        return ModelError(
            f"{what}: there is no folder of that name, and no such model is visible on the hub"
            f" ({status})",
            f"check the name; for a private model {_LOG_IN}",
        )
    if status in BUSY:
        return Unreachable(
            f"{what}: the hub is busy or down ({status}, asked {len(WAITS) + 1} times)",
            "try again later: what has been downloaded is kept",
        )
    return ModelError(
        f"{what}: the hub refuses access to it ({status})", f"check the name, and {_LOG_IN}"
    )
