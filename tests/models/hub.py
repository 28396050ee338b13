"""A small hub on the loopback interface: it serves models as the Hugging Face hub does.

Large files are redirected to another host, as the hub does with its storage; here the other host
is the same server under the name `localhost`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from urllib.parse import unquote

LARGE = (".safetensors", ".bin")
CHUNK = 1000


def digest(name: str, content: bytes) -> str:
    """The sha256 of a large file, git's blob id of a small one."""
    if name.endswith(LARGE):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0%b" % (len(content), content)).hexdigest()


@dataclass(frozen=True)
class Request:
    """A request, and the number of bytes of a file in its answer."""

    method: str
    path: str
    headers: Mapping[str, str]
    sent: int = 0


@dataclass
class Hub:
    """The content of the hub, its misbehavior, and the requests it received.

    Attributes:
        commits: commit -> the files of the only model, by name.
        branches: revision -> commit.
        fails: what is in a path -> statuses that are answered to it first, one a request.
        codes: status -> the hub's X-Error-Code for it.
        cuts: name -> after how many bytes each of the next connections is cut.
        pauses: name -> seconds between the chunks of the next connections.
        served: name -> other content than what is listed.
        lost: names that are listed and not given.
        undigested: give no digests.
        rangeless: always send whole files.
        renamed: the model's former name, which is redirected.
        requests: what was asked.
    """

    repo: str = "org/tiny"
    renamed: str = "old/tiny"
    url: str = ""
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    fails: dict[str, list[int]] = field(default_factory=dict)
    codes: dict[int, str] = field(default_factory=dict)
    cuts: dict[str, list[int]] = field(default_factory=dict)
    pauses: dict[str, list[float]] = field(default_factory=dict)
    served: dict[str, bytes] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    undigested: bool = False
    rangeless: bool = False
    requests: list[Request] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def publish(self, files: Mapping[str, bytes], branch: str = "main") -> str:
        """Put files under a new commit, and a branch at it."""
        commit = hashlib.sha1(repr((len(self.commits), sorted(files))).encode()).hexdigest()
        self.commits[commit] = dict(files)
        self.branches[branch] = commit
        return commit

    def publish_folder(self, folder: Path, **more: bytes) -> str:
        """Put the files of a folder under a new commit of main."""
        files = {p.name: p.read_bytes() for p in folder.iterdir()}
        return self.publish({**files, **more})

    def sent(self) -> Counter[str]:
        """How many bytes of each file were sent."""
        found: Counter[str] = Counter()
        for request in self.requests:
            if request.method == "GET" and request.sent:
                found[request.path.rpartition("/")[2]] += request.sent
        return found

    def listing(self, commit: str) -> dict[str, object]:
        """The answer to `/api/models/...?blobs=true`."""
        siblings: list[dict[str, object]] = []
        for name, content in self.commits[commit].items():
            entry: dict[str, object] = {"rfilename": name}
            if not self.undigested:
                entry |= {"size": len(content), "blobId": hashlib.sha1(content).hexdigest()}
                if name.endswith(LARGE):
                    sha256 = digest(name, content)
                    entry["lfs"] = {"sha256": sha256, "size": len(content), "pointerSize": 134}
                else:
                    entry["blobId"] = digest(name, content)
            siblings.append(entry)
        return {"_id": "1", "id": self.repo, "sha": commit, "siblings": siblings}


class Handler(BaseHTTPRequestHandler):
    """Answers the requests to a hub."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if status := self._failure(path):
            self._refuse(status, self.hub.codes.get(status))
        elif path.startswith(f"/{self.hub.renamed}/") or f"/{self.hub.renamed}/" in path:
            self._redirect(self.path.replace(self.hub.renamed, self.hub.repo))
        elif asked := re.fullmatch(rf"/api/models/{self.hub.repo}/revision/(.+)", path):
            self._api(unquote(asked[1]), query)
        elif asked := re.fullmatch(rf"/{self.hub.repo}/resolve/([^/]+)/(.+)", path):
            self._resolve(asked[1], asked[2])
        elif asked := re.fullmatch(r"/releases/([^/]+)/\1.gz", path):  # of gensim-data
            storage = self.hub.url.replace("127.0.0.1", "localhost")
            self._redirect(f"{storage}/storage/releases/{asked[1]}.gz")
        elif asked := re.fullmatch(r"/storage/([^/]+)/(.+)", path):
            self._file(asked[2], self.hub.commits[asked[1]][asked[2]])
        else:
            self._refuse(404, "RepoNotFound")

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def _failure(self, path: str) -> int | None:
        with self.hub.lock:
            for part, statuses in self.hub.fails.items():
                if part in path and statuses:
                    return statuses.pop(0)
        return None

    def _api(self, revision: str, query: str) -> None:
        commit = self.hub.branches.get(revision, revision)
        if commit not in self.hub.commits:
            self._refuse(404, "RevisionNotFound")
            return
        assert query.lower() == "blobs=true"
        self._answer(200, {}, json.dumps(self.hub.listing(commit)).encode())

    def _resolve(self, commit: str, name: str) -> None:
        content = self.hub.commits[commit].get(name)
        if content is None or name in self.hub.lost:
            self._refuse(404, "EntryNotFound")
            return
        headers = {"X-Repo-Commit": commit, "ETag": f'"{digest(name, content)}"'}
        if name.endswith(LARGE):
            linked = {"X-Linked-Etag": headers["ETag"], "X-Linked-Size": str(len(content))}
            storage = self.hub.url.replace("127.0.0.1", "localhost")
            self._redirect(f"{storage}/storage/{commit}/{name}", headers | linked)
        else:
            self._file(name, content, headers)

    def _file(self, name: str, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        content = self.hub.served.get(name, content)
        start = 0
        status, ranged = 200, {}
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and not self.hub.rangeless:
            start = int(asked[1])
            status = 206
            ranged = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        if start >= len(content) > 0:
            self._refuse(416)
            return
        self._answer(status, {**(headers or {}), **ranged}, content[start:], name)

    def _redirect(self, place: str, headers: Mapping[str, str] | None = None) -> None:
        self._answer(307, {**(headers or {}), "Location": place}, b"")

    def _refuse(self, status: int, code: str | None = None) -> None:
        self._answer(status, {"X-Error-Code": code} if code else {}, b"")

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes, name: str = "") -> None:
        with self.hub.lock:
            cuts = self.hub.cuts.get(name) if self.command == "GET" else None
            end = min(cuts.pop(0) if cuts else len(body), len(body))
            pauses = self.hub.pauses.get(name) if self.command == "GET" else None
            pause = pauses.pop(0) if pauses else 0.0
            # Noted before it is answered: whoever has the answer finds the request noted.
            sent = end if name and self.command == "GET" else 0
            self.hub.requests.append(Request(self.command, self.path, dict(self.headers), sent))
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            for at in range(0, end, CHUNK):
                self.wfile.write(body[at : min(at + CHUNK, end)])
                if pause:
                    Event().wait(pause)  # the tests that patch time.sleep mean the client's
        if end < len(body):
            self.close_connection = True


@contextmanager
def running() -> Iterator[Hub]:
    """A hub that answers at `hub.url` while the block runs."""
    hub = Hub()
    handler = type("HubHandler", (Handler,), {"hub": hub})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
