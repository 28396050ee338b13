"""The results of a batch: a row for each number, and the summary over words."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import combinations, islice
from typing import Any

import numpy as np

from embcmp.batch import word_changes, word_senses
from embcmp.batch.folder import BatchFolder, file_name
from embcmp.batch.job import Job
from embcmp.batch.over_words import paired, standings
from embcmp.batch.plan import Failure
from embcmp.batch.stored_encoder import PreparedEncoder
from embcmp.cache import whole_file, write_whole
from embcmp.encoders import parse_spec
from embcmp.measures.encoder_differences import PRIMARY
from embcmp.measures.inference import benjamini_yekutieli
from embcmp.questions.compare.tables import COLUMNS, rows, table_metrics
from embcmp.render import json_values
from embcmp.render.text import spreadsheet_row
from embcmp.types import Comparison, Metric, Result

SCHEMA = "embcmp.batch/2"
_ROWS_OF_A_GROUP = 50_000
_NOT_AVERAGED = (*word_senses.NOT_AVERAGED, *word_changes.NOT_AVERAGED)


def comparison_of(record: dict[str, Any], encoders: Sequence[PreparedEncoder]) -> Comparison:
    """A comparison that has nothing but its measures, from the record of a word."""
    infos = {
        parse_spec(e.info.spec).name(layer): e.info for e in encoders for layer in e.info.layers
    }
    results = tuple(
        Result(
            name=r["name"],
            info=infos[r["name"]],
            layer=r["layer"],
            load_seconds=0,
            encode_seconds=0,
            missing={},
            receipts=(),
            similarity=np.empty((0, 0)),
            metrics={name: json_values.metric_of(metric) for name, metric in r["metrics"].items()},
        )
        for r in record["results"]
    )
    return Comparison(
        word=record["word"], occurrences=(), results=results, circular=record["circular"]
    )


def write_rows(comparisons: Iterable[Comparison], folder: BatchFolder) -> None:
    """Write `results.csv` and `results.parquet`.

    Raises:
        OutputError: the folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, number = pa.string(), pa.float64()
    kinds = (text, text, text, text, number, number, number, text)
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))
    every_row = (row for comparison in comparisons for row in rows(comparison))
    with (
        whole_file(folder.rows.with_suffix(".csv")) as csv_draft,
        csv_draft.open("w", encoding="utf-8", newline="") as file,
        whole_file(folder.rows.with_suffix(".parquet")) as draft,
        pq.ParquetWriter(draft, schema, compression="zstd") as writer,
    ):
        sheet = csv.writer(file, lineterminator="\n")
        sheet.writerow(COLUMNS)
        while some := list(islice(every_row, _ROWS_OF_A_GROUP)):
            sheet.writerows(map(spreadsheet_row, some))
            columns = [list(column) for column in zip(*some, strict=True)]
            writer.write_table(pa.table(columns, schema=schema))


def write_failures(failures: Sequence[Failure], folder: BatchFolder) -> None:
    """Write `failures.jsonl`, a line for each word without a result.

    Raises:
        OutputError: the folder cannot be written.
    """
    lines = [json.dumps(asdict(failure)) + "\n" for failure in failures]
    write_whole(folder.failures, "".join(lines))


def summary(
    records: Sequence[dict[str, Any]],
    comparisons: Sequence[Comparison],
    encoders: Sequence[PreparedEncoder],
    failures: Sequence[Failure],
    job: Job,
    seconds: dict[str, float],
) -> dict[str, Any]:
    """The content of `summary.json`.

    Args:
        records: records of the words, in alphabetical order.
        comparisons: what `comparison_of` makes of each record.
        encoders: the encoders of the job, in its order.
        failures: words without a result.
        job: the job, for its settings.
        seconds: name of an encoder -> seconds that encoding took.
    """
    metrics = dict.fromkeys(
        name for c in comparisons for r in c.results for name in table_metrics(r)
    )
    ranked = [s for m in metrics if m not in _NOT_AVERAGED for s in standings(comparisons, m)]
    named = _named(encoders)
    pairs = combinations(_with_auc(named, comparisons, encoders), 2)
    costs = ("name", "family", "model", "parameters", "bytes", "own_bytes")
    return {
        "schema": SCHEMA,
        "margin": job.margin,
        "words": [
            {
                "word": r["word"],
                "file": f"{file_name(r['word'])}.json",
                "n": r["n"],
                "senses": r["senses"],
                "circular": r["circular"],
            }
            for r in records
        ],
        "standings": [
            {
                "metric": s.metric,
                "name": s.name,
                "named": s.name in named,
                "words": s.words,
                **_over_words("mean", s.summary),
                "undefined": s.undefined,
            }
            for s in ranked
        ],
        "tests": [
            {
                "metric": t.metric,
                "a": t.a,
                "b": t.b,
                "words": t.words,
                **_over_words("difference", t.difference),
                "ci90": None if t.ci90 is None else list(t.ci90),
                "p": t.p,
                "p_adjusted": t.p_adjusted,
                "p_sign_flip": t.p_sign_flip,
                "detectable": t.detectable,
                "words_needed": t.words_needed(job.margin),
                "effect_size": t.effect_size,
                "share_won": t.share_won,
            }
            for t in paired(comparisons, PRIMARY, pairs, seed=job.seed)
        ],
        "word_tests": list(_by_word(records, named)),
        **_outlines(records, job),
        "failures": [asdict(failure) for failure in failures],
        "encoders": [
            {
                **{key: getattr(e.info, key) for key in costs},
                "load_seconds": e.load_seconds,
                "encode_seconds": round(seconds[e.info.name], 3),
            }
            for e in encoders
        ],
    }


def _outlines(records: Sequence[dict[str, Any]], job: Job) -> dict[str, Any]:
    """The words in the order of what was asked of them besides the comparison."""
    found: dict[str, Any] = {}
    if job.senses:
        found["senses"] = word_senses.by_evidence(
            {r["word"]: r["outlines"]["senses"] for r in records}
        )
    if job.groups:
        rows = word_changes.by_change({r["word"]: r["outlines"]["changes"] for r in records})
        found |= {"changes": rows, "changes_by_chance": word_changes.by_chance(rows)}
    return found


def _named(encoders: Sequence[PreparedEncoder]) -> tuple[str, ...]:
    """Names of each encoder's result at the layer named beforehand: with `@all`, the last layer."""
    names = (parse_spec(e.info.spec).name(e.info.layers[-1]) for e in encoders)
    return tuple(dict.fromkeys(names))


def _with_auc(
    named: Sequence[str], comparisons: Sequence[Comparison], encoders: Sequence[PreparedEncoder]
) -> list[str]:
    """The named results that have an AUC for any word, other than those of one vector per type."""
    measured = {r.name for c in comparisons for r in c.results if PRIMARY in r.metrics}
    per_type = {e.info.name for e in encoders if e.info.per_type}
    return [name for name in named if name in measured - per_type]


def _over_words(what: str, mean: Metric) -> dict[str, Any]:
    """A mean over words under a name, with its interval."""
    low, high = mean.ci95 or (None, None)
    return {
        what: mean.value,
        "low": low,
        "high": high,
        "approximate": mean.approximate,
        "no_interval": mean.no_interval or mean.undefined,
    }


def _by_word(records: Sequence[dict[str, Any]], named: Collection[str]) -> Iterator[dict[str, Any]]:
    """The tests of each word, with p adjusted over all words (Benjamini & Yekutieli 2001).

    Only results at layers named beforehand count; the page of a word compares the other layers.
    """
    tests = [
        (r["word"], t) for r in records for t in r["tests"] if t["a"] in named and t["b"] in named
    ]
    adjusted = benjamini_yekutieli([t["p"] for _, t in tests])
    for (word, t), p in zip(tests, adjusted, strict=True):
        low, high = t["ci95"] or (None, None)
        yield {
            "word": word,
            **{key: t[key] for key in ("metric", "a", "b", "difference")},
            "low": low,
            "high": high,
            "p": t["p"],
            "p_adjusted": p,
            "undefined": t["undefined"],
        }
