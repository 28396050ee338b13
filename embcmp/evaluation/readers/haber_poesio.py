"""Haber and Poesio (2021): sentences with polysemes and homonyms, rated in pairs.

`similarity_samples.json` has the sentences of a pair under a key such as `1_23_a`. Its index of the
word is wrong for names of several words and in a few other cases, so it is not used: the word is
searched for. `similarity_judgements.json` has the ratings, from 0 to 1, under `1` and then `23`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from embcmp.errors import InputError
from embcmp.evaluation.gold_rows import Part
from embcmp.evaluation.readers.occurrences import RawPair, Side, item_part, pair_part
from embcmp.evaluation.readers.published_files import json_value
from embcmp.evaluation.readers.spans import word_span
from embcmp.text.sentence_rows import Sentence
from embcmp.toml_file import NUMBER

_SAMPLES, _JUDGEMENTS = "similarity_samples.json", "similarity_judgements.json"
_LABEL = re.compile(r"((?:(?!: ).)++): ([^/]++)/(.+)", re.DOTALL)  # word: sense/sense
_DECIMALS = 4


def read(path: Path) -> Part:
    """Read the rated pairs; gold is the mean similarity, from 0 to 1, rounded to four decimals.

    Args:
        path: The folder with `similarity_samples.json` and `similarity_judgements.json`, or one
            of the two files.

    Raises:
        InputError: A file is missing or has another format.
    """
    files = _files(path)
    rows = []
    for pair in _rated(*files):
        first, second = (Side(text, pair.word, word_span(text, pair.word)) for text in pair.texts)
        gold = problem = None
        if pair.ratings:  # summed in an order that does not depend on the order of the raters
            gold = round(sum(sorted(pair.ratings)) / len(pair.ratings), _DECIMALS)
        else:
            problem = "has no ratings"
        ratings = tuple(pair.ratings)
        rows.append(RawPair(pair.name, pair.source, (first, second), gold, problem, ratings))
    return pair_part(rows, "all", files)


def read_items(path: Path) -> Part:
    """Read the rated sentences as items, with the senses that their authors intended."""
    files = _files(path)
    rows: dict[tuple[str, str], Sentence] = {}
    for pair in _rated(*files):
        target = pair.name.partition("_")[0]
        for text, sense in zip(pair.texts, pair.senses, strict=True):
            name, span = f"{target}.{len(rows) + 1}", word_span(text, pair.word)
            item = Sentence(text, pair.source, name, sense, pair.word, *span)
            rows.setdefault((target, text), item)
    return item_part(list(rows.values()), "all", files)


def _files(path: Path) -> tuple[Path, Path]:
    folder = path.parent if path.is_file() else path
    return folder / _SAMPLES, folder / _JUDGEMENTS


@dataclass(frozen=True, slots=True)
class _RatedPair:
    name: str
    source: str
    word: str
    texts: tuple[str, str]
    senses: tuple[str, str]
    ratings: list[float]


def _rated(samples: Path, judgements: Path) -> Iterator[_RatedPair]:
    texts: dict[str, Any] = json_value(samples, dict)
    rated: dict[str, Any] = json_value(judgements, dict)
    for target, pairs in rated.items():
        if not isinstance(pairs, dict):
            raise InputError(f"{judgements}: {target} is not an object", "check the path")
        for senses, ratings in pairs.items():
            key = f"{target}_{senses}_a"
            match texts.get(key):
                case [str(label), str(text1), str(text2), *_] if match := _LABEL.fullmatch(label):
                    word, sense1, sense2 = match.groups()
                case _:
                    raise InputError(f"{samples}: has no sentences under {key}", "check the path")
            yield _RatedPair(
                f"hp21.{target}_{senses}", f"{samples}: {key}", word,
                (text1, text2), (sense1, sense2),
                _numbers(ratings, f"{judgements}: {target}: {senses}"),
            )  # fmt: skip


def _numbers(ratings: object, source: str) -> list[float]:
    if not isinstance(ratings, list) or not all(NUMBER.fits(r) and isfinite(r) for r in ratings):
        raise InputError(f"{source}: is not a list of numbers", "check the path")
    return [float(r) for r in ratings]
