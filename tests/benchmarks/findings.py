"""What encoders make of the project's own homographs: every number of docs/notes/findings.md.

    python -m tests.benchmarks.findings

Measures the encoders and controls on each word of fixtures/homographs.tsv, keeps the values of
each word in a CSV, and prints tables over words made from these values. `--from` makes the tables
of a CSV that is there, which takes no models; `--page` (once or more) and `--summary` put them into
pages that have their titles.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from embcmp import Comparison, load_encoder
from embcmp.encoders import LoadedEncoder
from embcmp.encoders.base import Encoder
from embcmp.questions.compare.compared_uses import Uses
from embcmp.questions.compare.controls import SEEDS, form, mean_of_seeds, position
from embcmp.questions.compare.layer_measures import Settings
from embcmp.questions.compare.layer_view import LayerView, view_layers
from embcmp.types import EncoderInfo, Metric, Result
from tests.benchmarks.findings_tables import METRICS, PAIRS, in_short, tables
from tests.benchmarks.homographs import Homograph, read_homographs
from tests.benchmarks.minimal_pairs import Item, read_items, shares

SAVED = Path(__file__).parents[2] / "docs" / "notes" / "findings.csv"
COLUMNS = ("word", "encoder", *METRICS, PAIRS)
DECIMALS = 4  # of a saved value

ENCODERS = ("word2vec", "context", "lstm", "bert@all")
NEARBY = "context,window=3,stopwords=keep"
TWINS = ("lstm,weights=random", "bert,weights=random")

# Intervals and tests are over words; probe and background take no part.
_SETTINGS = Settings(intervals=False)
_NO_INFO = EncoderInfo("", "", "", "", (None,), 0, 0, 0, 0, "")


def load() -> tuple[list[Encoder], list[list[Encoder]]]:
    """The encoders, and the controls that are encoders: of each, one or its seeds."""
    controls = [[load_encoder(NEARBY)]]
    controls += [[load_encoder(f"{twin},seed={k}") for k in range(SEEDS)] for twin in TWINS]
    return [load_encoder(spec) for spec in ENCODERS], controls


def measure(
    homograph: Homograph, encoders: Sequence[Encoder], controls: Sequence[Sequence[Encoder]]
) -> Comparison:
    """A word's results and controls, with the measures of its senses."""
    uses = Uses.of(homograph.uses)

    def layers(encoder: Encoder) -> list[LayerView]:
        return view_layers(LoadedEncoder(encoder), uses, _SETTINGS, control=True)

    seen = [layer for encoder in encoders for layer in layers(encoder)]
    held = [form(seen, uses, _SETTINGS), position(uses, _SETTINGS)]
    held += [mean_of_seeds([layers(seed)[0] for seed in seeds]) for seeds in controls]
    return Comparison(
        homograph.word,
        homograph.uses,
        results=tuple(s.result for s in seen),
        controls=(*(s.result for s in held), _chance(seen[-1].result)),
    )


def _chance(result: Result) -> Result:
    """What shuffled labels would reach, as a control of its own."""
    metrics = {name: Metric(result.metrics[name].chance) for name in METRICS}
    return replace(result, name="chance", metrics=metrics)


def pair_shares(
    items: Sequence[Item], encoders: Sequence[Encoder], controls: Sequence[Sequence[Encoder]]
) -> dict[str, dict[str, float]]:
    """Encoder's name -> word -> whether its kept minimal pairs are closer; means over seeds."""
    found = {}
    for seeds in [*([e] for e in encoders if not e.info.per_type), *controls]:
        of_seeds = [shares(items, encoder) for encoder in seeds]
        for layer, of_word in of_seeds[0].items():
            name = seeds[0].info.name.replace("@all", f"@{layer}")
            found[name] = {w: float(np.mean([s[layer][w] for s in of_seeds])) for w in of_word}
    return found


def save(path: Path, comparisons: Iterable[Comparison], pairs: dict[str, dict[str, float]]) -> None:
    """Write the values of each word and encoder; an empty cell is one without a value."""
    with path.open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(COLUMNS)
        for comparison in comparisons:
            for result in (*comparison.results, *(comparison.controls or ())):
                values = [result.metrics[name].value for name in METRICS]
                values.append(pairs.get(result.name, {}).get(comparison.word))
                cells = ["" if v is None else f"{v:.{DECIMALS}f}" for v in values]
                writer.writerow([comparison.word, result.name, *cells])


def read(path: Path) -> Iterator[Comparison]:
    """Comparisons with what `save` kept of them."""
    with path.open(encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    for word in dict.fromkeys(row["word"] for row in rows):
        results = [_result(row) for row in rows if row["word"] == word]
        yield Comparison(word, (), tuple(results))


def _result(row: dict[str, str]) -> Result:
    metrics = {name: Metric(float(row[name]) if row[name] else None) for name in (*METRICS, PAIRS)}
    return Result(row["encoder"], _NO_INFO, None, 0.0, 0.0, {}, (), np.empty((0, 0)), metrics)


def run(path: Path, words: Sequence[str] | None = None) -> None:
    """Measure the words, all of them by default, and save the values."""
    encoders, controls = load()
    homographs = read_homographs()
    chosen = [homographs[word] for word in words or homographs]
    comparisons = [measure(homograph, encoders, controls) for homograph in chosen]
    items = [item for item in read_items() if item.word in {h.word for h in chosen}]
    save(path, comparisons, pair_shares(items, encoders, controls))


def put(pages: Sequence[Path], shown: Iterable[str]) -> None:
    """Put tables into pages in the place of those under the same titles.

    Raises:
        ValueError: a title is in none of the pages, or in more than one place.
    """
    texts = {page: page.read_text(encoding="utf-8") for page in pages}
    for table in shown:
        title = table.partition("\n")[0]
        pattern = re.compile(rf"(?m)^{re.escape(title)}\n\n(?:\|.*(?:\n|$))*")
        places = [(page, m) for page, text in texts.items() for m in pattern.finditer(text)]
        if len(places) != 1:
            names = ", ".join(page.name for page in pages)
            raise ValueError(f"{names}: {len(places)} tables are titled {title!r}")
        [(page, place)] = places
        texts[page] = f"{texts[page][: place.start()]}{table}\n{texts[page][place.end() :]}"
    for page, text in texts.items():
        page.write_text(text, encoding="utf-8")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--from", dest="saved", type=Path, help="values that are there")
    parser.add_argument("--out", type=Path, default=SAVED, help="where the values go")
    parser.add_argument("--page", type=Path, action="append", help="a page with these tables")
    parser.add_argument("--summary", type=Path, help="a page with the first table alone")
    options = parser.parse_args()
    if options.saved is None:
        run(options.out)
    values = list(read(options.saved or options.out)), read_homographs()
    first, others = in_short(*values), list(tables(*values))
    sys.stdout.write("".join(f"{table}\n\n" for table in (first, *others)))
    if options.page is not None:
        put(options.page, others)
    if options.summary is not None:
        put([options.summary], [first])


if __name__ == "__main__":
    main()
