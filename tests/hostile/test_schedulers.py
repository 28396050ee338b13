"""An address where no scheduler of Dask answers ends a batch soon, with one line."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from embcmp.batch import workers
from embcmp.batch.workers import cluster
from embcmp.errors import UsageError

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def nothing(client: socket.socket) -> None:
    """Accept, and say nothing."""


def nonsense(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n" * 100)


def zeros(client: socket.socket) -> None:
    while True:
        client.sendall(bytes(1 << 16))


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    server = socket.create_server(("127.0.0.1", 0))
    clients = [server]

    def start(reply: Callable[[socket.socket], None]) -> str:
        def accept() -> None:
            with suppress(OSError):
                while True:
                    clients.append(server.accept()[0])
                    with suppress(OSError):
                        reply(clients[-1])

        threading.Thread(target=accept, daemon=True).start()
        return f"tcp://127.0.0.1:{server.getsockname()[1]}"

    yield start
    for one in clients:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@pytest.mark.parametrize("reply", [nothing, nonsense, zeros])
def test_a_server_that_is_no_scheduler(
    serve: Callable[..., str], reply: Callable[[socket.socket], None],
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(workers, "_PATIENCE", 0.5)
    address = serve(reply)
    before, start = threading.active_count(), time.monotonic()
    with pytest.raises(UsageError, match="no scheduler answers"), cluster(None, address):
        pass
    assert time.monotonic() - start < 3
    assert threading.active_count() <= before  # a thread could keep the process from ending
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("address", ["garbage://x", "inproc://x", "ucx://127.0.0.1:9", "a://b://c"])
def test_an_address_of_no_machine(address: str) -> None:
    with (
        pytest.raises(UsageError, match="is no address of a scheduler") as e,
        cluster(None, address),
    ):
        pass
    assert "tcp://host:8786" in e.value.hint


@pytest.mark.parametrize("address", ["", "tcp://", "tcp://127.0.0.1:99999", "tcp://[::1", ":::"])
def test_an_address_that_does_not_parse(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_PATIENCE", 0.5)
    with pytest.raises(UsageError, match="no scheduler answers"), cluster(None, address):
        pass
