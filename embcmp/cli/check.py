"""`embcmp check FILE.toml`."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.cli import options
from embcmp.cli.output import check_output, emit, printed
from embcmp.cli.progress import progress_bar
from embcmp.encoders import fetch_models
from embcmp.errors import UsageError

if TYPE_CHECKING:
    from embcmp.cli import Settings
    from embcmp.encoders.base import Encoder


# \b keeps click from filling the lines of an example.
HELP = """
Check the expectations in FILE (TOML). The exit code is 1 if one of them fails.

\b
[[expect]]
word = "man"
sentences = "man.tsv"       # paths are relative to FILE
encoder = "bert"
metric = "auc_macro"
min = 0.85                  # or max
better_than = "context"     # another encoder on the same sentences,
by = 0.1                    # by at least this much

\b
[[expect]]
golden = "man.json"         # saved by compare --format json
tolerance = { auc = 0.01 }  # default: 0.001

If no expectation failed but one could not be judged, the exit code is 4 (a model is missing) or
3 (an input is missing or wrong).
"""


@click.command(help=HELP)
@click.argument("path", metavar="FILE", type=options.INPUT)
@options.result_format("table", "json")
@click.option(
    "--junit",
    type=click.Path(dir_okay=False, readable=False, path_type=Path),
    help="Also write a JUnit XML file, which CI servers can read.",
)
@options.output
@click.pass_context
def check(
    ctx: click.Context, *, path: Path, form: str, junit: Path | None, output: Path | None
) -> None:
    """Check the expectations of FILE."""
    settings: Settings = ctx.obj
    for file in (junit, output):
        check_output(file, [path])
    if junit is not None and output is not None and junit.resolve() == output.resolve():
        raise UsageError(f"{junit}: is named by both --junit and -o", "name two files")
    from embcmp.gate import terminal as gate
    from embcmp.gate.expectations import read_expectations
    from embcmp.gate.judgements import exit_code, judge

    expectations = read_expectations(path)
    with chdir(path.parent), progress_bar(shown=settings.verbosity >= 0) as progress:
        judgements = judge(expectations, fetched, progress)
    if junit is not None:
        from embcmp.cache import write_whole

        write_whole(junit, gate.junit(judgements, path.name))
    emit(
        gate.judgements_json(judgements)
        if form == "json"
        else printed(lambda console: gate.judgements(judgements, console), output),
        output,
    )
    ctx.exit(exit_code(judgements))


def fetched(spec: str) -> Encoder:
    """Load an encoder, and download its model if needed."""
    from embcmp.encoders import load_encoder

    fetch_models([spec])
    return load_encoder(spec)
