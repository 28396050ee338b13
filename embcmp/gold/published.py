"""Figures of the literature, from `data/published.json`, beside one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.resources import files

from embcmp.gold.evaluation import Published


def published(task: str, kind: str, split: str, rows: int) -> list[Published]:
    """The figures that are known for a data set.

    Args:
        task: its name.
        kind: items or pairs; the figures are for one of them.
        split: the part that is scored.
        rows: how many of its rows are scored; figures are comparable where it is all of them.
    """
    text = files("embcmp").joinpath("data", "published.json").read_text(encoding="utf-8")
    known = json.loads(text)
    whole = rows == known["rows"].get(task, {}).get(split)
    return [
        Published(
            **{key: value for key, value in one.items() if key not in ("task", "kind")},
            comparable=whole and one["split"] == split,
        )
        for one in known["figures"]
        if (one["task"], one["kind"]) == (task, kind)
    ]


def warnings(figures: Sequence[Published], split: str, rows: int) -> Iterator[str]:
    """What keeps one's own figures from being held against the published ones."""
    splits = sorted({f.split for f in figures if not f.human and not f.comparable})
    if not splits:
        return
    yours = f"{rows} rows of {split}" if split in splits else split
    yield f"published figures are on {', '.join(splits)}, yours on {yours}: not the same rows"
