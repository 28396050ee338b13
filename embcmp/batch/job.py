"""The job file of a batch, checked before anything is read or encoded."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embcmp import toml_file
from embcmp.choices import CORRECTIONS, DEVICES, DRAWS, MATCHES, MAX_OCCURRENCES
from embcmp.encoders import DEFAULT_ENCODERS, parse_spec
from embcmp.errors import InputError, SpecError
from embcmp.text.readers import READERS
from embcmp.toml_file import TABLE, TABLES, Value, one_of, text, texts, whole

SHARD_SIZE = 20_000
FEWEST_DRAWS = 100

_TOP = {
    "encoders": texts("a list of encoder specs"),
    "seed": whole(0),
    "correct": one_of(CORRECTIONS),
    "match": one_of(MATCHES),
    "draws": whole(FEWEST_DRAWS),
    "device": one_of(DEVICES),
    "shard_size": whole(1),
    "word": Value(TABLES.fits, "a list of tables: write [[word]]"),
    "corpus": Value(TABLE.fits, "one table: write [corpus]"),
}
_WORD = {"word": text("a word in quotes"), "sentences": text("a file in quotes")}
_CORPUS = {
    "words": texts("a list of words, each in quotes"),
    "sentences": texts("a list of files or patterns, each in quotes"),
    "max_per_word": whole(1),
}


@dataclass(frozen=True, slots=True)
class WordFile:
    """A word and the file of its sentences."""

    word: str
    sentences: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Words that one pass over many files finds.

    Attributes:
        words: what to look for.
        files: where, in alphabetical order.
        max_per_word: beyond it, a sample is drawn.
    """

    words: tuple[str, ...]
    files: tuple[str, ...]
    max_per_word: int


@dataclass(frozen=True, slots=True)
class Job:
    """What a job file asks for.

    Attributes:
        path: the job file, resolved; what it names is relative to its folder.
        encoders: specs.
        seed: of everything that is drawn.
        correct: the correction of the spaces.
        match: which forms of a word count.
        draws: of the bootstrap.
        device: where transformers run.
        shard_size: occurrences in a shard, about: from half of it to two and a half times.
        words: words with a file each; empty where there is a corpus.
        corpus: files that are searched for all words; None where each word has its own.
    """

    path: Path
    encoders: tuple[str, ...]
    seed: int = 0
    correct: str = "none"
    match: str = "word"
    draws: int = DRAWS
    device: str = "auto"
    shard_size: int = SHARD_SIZE
    words: tuple[WordFile, ...] = ()
    corpus: Corpus | None = None

    @property
    def folder(self) -> Path:
        """Where the paths of the job start."""
        return self.path.parent

    @property
    def all_words(self) -> tuple[str, ...]:
        """Every word, in alphabetical order."""
        return tuple(sorted(self.corpus.words if self.corpus else [w.word for w in self.words]))


def read_job(path: Path, out: Path | None = None) -> Job:
    """Read a job file.

    Args:
        path: the file.
        out: the batch's folder. A pattern may match what an earlier run wrote there, which is no
            input.

    Raises:
        InputError: it cannot be read, is not TOML, has an unknown key or a value that cannot be,
            names a word twice or no word, or a corpus without files.
        SpecError: an encoder's spec does not parse.
    """
    found, _ = toml_file.read(path)
    name = str(path)
    toml_file.check(found, _TOP, name)
    if ("word" in found) == ("corpus" in found):
        raise InputError(
            f"{name}: needs either [[word]] tables or one [corpus] table",
            'for example [corpus], words = ["bank"], sentences = ["*.txt"]',
        )
    folder = path.resolve().parent
    job = Job(
        path=path.resolve(),
        encoders=_encoders(found, name, folder),
        seed=found.get("seed", 0),
        correct=found.get("correct", CORRECTIONS[0]),
        match=found.get("match", MATCHES[0]),
        draws=found.get("draws", DRAWS),
        device=found.get("device", DEVICES[0]),
        shard_size=found.get("shard_size", SHARD_SIZE),
        words=_words(found["word"], name) if "word" in found else (),
        corpus=_corpus(found["corpus"], name, folder, out) if "corpus" in found else None,
    )
    twice = [word for word, count in Counter(job.all_words).items() if count > 1]
    if twice:
        raise InputError(f"{name}: the word {twice[0]!r} is there twice", "name each word once")
    return job


def _encoders(table: Mapping[str, Any], where: str, folder: Path) -> tuple[str, ...]:
    specs = _listed(table["encoders"]) if "encoders" in table else DEFAULT_ENCODERS
    try:
        with chdir(folder):
            for spec in specs:
                parse_spec(spec)
    except SpecError as e:
        raise SpecError(f"{where}: {e.message}", e.hint) from e
    return tuple(dict.fromkeys(specs))


def _listed(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _words(tables: list[dict[str, str]], where: str) -> tuple[WordFile, ...]:
    for number, table in enumerate(tables, start=1):
        toml_file.check(table, _WORD, f"{where}: [[word]] {number}", needed=_WORD)
    return tuple(WordFile(*(table[key].strip() for key in _WORD)) for table in tables)


def _corpus(table: dict[str, Any], where: str, folder: Path, out: Path | None) -> Corpus:
    place = f"{where}: [corpus]"
    toml_file.check(table, _CORPUS, place, needed=("words", "sentences"))
    return Corpus(
        words=tuple(word.strip() for word in _listed(table["words"])),
        files=_files(_listed(table["sentences"]), place, folder, out),
        max_per_word=table.get("max_per_word", MAX_OCCURRENCES),
    )


def _files(patterns: Sequence[str], where: str, folder: Path, out: Path | None) -> tuple[str, ...]:
    """The files that patterns match, all of known formats, so that no search stops halfway."""
    found: set[str] = set()
    for pattern in patterns:
        matching = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207  Path.glob refuses absolute patterns
        files = [f for f in sorted(matching) if _is_input(folder / f, out)]
        if not files:
            raise InputError(f"{where}: no file matches {pattern!r}", "check the path")
        for file in files:
            if Path(file).suffix.lower().removeprefix(".") not in READERS:
                raise InputError(
                    f"{where}: {pattern!r} matches {file!r}, which is no file of sentences",
                    f"known are {', '.join(f'*.{name}' for name in READERS)}",
                )
        found.update(files)
    return tuple(sorted(found))


def _is_input(path: Path, out: Path | None) -> bool:
    return path.is_file() and not (out and path.resolve().is_relative_to(out.resolve()))
