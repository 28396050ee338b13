"""A process that takes many hostile inputs, one after the other, and says what came of each.

It is started as `python -m tests.hostile.child INPUTS FOLDER`, and reads the numbers of inputs from
standard input, one a line. For each it writes a line of JSON. What a child cannot say of itself,
that it hangs or was killed, its parent sees; see `tests/hostile/harness.py`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.hostile.false_hub import FalseHub

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
NETWORKS = ("checkpoints", "texts")  # kinds whose commands load a network
CHANGES = {"os.mkdir": (0,), "os.remove": (0,), "os.rmdir": (0,), "os.rename": (0, 1),
           "os.link": (1,), "os.symlink": (1,), "os.truncate": (0,)}  # fmt: skip


class Watch:
    """Notes what the interpreter is about to write outside of some folders."""

    def __init__(self, *allowed: Path) -> None:
        self.allowed = [str(folder) for folder in allowed]
        self.on = False
        self.outside: list[str] = []

    def look(self, event: str, args: tuple[object, ...]) -> None:
        """See an event of the interpreter, as `sys.addaudithook` gives it."""
        if not self.on:
            return
        if event == "open" and isinstance(args[2], int) and args[2] & WRITES:
            self._note(args[0])
        for place in CHANGES.get(event, ()):
            self._note(args[place])

    def _note(self, path: object) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            # Not resolved: a link in the input's folder is what a command may follow.
            full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  not every path is a Path
            if full != os.devnull and not any(
                full == folder or full.startswith(folder + os.sep) for folder in self.allowed
            ):
                self.outside.append(full)


def main(inputs: str, root: str) -> None:
    """Take the inputs whose numbers are given."""
    import pickle

    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    folder = Path(root)
    for name in ("home", "hub", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    hub = FalseHub()
    os.environ.update(
        HOME=str(folder / "home"),
        TMPDIR=str(folder / "tmp"),
        HF_HOME=str(folder / "hub"),
        HF_ENDPOINT=hub.url,
        EMBCMP_MIRROR=f"{hub.url}/mirror",
        HF_HUB_DISABLE_TELEMETRY="1",
    )
    # What is imported reads these variables; so it is imported after they have been set.
    import json

    from tests.hostile.taking import MEMORY, prepare, take

    watch = Watch(folder)
    sys.addaudithook(watch.look)
    prepare(MEMORY)
    given = pickle.loads(Path(inputs).read_bytes())
    if any(x.kind in NETWORKS for x in given):  # what an import takes is no input's fault
        import torch
        import transformers  # noqa: F401

        torch.set_num_threads(1)
    print("ready", file=replies, flush=True)
    for line in sys.stdin:
        outcome = take(given[int(line)], folder, hub, watch)
        print(json.dumps(outcome), file=replies, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
