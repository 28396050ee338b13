"""What a batch found, from the records of its words: rows, and the summary over words."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from embcmp.batch.encoder_folder import Prepared
from embcmp.batch.over_words import Standing, WordsTest, paired, standings
from embcmp.batch.uses import Failure
from embcmp.batch.word_results import comparison_file
from embcmp.cache import whole_file, write_whole
from embcmp.encoders import parse_spec
from embcmp.measures.multiple_tests import benjamini_yekutieli
from embcmp.questions.compare.pairs import PRIMARY
from embcmp.questions.compare.tables import COLUMNS, Row, rows, shown, spreadsheet_row
from embcmp.types import Comparison, Metric, Result

SCHEMA = "embcmp.batch/1"
_ROWS_OF_A_GROUP = 50_000


def comparison_of(record: dict[str, Any], encoders: Sequence[Prepared]) -> Comparison:
    """A comparison with its measures alone, from a word's record."""
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
            metrics={name: _metric(m) for name, m in r["metrics"].items()},
        )
        for r in record["results"]
    )
    return Comparison(word=record["word"], occurrences=(), results=results)


def _metric(kept: dict[str, Any]) -> Metric:
    low_high = kept["ci95"]
    return Metric(**{**kept, "ci95": None if low_high is None else (low_high[0], low_high[1])})


def write_rows(comparisons: Iterable[Comparison], out: Path) -> None:
    """Write `results.csv` and `results.parquet`, a word at a time.

    Raises:
        OutputError: the folder cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, number = pa.string(), pa.float64()
    kinds = (text, text, text, text, number, number, number, text)
    schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))
    with (
        whole_file(out / "results.csv") as csv_draft,
        csv_draft.open("w", encoding="utf-8", newline="") as file,
        whole_file(out / "results.parquet") as draft,
        pq.ParquetWriter(draft, schema, compression="zstd") as writer,
    ):
        sheet = csv.writer(file, lineterminator="\n")
        sheet.writerow(COLUMNS)
        for some in _in_groups(row for comparison in comparisons for row in rows(comparison)):
            sheet.writerows(map(spreadsheet_row, some))
            columns = [list(column) for column in zip(*some, strict=True)]
            writer.write_table(pa.table(columns, schema=schema))


def _in_groups(found: Iterable[Row]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for row in found:
        group.append(row)
        if len(group) == _ROWS_OF_A_GROUP:
            yield group
            group = []
    if group:
        yield group


def write_failures(failures: Sequence[Failure], out: Path) -> None:
    """Write `failures.jsonl`, a line for each word without a result.

    Raises:
        OutputError: the folder cannot be written.
    """
    lines = [json.dumps(asdict(failure)) + "\n" for failure in failures]
    write_whole(out / "failures.jsonl", "".join(lines))


def summary(
    records: Sequence[dict[str, Any]],
    comparisons: Sequence[Comparison],
    encoders: Sequence[Prepared],
    failures: Sequence[Failure],
    *,
    seed: int,
    draws: int,
    seconds: dict[str, float],
) -> dict[str, Any]:
    """What the batch found over its words, as `summary.json` has it.

    Args:
        records: of the words, in alphabetical order.
        comparisons: the same, as `comparison_of` makes them.
        encoders: of the job, in its order.
        failures: words without a result.
        seed: of what is drawn.
        draws: of the bootstrap over words.
        seconds: that encoding took, by the encoders' names.
    """
    metrics = dict.fromkeys(name for c in comparisons for r in c.results for name in shown(r))
    ranked = [s for m in metrics for s in standings(comparisons, m, draws=draws, seed=seed)]
    return {
        "schema": SCHEMA,
        "words": [
            {
                "word": r["word"],
                "file": comparison_file(Path(), r["word"]).name,
                "n": r["n"],
                "senses": r["senses"],
            }
            for r in records
        ],
        "standings": [_standing(s, named=s.name in _named(encoders)) for s in ranked],
        "tests": [_test(t) for t in _over_words(comparisons, encoders, seed, draws)],
        "word_tests": list(_by_word(records)),
        "failures": [asdict(failure) for failure in failures],
        "encoders": [
            {
                "name": e.info.name,
                "family": e.info.family,
                "model": e.info.model,
                "parameters": e.info.parameters,
                "bytes": e.info.bytes,
                "own_bytes": e.info.own_bytes,
                "load_seconds": e.load_seconds,
                "encode_seconds": round(seconds[e.info.name], 3),
            }
            for e in encoders
        ],
    }


def _over_words(
    comparisons: Sequence[Comparison], encoders: Sequence[Prepared], seed: int, draws: int
) -> tuple[WordsTest, ...]:
    """Each two encoders at the layers that were named, where any word tells them apart."""
    there = {r.name for c in comparisons for r in c.results if PRIMARY in r.metrics}
    telling = [e for e in _named(encoders) if e in there and not _per_type(e, encoders)]
    return paired(comparisons, PRIMARY, combinations(telling, 2), draws=draws, seed=seed)


def _named(encoders: Sequence[Prepared]) -> tuple[str, ...]:
    """Each encoder's result at the layer that was named beforehand: of `@all`, the last."""
    found = (parse_spec(e.info.spec).name(e.info.layers[-1]) for e in encoders)
    return tuple(dict.fromkeys(found))


def _per_type(name: str, encoders: Sequence[Prepared]) -> bool:
    return any(e.info.name == name and e.info.per_type for e in encoders)


def _standing(s: Standing, *, named: bool) -> dict[str, Any]:
    low, high = s.summary.ci95 or (None, None)
    return {
        "metric": s.metric,
        "name": s.name,
        "named": named,
        "words": s.words,
        "mean": s.summary.mean,
        "low": low,
        "high": high,
        "method": s.summary.method,
        "no_interval": s.summary.reason,
        "undefined": s.undefined,
    }


def _test(t: WordsTest) -> dict[str, Any]:
    low, high = t.difference.ci95 or (None, None)
    return {
        "metric": t.metric,
        "a": t.a,
        "b": t.b,
        "words": t.words,
        "difference": t.difference.mean,
        "low": low,
        "high": high,
        "method": t.difference.method,
        "no_interval": t.difference.reason,
        "p": t.p,
        "p_adjusted": t.p_adjusted,
    }


def _by_word(records: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The tests within each word; p is adjusted over all of them (Benjamini & Yekutieli 2001)."""
    tests = [(r["word"], t) for r in records for t in r["tests"]]
    adjusted = benjamini_yekutieli([t["p"] for _, t in tests])
    for (word, t), p in zip(tests, adjusted, strict=True):
        low, high = t["ci95"] or (None, None)
        yield {
            "word": word,
            "metric": t["metric"],
            "a": t["a"],
            "b": t["b"],
            "difference": t["difference"],
            "low": low,
            "high": high,
            "p": t["p"],
            "p_adjusted": p,
            "undefined": t["undefined"],
        }
