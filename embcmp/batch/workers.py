"""Tasks, and doing them here one after the other; `cluster.py` does them elsewhere and at once.

A task can be done by any process that sees the batch's folder. It holds names and numbers, never
text or vectors: these pass through the folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from embcmp.errors import EmbcmpError, ModelError, OutputError
from embcmp.types import Progress

CONCERNS_ALL = (ModelError, OutputError)
ATTEMPTS = 3  # at a task that fails by what may be an accident, before it is set aside


class Task(Protocol):
    """A piece of work; done twice it leaves what it leaves done once."""

    @property
    def size(self) -> int:
        """How much work it is, in the unit of its stage."""
        ...

    def run(self, progress: Progress | None = None) -> None:
        """Do it.

        Args:
            progress: called with (done, total) now and then.
        """
        ...


T = TypeVar("T", bound=Task)
Outcome = tuple[T, str | None]  # what was done, or why it was not


class Workers(Protocol):
    """Who does the tasks."""

    def do(self, tasks: Sequence[T], progress: Progress | None = None) -> Iterator[Outcome[T]]:
        """Do tasks in any order.

        Args:
            tasks: independent of each other.
            progress: called with (done, total) in the unit of the tasks' sizes.

        Yields:
            Each task when it is done, or set aside after ATTEMPTS.

        Raises:
            ModelError: a model is missing, broken or refused, or changed.
            OutputError: the folder cannot be written, or a file in it is damaged.
        """
        ...


class ThisProcess:
    """This process, as the only worker."""

    def do(self, tasks: Sequence[T], progress: Progress | None = None) -> Iterator[Outcome[T]]:
        """Do tasks one after the other."""
        total, done = sum(task.size for task in tasks), 0

        def within(part: int, of: int) -> None:
            if progress:
                progress(done + part, total)

        for task in tasks:
            yield task, attempt(task, within)
            done += task.size
            within(0, 0)


def attempt(task: Task, progress: Progress | None = None) -> str | None:
    """Do a task, in this process; why it is set aside if it could not be done.

    Raises:
        ModelError: a model is missing, broken or refused, or changed.
        OutputError: the folder cannot be written, or a file in it is damaged.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            task.run(progress)
        except CONCERNS_ALL:
            raise
        except EmbcmpError as e:
            return str(e)
        except Exception as e:
            if not left:
                return f"{type(e).__name__}: {e}"
        else:
            break
    return None
