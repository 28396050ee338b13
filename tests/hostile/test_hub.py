"""A hub that sends too much, too slowly or nonsense: one line and exit code 4, and soon."""

from __future__ import annotations

import gzip
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from huggingface_hub import constants

from embcmp.errors import ModelError
from embcmp.models import hub_answers
from embcmp.models.hub import fetch

COMMIT = "a" * 40
LISTED = {
    "sha": COMMIT,
    "siblings": [
        {"rfilename": name, "size": 284, "blobId": "b" * 40}
        for name in ("config.json", "tokenizer.json", "model.safetensors")
    ],
}
# The hub ends each connection: a client that did not know would send its next request into it.
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
ENDLESS = b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
Reply = Callable[[socket.socket], object]


def json_reply(value: object) -> Reply:
    content = json.dumps(value).encode()
    head = OK + b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(content)
    return lambda client: client.sendall(head + content)


def endless(head: bytes, chunk: bytes = CHUNK) -> Reply:
    def reply(client: socket.socket) -> None:
        client.sendall(head)
        while True:
            client.sendall(chunk)

    return reply


def slow(content: bytes) -> Reply:
    """Send a byte now and then."""

    def reply(client: socket.socket) -> None:
        for byte in content * 1000:
            client.sendall(bytes([byte]))
            time.sleep(0.05)

    return reply


def small_bomb(client: socket.socket) -> None:
    """Send a compressed answer that unpacks to a thousand times its size."""
    content = gzip.compress(b" " * 3_000_000)
    head = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(content)
    client.sendall(OK + head + content)


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Start a hub that answers requests for a listing, and for anything else, in two ways."""
    server = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_TELEMETRY", True)  # as embcmp sets it at first
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE",
        constants.ENDPOINT + "/{repo_id}/resolve/{revision}/{filename}",
    )  # fmt: skip
    monkeypatch.setattr(hub_answers, "LARGEST_LISTING", 1_000_000)
    monkeypatch.setattr(hub_answers, "LISTING_SECONDS", 2.0)
    monkeypatch.setattr(hub_answers, "FIRST_SECONDS", 1.5)
    clients: list[socket.socket] = []

    def start(listing: Reply, file: Reply) -> None:
        def answer(client: socket.socket) -> None:
            with suppress(OSError):
                asked = client.recv(65536)
                (listing if b"/api/" in asked else file)(client)
            client.close()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    clients.append(client)
                    Thread(target=answer, args=(client,), daemon=True).start()

        Thread(target=accept, daemon=True).start()

    yield start
    for one in (server, *clients):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@pytest.mark.parametrize(
    ("listing", "says"),
    [
        (endless(OK + ENDLESS), "its listing has over 1,000,000 bytes"),
        (small_bomb, "its listing has over 1,000,000 bytes"),
        (slow(OK + b"X: y\r\n"), "cannot be reached (TimeoutError)"),
        (slow(b"\x00"), "cannot be reached"),
        (endless(b"HTTP/1.1 404 No\r\n" + ENDLESS), "its answer 404 has over 65,536 bytes"),
        (
            endless(b"HTTP/1.1 302 No\r\nLocation: /api/else\r\n" + ENDLESS),
            "its answer 302 has over 65,536 bytes",
        ),
        (json_reply([]), "the hub's answer is no JSON object"),
        (json_reply({"sha": COMMIT, "siblings": [[], {"rfilename": 1}]}), "no digests of its"),
        (json_reply({"sha": COMMIT, "siblings": {"a": 1}}), "no digests of its files"),
        (json_reply("[" * 10), "the hub's answer is no JSON object"),
        (lambda c: c.sendall(OK + b"Content-Length: 9999\r\n\r\n" + b"[" * 9999), "is no JSON"),
    ],
)  # fmt: skip
def test_an_answer_is_bounded(serve: Callable[..., None], listing: Reply, says: str) -> None:
    serve(listing, json_reply({}))
    start = time.monotonic()
    with pytest.raises(ModelError) as e:
        fetch("org/tiny")
    assert says in e.value.message
    assert "\n" not in str(e.value)
    assert time.monotonic() - start < 5


def test_a_file_that_goes_on_is_dropped(serve: Callable[..., None], tmp_path: Path) -> None:
    serve(json_reply(LISTED), endless(OK + ENDLESS))
    with pytest.raises(ModelError, match=r"config\.json: the file .* more than 284 bytes"):
        fetch("org/tiny")
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix != ".lock"]


@pytest.mark.parametrize("reply", [slow(OK + b"X: y\r\n"), slow(OK + ENDLESS + b"1\r\n \r\n")])
def test_a_file_that_does_not_come_is_given_up(serve: Callable[..., None], reply: Reply) -> None:
    serve(json_reply(LISTED), reply)
    with pytest.raises(ModelError, match=r"config\.json: .*lost \(TimeoutError\)"):
        fetch("org/tiny")
