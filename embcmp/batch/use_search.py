"""Searching the input of a job for uses of its words, which go into the database."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from embcmp.batch.job import Corpus, Job
from embcmp.batch.plan import Input
from embcmp.batch.use_database import Use, UseDatabase
from embcmp.batch.word_finder import WordFinder
from embcmp.choices import MAX_OCCURRENCES
from embcmp.errors import InputError, ModelError
from embcmp.models.digests import file_digest
from embcmp.text.no_use import why_none
from embcmp.text.sentence_rows import Sentence
from embcmp.text.sentences import read_files, stream_sentences
from embcmp.text.targets import find_occurrences
from embcmp.text.use_sample import priority, sample
from embcmp.types import Occurrence, Progress, Skipped

MOST_SKIPPED = 100  # rows of a word that are listed as skipped


@dataclass
class SearchResult:
    """What a search tells besides the uses, by the numbers of the words.

    Attributes:
        found: number of uses in the input.
        skipped: the first rows that could not be used.
        reasons: why a word has no uses.
    """

    found: dict[int, int] = field(default_factory=dict)
    skipped: dict[int, list[Skipped]] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)

    def skip(self, word: int, row: Skipped) -> None:
        """Note a row that could not be used for a word."""
        rows = self.skipped.setdefault(word, [])
        if len(rows) < MOST_SKIPPED:
            rows.append(row)


def inputs_of(job: Job) -> tuple[Input, ...]:
    """The files that a job reads: path, bytes and sha256; the last two are None if unreadable."""
    paths = job.corpus.files if job.corpus else [w.sentences for w in job.words]
    inputs = []
    for path in sorted(set(paths)):
        try:
            digest: str | None = file_digest(Path(path))
            size: int | None = Path(path).stat().st_size
        except (ModelError, OSError):
            digest = size = None
        inputs.append({"path": path, "bytes": size, "sha256": digest})
    return tuple(inputs)


def search(job: Job, database: UseDatabase, progress: Progress) -> SearchResult:
    """Search the input of a job for uses of its words.

    Raises:
        InputError: a file of a corpus cannot be read, or is not of its format.
    """
    if job.corpus:
        return _search_corpus(job, job.corpus, database, progress)
    return _search_files(job, database, progress)


def _search_corpus(
    job: Job, corpus: Corpus, database: UseDatabase, progress: Progress
) -> SearchResult:
    """One pass over the files of a corpus, for all words."""
    result, words = SearchResult(), job.all_words
    finder = WordFinder(words, job.match, job.reading.lang)
    group_of = {file: group.name for group in corpus.groups for file in group.files}
    rows = 0
    for number, path in enumerate(corpus.files):
        progress(number, len(corpus.files))
        for row_number, row in enumerate(stream_sentences(path, job.reading)):
            rows += 1
            for word, spans in finder.find(row):
                if isinstance(spans, str):
                    result.skip(word, Skipped(row.source, spans))
                    continue
                result.found[word] = result.found.get(word, 0) + len(spans)
                labels = _labels(row.text, row, group_of.get(path, row.group))
                for start, end in spans:
                    rank = priority(job.seed, words[word], row.text, start)
                    database.add(Use(word, rank, number, row_number, start, end, *labels))
    progress(len(corpus.files), len(corpus.files))
    for word in range(len(words)):
        if word not in result.found:
            first = next(iter(result.skipped.get(word, ())), None)
            absent = f"{words[word]!r} does not occur in the {rows} sentences"
            result.reasons[word] = f"{first.source}: {first.reason}" if first else absent
    return result


def _search_files(job: Job, database: UseDatabase, progress: Progress) -> SearchResult:
    """A file for each word; several words may have the same one."""
    result = SearchResult()
    file_of = {w.word: w.sentences for w in job.words}
    numbers = {word: number for number, word in enumerate(job.all_words)}
    read = lru_cache(maxsize=1)(read_files)
    by_file = sorted(file_of, key=lambda word: (file_of[word], word))
    for done, word in enumerate(by_file):
        progress(done, len(by_file))
        number, path = numbers[word], file_of[word]
        try:
            occurrences = find_occurrences(
                read(path, job.reading), word, job.match, job.reading.lang
            )
        except InputError as e:
            result.reasons[number] = str(e)
            continue
        result.found[number] = len(occurrences)
        for skipped in occurrences.skipped:
            result.skip(number, skipped)
        if not occurrences:
            result.reasons[number] = why_none(occurrences, word, path)
        for i, o in enumerate(sample(occurrences, MAX_OCCURRENCES, job.seed)):
            database.add(Use(number, 0, 0, i, o.start, o.end, *_labels(o.sentence, o, o.group)))
    progress(len(by_file), len(by_file))
    return result


def _labels(
    sentence: str, row: Sentence | Occurrence, group: str | None
) -> tuple[str, str | None, str | None, str, str | None, str | None, str]:
    """What is stored of a use besides its place, in the order of `Use`."""
    columns = json.dumps(dict(row.columns), ensure_ascii=True)
    return (
        sentence, row.id, row.sense, _printable(str(row.source)), group, row.unit, columns,
    )  # fmt: skip


def _printable(source: str) -> str:
    return source.encode("utf-8", "backslashreplace").decode()  # a path may be any bytes
