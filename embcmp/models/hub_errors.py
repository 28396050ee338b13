"""What the hub, or the way to it, answers instead of a model: in one line, with what to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from embcmp.errors import ModelError

T = TypeVar("T")

BUSY = {408, 429, 500, 502, 503, 504}
WAITS = (1.0, 2.0, 4.0)  # seconds before a busy hub is asked again

_LOG_IN = "log in with `hf auth login` or set HF_TOKEN"


class Unreachable(ModelError):
    """The hub gives no answer now: what is cached has to do."""


def retry_while_busy(call: Callable[[], T]) -> T:
    """Call, and again after a while as long as the hub says that it is busy."""
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
def explained(repo: str, revision: str, file: str | None = None) -> Iterator[None]:
    """Turn whatever the block raises into a ModelError.

    Args:
        repo: the model that is asked for.
        revision: the one that was asked for.
        file: of the model; None where the hub is asked about the model itself.

    Raises:
        Unreachable: there is no network, or no answer that means anything.
        ModelError: the hub refuses, or the file cannot be written.
    """
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        yield
    except ModelError:
        raise
    except Exception as e:  # the transport's own errors change with the client's version
        what = f"{repo}: {file}" if file else repo
        cause = e.__cause__ if isinstance(e, LocalEntryNotFoundError) else e
        if isinstance(cause, HfHubHTTPError):
            raise _answered(what, revision, cause) from e
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


def _answered(what: str, revision: str, error: Exception) -> ModelError:
    """What a status other than success means."""
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
            f"{what}: there is no folder of that name, and the hub shows no model of it ({status})",
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
