"""`embcmp doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import options
from embcmp.cli.output import check_output, emit, printed

if TYPE_CHECKING:
    from embcmp.doctor.checks import Check


@click.command()
@options.result_format("table", "json")
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@options.output
@click.pass_context
def doctor(ctx: click.Context, *, form: str, as_json: bool, output: Path | None) -> None:
    """Check the installation, and say how to repair what does not work.

    The command checks Python and the packages, reads the default models completely, and runs a
    small comparison with each of them. The exit code is 4 if something does not work.
    """
    check_output(output, [])
    from embcmp.doctor.checks import exit_code, run_checks
    from embcmp.doctor.terminal import to_json

    checks = list(run_checks())
    emit(to_json(checks) if as_json or form == "json" else _table(checks, output), output)
    ctx.exit(exit_code(checks))


def _table(checks: list[Check], output: Path | None) -> str:
    from embcmp.doctor.terminal import plain, render

    try:
        return printed(lambda console: render(checks, console), output)
    except ModuleNotFoundError:
        return plain(checks)
