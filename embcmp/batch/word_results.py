"""One word measured: its comparison in a file, and beside it what the summary over words needs."""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from embcmp import __version__
from embcmp.batch.encoder_folder import Prepared
from embcmp.batch.plan import Plan
from embcmp.batch.shards import digest_of, read_note, read_sealed, sha256_of, write_sealed
from embcmp.batch.vectors import vectors_file
from embcmp.batch.word_uses import WordUses, uses_of
from embcmp.cache import write_whole
from embcmp.choices import Options
from embcmp.questions.compare.compare import compare
from embcmp.questions.compare.json import to_json
from embcmp.types import Comparison, Result

COMPARISONS, MEASURED = "comparisons", "measured"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class How:
    """What the numbers of a word depend on, beside its uses and the encoders.

    Attributes:
        seed: of everything that is drawn.
        correct: the correction of the spaces.
        draws: of the bootstrap.
        match: how the word was looked for.
        device: where transformers ran.
    """

    seed: int
    correct: str
    draws: int
    match: str
    device: str


def comparison_file(out: Path, word: str) -> Path:
    """Where a word's comparison is."""
    return out / COMPARISONS / f"{file_name(word)}.json"


def record_file(out: Path, word: str) -> Path:
    """Where the record of a word's comparison is."""
    return out / MEASURED / f"{file_name(word)}.json"


def depends_on(digest: str, encoders: Sequence[Prepared], how: How, source: dict[str, Any]) -> str:
    """A digest of all that a word's numbers depend on."""
    who = [[e.info.spec, e.info.name, e.info.fingerprint] for e in encoders]
    return digest_of(FORMAT, __version__, digest, who, asdict(how), source)


def record_of(out: Path, word: str, of: str) -> dict[str, Any] | None:
    """The record of a comparison that is whole and still holds, else None."""
    record = read_sealed(record_file(out, word))
    if record is None or record["of"] != of:
        return None
    with contextlib.suppress(OSError):
        if record["sha256"] == sha256_of(comparison_file(out, word)):
            return record
    return None


def measure(
    plan: Plan,
    number: int,
    encoders: Sequence[Prepared],
    how: How,
    source: dict[str, Any],
    out: Path,
) -> None:
    """Measure a planned word from its stored vectors, and write what was found.

    Args:
        plan: of the batch.
        number: of the word in it.
        encoders: of the job, in its order.
        how: to measure.
        source: the word's input, for the manifest: `path` and `sha256`.
        out: the batch's folder.

    Raises:
        OutputError: a file is damaged, or the folder cannot be written.
    """
    word = plan.words[number]
    uses = uses_of(plan, number, out)
    places = {
        (o.sentence, o.start, o.end): (plan.shards[shard].name, row)
        for o, (shard, row) in zip(uses.occurrences, uses.places, strict=True)
    }
    found = compare(
        uses.occurrences,
        [e.stored(out, places) for e in encoders],
        correct=how.correct,
        draws=how.draws,
        seed=how.seed,
        max_occurrences=len(uses.occurrences),
    )
    found = _told(found, uses, plan, encoders, how, source, out)
    write_whole(comparison_file(out, word.word), to_json(found, full=True) + "\n")
    record = _record(found, depends_on(word.digest, encoders, how, source), out)
    write_sealed(record_file(out, word.word), record)


def _told(
    found: Comparison,
    uses: WordUses,
    plan: Plan,
    encoders: Sequence[Prepared],
    how: How,
    source: dict[str, Any],
    out: Path,
) -> Comparison:
    """With what only the batch knows: the sample, what was left out, and the time of encoding."""
    used = len(uses.occurrences)
    sampled = f"{used} of {uses.found} occurrences are used, a sample drawn with seed {how.seed}"
    times = {e.info.name: (e.load_seconds, _seconds(uses, plan, e, out)) for e in encoders}
    options = Options(how.match, used, draws=how.draws, device=how.device)
    return replace(
        found,
        results=tuple(_timed(r, *times[r.info.name]) for r in found.results),
        warnings=((sampled,) if used < uses.found else ()) + found.warnings,
        skipped=uses.skipped,
        manifest={
            **found.manifest,
            "threads": max(e.threads for e in encoders),
            "peak_memory_bytes": None,  # that of the batch is in its own manifest
            "input": source,
            "options": asdict(options),
        },
    )


def _timed(result: Result, load: float, encode: float) -> Result:
    return replace(result, load_seconds=load, encode_seconds=encode)


def _seconds(uses: WordUses, plan: Plan, encoder: Prepared, out: Path) -> float:
    """The word's share of the time that its shards took."""
    total = 0.0
    for shard, rows in Counter(shard for shard, _ in set(uses.places)).items():
        name = plan.shards[shard].name
        note = read_note(vectors_file(out, encoder.info.fingerprint, name))
        total += note.seconds * rows / note.rows if note else 0.0
    return total


def _record(found: Comparison, of: str, out: Path) -> dict[str, Any]:
    senses = {o.sense for o in found.occurrences if o.sense is not None}
    return {
        "of": of,
        "sha256": sha256_of(comparison_file(out, found.word)),
        "word": found.word,
        "n": len(found.occurrences),
        "senses": len(senses),
        "results": [
            {
                "name": r.name,
                "layer": r.layer,
                "metrics": {name: asdict(m) for name, m in r.metrics.items()},
            }
            for r in found.results
        ],
        "tests": [asdict(t) for t in found.tests],
    }


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
