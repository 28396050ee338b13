"""Reading sentences from whatever files the user has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from embcmp.choices import Reading
from embcmp.errors import InputError, UsageError
from embcmp.text.input_files import STANDARD_INPUT, files_meant, is_folder, name_of, opened
from embcmp.text.readers import READERS, format_of, is_known, read_file
from embcmp.text.sentence_rows import Sentence, as_checked
from embcmp.text.usage_graphs import files_of

__all__ = ["Sentence", "Sentences", "read_files", "read_sentences", "stream_sentences"]

Paths = str | Path | Sequence[str | Path]
_FIRST = 1000  # rows


class Sentences(list[Sentence]):
    """Sentences in the order of the input.

    Attributes:
        notes: what was not taken as it stands in a file, a sentence each.
        files: the files that the sentences come from.
    """

    def __init__(
        self,
        sentences: Iterable[Sentence] = (),
        notes: Iterable[str] = (),
        files: Iterable[str] = (),
    ) -> None:
        super().__init__(sentences)
        self.notes = tuple(notes)
        self.files = tuple(files)


def read_sentences(
    paths: Paths,
    input_format: str | None = None,
    *,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
    split: bool = False,
    context: int = 0,
    lang: str = "en",
    checked: bool = False,
) -> Sentences:
    r"""Read files of sentences.

    A path is a file, a folder (all files in it whose format is known), a pattern such as
    `old/*.txt`, or `-` for standard input. Files may be compressed (gz, bz2, xz, zst). The format
    is recognized by the extension and the content; docs/reference/formats.md lists them all.

    Args:
        paths: one path or several.
        input_format: txt, text, tsv, csv, jsonl, parquet, xlsx, kwic, conllu, vrt or wug; needed if
            the extension does not show it. Standard input is txt.
        encoding: the encoding of the text if it is not UTF-8 and has no byte-order mark, e.g.
            "cp1252".
        columns: what your columns are called, by embcmp's names, e.g. {"sentence": "context"}.
        split: split the text of each row into sentences.
        context: how many sentences to add on each side of the sentence with the target.
        lang: the code of the text's language, which decides how it is split.
        checked: whether a person has checked the labels that a column `sense_source` says were
            made from vectors, so that they count as any labels.

    Raises:
        InputError: a file cannot be read, has no sentences, or breaks the rules of its format;
            an id occurs twice in one file.
        UsageError: there is no such format or encoding, or `context` is negative.
    """
    return read_files(
        paths,
        Reading(input_format, encoding, dict(columns or {}), split, context, lang, checked=checked),
    )


def read_files(paths: Paths, reading: Reading) -> Sentences:
    """Read files of sentences as `read_sentences` does, with its options in one object.

    Raises:
        InputError: see `read_sentences`.
        UsageError: see `read_sentences`.
    """
    stream = SentenceStream(paths, reading)
    rows = list(stream)
    return Sentences(map(stream.renamed, rows), stream.notes, stream.files)


class SentenceStream:
    """Sentences that are read one at a time and once, so that few of them are in memory at once.

    Args:
        paths: one path or several.
        reading: the options of `read_sentences`.

    Attributes:
        files: the files that are meant.
        notes: what was not taken as it stands in a file; complete when all was read.
        ids: the ids that one file has; complete when all was read.
        shared: the ids that several files have.
        first: the first rows, for messages.

    Raises:
        InputError: a file is of no known format; when they are read, see `read_sentences`.
        UsageError: see `read_sentences`.
    """

    def __init__(self, paths: Paths, reading: Reading) -> None:
        self._reading = reading
        self.notes: dict[str, None] = {}
        self._files = _files(paths, reading, self.notes)
        self.files = tuple(str(path) for path, _ in self._files)
        self.ids: set[str] = set()
        self.first: list[Sentence] = []
        self.shared: set[str] = set()

    def __iter__(self) -> Iterator[Sentence]:
        for path, form in self._files:
            sources: dict[str, str] = {}  # of the ids of this file
            for sentence in _stream(path, form, self._reading, self.notes):
                if len(self.first) < _FIRST:
                    self.first.append(sentence)
                if sentence.id is not None:
                    _refuse_twice(sentence.id, sentence.source, sources)
                yield sentence
            self.shared |= self.ids & sources.keys()
            self.ids |= sources.keys()
        self.ids -= self.shared
        if not self.first:
            named = ", ".join(name_of(path) for path, _ in self._files[:3])
            raise InputError(f"{named}: has no sentences", "give at least one")

    def own_id(self, id: str, source: str | None) -> str:
        """An id, with the name of its row's file if another file has the same id."""
        return f"{str(source).rpartition(':')[0]}:{id}" if id in self.shared else id

    def renamed(self, sentence: Sentence) -> Sentence:
        """A sentence with its own id."""
        if sentence.id is None or sentence.id not in self.shared:
            return sentence
        return replace(sentence, id=self.own_id(sentence.id, sentence.source))


def stream_sentences(
    paths: Paths, reading: Reading | None = None, notes: dict[str, None] | None = None
) -> Iterator[Sentence]:
    """Yield sentences one at a time, so that a file may be larger than the memory.

    Ids are not compared, and a file without a sentence is no error.

    Args:
        paths: one path or several.
        reading: the options of `read_sentences`.
        notes: a dict that gets the notes about the files as its keys.

    Raises:
        InputError: a file cannot be read, or has not the shape of its format.
        UsageError: there is no such format or encoding, or `context` is negative.
    """
    reading = reading or Reading()
    notes = {} if notes is None else notes
    for path, form in _files(paths, reading, notes):
        yield from _stream(path, form, reading, notes)


def _files(paths: Paths, reading: Reading, notes: dict[str, None]) -> list[tuple[str | Path, str]]:
    """The files that are meant, each with its format."""
    _check(reading)
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    files: list[tuple[str | Path, str]] = []
    for path in given:
        graphs = files_of(Path(path)) if is_folder(path) else []
        if graphs and reading.input_format in (None, "wug"):
            files += [(graph, "wug") for graph in graphs]
            continue
        known = is_known if reading.input_format is None else (lambda _: True)
        meant, said = files_meant([path], known)
        notes |= dict.fromkeys(said)
        files += [(file, reading.input_format or _format_of(file)) for file in meant]
    once = {str(path): (path, form) for path, form in files}
    if twice := len(files) - len(once):
        notes[f"files named twice are read once ({twice})"] = None
    return list(once.values())


def _check(reading: Reading) -> None:
    if reading.input_format is not None and reading.input_format not in READERS:
        raise UsageError(
            f"there is no input format {reading.input_format!r}",
            f"choose from {', '.join(READERS)}",
        )
    if reading.encoding is not None:
        try:
            # Some codecs encode alone, or refuse what the start of a file is read with.
            "\n".encode(reading.encoding)
            b"\n\n\n\n".decode(reading.encoding, "replace")
        except (LookupError, ValueError) as e:
            raise UsageError(
                f"there is no encoding {reading.encoding!r}", "for example utf-8, cp1252, utf-16"
            ) from e
    if reading.context < 0:
        raise UsageError(f"context is {reading.context}", "it is a number of sentences")


def _stream(
    path: str | Path, form: str, reading: Reading, notes: dict[str, None]
) -> Iterator[Sentence]:
    with opened(path, reading.encoding) as file:
        file.notes = notes
        if file.sample:
            rows = read_file(file, form, reading)
            yield from map(as_checked, rows) if reading.checked else rows


def _format_of(path: str | Path) -> str:
    if str(path) == STANDARD_INPUT:
        return "txt"
    form = format_of(path)
    if form is None:
        known = ", ".join(READERS)
        raise InputError(
            f"{path}: the extension does not show its format", f"use --input-format, one of {known}"
        )
    return form


def _refuse_twice(id: str, source: str, sources: dict[str, str]) -> None:
    first = sources.setdefault(id, source)
    if first != source:
        raise InputError(
            f"{source}: the id {id!r} is given twice, first at {first}",
            "make the ids unique or leave the column out",
        )
