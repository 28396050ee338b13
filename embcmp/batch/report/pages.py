"""A batch's report: an index, a page a word, and plotly's script once beside them."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from embcmp.batch.folder import BatchFolder
from embcmp.batch.report.index import Row, render_index
from embcmp.batch.report.summary import (
    Json,
    page_names,
    read_comparison,
    read_peak_memory,
    read_summary,
    unbroken,
)
from embcmp.cache import write_whole
from embcmp.errors import OutputError
from embcmp.questions.compare.page.page import Link, Neighbors, Word, render
from embcmp.render.page import PLOTLY_NAME, plotly_script
from embcmp.render.text import harmless
from embcmp.types import Progress

INDEX = Link("index.html", "All words")
_MADE_HERE = '<meta name="generator" content="embcmp '
_HEAD = 4096


def write_report(
    out_dir: Path, *, projection: str = "pca", progress: Progress | None = None
) -> Path:
    """Write or rebuild `report/` from the results of a batch.

    Each file is written whole or not at all, the index last; one word is held at a time. Pages of
    words that the batch no longer has are removed.

    Args:
        out_dir: the batch's folder, with `summary.json` and `comparisons/`.
        projection: `pca`, or `tsne` for a t-SNE beside it.
        progress: told how many of the words are written.

    Returns:
        The index.

    Raises:
        InputError: the folder holds no batch, or a file of it is broken.
        OutputError: the report cannot be written.
    """
    batch = BatchFolder(out_dir)
    folder = batch.report
    with unbroken(batch.summary):
        summary = cast(Json, harmless(read_summary(batch)))
        words = summary["words"]
        hrefs = page_names([entry["file"] for entry in words])
        links = [Link(href, entry["word"]) for href, entry in zip(hrefs, words, strict=True)]
    try:
        folder.mkdir(exist_ok=True)
    except OSError as e:
        raise OutputError(f"{folder}: cannot be made: {e.strerror}") from e
    write_whole(folder / PLOTLY_NAME, plotly_script())
    rows = []
    before_and_after = zip([None, *links], links, [*links[1:], None], strict=False)
    for entry, (before, link, after) in zip(words, before_and_after, strict=True):
        comparison = read_comparison(batch, entry["file"])
        with unbroken(batch.comparisons / entry["file"]):
            word = Word.of(comparison)
            page = render(word, projection=projection, around=Neighbors(INDEX, before, after))
            rows.append(Row.of(word, link.href))
        write_whole(folder / link.href, page)
        if progress is not None:
            progress(len(rows), len(words))
    with unbroken(batch.summary):
        page = render_index(summary, rows, read_peak_memory(batch))
    write_whole(folder / INDEX.href, page)
    _remove_others(folder, {INDEX.href, *hrefs})
    return folder / INDEX.href


def _remove_others(folder: Path, kept: set[str]) -> None:
    """Pages of an earlier report; a page that embcmp did not make stays."""
    for path in folder.glob("*.html"):
        with path.open(encoding="utf-8", errors="replace") as f:
            made_here = _MADE_HERE in f.read(_HEAD)
        if made_here and path.name not in kept:
            path.unlink()
