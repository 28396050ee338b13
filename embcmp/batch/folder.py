"""The folder of a batch: where its files lie, and that one run at a time is at work in it."""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from embcmp.batch.notes import read_sealed, sha256_of
from embcmp.encoders.vector_store import Place, read_rows
from embcmp.errors import OutputError


class BatchFolder:
    """The files of a batch.

    Attributes:
        path: the folder itself.
        manifest: job, inputs and versions, with what each file of the batch should be.
        summary: what was found over words.
        failures: words without a result, a line each.
        rows: a row for each number; the same as `.csv` and as `.parquet`.
        occurrences: folder of the plan: the places of uses in shards.
        plan: what is to be done.
        words: the uses of each word.
        comparisons: folder with a comparison a word.
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
        self.records = path / "measured"
        self.vectors = path / "vectors"
        self.report = path / "report"

    def shard(self, name: str) -> Path:
        """The places of a shard."""
        return self.occurrences / f"{name}.parquet"

    def comparison(self, word: str) -> Path:
        """A word's comparison."""
        return self.comparisons / f"{file_name(word)}.json"

    def record(self, word: str) -> Path:
        """What the summary needs of a word's comparison."""
        return self.records / f"{file_name(word)}.json"

    def vectors_of(self, fingerprint: str, shard: str) -> Path:
        """An encoder's vectors of a shard, or of BACKGROUND."""
        return self.vectors / fingerprint / f"{shard}.parquet"

    def types_of(self, fingerprint: str) -> Path:
        """An encoder's vectors of the most frequent types, which corrections are fitted on."""
        return self.vectors / fingerprint / "types.npy"

    def places(self, shard: str, rows: Sequence[int]) -> list[Place]:
        """Some places of a shard, by their rows in it.

        Raises:
            OutputError: the file is damaged.
        """
        table = read_rows(self.shard(shard), rows, ["sentence", "start", "end"])
        return list(zip(*table.to_pydict().values(), strict=True))

    def read_record(self, word: str, of: str) -> dict[str, Any] | None:
        """The record of a comparison that is whole and was made of the same things, else None."""
        record = read_sealed(self.record(word))
        with contextlib.suppress(OSError):
            if record and (record["of"], record["sha256"]) == (
                of,
                sha256_of(self.comparison(word)),
            ):
                return record
        return None

    def prepare(self) -> None:
        """Make the folders of a batch, and remove the drafts of a run that was killed."""
        for folder in (self.occurrences, self.comparisons, self.records):
            folder.mkdir(exist_ok=True)
        for pattern in (".*.*", "*/.*.*", "vectors/*/.*.*"):
            for draft in self.path.glob(pattern):
                draft.unlink(missing_ok=True)

    def keep_words(self, words: Collection[str]) -> None:
        """Remove the comparisons and records of other words."""
        wanted = {self.comparison(word).name for word in words}
        for folder in (self.comparisons, self.records):
            for file in folder.glob("*.json"):
                if file.name not in wanted:
                    file.unlink()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder, made where there is none; a process that ends, however, lets go of it.

        Raises:
            OutputError: another process holds it, it cannot be made or written, or it holds files
                that are no batch's.
        """
        from filelock import FileLock, Timeout

        path = self.path / ".lock"
        lock = FileLock(path, blocking=False)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            strange = any(self.path.iterdir()) and not path.exists()
            if strange and not self.manifest.exists():
                raise OutputError(
                    f"{self.path}: holds other files", "name a new or an empty folder"
                )
            lock.acquire()
            path.write_text(f"{os.getpid()}\n", encoding="ascii")  # for whoever finds it locked
        except Timeout as e:
            raise OutputError(
                f"{self.path}: another run is at work in it (process {_holder(path)})",
                "wait for it, or name another folder",
            ) from e
        except OSError as e:
            lock.release()
            raise OutputError(f"{self.path}: cannot be written: {e.strerror}") from e
        try:
            yield
        finally:
            lock.release()


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip() or "unknown"
    except OSError:  # Windows lets nobody read a file that is locked
        return "unknown"


BACKGROUND = "background"

_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_MARKED = re.compile(r".*-[0-9a-f]{8}")
_DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # of Windows, with any extension
_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 40  # characters of the word that can be read


def file_name(word: str) -> str:
    """The name of a word's file, without its extension.

    A word of a few small ASCII letters, digits, `-` and `_` is its own name. Any other is made of
    its letters and eight digits of its digest: two words that differ in case or in accents alone,
    which a file system may take for one, have two names. No name depends on the other words.
    """
    plain = _PLAIN.fullmatch(word) and not _MARKED.fullmatch(word) and not _DEVICE.fullmatch(word)
    if plain:
        return word
    letters = unicodedata.normalize("NFKD", word[:_LONGEST]).casefold()
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    readable = _OTHER.sub("_", bare)[:_LONGEST].strip("_") or "word"
    digest = sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{readable}-{digest}"
