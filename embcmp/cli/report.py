"""`embcmp report DIR`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import options
from embcmp.cli.output import emit
from embcmp.cli.progress import progress_bar

if TYPE_CHECKING:
    from embcmp.cli import Settings


@click.command()
@click.argument("folder", metavar="DIR", type=options.INPUT)
@options.projection
@click.pass_obj
def report(settings: Settings, *, folder: Path, projection: str) -> None:
    """Rebuild DIR/report from the results of a batch in DIR.

    Prints the path of its first page, which opens in a browser without a network.
    """
    from embcmp.batch.report.pages import write_report
    from embcmp.render.text import visible

    with progress_bar(shown=settings.verbosity >= 0) as bar:
        index = write_report(
            folder,
            projection=projection,
            progress=None if bar is None else lambda done, total: bar("report", done, total),
        )
    emit(f"{visible(str(index))}\n", None)
