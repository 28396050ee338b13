"""Write results to standard output or a file, and messages to standard error."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from embcmp.errors import OutputError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from embcmp.types import Skipped

SHOWN = 5  # skipped rows, or warnings of a kind, that are listed
MOST_CHARACTERS = 1_000  # of a message
_NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")  # what makes two warnings of one kind differ
FILE_WIDTH = 100
NOTHING: Mapping[str, Any] = MappingProxyType({})
# By the name of a format: module and function in the folder of the question that writes it.
FORMS = {
    "table": "terminal.render",
    "csv": "tables.to_csv",
    "tsv": "tables.to_tsv",
    "markdown": "tables.to_markdown",
    "latex": "tables.to_latex",
    "html": "page.to_html",
}


def emit(text: str, output: Path | None) -> None:
    """Write a result to a file, whole or not at all, or to standard output.

    Raises:
        OutputError: the result cannot be written.
        BrokenPipeError: standard output was closed by its reader.
    """
    if output is not None:
        from embcmp.cache import write_whole

        write_whole(output, text)
        return
    if sys.stdout is None:
        raise OutputError("standard output is closed", "name a file with -o")
    try:
        # characters that the locale lacks must not lose the result
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a TextIOWrapper
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as e:
        raise OutputError(f"standard output: cannot be written: {e.strerror}") from e


def check_output(output: Path | None, inputs: Sequence[Path]) -> None:
    """Refuse, before any work, an output file that is an input or cannot be written.

    Raises:
        UsageError: the file is one of the inputs.
        OutputError: the file's folder does not exist or cannot be written.
    """
    if output is None:
        return
    if any(_same(path, output) for path in inputs):
        raise UsageError(f"{output}: is an input of this command", "name another file with -o")
    from embcmp.cache import resolve_path

    try:
        if output.exists() and not output.is_file():
            return  # a device or a pipe, which is written directly
        folder = resolve_path(output).parent
        if not folder.is_dir():
            raise OutputError(f"{output}: cannot be written: there is no folder {output.parent}")
    except OSError as e:  # for example a name that is too long, or a link to itself
        raise OutputError(f"{output}: cannot be written: {e.strerror}") from e
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(
            f"{output}: cannot be written: {folder} is read-only", "name a file elsewhere"
        )


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist, or may not be looked at
        return False


def publish(
    result: Any,  # noqa: ANN401  each question has its own class
    package: str,
    form: str,
    output: Path | None,
    *,
    quiet: bool,
    elsewhere: Mapping[str, str] = NOTHING,
    keywords: Mapping[str, Mapping[str, Any]] = NOTHING,
    on_one_screen: bool = False,
) -> None:
    """Write a result in one of its formats, and its warnings on standard error.

    Args:
        result: what the command computed, with `warnings` and perhaps `skipped` rows.
        package: the package with the modules that FORMS names, for example `questions.reach`.
        form: the format: `json` or a key of FORMS.
        output: path of the file to write, or None for standard output.
        quiet: whether to leave out the warnings.
        elsewhere: entries that replace those of FORMS for this package.
        keywords: further keyword arguments of the package's functions, by function name.
        on_one_screen: whether result and warnings together fit one screen, so that a terminal
            shows the first warnings only.

    Raises:
        OutputError: the result cannot be written.
        BrokenPipeError: standard output was closed by its reader.
    """

    def call(place: str, *args: object) -> Any:  # noqa: ANN401  a function that a string names
        module, _, name = place.rpartition(".")
        function = getattr(import_module(f"embcmp.{package}.{module}"), name)
        return function(*args, **keywords.get(name, NOTHING))

    place = {**FORMS, **elsewhere}.get(form, "")
    if form == "table":
        text = printed(lambda console: call(place, result, console), output)
    elif form == "html":
        text = call(place, call("json.to_object", result))
    elif form == "json":
        from embcmp.render.text import json_text

        text = json_text(call("json.to_object", result)) + "\n"
    else:
        text = call(place, result)
    emit(text, output)
    if not quiet:
        warn(result.warnings, getattr(result, "skipped", ()), briefly=on_one_screen)


def printed(render: Callable[[Console], None], output: Path | None) -> str:
    """Return what `render` prints: in the terminal's width and colors, or plain for a file."""
    import io

    from rich.console import Console

    from embcmp.render.text import drawn_for

    terminal = Console()
    plain = output is not None
    text = io.StringIO()
    console = Console(
        file=text,
        width=FILE_WIDTH if plain else terminal.width,
        force_terminal=terminal.is_terminal and not plain,
        color_system=None if plain else terminal.color_system,  # type: ignore[arg-type]  # a name that rich gave
        highlight=False,
        markup=False,
        emoji=False,
    )
    render(console)
    encoding = None if plain else getattr(sys.stdout, "encoding", None)
    return drawn_for(encoding, text.getvalue()) if encoding else text.getvalue()


def warn(warnings: Sequence[str], skipped: Sequence[Skipped], *, briefly: bool = False) -> None:
    """Print the skipped rows and the warnings on standard error.

    Args:
        warnings: what to know when reading a result.
        skipped: rows of the input that were left out.
        briefly: whether a terminal shows the first few only; a file or a pipe gets all of them.
    """
    if briefly and sys.stderr is not None and sys.stderr.isatty():
        from rich.console import Console

        from embcmp.render.line_breaks import brief

        for line in brief(warnings, skipped, Console(stderr=True).width):
            click.echo(line, err=True)
        return
    for row in skipped[:SHOWN]:
        say(f"left out: {row.source}: {row.reason}")
    if len(skipped) > SHOWN:
        say(f"left out: {len(skipped) - SHOWN} more rows (--format json lists them)")
    for warning in _few_of_each_kind(warnings):
        say(f"warning: {warning}")


def _few_of_each_kind(warnings: Sequence[str]) -> Iterator[str]:
    """The first SHOWN of the warnings that differ in names and numbers alone, and how many more."""
    numbers: Counter[str] = Counter()
    for warning in warnings:
        kind = _NAMES.sub("", warning[:MOST_CHARACTERS])
        numbers[kind] += 1
        if numbers[kind] <= SHOWN:
            yield warning
    if rest := sum(max(0, number - SHOWN) for number in numbers.values()):
        yield f"{rest:,} more of the same kind (--format json lists them)"


def say(message: str) -> None:
    """Print one line on standard error, and ignore an error of standard error itself.

    Of a line that repeats a long input the middle is left out.
    """
    from embcmp.render.text import visible

    if len(message) > MOST_CHARACTERS:
        half = MOST_CHARACTERS // 2
        message = f"{message[:half]} … {message[-half:]}"
    with contextlib.suppress(OSError, AttributeError):
        click.echo(f"embcmp: {visible(message)}", err=True)
