"""Hostile answers of a hub and of a mirror."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping

from tests.hostile.inputs import mutations
from tests.hostile.inputs.hostile_input import REFUSED, Answer, Input
from tests.hostile.inputs.valid_files import ValidFiles
from tests.models.hub import LARGE, digest

KIND = "hub answers"
FETCH = ("models", "fetch", "bert:org/tiny")
MIRROR = ("models", "fetch", "word2vec:glove-wiki-gigaword-50")
COMMIT = "a" * 40
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
ENDLESS = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
LISTING, FILE = "/api/models/", "/resolve/"


def inputs(valid: ValidFiles) -> Iterator[Input]:
    """All of them."""
    files = {path.name: path.read_bytes() for path in valid.below("bert").values()}
    yield _fetched("a model as it should be", (_listing(files), *_served(files)), frozenset({0}))
    yield from _listings(files)
    yield from _contents(files)
    yield from _replies(files)
    yield from _mirrors()


def _fetched(
    name: str, answers: tuple[Answer, ...], statuses: frozenset[int] | None = None
) -> Input:
    return Input(KIND, name, FETCH, answers=answers, statuses=statuses)


def _whole(body: bytes, *headers: bytes) -> bytes:
    """An answer with a body."""
    head = b"".join(header + b"\r\n" for header in headers)
    return OK + head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _listed(files: Mapping[str, bytes]) -> dict[str, object]:
    siblings = []
    for name, content in files.items():
        blob = digest(name, content)
        entry: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": blob}
        if name.endswith(LARGE):
            entry["lfs"] = {"sha256": blob, "size": len(content)}
        siblings.append(entry)
    return {"id": "org/tiny", "sha": COMMIT, "siblings": siblings}


def _listing(files: Mapping[str, bytes]) -> Answer:
    return Answer(LISTING, _whole(json.dumps(_listed(files)).encode()))


def _served(files: Mapping[str, bytes]) -> Iterator[Answer]:
    """The files, each with the headers that the hub's client needs."""
    for name, content in files.items():
        etag = digest(name, content).encode()
        headers = (b"X-Repo-Commit: " + COMMIT.encode(), b'ETag: "%s"' % etag)
        yield Answer(f"/{name} ", _whole(content, *headers))


def _listings(files: Mapping[str, bytes]) -> Iterator[Input]:
    """Listings with a fault, of files that are sent as they are."""
    listed = _listed(files)
    changed = list(mutations.changed_json(listed, 24, 2))
    for i, (name, value) in enumerate(mutations.changed_values(listed["siblings"], 10, 3)):
        changed.append((f"file {i} {name}", json.dumps({**listed, "siblings": value}).encode()))
    for name in ("../../hacked", "/tmp/hacked", "a/../../../hacked", "x" * 5000, "a\0b", "."):
        more = {**files, f"1_Pooling/{name}": b"{}", name: b"{}"}
        changed.append((f"names {name[:20]!r}", json.dumps(_listed(more)).encode()))
        # The index of the weights names what is to be fetched, too.
        index = json.dumps({"weight_map": {"x": name}}).encode()
        others = {n: c for n, c in more.items() if n != "model.safetensors"}
        others["model.safetensors.index.json"] = index
        answers = (_listing(others), *_served(others))
        yield _fetched(f"an index that names {name[:20]!r}", answers, REFUSED)
    many = {**files, **{f"{i}_Pooling/config.json": b"{}" for i in range(9000)}}
    changed.append(("9000 files", json.dumps(_listed(many)).encode()))
    for name, listing in changed:
        served = (Answer(LISTING, _whole(listing)), *_served(files))
        yield _fetched(f"listing {name}", served)


def _contents(files: Mapping[str, bytes]) -> Iterator[Input]:
    """Files that are not those that were listed, and listed files with a fault in them."""
    config = json.loads(files["config.json"])
    for name, content in files.items():
        changed = [*mutations.cuts(content, 2), *mutations.flips(content, 1)]
        changed.append(("longer", content + b" " * 999))
        for how, other in changed:
            others = _served({**files, name: other})
            yield _fetched(f"sent {name} {how}", (_listing(files), *others), REFUSED)
    for name, mutated in mutations.changed_json(config, 8, 4):
        others = {**files, "config.json": mutated}
        answers = (_listing(others), *_served(others))
        spec = f"bert:org/tiny,revision={COMMIT}"
        yield Input(KIND, f"info {name}", ("models", "info", spec), answers=answers)
    pickled = {**{n: c for n, c in files.items() if "safe" not in n}, "pytorch_model.bin": b"cos\n"}
    yield _fetched("a pickle alone", (_listing(pickled), *_served(pickled)), REFUSED)


def _replies(files: Mapping[str, bytes]) -> Iterator[Input]:
    """Answers that are no answers of HTTP, have no end, or lead elsewhere."""
    fine = _listing(files)
    for name, answer in _broken().items():
        first = Answer(LISTING, answer.content, answer.forever, answer.pause)
        yield _fetched(f"listing: {name}", (first,), REFUSED)
        file = Answer(FILE, answer.content, answer.forever, answer.pause)
        yield _fetched(f"file: {name}", (fine, file), REFUSED)


def _broken() -> dict[str, Answer]:
    redirect = (
        b"HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n"
    )
    empty = b"Content-Length: 0\r\n\r\n"
    status = b"HTTP/1.1 %d X\r\nConnection: close\r\n"
    places = {
        "to itself": b"{HUB}/api/models/org/tiny/resolve/x",
        "to a file": b"file:///etc/passwd",
        "to nobody": b"http://127.0.0.1:9/x",
        "to a port that is none": b"http://127.0.0.1:99999/x",
        "to half an address": b"http://[::1",
        "to a control": b"/\x01\x1b[2J",
        "to a long address": b"/" + b"x" * 60_000,
    }
    broken = {f"redirected {name}": redirect % place for name, place in places.items()}
    broken |= {f"status {code}": status % code + empty for code in (204, 304, 401, 403, 416, 500)}
    broken |= {
        "status 999": b"HTTP/9.9 999 \xff\r\n\r\n",
        "an error of its own": status % 403 + b"X-Error-Message: \x1b[2J\xff" + b"x" * 5000
        + b"\r\nX-Error-Code: GatedRepo\r\n" + empty,
        "no HTTP": bytes(range(256)),
        "nothing": b"",
        "half a head": OK + b"X: y",
        "a very long header": OK + b"X: " + b"y" * 300_000 + b"\r\n" + empty,
        "many headers": OK + b"X: y\r\n" * 20_000 + empty,
        "a negative length": OK + b"Content-Length: -5\r\n\r\nx",
        "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\nxxxxx",
        "a huge length": OK + b"Content-Length: 99999999999999999999\r\n\r\nx",
        "a wrong chunk": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n0\r\n\r\n",
        "a bomb": _whole(gzip.compress(b" " * 50_000_000), b"Content-Encoding: gzip"),
        "no gzip": _whole(b"x" * 999, b"Content-Encoding: gzip"),
        "a page": _whole(b"<html>" * 999, b"Content-Type: text/html"),
        "deep JSON": _whole(mutations.NESTED),
        "no UTF-8": _whole(b'{"sha": "\xff\xfe"}'),
    }  # fmt: skip
    found = {name: Answer("", content) for name, content in broken.items()}
    return found | {
        "without end": Answer("", ENDLESS, CHUNK),
        "slow headers": Answer("", OK, b"X: y\r\n", 0.05),
        "slow body": Answer("", ENDLESS, b"1\r\n \r\n", 0.05),
        "a refusal without end": Answer("", ENDLESS.replace(b"200 OK", b"404 No"), CHUNK),
    }


def _mirrors() -> Iterator[Input]:
    for name, answer in _broken().items():
        sent = Answer("/mirror/", answer.content, answer.forever, answer.pause)
        yield Input(KIND, f"mirror: {name}", MIRROR, answers=(sent,), statuses=REFUSED)
    for address in (
        "http://127.0.0.1:99999",
        "http://[::1",
        "file:///etc",
        "x",
        "http://",
        "\u2603",
    ):
        env = {"EMBCMP_MIRROR": address}
        yield Input(KIND, f"mirror at {address}", MIRROR, env=env, statuses=REFUSED)
