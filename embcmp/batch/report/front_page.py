"""The first page of a report: the encoders over all words, and links to the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from embcmp.batch import word_changes, word_senses
from embcmp.batch.report.verdict_over_words import verdict
from embcmp.measures.encoder_differences import PRIMARY
from embcmp.measures.inference import TRUSTED_WORDS
from embcmp.questions.compare.layer_measures import METRICS
from embcmp.questions.compare.page.page import Word
from embcmp.render.page import page

Json = dict[str, Any]
KEYWORDS = 5  # of each group
SCRIPTS = ("batch/report/front_page.js",)


@dataclass(frozen=True)
class Row:
    """What the index shows of a word.

    Attributes:
        word: the word.
        href: the name of its page.
        n: number of uses.
        senses: names of the senses.
        auc: name of a result at the layer that was named beforehand -> its AUC, if it has one.
        layers: title of an encoder with several layers -> names of its results, with their layers.
    """

    word: str
    href: str
    n: int
    senses: tuple[str, ...]
    auc: dict[str, Json]
    layers: dict[str, list[tuple[str, Any]]]

    @classmethod
    def of(cls, word: Word, href: str) -> Row:
        """Take what the index shows from what the page of a word shows."""
        return cls(
            word=word.json["word"],
            href=href,
            n=len(word.uses.uses),
            senses=word.uses.senses,
            auc={
                e.main["name"]: e.main["metrics"][PRIMARY]
                for e in word.encoders
                if PRIMARY in e.main["metrics"]
            },
            layers={
                e.title: [(r["name"], r["layer"]) for r in e.results]
                for e in word.encoders
                if e.layered
            },
        )


def render_front_page(summary: Json, rows: Sequence[Row], memory: int | None = None) -> str:
    """Draw the first page.

    Args:
        summary: an `embcmp.batch/2` whose text is harmless.
        rows: the words that have a page, in order.
        memory: peak memory of the batch's last run in bytes, if known.
    """
    labeled = any(row.senses for row in rows)
    standings = _by_metric(summary["standings"]) if labeled else {}
    for metric in word_changes.CHANGE:  # no encoder is the better the more change it sees
        standings.pop(metric, None)
    outlines, changes = summary.get("senses", []), summary.get("changes", [])
    pages = {row.word: row.href for row in rows}
    layers = {title: named for row in rows for title, named in row.layers.items()}
    encoders = list(dict.fromkeys(name for row in rows for name in row.auc))
    named = {results[-1][0] for results in layers.values()}
    others = {name for results in layers.values() for name, _ in results} - named
    context = {
        "rows": rows,
        "encoders": encoders if labeled else [],
        "labeled": labeled,
        "primary": PRIMARY,
        "standings": standings,
        "tests": _by_metric(summary["tests"]),
        "verdict": verdict(summary) if labeled else [],
        "senses": [(outline, pages[outline["word"]]) for outline in outlines],
        "finding": word_senses.finding(outlines),
        "changes": [(outline, pages[outline["word"]]) for outline in changes],
        "change_finding": [*word_changes.finding(changes), *word_changes.chance(changes)],
        "rates": any(outline["false_discovery_rate"] is not None for outline in changes),
        "keywords": KEYWORDS,
        "failures": summary["failures"],
        "costs": summary["encoders"],
        "memory": memory,
        "layers": layers,
        "others": others,
        "exact_from": TRUSTED_WORDS,
        "glossary": {**METRICS, **word_senses.SCORES},
    }
    data = {
        "standings": {
            metric: [[s["name"], s["mean"], s["low"], s["high"]] for s in of_metric]
            for metric, of_metric in standings.items()
        },
        "layers": layers,
        "encoders": encoders,
        "others": sorted(others),
    }
    return page("batch/report/front_page.html", context, data, SCRIPTS, inline_plotly=False)


def _by_metric(entries: Sequence[Json]) -> dict[str, list[Json]]:
    of_metric: dict[str, list[Json]] = {}
    for entry in entries:
        of_metric.setdefault(entry["metric"], []).append(entry)
    return of_metric
