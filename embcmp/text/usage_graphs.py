"""Word usage graphs (Schlechtweg et al. 2021): `uses.csv`, alone or in the folder of a data set."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from embcmp.errors import InputError
from embcmp.text.delimited_text import TAB
from embcmp.text.input_files import TextFile, opened
from embcmp.text.sentence_rows import Sentence

USES = "uses.csv"
_CONTEXT = "context"
_PLACES = ("indexes_target_token", "indexes_target")  # the newer name and the older one
_PART_OF_SPEECH = re.compile(r"_[a-z]{2,4}$")  # plane_nn
_SPAN = re.compile(r"(?<!\d)(\d{1,9}):(\d{1,9})(?!\d)")
_KEPT = ("lemma", "pos", "date", "description")
_NOISE = "-1"  # the cluster of the uses that belong to none


def is_usage_graph(names: list[str]) -> bool:
    """Whether a table's columns are those of `uses.csv`."""
    return _CONTEXT in names and any(place in names for place in _PLACES)


def files_of(folder: Path) -> list[Path]:
    """The files of uses in the folder of a data set, sorted; none where it is no such folder."""
    return sorted({*folder.glob(USES), *folder.glob(f"data/*/{USES}"), *folder.glob(f"*/{USES}")})


def read_usage_graph(file: TextFile) -> Iterator[Sentence]:
    """The uses of a word usage graph.

    There is no quoting. The sentence is the whole `context`; `group` is the `grouping`, `unit` the
    document (the `identifier` up to `.txt`), `word` the lemma without its part of speech, and
    `sense` the cluster in `clusters/opt` where the data set has them. A target of several parts
    that do not stand together is left out.

    Raises:
        InputError: the file has not the columns of `uses.csv`.
    """
    lines = file.lines()
    number, header = next(lines, (1, ""))
    names = header.split(TAB)
    if not is_usage_graph(names):
        raise InputError(
            f"{file.name}:{number}: has no `{_CONTEXT}` and `{_PLACES[0]}`, the columns of a word"
            " usage graph",
            "give uses.csv, or the folder that holds it",
        )
    place = next(name for name in _PLACES if name in names)
    clusters: dict[str, dict[str, str]] = {}
    for number, line in lines:
        if not line.strip():
            continue
        cells = line.split(TAB)
        source = f"{file.name}:{number}"
        if len(cells) != len(names):
            raise InputError(
                f"{source}: has {len(cells)} fields where the header has {len(names)}",
                "a TAB separates the fields, and quotes do not protect it",
            )
        row = dict(zip(names, cells, strict=True))
        lemma = row.get("lemma", "").strip()
        if lemma not in clusters:
            clusters[lemma] = _clusters(Path(file.name), lemma)
        identifier = row.get("identifier", "").strip()
        spans = [(int(a), int(b)) for a, b in _SPAN.findall(row[place])]
        start, end, problem = _one_span(spans, row[place], row[_CONTEXT])
        yield Sentence(
            row[_CONTEXT],
            source,
            id=identifier or None,
            sense=clusters[lemma].get(identifier),
            group=row.get("grouping", "").strip() or None,
            unit=_document(identifier),
            word=_PART_OF_SPEECH.sub("", lemma).replace("_", " ") or None,
            start=start,
            end=end,
            problem=problem,
            columns={name: row[name] for name in _KEPT if row.get(name, "").strip()},
        )


def _one_span(
    spans: list[tuple[int, int]], written: str, context: str
) -> tuple[int | None, int | None, str | None]:
    if not spans:
        return None, None, f"{written!r} is no place start:end"
    spans = sorted(spans)
    for (_, end), (start, _) in pairwise(spans):
        if context[end:start].strip():
            return None, None, f"the target stands in parts that are not together ({written})"
    return spans[0][0], spans[-1][1], None


def _document(identifier: str) -> str | None:
    return identifier.partition(".txt")[0] or None


def _clusters(uses: Path, lemma: str) -> dict[str, str]:
    """The senses of a word's uses, by identifier, where the data set has them."""
    for root in (uses.parent, *uses.parents[1:3]):
        path = root / "clusters" / "opt" / f"{lemma}.csv"
        if lemma and path.is_file():
            with opened(path) as file:
                rows = csv.DictReader(
                    (line for _, line in file.lines()), delimiter=TAB, quoting=csv.QUOTE_NONE
                )
                return {
                    row["identifier"]: row["cluster"]
                    for row in rows
                    if row.get("cluster", _NOISE) != _NOISE
                }
    return {}
