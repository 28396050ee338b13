"""Where a command's result and its remarks go: standard output or a file, and standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from embcmp.errors import OutputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from embcmp.types import Skipped

SHOWN = 5  # of the rows that were left out
FILE_WIDTH = 100
NOTHING: Mapping[str, Any] = MappingProxyType({})
FORMS = {
    "table": "terminal.render",
    "csv": "tables.to_csv",
    "markdown": "tables.to_markdown",
    "html": "page.to_html",
}


def emit(text: str, output: Path | None) -> None:
    """Write a result to a file, whole or not at all, or to standard output.

    Raises:
        OutputError: it cannot be written.
        BrokenPipeError: nobody reads standard output any more.
    """
    if output is not None:
        from embcmp.cache import write_whole

        write_whole(output, text)
        return
    if sys.stdout is None:
        raise OutputError("standard output is closed", "name a file with -o")
    try:
        # a locale that lacks a letter must not lose the result
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a TextIOWrapper
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as e:
        raise OutputError(f"standard output: cannot be written: {e.strerror}") from e


def check_output(output: Path | None, inputs: Sequence[Path]) -> None:
    """Refuse, before any work, a file that cannot be written or that is read.

    Raises:
        UsageError: the file is one of the inputs.
        OutputError: its folder is not there, or cannot be written.
    """
    if output is None:
        return
    if any(_same(path, output) for path in inputs):
        raise UsageError(f"{output}: is what is read", "name another file with -o")
    from embcmp.cache import resolved

    try:
        if output.exists() and not output.is_file():
            return  # a device or a pipe, which is written as it stands
        folder = resolved(output).parent
        if not folder.is_dir():
            raise OutputError(f"{output}: cannot be written: there is no folder {output.parent}")
    except OSError as e:  # too long a name, a link to itself
        raise OutputError(f"{output}: cannot be written: {e.strerror}") from e
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            f"{output}: cannot be written: {folder} is read-only", "name a file elsewhere"
        )


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there, or nobody may know
        return False


def publish(
    result: Any,  # noqa: ANN401  what a room computed
    room: str,
    form: str,
    output: Path | None,
    *,
    quiet: bool,
    elsewhere: Mapping[str, str] = NOTHING,
    keywords: Mapping[str, Mapping[str, Any]] = NOTHING,
) -> None:
    """Write a result in one of its forms, and say what the user should know beside it.

    Args:
        result: what the room computed, with its `warnings` and perhaps `skipped` rows.
        room: the package that has the modules of FORMS, as `questions.reach`.
        form: `json` or one of FORMS.
        output: the file that it will stand in.
        quiet: say nothing beside it.
        elsewhere: what this room has at another place than FORMS says.
        keywords: for each function, by its name, what it takes beside the result.

    Raises:
        OutputError: it cannot be written.
        BrokenPipeError: nobody reads standard output any more.
    """
    emit(_rendered(result, room, form, output, elsewhere, keywords), output)
    if not quiet:
        warn(result.warnings, getattr(result, "skipped", ()))


def _rendered(
    result: object,
    room: str,
    form: str,
    output: Path | None,
    elsewhere: Mapping[str, str],
    keywords: Mapping[str, Mapping[str, Any]],
) -> str:
    """A result in one of its forms, by the function of its room that writes it."""

    def call(place: str, *args: object) -> Any:  # noqa: ANN401  a function that a string names
        module, _, name = place.rpartition(".")
        function = getattr(import_module(f"embcmp.{room}.{module}"), name)
        return function(*args, **keywords.get(name, NOTHING))

    place = {**FORMS, **elsewhere}.get(form, "")
    if form == "table":
        return printed(lambda console: call(place, result, console), output)
    if form not in ("json", "html"):
        return str(call(place, result))
    json = call("json.to_object", result)
    if form == "html":
        return str(call(place, json))
    from embcmp.render.text import json_text

    return json_text(json) + "\n"


def printed(render: Callable[[Console], None], output: Path | None) -> str:
    """What `render` prints: as the terminal takes it, or plain and 100 wide for a file."""
    import io

    from rich.console import Console

    terminal = Console()
    plain = output is not None
    text = io.StringIO()
    console = Console(
        file=text,
        width=FILE_WIDTH if plain else terminal.width,
        force_terminal=terminal.is_terminal and not plain,
        color_system=None if plain else terminal.color_system,  # type: ignore[arg-type]  # one of its own names
        highlight=False,
        markup=False,
        emoji=False,
    )
    render(console)
    return text.getvalue()


def warn(warnings: Sequence[str], skipped: Sequence[Skipped]) -> None:
    """Say on standard error what the user should know beside the result."""
    for s in skipped[:SHOWN]:
        say(f"left out: {s.source}: {s.reason}")
    if len(skipped) > SHOWN:
        say(f"left out: {len(skipped) - SHOWN} more rows (--format json lists them)")
    for warning in warnings:
        say(f"warning: {warning}")


def say(message: str) -> None:
    """One line on standard error; where that is closed or full the message is lost, no more."""
    from embcmp.render.text import visible

    with contextlib.suppress(OSError, AttributeError):
        click.echo(f"embcmp: {visible(message)}", err=True)
