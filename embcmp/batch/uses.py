"""The uses of a job's words, from its files into the spool."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from embcmp.batch.find_words import Finder, priority
from embcmp.batch.job import Corpus, Job
from embcmp.batch.spool import Spool, Use
from embcmp.choices import MAX_OCCURRENCES
from embcmp.errors import InputError, ModelError
from embcmp.models.verify import file_digest
from embcmp.questions.compare.compare import sample
from embcmp.text.rows import Sentence
from embcmp.text.sentences import read_sentences, stream_sentences
from embcmp.text.targets import find_occurrences
from embcmp.types import Skipped

MOST_SKIPPED = 100  # rows of a word that are listed

Searched = Callable[[int, int], None]  # (files searched, files)


@dataclass(frozen=True, slots=True)
class Failure:
    """A word that the batch has no result for, and why."""

    word: str
    reason: str


@dataclass
class Filled:
    """What was found beside the uses, by the words' numbers.

    Attributes:
        found: how many uses there are, drawn or not.
        skipped: the first rows that could not be used.
        reasons: why a word has no uses.
    """

    found: dict[int, int] = field(default_factory=dict)
    skipped: dict[int, list[Skipped]] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)


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


def fill(job: Job, spool: Spool, searched: Searched) -> Filled:
    """Find the uses of a job's words.

    Raises:
        InputError: a file of a corpus cannot be read, or has not the shape of its format.
    """
    filled = Filled()
    if job.corpus:
        _search(job, job.corpus, spool, filled, searched)
    else:
        _read(job, spool, filled, searched)
    return filled


def _search(job: Job, corpus: Corpus, spool: Spool, filled: Filled, searched: Searched) -> None:
    """One pass over the files of a corpus, for all words."""
    words = job.all_words
    finder = Finder(words, job.match)
    rows = 0
    for number, path in enumerate(corpus.files):
        searched(number, len(corpus.files))
        for row_number, row in enumerate(stream_sentences(path)):
            rows += 1
            for word, spans in finder.find(row):
                if isinstance(spans, str):
                    _skip(filled, word, Skipped(row.source, spans))
                    continue
                filled.found[word] = filled.found.get(word, 0) + len(spans)
                for start, end in spans:
                    rank = priority(job.seed, words[word], row.text, start)
                    spool.add(_use(word, rank, number, row_number, start, end, row))
    searched(len(corpus.files), len(corpus.files))
    for word in range(len(words)):
        if word not in filled.found:
            first = next(iter(filled.skipped.get(word, ())), None)
            nowhere = f"{words[word]!r} is nowhere in {rows} sentences"
            filled.reasons[word] = f"{first.source}: {first.reason}" if first else nowhere


def _read(job: Job, spool: Spool, filled: Filled, searched: Searched) -> None:
    """The words' own files; several words may have one file."""
    file_of = {w.word: w.sentences for w in job.words}
    numbers = {word: number for number, word in enumerate(job.all_words)}
    read = lru_cache(maxsize=1)(read_sentences)
    by_file = sorted(file_of, key=lambda word: (file_of[word], word))
    for done, word in enumerate(by_file):
        searched(done, len(by_file))
        number, path = numbers[word], file_of[word]
        try:
            found = find_occurrences(read(path), word, job.match)
        except InputError as e:
            filled.reasons[number] = str(e)
            continue
        filled.found[number] = len(found)
        for skipped in found.skipped:
            _skip(filled, number, skipped)
        if not found:
            filled.reasons[number] = _why_none(word, path, found.skipped)
        for i, o in enumerate(sample(found, MAX_OCCURRENCES, job.seed)):
            row = Sentence(o.sentence, str(o.source), o.id, o.sense)
            spool.add(_use(number, 0, 0, i, o.start, o.end, row))
    searched(len(by_file), len(by_file))


def _why_none(word: str, path: str, skipped: tuple[Skipped, ...]) -> str:
    for row in skipped:
        if not row.reason.endswith(" does not occur"):
            return f"{row.source}: {row.reason}"
    if not skipped:
        return f"{path}: no row is about {word!r}"
    return f"{path}: {word!r} is nowhere in {len(skipped)} sentences"


def _skip(filled: Filled, word: int, row: Skipped) -> None:
    listed = filled.skipped.setdefault(word, [])
    if len(listed) < MOST_SKIPPED:
        listed.append(row)


def _use(word: int, rank: int, file: int, number: int, start: int, end: int, row: Sentence) -> Use:
    source = row.source.encode("utf-8", "backslashreplace").decode()  # a path may be any bytes
    return Use(word, rank, file, number, start, end, row.text, row.id, row.sense, source)


def names(given: Iterable[str]) -> Iterator[str]:
    """Ids for uses: what is given, and where it is there already, with a number."""
    used: set[str] = set()
    for name in given:
        numbered = (f"{name}.{n}" for n in range(2, len(used) + 3))
        free = next(one for one in chain([name], numbered) if one not in used)
        used.add(free)
        yield free
