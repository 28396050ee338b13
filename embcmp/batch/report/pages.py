"""The report of a batch: an index, a page for each word, and one copy of plotly's script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from math import isfinite
from pathlib import Path
from typing import cast

from embcmp.batch.folder import BatchFolder
from embcmp.batch.report.front_page import Json, Row, render_front_page
from embcmp.batch.report.word_page import changes_part, render_word_page, senses_part
from embcmp.batch.result_files import SCHEMA as SUMMARY
from embcmp.cache import write_whole
from embcmp.errors import InputError, OutputError
from embcmp.questions.change.json import SCHEMA as CHANGE
from embcmp.questions.compare.json import SCHEMA as COMPARISON
from embcmp.questions.compare.page.page import Link, Neighbors, Word
from embcmp.questions.senses.json import SCHEMA as SENSES
from embcmp.render.page import PLOTLY_NAME, plotly_script
from embcmp.render.text import harmless
from embcmp.types import Progress

FRONT_PAGE = Link("index.html", "All words")
_GENERATOR = '<meta name="generator" content="embcmp '
_HEAD = 4096
_NOT_AS_THE_SCHEMA = ArithmeticError, AttributeError, LookupError, TypeError, ValueError
_PARTS = {"senses": (SENSES, senses_part), "changes": (CHANGE, changes_part)}  # by folder
_AGAIN = "run the batch again in the same folder"


def write_report(
    out_dir: Path, *, projection: str = "pca", progress: Progress | None = None
) -> Path:
    """Write or rebuild `report/` from the results of a batch.

    Each file is written whole or not at all, the index last, and one word is in memory at a time.
    Pages of words that the batch no longer has are removed.

    Args:
        out_dir: the folder of the batch, with `summary.json`, `comparisons/` and perhaps `senses/`
            and `changes/`.
        projection: `pca`, or `tsne` for a t-SNE as well.
        progress: called with (words written, words).

    Returns:
        The path of the index.

    Raises:
        InputError: the folder holds no batch, or one of its files is broken.
        OutputError: the report cannot be written.
    """
    batch = BatchFolder(out_dir)
    folder = batch.report
    with _unbroken(batch.summary):
        summary = cast(Json, harmless(_read_summary(batch)))
        words = summary["words"]
        hrefs = page_names([entry["file"] for entry in words])
        links = [Link(href, entry["word"]) for href, entry in zip(hrefs, words, strict=True)]
        outlines = {key: {o["file"]: o for o in summary.get(key, ())} for key in _PARTS}
    try:
        folder.mkdir(exist_ok=True)
    except OSError as e:
        raise OutputError(f"{folder}: cannot be made: {e.strerror}") from e
    write_whole(folder / PLOTLY_NAME, plotly_script())
    rows = []
    before_and_after = zip([None, *links], links, [*links[1:], None], strict=False)
    for entry, (before, link, after) in zip(words, before_and_after, strict=True):
        path = _file_in(batch.comparisons, entry["file"], batch)
        comparison = _read(path, COMPARISON)
        with _unbroken(path):
            word = Word.of(comparison)
        parts = {
            key: _read_part(batch, key, word, outlines[key].get(entry["file"])) for key in _PARTS
        }
        with _unbroken(path):
            around = Neighbors(FRONT_PAGE, before, after)
            page = render_word_page(word, parts, projection=projection, around=around)
            rows.append(Row.of(word, link.href))
        write_whole(folder / link.href, page)
        if progress is not None:
            progress(len(rows), len(words))
    with _unbroken(batch.summary):
        page = render_front_page(summary, rows, _read_peak_memory(batch))
    write_whole(folder / FRONT_PAGE.href, page)
    _remove_others(folder, {FRONT_PAGE.href, *hrefs})
    return folder / FRONT_PAGE.href


def _remove_others(folder: Path, names: set[str]) -> None:
    """Remove the pages of an earlier report; a page that embcmp did not write stays."""
    for path in folder.glob("*.html"):
        with path.open(encoding="utf-8", errors="replace") as f:
            by_embcmp = _GENERATOR in f.read(_HEAD)
        if by_embcmp and path.name not in names:
            path.unlink()


def _read_summary(folder: BatchFolder) -> Json:
    try:
        if folder.summary.is_file():
            return _read(folder.summary, SUMMARY)
    except OSError as e:
        raise InputError(f"{folder.path}: cannot be read: {e.strerror}", "check the path") from e
    raise InputError(f"{folder.path}: contains no results of a batch", "run embcmp batch first")


def _read_part(batch: BatchFolder, key: str, word: Word, outline: Json | None) -> Json | None:
    """What the page of a word shows of its senses or changes; None if they were not asked for."""
    if outline is None:
        return None
    schema, part = _PARTS[key]
    path = _file_in(batch.path / key, outline["file"], batch)
    answer = cast(Json, harmless(_read(path, schema)))
    with _unbroken(path):
        return part(answer, outline, word)


def _file_in(folder: Path, file: str, batch: BatchFolder) -> Path:
    """The path of a file that the summary names."""
    if Path(file).name != file:
        raise InputError(f"{batch.summary}: {file!r} is not a file in {folder.name}/")
    return folder / file


def _read_peak_memory(folder: BatchFolder) -> int | None:
    """Peak memory of the last run in bytes, if the manifest says so."""
    with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
        peak = json.loads(folder.manifest.read_bytes())["peak_memory_bytes"]
        return peak if isinstance(peak, int) else None
    return None


@contextmanager
def _unbroken(path: Path) -> Iterator[None]:
    """Name the file in any error that comes from what its JSON lacks or has wrong."""
    from jinja2 import TemplateError

    try:
        yield
    except (*_NOT_AS_THE_SCHEMA, TemplateError) as e:
        raise InputError(f"{path}: is broken: {type(e).__name__}: {e}", _AGAIN) from e


def _read(path: Path, schema: str) -> Json:
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except OSError as e:
        raise InputError(f"{path}: cannot be read: {e.strerror}", _AGAIN) from e
    except (ValueError, RecursionError) as e:  # not UTF-8, or not JSON
        raise InputError(f"{path}: is broken: {e}", _AGAIN) from e
    other = content.get("schema") if isinstance(content, dict) else None
    if other != schema:
        raise InputError(f"{path}: is not {schema} (its schema is {other!r})", _AGAIN)
    return dict(content)


def _finite(number: str) -> float:
    if not isfinite(value := float(number)):
        raise ValueError(f"{number} is not a finite number")
    return value


def page_names(files: Sequence[str]) -> list[str]:
    """The name of the page for each comparison's file; no page is named like the index.

    Two names differ in more than case, as the names of the files do.
    """
    taken = {"index", *(Path(file).stem.casefold() for file in files)}
    names = []
    for stem in (Path(file).stem for file in files):
        if stem.casefold() == "index":
            stem += next("-" * k for k in count(1) if stem.casefold() + "-" * k not in taken)
            taken.add(stem.casefold())
        names.append(f"{stem}.html")
    return names
