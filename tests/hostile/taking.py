"""Running the command of one hostile input within this process, and seeing what it did."""

from __future__ import annotations

import re
import resource
import shutil
import time
import traceback
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from embcmp.models import hub_answers, hub_errors
from tests.commands import _status, restored, streams
from tests.hostile.false_hub import FalseHub
from tests.hostile.inputs.hostile_input import Input, bytes_on_disk

if TYPE_CHECKING:
    from tests.hostile.child import Watch

LINES, BYTES = 40, 20_000  # of standard error
MEMORY = 6 << 30  # bytes of address space; torch alone takes four
FILE = 200 << 20  # bytes of a file
NEW_BYTES = 250 << 20  # of all files
NO_LIMIT = resource.RLIM_INFINITY
DRAFT = re.compile(r"\..+\.[0-9a-f]{8}-\d+-[0-9a-f]{8}")
RUNS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")  # controls of a terminal


def prepare(memory: int) -> None:
    """Bound what this process may take, and how long it waits for a hub."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hub_answers.LARGEST_LISTING = 1_000_000
    hub_answers.LISTING_SECONDS = 1.5
    hub_answers.FIRST_SECONDS = 1.0
    hub_answers.SLOWEST = 1e9
    hub_errors.WAITS = (0.0, 0.0, 0.0)


def take(given: Input, root: Path, hub: FalseHub, watch: Watch) -> dict[str, object]:
    """Run the command of an input, and describe what came of it, with all that is wrong."""
    place = root / "one"
    (place / "cache").mkdir(parents=True)
    folder = place / "in"
    folder.mkdir()
    before = given.write(folder)
    hub.answers = given.answers
    around = _files(root, folder)
    env = {**given.env, "EMBCMP_CACHE": str(place / "cache")}
    start = time.monotonic()
    with TemporaryFile() as out, TemporaryFile() as err:
        escaped, status = "", 0
        try:
            with restored(env, folder), streams(given.stdin, out.fileno(), err.fileno()):
                watch.on = True
                resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, NO_LIMIT))
                status = _run(given, folder)
        except BaseException as e:  # a panic of Rust's code is no Exception
            escaped = type(e).__name__
        watch.on = False
        resource.setrlimit(resource.RLIMIT_FSIZE, (NO_LIMIT, NO_LIMIT))
        seconds = time.monotonic() - start
        hub.forget()
        shown = [(file.seek(0), file.read())[1] for file in (out, err)]
    new = bytes_on_disk(place) - before + bytes_on_disk(root / "hub")
    wrong = _wrong(given, status, *shown)
    wrong += [f"{escaped} escaped"] if escaped else []
    wrong += [f"wrote outside: {path}" for path in watch.outside]
    wrong += [f"left {path}" for path in sorted(_files(root, folder) - around)]
    wrong += [f"left a draft: {p.name}" for p in place.rglob(".*") if DRAFT.fullmatch(p.name)]
    wrong += [f"wrote {new:,} bytes"] if new > NEW_BYTES else []
    watch.outside.clear()
    for path in (place, *(root / "hub").iterdir(), *(root / "tmp").iterdir()):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    err_bytes = shown[1]
    return {
        "status": status, "lines": err_bytes.count(b"\n"), "bytes": len(err_bytes),
        "seconds": seconds, "new": new, "wrong": wrong,
        "says": err_bytes[-1500:].decode("utf-8", "replace"),
    }  # fmt: skip


def _run(given: Input, folder: Path) -> int:
    """Run the command of an input, and give its exit code."""
    if not given.code:
        return _status([arg.replace("{FOLDER}", str(folder)) for arg in given.args])
    try:
        exec(given.code, {})
    except SystemExit as e:
        return int(e.code or 0)
    except Exception:
        traceback.print_exc()
        return 1
    return 0


def _files(root: Path, folder: Path) -> set[Path]:
    """What is around the folder of an input, but for the caches."""
    return {
        path
        for around in (root.parent, root, folder.parent, root / "home", root / "tmp")
        for path in around.iterdir()
        if not path.name.startswith("errors")
    }


def _wrong(given: Input, status: int, out: bytes, err: bytes) -> list[str]:
    """What is wrong with the exit code of a command, and with what it printed."""
    wrong = []
    if status not in given.allowed:
        wrong.append(f"exit code {status}")
    if err.count(b"\n") > LINES or len(err) > BYTES:
        lines = err.count(b"\n")
        wrong.append(f"{lines} lines and {len(err):,} bytes on standard error")
    if b"Traceback (most recent call last)" in err or b"panicked at" in err:
        wrong.append("a traceback")
    if status and not err + out:
        wrong.append("not a word said")
    page = "html" in given.args  # a page is for no terminal, and plotly's code has controls
    for name, shown in (("output", b"" if page else out), ("error", err)):
        if found := RUNS.search(shown):
            around = shown[max(found.start() - 20, 0) : found.end() + 20]
            wrong.append(f"a control character on standard {name}: {around!r}")
    return wrong
