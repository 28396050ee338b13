"""A batch's report: an index, a page a word, and plotly's script once beside them."""

from __future__ import annotations

from pathlib import Path

from embcmp.batch.report.index import Row, render_index
from embcmp.batch.report.summary import (
    COMPARISONS,
    page_names,
    read_comparison,
    read_peak_memory,
    read_summary,
    shown,
    unbroken,
)
from embcmp.cache import write_whole
from embcmp.errors import OutputError
from embcmp.questions.compare.page.page import Link, Neighbors, Word, render
from embcmp.render.page import PLOTLY_NAME, plotly_script
from embcmp.types import Progress

REPORT = "report"
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
    of_all = out_dir / "summary.json"
    folder = out_dir / REPORT
    with unbroken(of_all):
        summary = shown(read_summary(out_dir))
        words = summary["words"]
        hrefs = list(page_names([entry["file"] for entry in words]))
        links = [Link(href, entry["word"]) for href, entry in zip(hrefs, words, strict=True)]
    try:
        folder.mkdir(exist_ok=True)
    except OSError as e:
        raise OutputError(f"{folder}: cannot be made: {e.strerror}") from e
    write_whole(folder / PLOTLY_NAME, plotly_script())
    rows = []
    for k, entry in enumerate(words):
        around = Neighbors(
            INDEX, links[k - 1] if k else None, links[k + 1] if k + 1 < len(links) else None
        )
        comparison = read_comparison(out_dir, entry["file"])
        with unbroken(out_dir / COMPARISONS / entry["file"]):
            word = Word.of(comparison)
            page = render(word, projection=projection, around=around)
            rows.append(Row.of(word, hrefs[k]))
        write_whole(folder / hrefs[k], page)
        if progress is not None:
            progress(k + 1, len(words))
    index = folder / INDEX.href
    with unbroken(of_all):
        page = render_index(summary, rows, read_peak_memory(out_dir))
    write_whole(index, page)
    _remove_others(folder, {INDEX.href, *hrefs})
    return index


def _remove_others(folder: Path, kept: set[str]) -> None:
    """Pages of an earlier report; a page that embcmp did not make stays."""
    for path in folder.glob("*.html"):
        if path.name in kept:
            continue
        with path.open(encoding="utf-8", errors="replace") as f:
            made_here = _MADE_HERE in f.read(_HEAD)
        if made_here:
            path.unlink()
