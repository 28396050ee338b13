"""A hub on the loopback interface that sends what an input has for it, byte by byte."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

from tests.hostile.inputs.hostile_input import Answer

NOT_FOUND = Answer("", b"HTTP/1.1 404 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")


class FalseHub:
    """Answers every connection once, and then ends it.

    Attributes:
        url: its address.
        answers: what it sends, by what is asked; the first that fits counts.
    """

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.answers: Sequence[Answer] = ()
        self._clients: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    def forget(self) -> None:
        """End all connections, and answer nothing any more."""
        self.answers = ()
        for client in self._clients:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
        self._clients.clear()

    def _accept(self) -> None:
        while True:
            client, _ = self._server.accept()
            self._clients.append(client)
            Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            asked = client.recv(65536).partition(b"\r\n")[0].decode("latin-1")
            answer = next((a for a in self.answers if a.part in asked), NOT_FOUND)
            head, end, body = answer.content.partition(b"\r\n\r\n")
            head = head.replace(b"{HUB}", self.url.encode())
            client.sendall(head + end + (b"" if asked.startswith("HEAD") else body))
            while answer.forever:
                client.sendall(answer.forever)
                time.sleep(answer.pause)
            client.shutdown(socket.SHUT_WR)
            client.recv(65536)  # until the client has read it all, so that nothing of it is lost
