"""The job file of a batch, checked before anything is read or encoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from embcmp import toml_file
from embcmp.background.background_text import (
    BackgroundText,
    read_background,
    shipped_background,
)
from embcmp.batch.job_files import (
    PATTERNS,
    FileGroup,
    as_listed,
    file_groups,
    matching_files,
)
from embcmp.choices import (
    CORRECTIONS,
    DEVICES,
    INPUT_FORMATS,
    MARGIN,
    MATCHES,
    MAX_OCCURRENCES,
    MOST_ENCODERS,
    Reading,
)
from embcmp.encoders import DEFAULT_ENCODERS, parse_spec
from embcmp.errors import InputError, SpecError
from embcmp.text.column_roles import KNOWN
from embcmp.text.groups import MANY_FILES
from embcmp.toml_file import FLAG, TABLE, TABLES, Value, one_of, text, texts, whole

SHARD_SIZE = 20_000

_SIMPLE = {
    "seed": whole(0),
    "correct": one_of(CORRECTIONS),
    "match": one_of(MATCHES),
    "draws": whole(1),  # as earlier versions had it; it has no effect
    "margin": Value(lambda value: isinstance(value, float) and 0 < value < 0.5, "between 0 and .5"),
    "device": one_of(DEVICES),
    "senses": FLAG,
    "shard_size": whole(1),
    "background": text("a file in quotes"),
}
_READING = {
    "input_format": one_of(INPUT_FORMATS),
    "encoding": text("the name of an encoding in quotes"),
    "columns": Value(TABLE.fits, 'a table: write [columns], with sentence = "context"'),
    "split": FLAG,
    "context": whole(0),
    "lang": text("the code of a language in quotes"),
    "checked": FLAG,
}
_TOP = {
    "encoders": texts("a list of one or more encoder specs"),
    **_SIMPLE,
    **_READING,
    "word": Value(TABLES.fits, "a list of tables: write [[word]]"),
    "corpus": Value(TABLE.fits, "one table: write [corpus]"),
    "groups": Value(TABLE.fits, 'a table: write [groups], with old = "old/*.txt"'),
}
_WORD = {"word": text("a word in quotes"), "sentences": text("a file in quotes")}
_CORPUS = {
    "words": texts("a list of words, each in quotes"),
    "sentences": PATTERNS,
    "max_per_word": whole(1),
}


@dataclass(frozen=True, slots=True)
class WordFile:
    """A word and the file of its sentences."""

    word: str
    sentences: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Words that are looked for in one pass over many files.

    Attributes:
        words: the words.
        files: paths of the files, in alphabetical order.
        max_per_word: the largest number of uses of a word (in each group if there are groups); of
            more, a sample is drawn.
        groups: the groups of the files, in the order in which they are compared; each file is in
            one of them. Empty if the files are not grouped.
    """

    words: tuple[str, ...]
    files: tuple[str, ...]
    max_per_word: int
    groups: tuple[FileGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """What a job file asks for.

    Attributes:
        path: the job file, resolved; the paths in it are relative to its folder.
        encoders: specs.
        seed: seed for all random sampling.
        correct: the correction of the vector spaces.
        match: which forms of a word count.
        margin: a difference of `auc_macro` below which encoders count as equal.
        device: where transformers run.
        senses: whether to group the uses of each word without their labels, too.
        background: file of background sentences; None for those that come with embcmp.
        shard_size: places in a shard, roughly: a shard has between half and 2.5 times as many.
        words: words with a file each; empty if there is a corpus.
        corpus: files that are searched for all words; None if each word has its own file.
        reading: how the files are read.
    """

    path: Path
    encoders: tuple[str, ...]
    seed: int = 0
    correct: str = CORRECTIONS[0]
    match: str = MATCHES[0]
    margin: float = MARGIN
    device: str = DEVICES[0]
    senses: bool = False
    background: str | None = None
    shard_size: int = SHARD_SIZE
    words: tuple[WordFile, ...] = ()
    corpus: Corpus | None = None
    reading: Reading = field(default_factory=Reading)

    @property
    def folder(self) -> Path:
        """The folder that the paths of the job are relative to."""
        return self.path.parent

    def background_text(self) -> BackgroundText:
        """The background sentences; its path is relative to the working folder.

        Raises:
            InputError: the file cannot be read, or has too few sentences.
        """
        if self.background is None:
            return shipped_background()
        return read_background(self.background, self.reading.lang)

    @property
    def all_words(self) -> tuple[str, ...]:
        """Every word, in alphabetical order."""
        return tuple(sorted(self.corpus.words if self.corpus else [w.word for w in self.words]))

    @property
    def groups(self) -> dict[str, int]:
        """The groups that are compared, in order, with their numbers of files; empty for none.

        Numbers from MANY_FILES on are one, so that another file alone changes no word's results.
        """
        groups = self.corpus.groups if self.corpus else ()
        return {group.name: min(len(group.files), MANY_FILES) for group in groups}


def read_job(path: Path, out: Path | None = None) -> Job:
    """Read a job file.

    Args:
        path: the file.
        out: the folder of the batch. Files in it are not input, even if a pattern matches them.

    Raises:
        InputError: the file cannot be read, is not TOML, has an unknown key or a bad value, names
            a word twice or no word, a pattern of its corpus matches no file, or a file is in two
            groups.
        SpecError: an encoder's spec does not parse.
    """
    table, _ = toml_file.read(path)
    name = str(path)
    toml_file.check(table, _TOP, name)
    if ("word" in table) == ("corpus" in table):
        raise InputError(
            f"{name}: needs either [[word]] tables or one [corpus] table",
            'for example [corpus], words = ["bank"], sentences = ["*.txt"]',
        )
    folder = path.resolve().parent
    job = Job(
        path=path.resolve(),
        encoders=_encoders(table, name, folder),
        words=_words(table, name) if "word" in table else (),
        corpus=_corpus(table, name, folder, out) if "corpus" in table else None,
        reading=_reading(table, name),
        **{key: table[key] for key in _SIMPLE if key in table and key != "draws"},
    )
    twice = [word for word, count in Counter(job.all_words).items() if count > 1]
    if twice:
        raise InputError(f"{name}: the word {twice[0]!r} is named twice", "name each word once")
    return job


def _reading(table: Mapping[str, Any], where: str) -> Reading:
    columns = table.get("columns", {})
    for name, theirs in columns.items():
        if name not in KNOWN or not isinstance(theirs, str):
            raise InputError(
                f"{where}: [columns] has {name} = {theirs!r}",
                f"each key is one of {', '.join(KNOWN)}, and its value is the name of your column",
            )
    return Reading(**{key: table[key] for key in _READING if key in table})


def _encoders(table: Mapping[str, Any], where: str, folder: Path) -> tuple[str, ...]:
    specs = as_listed(table["encoders"]) if "encoders" in table else DEFAULT_ENCODERS
    if len(specs) > MOST_ENCODERS:
        raise InputError(
            f"{where}: encoders has {len(specs):,}", f"at most {MOST_ENCODERS} are allowed"
        )
    try:
        with chdir(folder):
            for spec in specs:
                parse_spec(spec)
    except SpecError as e:
        raise SpecError(f"{where}: {e.message}", e.hint) from e
    return tuple(dict.fromkeys(specs))


def _words(table: Mapping[str, Any], where: str) -> tuple[WordFile, ...]:
    if "groups" in table:
        raise InputError(
            f"{where}: [groups] does not go with [[word]] tables",
            'write [corpus] with words = ["..."] instead of them',
        )
    for number, row in enumerate(table["word"], start=1):
        toml_file.check(row, _WORD, f"{where}: [[word]] {number}", needed=_WORD)
    return tuple(WordFile(*(row[key].strip() for key in _WORD)) for row in table["word"])


def _corpus(table: Mapping[str, Any], where: str, folder: Path, out: Path | None) -> Corpus:
    corpus, grouped = table["corpus"], "groups" in table
    place = f"{where}: [corpus]"
    needed = ("words",) if grouped else ("words", "sentences")
    toml_file.check(corpus, _CORPUS, place, needed=needed)
    if grouped and "sentences" in corpus:
        raise InputError(
            f"{place}: has sentences, and [groups] names files, too",
            "leave out sentences: the files of the groups are the corpus",
        )
    matches = partial(matching_files, folder=folder, out=out, any_format="input_format" in table)
    groups = file_groups(table["groups"], f"{where}: [groups]", folder, matches) if grouped else ()
    return Corpus(
        words=tuple(word.strip() for word in as_listed(corpus["words"])),
        files=tuple(sorted(file for group in groups for file in group.files))
        or matches(as_listed(corpus["sentences"]), place),
        max_per_word=corpus.get("max_per_word", MAX_OCCURRENCES),
        groups=groups,
    )
