"""Answers of a hub, which are read within bounds of size and time, whatever their headers say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar
from urllib.parse import quote

from embcmp.deadline import within
from embcmp.errors import ModelError

T = TypeVar("T")

LARGEST_LISTING = 8 << 20  # bytes of JSON, unpacked; that of 10,000 files has 3 MB
LARGEST_REFUSAL = 64 << 10  # bytes of an answer that is no success, as they are sent
LISTING_SECONDS = 30.0  # for a request for what a model consists of, or for the place of a file
SLOWEST = 10_000  # bytes a second; a file that comes more slowly is given up
FIRST_SECONDS = 60.0  # what a download may take besides


def model_listing(repo: str, revision: str) -> dict[str, Any]:
    """What the hub lists of a model at a revision: its commit and files, as a JSON object.

    Raises:
        ModelError: The answer is too large, or is no JSON object.
        Exception: Any error of the hub's client.
    """
    listed = answer(lambda: _read(f"api/models/{repo}/revision/{quote(revision, safe='')}"))
    try:
        value = json.loads(listed)
    except (ValueError, RecursionError) as e:
        raise ModelError(f"{repo}: the hub's answer is no JSON", _OTHER_HUB) from e
    if not isinstance(value, dict):
        raise ModelError(f"{repo}: the hub's answer is no JSON object", _OTHER_HUB)
    return value


def answer(call: Callable[[], T], size: int = 0) -> T:
    """Do a request within its deadline.

    Args:
        call: The request.
        size: Number of bytes of the file that is requested; 0 for anything else.

    Raises:
        TimeoutError: There is no complete answer.
        Exception: Any error of the hub's client.
    """
    return within(FIRST_SECONDS + size / SLOWEST if size else LISTING_SECONDS, call)


@contextmanager
def bounded_refusals() -> Iterator[None]:
    """Within the block, drop the connection for answers without success that are too large."""
    from huggingface_hub import get_session

    session = get_session()
    before = session.event_hooks
    session.event_hooks = {**before, "response": [*before.get("response", []), _bound_refusal]}
    try:
        yield
    finally:
        session.event_hooks = before


def _read(path: str) -> bytes:
    """The content of an answer, unpacked."""
    from huggingface_hub import constants, get_session
    from huggingface_hub.utils import (  # type: ignore[attr-defined]  # documented
        build_hf_headers,
        hf_raise_for_status,
    )

    content = bytearray()
    with get_session().stream(
        "GET",
        f"{constants.ENDPOINT}/{path}",
        params={"blobs": True},
        headers=build_hf_headers(),
        timeout=constants.HF_HUB_ETAG_TIMEOUT,
    ) as response:
        hf_raise_for_status(response)
        for block in response.iter_bytes():
            content += block
            if len(content) > LARGEST_LISTING:
                raise ModelError(
                    f"{constants.ENDPOINT}: its listing has over {LARGEST_LISTING:,} bytes",
                    _OTHER_HUB,
                )
    return bytes(content)


def _bound_refusal(response: Any) -> None:  # noqa: ANN401  of the client's HTTP library
    """Bound what is read of an answer that is no success: a redirection or an error."""
    if response.is_success:
        return
    library = import_module(type(response).__module__.partition(".")[0])
    stream = response.stream

    class Bounded(library.SyncByteStream):  # type: ignore[misc, name-defined]  # found at run time
        def __iter__(self) -> Iterator[bytes]:
            done = 0
            for block in stream:
                done += len(block)
                if done > LARGEST_REFUSAL:
                    raise ModelError(
                        f"{response.url.host}: its answer {response.status_code} has over"
                        f" {LARGEST_REFUSAL:,} bytes",
                        _OTHER_HUB,
                    )
                yield block

        def close(self) -> None:
            stream.close()

    response.stream = Bounded()


_OTHER_HUB = "set HF_ENDPOINT to a hub that answers as the Hugging Face hub does"
