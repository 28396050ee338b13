"""MCL-WiC (Martelli et al. 2021): JSON lists, with offsets in characters, written as strings.

`training.en-en.data` has objects with id, lemma, pos, sentence1, sentence2, start1, end1, start2
and end2; `training.en-en.gold` objects with id and tag, T or F.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from embcmp.errors import InputError
from embcmp.evaluation.gold_rows import Part
from embcmp.evaluation.readers.occurrences import (
    RawPair,
    Side,
    gold_label,
    pair_part,
    refuse_twice,
)
from embcmp.evaluation.readers.published_files import data_and_gold, json_value
from embcmp.evaluation.readers.spans import given_span
from embcmp.text.inflections import ENGLISH
from embcmp.text.search import is_unicode
from embcmp.types import Skipped

_TEXTS = ("id", "lemma", "sentence1", "sentence2")


def read(path: Path) -> Part:
    """Read one part of MCL-WiC.

    Args:
        path: The data file, or the folder that has only this data file and its gold file.

    Raises:
        InputError: A file is missing or not a JSON list, an object lacks a key, or an id occurs
            twice.
    """
    data, key = data_and_gold(path, ".data", ".gold")
    tags = {entry["id"]: entry["tag"] for entry in _objects(key, ("id", "tag"))}
    rows = _objects(data, _TEXTS)
    unused = sorted(tags.keys() - {row["id"] for row in rows})
    extra = [Skipped(f"{key}: {name}", "this tag has no row") for name in unused]
    pairs = [_pair(row, f"{data}: {row['id']}", tags) for row in rows]
    split = data.name.partition(".")[0]
    return pair_part(pairs, split, [data, key], extra, _language(data.name))


def _language(name: str) -> str:
    """The language of a data file, `en` of `training.en-en.data`; of a pair of two, the second."""
    languages = re.search(r"\.([a-z]{2})-([a-z]{2})\.", name)
    if languages is None:
        return ENGLISH
    first, second = languages.groups()
    return second if first == ENGLISH else first


def _objects(path: Path, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json_value(path, list)
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise InputError(f"{path}: entry {number} is not an object", "check the path")
        for key in needed:
            if not isinstance(entry.get(key), str):
                raise InputError(f"{path}: entry {number} has no string {key!r}", "check the path")
        if not is_unicode(entry["id"]):
            raise InputError(f"{path}: entry {number} has an id with a lone surrogate", "rename it")
    refuse_twice(
        (entry["id"], f"{path}: entry {number}") for number, entry in enumerate(entries, 1)
    )
    return entries


def _pair(row: Mapping[str, Any], source: str, tags: Mapping[str, str]) -> RawPair:
    gold, problem = gold_label(tags.get(row["id"], ""))
    if row["id"] not in tags:
        problem = "has no gold tag"
    first, second = (
        Side(
            row[f"sentence{k}"], row["lemma"], given_span(row.get(f"start{k}"), row.get(f"end{k}"))
        )
        for k in (1, 2)
    )
    return RawPair(row["id"], source, (first, second), gold, problem)
