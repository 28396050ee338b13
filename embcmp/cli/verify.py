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
    """Refuse NaN, which click takes for at least 0: nothing would be further away than that."""
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
    help="How far a number may be from the one that was saved.",
)
@options.result_format("table", "json")
@options.output
@click.pass_context
def verify(
    ctx: click.Context, *, path: Path, tolerance: float, form: str, output: Path | None
) -> None:
    """Compute a saved comparison again, and show what differs; end with 1 where something does.

    RUN.json is what `compare --format json` wrote: it carries its own sentences.
    """
    settings: Settings = ctx.obj
    check_output(output, [path])
    from embcmp.gate import terminal as gate
    from embcmp.gate.expectations import EVERY
    from embcmp.gate.runs import read_run, verify_run

    run = read_run(path)
    with progress_bar(shown=settings.verbosity >= 0) as progress:
        found = verify_run(run, fetched, {EVERY: tolerance}, progress)
    emit(
        gate.verification_json(found, str(path))
        if form == "json"
        else printed(lambda console: gate.verification(found, str(path), console), output),
        output,
    )
    if found.differences:
        ctx.exit(FAILED)
