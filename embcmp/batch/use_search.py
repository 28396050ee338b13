"""The uses of a job's words, from its files into the database."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from embcmp.batch.job import Corpus, Job
from embcmp.batch.use_database import Use, UseDatabase
from embcmp.batch.word_finder import WordFinder, priority
from embcmp.choices import MAX_OCCURRENCES
from embcmp.errors import InputError, ModelError
from embcmp.models.verify import file_digest
from embcmp.questions.compare.compare import sample
from embcmp.text.sentences import read_sentences, stream_sentences
from embcmp.text.targets import find_occurrences
from embcmp.types import Progress, Skipped

MOST_SKIPPED = 100  # rows of a word that are listed


@dataclass
class Searched:
    """What was found beside the uses, by the words' numbers.

    Attributes:
        found: how many uses there are, drawn or not.
        skipped: the first rows that could not be used.
        reasons: why a word has no uses.
    """

    found: dict[int, int] = field(default_factory=dict)
    skipped: dict[int, list[Skipped]] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)

    def skip(self, word: int, row: Skipped) -> None:
        """Note that a row could not be used for a word."""
        rows = self.skipped.setdefault(word, [])
        if len(rows) < MOST_SKIPPED:
            rows.append(row)


def inputs_of(job: Job) -> tuple[dict[str, Any], ...]:
    """The files that a job reads: path, bytes and sha256, the last two None where it cannot be."""
    named = job.corpus.files if job.corpus else [w.sentences for w in job.words]
    found: list[dict[str, Any]] = []
    for path in sorted(set(named)):
        try:
            digest: str | None = file_digest(Path(path))
            size: int | None = Path(path).stat().st_size
        except (ModelError, OSError):
            digest = size = None
        found.append({"path": path, "bytes": size, "sha256": digest})
    return tuple(found)


def search(job: Job, database: UseDatabase, progress: Progress) -> Searched:
    """Find the uses of a job's words.

    Raises:
        InputError: a file of a corpus cannot be read, or has not the shape of its format.
    """
    if job.corpus:
        return _search_corpus(job, job.corpus, database, progress)
    return _search_files(job, database, progress)


def _search_corpus(job: Job, corpus: Corpus, database: UseDatabase, progress: Progress) -> Searched:
    """One pass over the files of a corpus, for all words."""
    searched, words = Searched(), job.all_words
    finder = WordFinder(words, job.match)
    rows = 0
    for number, path in enumerate(corpus.files):
        progress(number, len(corpus.files))
        for row_number, row in enumerate(stream_sentences(path)):
            rows += 1
            for word, spans in finder.find(row):
                if isinstance(spans, str):
                    searched.skip(word, Skipped(row.source, spans))
                    continue
                searched.found[word] = searched.found.get(word, 0) + len(spans)
                labels = row.text, row.id, row.sense, _printable(row.source)
                for start, end in spans:
                    rank = priority(job.seed, words[word], row.text, start)
                    database.add(Use(word, rank, number, row_number, start, end, *labels))
    progress(len(corpus.files), len(corpus.files))
    for word in range(len(words)):
        if word not in searched.found:
            first = next(iter(searched.skipped.get(word, ())), None)
            nowhere = f"{words[word]!r} is nowhere in {rows} sentences"
            searched.reasons[word] = f"{first.source}: {first.reason}" if first else nowhere
    return searched


def _search_files(job: Job, database: UseDatabase, progress: Progress) -> Searched:
    """The words' own files; several words may have one file."""
    searched = Searched()
    file_of = {w.word: w.sentences for w in job.words}
    numbers = {word: number for number, word in enumerate(job.all_words)}
    read = lru_cache(maxsize=1)(read_sentences)
    by_file = sorted(file_of, key=lambda word: (file_of[word], word))
    for done, word in enumerate(by_file):
        progress(done, len(by_file))
        number, path = numbers[word], file_of[word]
        try:
            found = find_occurrences(read(path), word, job.match)
        except InputError as e:
            searched.reasons[number] = str(e)
            continue
        searched.found[number] = len(found)
        for skipped in found.skipped:
            searched.skip(number, skipped)
        if not found:
            searched.reasons[number] = _why_none(word, path, found.skipped)
        for i, o in enumerate(sample(found, MAX_OCCURRENCES, job.seed)):
            labels = o.sentence, o.id, o.sense, _printable(str(o.source))
            database.add(Use(number, 0, 0, i, o.start, o.end, *labels))
    progress(len(by_file), len(by_file))
    return searched


def _why_none(word: str, path: str, skipped: tuple[Skipped, ...]) -> str:
    for row in skipped:
        if not row.reason.endswith(" does not occur"):
            return f"{row.source}: {row.reason}"
    if not skipped:
        return f"{path}: no row is about {word!r}"
    return f"{path}: {word!r} is nowhere in {len(skipped)} sentences"


def _printable(source: str) -> str:
    return source.encode("utf-8", "backslashreplace").decode()  # a path may be any bytes
