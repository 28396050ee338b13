"""Diachronic word usage graphs (Schlechtweg et al. 2021, 2024): words with scores of change.

The uses are in `data/<lemma>/uses.csv`; `stats_groupings.csv`, in `stats/opt` or in `stats`, has a
row for each word and pair of groups, with people's scores in the columns `change_graded`,
`change_binary` and `COMPARE`. There is no quoting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from unicodedata import normalize

from embcmp.choices import Reading
from embcmp.errors import InputError
from embcmp.evaluation.change_task import COLUMNS
from embcmp.evaluation.gold_rows import Graph, Part
from embcmp.evaluation.readers.occurrences import number, refuse_twice
from embcmp.evaluation.readers.published_files import Row, quoted
from embcmp.questions.compare.compared_groups import ComparedGroups
from embcmp.render.numbers import plural
from embcmp.text.groups import group_names
from embcmp.text.sentence_rows import Sentence
from embcmp.text.sentences import read_files
from embcmp.text.targets import Found, find_occurrences
from embcmp.text.usage_graphs import USES, files_of
from embcmp.types import Occurrence, Skipped

_SCORES = ("stats/opt/stats_groupings.csv", "stats/stats_groupings.csv")


def read(path: Path) -> Part:
    """Read the words that have scores. Each use is taken with its whole context.

    Args:
        path: The folder of the data set.

    Raises:
        InputError: The folder is no such data set, has no scores, or a file has another format.
    """
    scores = _scores_file(path)
    sentences = read_files([path], Reading())
    found = _uses_by_lemma(sentences)
    table = [(f"{scores}:{line}", row) for line, row in quoted(scores, ("lemma",), "\t")]
    refuse_twice((_id(row), source) for source, row in table)
    graphs, skipped, noted = [], [], []
    for source, row in table:
        graph = _graph(source, row, found.get(_composed(row["lemma"]), ()))
        if isinstance(graph, str):
            skipped.append(Skipped(source, graph))
        else:
            graphs.append(graph)
            noted += [Skipped(source, note) for note in graph.compared.notes]
    scored = {_composed(row["lemma"]) for _, row in table}
    for lemma, uses in found.items():
        if lemma in scored:
            skipped += uses.skipped
            noted += [Skipped(f"{path}: {lemma}", note) for note in uses.notes]
        else:
            skipped.append(Skipped(f"{path}: {lemma}", f"has no scores in {scores.name}"))
    files = (scores, *map(Path, sentences.files))
    return Part(graphs, path.resolve().name, tuple(skipped), tuple(noted), files)


def _scores_file(path: Path) -> Path:
    if not (path.is_dir() and files_of(path)):
        raise InputError(
            f"{path}: is no data set of word usage graphs, which has data/*/{USES}",
            "name the folder that holds `data` and `stats`",
        )
    files = [path / name for name in _SCORES]
    if not (there := [file for file in files if file.is_file()]):
        raise InputError(
            f"{files[0]}: there is no such file", "without people's scores nothing can be scored"
        )
    return there[0]


def _uses_by_lemma(sentences: Iterable[Sentence]) -> dict[str, Found]:
    by_lemma: dict[str, list[Sentence]] = {}
    for row in sentences:
        if row.word:
            by_lemma.setdefault(_composed(row.columns["lemma"]), []).append(row)
    return {lemma: find_occurrences(rows, rows[0].word or "") for lemma, rows in by_lemma.items()}


def _graph(source: str, row: Row, uses: Sequence[Occurrence]) -> Graph | str:
    """A word with its scores, or why it cannot be scored."""
    gold = {name: value for name in COLUMNS if (value := number(row.get(name, ""))) is not None}
    if not gold:
        return f"has no {', '.join(COLUMNS)}"
    names = group_names(uses)
    pair = row.get("grouping", "").split("_")
    chosen = pair if len(pair) == 2 and set(pair) <= set(names) else names
    if len(chosen) != 2:
        return f"{row['lemma']} has uses in {plural(len(names), 'group')}, not in two"
    compared = ComparedGroups.of(uses, chosen, len(uses))
    return compared.undefined((0, 1)) or Graph(_id(row), compared, gold, source)


def _id(row: Row) -> str:
    return f"{row['lemma']} {row.get('grouping', '')}".strip()


def _composed(lemma: str) -> str:
    """Some data sets write accents in one way in one file and in another way in another file."""
    return normalize("NFC", lemma.strip())
