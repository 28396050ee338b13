"""How large a report's pages are, and how long they take.

python -m tests.benchmarks.report COMPARISON.json --words 500
python -m tests.benchmarks.report COMPARISON.json --uses 500
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np

from embcmp.batch.report.pages import write_report
from embcmp.questions.compare.page.page import to_html
from tests.batch.saved import write_batch


def of_words(comparison: dict[str, Any], words: int) -> None:
    """The report of as many words, each with the same comparison."""
    with tempfile.TemporaryDirectory() as place:
        named = [(f"w{k}", {**comparison, "word": f"w{k}"}) for k in range(words)]
        folder = write_batch(Path(place) / "out", named)
        started = time.perf_counter()
        index = write_report(folder)
        seconds = time.perf_counter() - started
        page = (index.parent / "w0.html").stat().st_size
        click.echo(f"{words} words: {1e3 * seconds / words:.0f} ms and {page / 1e3:.0f} kB a word,"
                   f" index {index.stat().st_size / 1e3:.0f} kB")  # fmt: skip


def of_uses(comparison: dict[str, Any], uses: int) -> None:
    """The page of one word with as many uses: those of the comparison again, a little apart."""
    had = len(comparison["occurrences"])
    again = np.arange(uses) % had
    rng = np.random.default_rng(0)
    grown = dict(comparison)
    grown["occurrences"] = [
        {**comparison["occurrences"][i], "id": str(k)} for k, i in enumerate(again)
    ]
    for r in grown["results"]:
        noise = rng.normal(0, 0.03, (uses, uses))
        cosines = np.array(r["similarity"])[np.ix_(again, again)] + noise + noise.T
        r["similarity"] = np.clip(cosines, -1, 1).round(6).tolist()
        r["receipts"] = [{**r["receipts"][i], "id": str(k)} for k, i in enumerate(again)]
    started = time.perf_counter()
    html = to_html(grown)
    seconds = time.perf_counter() - started
    click.echo(f"{uses} uses, {len(grown['results'])} results: {seconds:.1f} s,"
               f" {len(html.encode()) / 1e6:.1f} MB with plotly's script")  # fmt: skip


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("comparison", type=Path)
    parser.add_argument("--words", type=int)
    parser.add_argument("--uses", type=int)
    asked = parser.parse_args()
    comparison = json.loads(asked.comparison.read_text(encoding="utf-8"))
    if asked.words:
        of_words(comparison, asked.words)
    if asked.uses:
        of_uses(comparison, asked.uses)


if __name__ == "__main__":
    main()
