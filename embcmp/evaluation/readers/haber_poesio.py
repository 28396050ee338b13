"""Haber and Poesio (2021): sentences with polysemes and homonyms, rated in pairs.

`similarity_samples.json` has the sentences of a pair under `1_23_a`; its index of the word is not
to be trusted for names of several words and a few others, so the word is looked for.
`similarity_judgements.json` has the ratings, from 0 to 1, under `1` and `23`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from embcmp.errors import InputError
from embcmp.evaluation.readers.files import json_value
from embcmp.evaluation.readers.occurrences import RawPair, items, pairs
from embcmp.evaluation.rows import Part
from embcmp.text.rows import Sentence

_SAMPLES, _JUDGEMENTS = "similarity_samples.json", "similarity_judgements.json"
_LABEL = re.compile(r"(.+?): ([^/]+)/(.+)", re.DOTALL)  # word: sense/sense
_DECIMALS = 4


def read(path: Path) -> Part:
    """Read the rated pairs; gold is the mean similarity, from 0 to 1, rounded to four decimals.

    Args:
        path: the folder with `similarity_samples.json` and `similarity_judgements.json`, or one
            of the two.

    Raises:
        InputError: a file is missing or has another shape.
    """
    files = _files(path)
    rows = []
    for name, sides, ratings in _rated(*files):
        problem = None if ratings else "has no ratings"
        gold = _mean(ratings) if ratings else None
        first, second = (
            Sentence(s.text, s.source, f"{name}.{k}", None, s.word, s.start, s.end,
                     s.problem or problem)
            for k, s in enumerate(sides, 1)
        )  # fmt: skip
        rows.append(RawPair(name, first, second, gold, tuple(ratings)))
    found, skipped = pairs(rows)
    return Part(found, "all", skipped, files=files)


def read_items(path: Path) -> Part:
    """Read the rated sentences as items with the senses that their authors meant; as `read`."""
    files = _files(path)
    seen: dict[tuple[str, str], Sentence] = {}
    for name, sides, _ in _rated(*files):
        target = name.partition("_")[0]
        for s in sides:
            key = f"{target}.{len(seen) + 1}"
            row = Sentence(s.text, s.source, key, s.sense, s.word, s.start, s.end, s.problem)
            seen.setdefault((target, s.text), row)
    found, skipped = items(list(seen.values()))
    return Part(found, "all", skipped, files=files)


def _files(path: Path) -> tuple[Path, Path]:
    folder = path.parent if path.is_file() else path
    return folder / _SAMPLES, folder / _JUDGEMENTS


def _rated(samples: Path, judgements: Path) -> Iterator[tuple[str, list[Sentence], list[float]]]:
    """Each rated pair: its name, its two sentences, its ratings."""
    texts: dict[str, Any] = json_value(samples, dict)
    rated: dict[str, Any] = json_value(judgements, dict)
    for target, of_pairs in rated.items():
        if not isinstance(of_pairs, dict):
            raise InputError(f"{judgements}: {target} is not an object", "check the path")
        for senses, ratings in of_pairs.items():
            key = f"{target}_{senses}_a"
            yield (
                f"hp21.{target}_{senses}",
                _sides(texts, key, samples),
                _numbers(ratings, f"{judgements}: {target}: {senses}"),
            )


def _sides(texts: dict[str, Any], key: str, samples: Path) -> list[Sentence]:
    match texts.get(key):
        case [str(label), str(one), str(two), *_] if found := _LABEL.fullmatch(label):
            word, *senses = found.groups()
        case _:
            raise InputError(f"{samples}: has no sentences under {key}", "check the path")
    return [
        _side(text, f"{samples}: {key}", word, sense)
        for text, sense in zip((one, two), senses, strict=True)
    ]


def _side(text: str, source: str, word: str, sense: str) -> Sentence:
    place = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
    if place is None:
        return Sentence(text, source, None, sense, word, problem=f"{word} does not occur")
    return Sentence(text, source, None, sense, word, *place.span())


def _mean(ratings: list[float]) -> float:
    """The mean, summed in an order that does not depend on who was asked first."""
    return round(sum(sorted(ratings)) / len(ratings), _DECIMALS)


def _numbers(ratings: object, source: str) -> list[float]:
    if not isinstance(ratings, list) or not all(_is_rating(r) for r in ratings):
        raise InputError(f"{source}: is not a list of numbers", "check the path")
    return [float(r) for r in ratings]


def _is_rating(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value)
