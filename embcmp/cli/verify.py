"""`embcmp verify RUN.json`."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import options
from embcmp.cli.check import fetched
from embcmp.cli.output import check_output, emit, printed
from embcmp.cli.progress import progress_bar

if TYPE_CHECKING:
    from embcmp.cli import Settings

FAILED = 1


def _a_number(ctx: click.Context, option: click.Parameter, value: float) -> float:
    """Refuse NaN, which click accepts although no difference is larger than it."""
    if isnan(value):
        raise click.BadParameter("nan is not a number.", ctx, option)
    return value


@click.command()
@click.argument("path", metavar="RUN.json", type=options.INPUT)
@click.option(
    "--tolerance",
    type=click.FloatRange(min=0),
    default=1e-3,
    show_default=True,
    callback=_a_number,
    help="The largest allowed difference from a saved number.",
)
@click.option(
    "--background",
    metavar="FILE",
    help="The background sentences of the run, if their file is no longer where it was.",
)
@options.result_format("table", "json")
@options.output
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    path: Path,
    tolerance: float,
    background: str | None,
    form: str,
    output: Path | None,
) -> None:
    """Recompute a saved comparison and show what differs.

    RUN.json is a file that `compare --format json` wrote. It contains the sentences and all
    options. The exit code is 1 if a number differs.
    """
    settings: Settings = ctx.obj
    check_output(output, [path])
    from embcmp.gate import terminal as gate
    from embcmp.gate.expectations import EVERY
    from embcmp.gate.runs import read_run, verify_run

    run = read_run(path, background)
    with progress_bar(shown=settings.verbosity >= 0) as progress:
        result = verify_run(run, fetched, {EVERY: tolerance}, progress)
    emit(
        gate.verification_json(result, str(path))
        if form == "json"
        else printed(lambda console: gate.verification(result, str(path), console), output),
        output,
    )
    if result.differences:
        ctx.exit(FAILED)
