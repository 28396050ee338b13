"""Write docs/reference/commands.md from the code: help, exit codes, environment.

python docs/make_reference.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from embcmp import errors
from embcmp.cli import BUG, INTERRUPTED, cli

HERE = Path(__file__).parent
WIDTH = 100
HEAD = """# Commands

This page is made from the code by `make reference`, and a test keeps it current. See also
[encoders](encoders.md) for SPEC, [file formats](formats.md) for FILE, [JSON and CSV](json.md) for
what scripts read, and [measures](measures.md).
"""
OTHERS = {
    0: "success, also when the reader of a pipe has closed it",
    1: "an expectation or a verification failed",
    5: "a batch ended, and some words have no result",
    BUG: "a bug: one line, and the traceback with `--debug`",
    INTERRUPTED: "interrupted",
}
VARIABLES = {
    "EMBCMP_ALLOW_PICKLE": "`1` has the effect of `--allow-pickle`",
    "EMBCMP_CACHE": "the cache folder; everything in it can be made again",
    "EMBCMP_MIRROR": "another server for gensim-data's files ([how](../guide/models.md#fetch))",
    "HF_HOME": "the folder in which the client of the Hugging Face hub keeps checkpoints",
    "HF_ENDPOINT": "the address of another hub",
    "HF_HUB_OFFLINE": "`1` has the effect of `--offline`",
    "LOKY_MAX_CPU_COUNT": "`1` keeps `compare` in one process ([why](../notes/speed.md#measures))",
    "NO_COLOR": "output without colors",
    "OMP_NUM_THREADS": "the number of threads of torch; `1` also keeps `compare` in one process",
}


def reference() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_commands(), *_exit_codes(), *_environment()])


def _commands() -> Iterator[str]:
    yield from _command(click.Context(cli, info_name="embcmp", **_settings()))


def _command(ctx: click.Context) -> Iterator[str]:
    yield f"## {ctx.command_path}\n"
    yield f"```\n{ctx.get_help()}\n```\n"
    if isinstance(ctx.command, click.Group):
        for name in ctx.command.list_commands(ctx):
            command = ctx.command.get_command(ctx, name)
            assert command is not None, name
            yield from _command(click.Context(command, parent=ctx, info_name=name, **_settings()))


def _settings() -> dict[str, Any]:
    return {**cli.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    kinds = vars(errors).values()
    raised = [k for k in kinds if isinstance(k, type) and issubclass(k, errors.EmbcmpError)]
    direct = [k for k in raised if "exit_code" in vars(k) and k is not errors.EmbcmpError]
    table = dict(OTHERS)
    for kind in direct:
        also = f"{table[kind.exit_code]}; " if kind.exit_code in table else ""
        table[kind.exit_code] = f"{also}{_first(kind)} (`{kind.__name__}`)"
    yield from _table(("code", "when"), [(str(code), table[code]) for code in sorted(table)])


def _environment() -> Iterator[str]:
    yield "## Environment\n"
    yield from _table(("variable", "what it says"), [(f"`{k}`", v) for k, v in VARIABLES.items()])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _first(kind: type) -> str:
    line = (kind.__doc__ or "").partition("\n")[0].rstrip(".")
    return line[0].lower() + line[1:]


if __name__ == "__main__":
    (HERE / "reference" / "commands.md").write_text(reference(), encoding="utf-8")
