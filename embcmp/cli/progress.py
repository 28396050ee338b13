"""Progress: bars on a terminal; elsewhere, for a batch, a line every minute."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from embcmp.cli.output import say

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

EVERY = 60.0  # seconds between two lines

Show = Callable[[str, int, int], None]  # (stage or encoder, done, total)


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Show | None]:
    """Yield a function that shows a bar for each task on standard error, if it is a terminal."""
    if shown and sys.stderr is not None and sys.stderr.isatty():
        with _bars(transient=True) as show:
            yield show
    else:
        yield None


@contextmanager
def batch_progress(*, shown: bool) -> Iterator[Show | None]:
    """Yield a function that shows each stage on standard error, with its rate and time left."""
    if not shown or sys.stderr is None:
        yield None
    elif sys.stderr.isatty():
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Task,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        class Rate(TextColumn):
            def render(self, task: Task) -> Text:
                return Text(f"{task.speed:,.0f}/s" if task.speed else "")

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Rate(""),
            TimeRemainingColumn(),
        )
        with _bars(*columns) as show:
            yield show
    else:
        yield Lines().show


@contextmanager
def _bars(*columns: ProgressColumn, transient: bool = False) -> Iterator[Show]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress, TaskID

    from embcmp.render.text import visible

    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=transient) as bars:

        def show(name: str, done: int, total: int) -> None:
            if name not in tasks:
                label = escape(visible(name))
                tasks[name] = bars.add_task(label, total=total, completed=done)
            bars.update(tasks[name], completed=done, total=total)

        yield show


@dataclass
class Lines:
    """Progress as a line every minute, for a log.

    Attributes:
        clock: returns the time in seconds.
        write: writes a line.
    """

    clock: Callable[[], float] = time.monotonic
    write: Callable[[str], None] = say
    _started: dict[str, tuple[float, int]] = field(default_factory=dict)
    _last: float = field(default=float("-inf"))

    def __post_init__(self) -> None:
        self._last = self.clock()

    def show(self, name: str, done: int, total: int) -> None:
        """Record the progress of a stage, and write a line if the last one is a minute old."""
        now = self.clock()
        started, done_before = self._started.setdefault(name, (now, done))
        if now - self._last < EVERY:
            return
        self._last = now
        rate = (done - done_before) / (now - started) if now > started else 0.0
        left = f", {rate:.3g} a second, {duration((total - done) / rate)} left" if rate else ""
        self.write(f"{name}: {done:,} of {total:,}{left}")


def duration(seconds: float) -> str:
    """Format seconds for people: `40 s`, `12 min`, `3 h 5 min`."""
    if seconds < 90:
        return f"{seconds:.2g} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
