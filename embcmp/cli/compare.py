"""`embcmp compare WORD --sentences FILE`."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from embcmp.choices import MARGIN, MAX_OCCURRENCES, SENSES_SHOWN, Options
from embcmp.cli import allow_pickle, options
from embcmp.cli.input import background_note, described, read_background_option, read_uses
from embcmp.cli.output import publish
from embcmp.cli.progress import progress_bar
from embcmp.encoders import DEFAULT_ENCODERS, SPEC_FORM

if TYPE_CHECKING:
    from embcmp.cli import Settings
    from embcmp.cli.input import TextInput


@click.command(epilog=SPEC_FORM)
@click.argument("word")
@options.text
@options.checked
@options.encoders
@allow_pickle
@options.max_occurrences(
    MAX_OCCURRENCES, "Compare at most this many uses: a random sample if there are more."
)
@click.option(
    "--unit",
    metavar="COLUMN",
    help="Column that names the document or scene of each row, as --columns unit=COLUMN. Intervals"
    " and tests leave out its uses together, since they are not independent.",
)
@options.correct
@options.background
@click.option(
    "--controls",
    is_flag=True,
    help="Also measure how well spelling, position and topic separate the senses.",
)
@click.option("--no-intervals", is_flag=True, help="Leave out confidence intervals and tests.")
@click.option(
    "--margin",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    default=MARGIN,
    show_default=True,
    help="Encoders count as equal if their auc_macro differs by less than this.",
)
@click.option("--draws", type=click.IntRange(min=1), hidden=True)
@options.seed
@options.device
@options.result_format("table", "json", "csv", "markdown", "html")
@click.option(
    "--full",
    is_flag=True,
    help="Write the similarity matrices to JSON and HTML even if there are over 500 uses.",
)
@options.projection
@click.option(
    "--save-vectors",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also write the vectors to this folder: for each encoder and layer a Parquet file with the"
    " columns id and vector, which -e vectors:FILE reads.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help=f"Print every measure, matrix and pair; figures of at most {SENSES_SHOWN} senses.",
)
@options.output
@click.pass_obj
def compare(
    settings: Settings,
    *,
    word: str,
    text: TextInput,
    encoders: tuple[str, ...],
    max_occurrences: int,
    unit: str | None,
    correct: str,
    background: str | None,
    controls: bool,
    no_intervals: bool,
    margin: float,
    draws: int | None,
    seed: int,
    device: str,
    form: str,
    full: bool,
    projection: str,
    save_vectors: Path | None,
    everything: bool,
    output: Path | None,
) -> None:
    """Compare how encoders represent WORD in the sentences of FILE."""
    if unit is not None:
        columns = {**text.reading.columns, "unit": unit}
        text = replace(text, reading=replace(text.reading, columns=columns))
    if save_vectors is not None:
        from embcmp.questions.compare.saved_vectors import check_folder

        check_folder(save_vectors)
    occurrences = read_uses(
        word,
        text,
        encoders=encoders,
        output=output,
        more=[background] if background else [],
        most=max_occurrences,
        seed=seed,
        merge_copies=True,
    )
    background_text = read_background_option(background, text)
    from embcmp.questions.compare.compare import compare as run
    from embcmp.questions.compare.json import LARGEST_MATRIX

    specs = encoders or DEFAULT_ENCODERS
    with progress_bar(shown=settings.verbosity >= 0) as progress:
        comparison = run(
            occurrences,
            specs,
            correct=correct,
            controls=controls,
            intervals=not no_intervals,
            margin=margin,
            max_occurrences=max_occurrences,
            seed=seed,
            device=device,
            background=background_text,
            save_vectors=save_vectors,
            progress=progress,
        )
    options_used = Options(
        text.match, max_occurrences, text.strict, controls, not no_intervals, margin, device
    )
    comparison = replace(
        comparison,
        manifest={
            **comparison.manifest,
            "input": described(occurrences.files),
            "options": asdict(options_used) | text.used,
        },
    )
    labeled = any(o.sense is not None for o in comparison.occurrences)
    if (correct != "none" or labeled) and (note := background_note(background_text, text)):
        comparison = replace(comparison, warnings=(*comparison.warnings, note))
    if draws is not None:
        warning = "--draws has no effect: intervals and tests are computed without random draws"
        comparison = replace(comparison, warnings=(*comparison.warnings, warning))
    if form in ("json", "html") and not full and len(comparison.occurrences) > LARGEST_MATRIX:
        warning = f"matrices of over {LARGEST_MATRIX} occurrences are left out; --full keeps them"
        comparison = replace(comparison, warnings=(*comparison.warnings, warning))
    publish(
        comparison,
        "questions.compare",
        form,
        output,
        quiet=settings.verbosity < 0,
        elsewhere={"html": "page.page.to_html"},
        keywords={
            "to_object": {"full": full},
            "to_html": {"projection": projection},
            "render": {"receipts": settings.verbosity > 0, "everything": everything},
        },
        on_one_screen=form == "table" and not everything,
    )
