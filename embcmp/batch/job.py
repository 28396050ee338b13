"""The job file of a batch, checked before anything is read or encoded."""

from __future__ import annotations

import glob
import tomllib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embcmp.choices import CORRECTIONS, DEVICES, DRAWS, MATCHES, MAX_OCCURRENCES, did_you_mean
from embcmp.encoders import DEFAULT_ENCODERS, parse_spec
from embcmp.errors import InputError, SpecError
from embcmp.text.readers import READERS

SHARD_SIZE = 20_000
FEWEST_DRAWS = 100

_TOP = (
    "encoders", "seed", "correct", "match", "draws", "device", "shard_size", "word", "corpus",
)  # fmt: skip
_WORD = ("word", "sentences")
_CORPUS = ("words", "sentences", "max_per_word")


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
    found = _toml(path)
    name = str(path)
    _known(found, _TOP, name)
    if ("word" in found) == ("corpus" in found):
        raise InputError(
            f"{name}: needs either [[word]] tables or one [corpus] table",
            'for example [corpus], words = ["bank"], sentences = ["*.txt"]',
        )
    folder = path.resolve().parent
    job = Job(
        path=path.resolve(),
        encoders=_encoders(found, name, folder),
        seed=_whole(found, "seed", 0, 0, name),
        correct=_one_of(found, "correct", CORRECTIONS, name),
        match=_one_of(found, "match", MATCHES, name),
        draws=_whole(found, "draws", DRAWS, FEWEST_DRAWS, name),
        device=_one_of(found, "device", DEVICES, name),
        shard_size=_whole(found, "shard_size", SHARD_SIZE, 1, name),
        words=_words(found["word"], name) if "word" in found else (),
        corpus=_corpus(found["corpus"], name, folder, out) if "corpus" in found else None,
    )
    twice = [word for word, count in Counter(job.all_words).items() if count > 1]
    if twice:
        raise InputError(f"{name}: the word {twice[0]!r} is there twice", "name each word once")
    return job


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as f:
            return tomllib.load(f)
    except FileNotFoundError as e:
        raise InputError(f"{path}: there is no such file", "check the path") from e
    except OSError as e:
        raise InputError(f"{path}: cannot be read: {e.strerror}", "check the path") from e
    except UnicodeDecodeError as e:
        raise InputError(f"{path}: is not UTF-8", "save it as UTF-8") from e
    except (ValueError, RecursionError) as e:  # a number of too many digits, too many brackets
        raise InputError(f"{path}: is not TOML: {e}", "see docs/batch.md for an example") from e


def _known(table: Mapping[str, Any], keys: Collection[str], where: str) -> None:
    """Refuse a key that has no meaning, and say which one may be meant."""
    for key in table:
        if key not in keys:
            raise InputError(f"{where}: there is no key {key!r}", did_you_mean(key, keys))


def _encoders(table: Mapping[str, Any], where: str, folder: Path) -> tuple[str, ...]:
    specs = _strings(table, "encoders", where) if "encoders" in table else DEFAULT_ENCODERS
    try:
        with chdir(folder):
            for spec in specs:
                parse_spec(spec)
    except SpecError as e:
        raise SpecError(f"{where}: {e.message}", e.hint) from e
    return tuple(dict.fromkeys(specs))


def _words(tables: object, where: str) -> tuple[WordFile, ...]:
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise InputError(f"{where}: `word` is no list of tables", "write [[word]]")
    found = []
    for number, table in enumerate(tables, start=1):
        place = f"{where}: [[word]] {number}"
        _known(table, _WORD, place)
        found.append(WordFile(*(_text(table, key, place).strip() for key in _WORD)))
    return tuple(found)


def _corpus(table: object, where: str, folder: Path, out: Path | None) -> Corpus:
    place = f"{where}: [corpus]"
    if not isinstance(table, dict):
        raise InputError(f"{place} is no table", "there is one: [corpus]")
    _known(table, _CORPUS, place)
    return Corpus(
        words=tuple(word.strip() for word in _strings(table, "words", place)),
        files=_files(_strings(table, "sentences", place), place, folder, out),
        max_per_word=_whole(table, "max_per_word", MAX_OCCURRENCES, 1, place),
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


def _strings(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """One string or a list of them, none of them blank."""
    value = table.get(key)
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed:
        raise InputError(f"{where}: `{key}` must be a list of strings", "name at least one")
    if not all(isinstance(one, str) and one.strip() for one in listed):
        raise InputError(f"{where}: `{key}` holds what is no string, or is blank", "use quotes")
    return tuple(listed)


def _text(table: Mapping[str, Any], key: str, where: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where}: `{key}` must be a string", f"give {key} in quotes")
    return value


def _whole(table: Mapping[str, Any], key: str, default: int, least: int, where: str) -> int:
    value = table.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise InputError(f"{where}: `{key}` cannot be {value!r}", f"a whole number from {least}")
    return value


def _one_of(table: Mapping[str, Any], key: str, values: Collection[str], where: str) -> str:
    first = next(iter(values))
    value = table.get(key, first)
    if value not in values:
        raise InputError(f"{where}: `{key}` cannot be {value!r}", f"it is {', '.join(values)}")
    return str(value)
