"""How far context counts in long sentences: curves by distance and reach50, as Markdown.

    python -m tests.benchmarks.long_reach ../shared/data/tsv --count 100 -e lstm -e bert

From all items and pairs files of a folder come the longest sentences, each with the content word
nearest to its middle as its target; the targets are different words.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from embcmp import Occurrence
from embcmp.questions.reach.curves import SIDES, SPAN
from embcmp.questions.reach.encoder_reach import Reach
from embcmp.questions.reach.reach import reach
from embcmp.questions.reach.replacements import casing, positions
from embcmp.render.numbers import interval, p_number, short
from embcmp.text.words import stop_words
from embcmp.types import Metric

ENCODERS = ("word2vec", "context", "context,stopwords=keep", "rnn", "lstm", "bert")
SHOWN = (1, 2, 3, 5, 7, 10)
LAGS = (1, 2, 3, 5, 10, 15, 20)


def sentences(folder: Path) -> list[str]:
    """The sentences of all files, the longest first, each once."""
    found: dict[str, int] = {}
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE):
                for text in (row.get(f"sentence{part}") for part in ("", "1", "2")):
                    if text and text not in found:
                        found[text] = len(positions(Occurrence("", "", text, 0, 0)))
    return sorted(found, key=lambda text: (-found[text], text))


def target(sentence: str, id: str) -> Occurrence | None:
    """The content word nearest to the middle with ten words on both sides."""
    words = positions(Occurrence("", "", sentence, 0, 0))
    middle = len(words) / 2
    places = range(SPAN, len(words) - SPAN)
    for k in sorted(places, key=lambda k: abs(k - middle)):
        form = sentence[words[k].start : words[k].end]
        if casing(form) == "lower" and form not in stop_words():
            return Occurrence(id, form, sentence, words[k].start, words[k].end)
    return None


def table(found: Reach) -> Iterator[str]:
    """The curves, the summary and its tests."""
    at = [*(-d for d in reversed(SHOWN)), *SHOWN]
    yield f"| encoder | {' | '.join(map(str, at))} | all |"
    yield "| --- |" + " ---: |" * (len(at) + 1)
    for r in found.results:
        cells = [number(r.curve[d]) for d in at]
        whole = "" if r.change_of_all is None else number(r.change_of_all, 3)
        yield f"| `{r.name}` | {' | '.join(cells)} | {whole} |"
    yield ""
    yield "| encoder | reach50 | left | right |"
    yield "| --- | --- | --- | --- |"
    for r in found.results:
        cells = [distance(r.reach50[side]) for side in SIDES]
        yield f"| `{r.name}` | {' | '.join(cells)} |"
    yield ""
    yield "| pair | difference of reach50 | p | adjusted p |"
    yield "| --- | --- | --- | --- |"
    for t in (t for t in found.tests if t.metric == "reach50"):
        value = "" if t.difference is None else f"{short(t.difference)} {interval(t.ci95)}"
        yield f"| `{t.a}` - `{t.b}` | {value} | {p_number(t.p)} | {p_number(t.p_adjusted)} |"


def jacobians(found: Reach) -> Iterator[str]:
    """Frobenius norm over root width, and spectral norm, by steps."""
    rows = [
        (r.name, part, lags) for r in found.results for part, lags in (r.jacobian or {}).items()
    ]
    if not rows:
        return
    yield ""
    yield f"| Jacobian | {' | '.join(map(str, LAGS))} |"
    yield "| --- |" + " ---: |" * len(LAGS)
    for name, part, lags in rows:
        cells = (f"{lags[k].frobenius:.2g} ({lags[k].spectral:.2g})" for k in LAGS)
        yield f"| `{name}`, {part} | {' | '.join(cells)} |"


def number(metric: Metric, decimals: int = 2) -> str:
    """A share, or why there is none."""
    return metric.undefined or "" if metric.value is None else short(metric.value, decimals)


def distance(metric: Metric) -> str:
    """Whole words with their interval."""
    if metric.value is None:
        return metric.undefined or ""
    ends = metric.ci95 and f" [{metric.ci95[0]:.0f}, {metric.ci95[1]:.0f}]"
    return f"{metric.value:.0f}{ends or ''}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100, help="sentences")
    parser.add_argument("-e", "--encoder", action="append", metavar="SPEC")
    parser.add_argument("--gradient", action="store_true", help="as reach --by gradient")
    options = parser.parse_args(arguments)
    uses = []
    for text in sentences(options.folder):
        if (use := target(text, str(len(uses) + 1))) is not None:
            uses.append(use)
        if len(uses) == options.count:
            break
    lengths = sorted(len(positions(use)) + 1 for use in uses)
    method = "gradient" if options.gradient else "word"
    found = reach(uses, options.encoder or ENCODERS, method=method)
    lines = (
        f"{len(uses)} sentences of {lengths[0]} to {lengths[-1]} words,"
        f" {sum(n >= 25 for n in lengths)} of them of 25 or more;"
        f" {found.left_out} of {found.positions} positions left out",
        "",
        *table(found),
        *jacobians(found),
    )
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
