"""The folder of a batch: the paths of its files, and a lock for one run at a time."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from embcmp.batch.notes import read_sealed, sha256_of
from embcmp.encoders.vector_store import Place, read_rows
from embcmp.errors import OutputError
from embcmp.text.search import is_unicode

BACKGROUND = "background"  # name of the file of the background's vectors, beside those of shards


class BatchFolder:
    """The paths of a batch's files.

    Attributes:
        path: the folder itself.
        manifest: file with the job, inputs, versions, and digests of the other files.
        summary: file with the results over words.
        failures: file with a line for each word without a result.
        rows: file with a row for each number, without its extension (`.csv` and `.parquet`).
        occurrences: folder of the plan and of the shards of places.
        plan: file of the plan.
        words: file with the uses of each word.
        comparisons: folder with a comparison for each word.
        senses: folder with the groups of each word's uses, if the job asks for them.
        changes: folder with how each word changed, if the job has groups of files.
        records: folder with what the summary needs of each word.
        vectors: folder with a folder for each encoder's fingerprint.
        report: folder of the pages.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.manifest = path / "manifest.json"
        self.summary = path / "summary.json"
        self.failures = path / "failures.jsonl"
        self.rows = path / "results"
        self.occurrences = path / "occurrences"
        self.plan = self.occurrences / "plan.json"
        self.words = self.occurrences / "words.parquet"
        self.comparisons = path / "comparisons"
        self.senses = path / "senses"
        self.changes = path / "changes"
        self.records = path / "measured"
        self.vectors = path / "vectors"
        self.report = path / "report"

    def shard(self, name: str) -> Path:
        """The file of a shard's places."""
        return self.occurrences / f"{name}.parquet"

    def comparison(self, word: str) -> Path:
        """The file of a word's comparison."""
        return self.comparisons / f"{file_name(word)}.json"

    def senses_of(self, word: str) -> Path:
        """The file of the groups of a word's uses."""
        return self.senses / f"{file_name(word)}.json"

    def change_of(self, word: str) -> Path:
        """The file of how a word changed."""
        return self.changes / f"{file_name(word)}.json"

    def record(self, word: str) -> Path:
        """The file of what the summary needs of a word."""
        return self.records / f"{file_name(word)}.json"

    def vectors_of(self, fingerprint: str, shard: str) -> Path:
        """The file of an encoder's vectors of a shard, or of BACKGROUND."""
        return self.vectors / fingerprint / f"{shard}.parquet"

    def types_of(self, fingerprint: str) -> Path:
        """The file of an encoder's vectors of the most frequent types."""
        return self.vectors / fingerprint / "types.npy"

    def places(self, shard: str, rows: Sequence[int]) -> list[Place]:
        """Places of a shard, by their rows in it.

        Raises:
            OutputError: the file is damaged.
        """
        table = read_rows(self.shard(shard), rows, ["sentence", "start", "end"])
        return list(zip(*table.to_pydict().values(), strict=True))

    def read_record(self, word: str, made_of: str) -> dict[str, Any] | None:
        """What the summary needs of a word; None if it or a result is damaged or out of date.

        Args:
            word: the word.
            made_of: digest of what the results of the word have to be made of.
        """
        record = read_sealed(self.record(word))
        with contextlib.suppress(OSError):
            if record and record["of"] == made_of:
                results: Mapping[str, str] = record["sha256"]
                whole = all(sha256_of(self.path / name) == results[name] for name in results)
                return record if whole else None
        return None

    def prepare(self) -> None:
        """Make the folders of a batch, and remove unfinished files of a run that was killed."""
        for folder in (self.occurrences, self.comparisons, self.records):
            folder.mkdir(exist_ok=True)
        for pattern in (".*.*", "*/.*.*", "vectors/*/.*.*"):
            for draft in self.path.glob(pattern):
                draft.unlink(missing_ok=True)

    def keep_words(self, words: Collection[str], *, senses: bool, changes: bool) -> None:
        """Remove the results and records of other words, and those that are not asked for."""
        wanted = {file_name(word) for word in words}
        asked_for = {self.senses: senses, self.changes: changes}
        for folder in (self.comparisons, self.records, *asked_for):
            for file in folder.glob("*.json"):
                if file.stem not in wanted or not asked_for.get(folder, True):
                    file.unlink()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder if need be, and lock it; the lock ends with the process at the latest.

        Raises:
            OutputError: another process has the lock, the folder cannot be made or written, or it
                holds files that are not of a batch.
        """
        from filelock import FileLock, Timeout

        path = self.path / ".lock"
        lock = FileLock(path, blocking=False)
        if not is_unicode(str(self.path.absolute())):
            raise OutputError(
                f"{self.path}: its name is not UTF-8, which Parquet's files need",
                "name another folder",
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            of_batch = path.exists() or self.manifest.exists()
            if any(self.path.iterdir()) and not of_batch:
                raise OutputError(
                    f"{self.path}: holds other files", "name a new or an empty folder"
                )
            lock.acquire()
            with contextlib.suppress(PermissionError):  # on Windows a locked file is not writable
                path.write_text(f"{os.getpid()}\n", encoding="ascii")  # for another run's message
        except Timeout as e:
            raise OutputError(
                f"{self.path}: another run is working in it (process {_process_of(path)})",
                "wait for it, or name another folder",
            ) from e
        except OSError as e:
            lock.release()
            raise OutputError(f"{self.path}: cannot be written: {e.strerror}") from e
        try:
            yield
        finally:
            lock.release()


def _process_of(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip() or "unknown"
    except OSError:  # on Windows a locked file cannot be read
        return "unknown"


_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_WITH_DIGEST = re.compile(r".*-[0-9a-f]{8}")
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # of Windows, with any extension
_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 40  # characters of a word in the name of its file


def file_name(word: str) -> str:
    """The name of a word's file, without its extension.

    A word of a few lower-case ASCII letters, digits, `-` and `_` is its own name. The name of any
    other word is its letters and eight digits of its digest, so that words that differ only in
    case or accents have different names on every file system. No name depends on other words.
    """
    plain = (
        _PLAIN.fullmatch(word) and not _WITH_DIGEST.fullmatch(word) and not _DEVICE.fullmatch(word)
    )
    if plain:
        return word
    letters = unicodedata.normalize("NFKD", word[:_LONGEST]).casefold()
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    readable = _OTHER.sub("_", bare)[:_LONGEST].strip("_") or "word"
    digest = sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{readable}-{digest}"
