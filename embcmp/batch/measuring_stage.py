"""The stage of measuring: writing each word's results, and what the summary needs of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from embcmp import __version__
from embcmp.background.background_text import BackgroundText, background_note
from embcmp.batch import word_changes, word_senses
from embcmp.batch.encoding_stage import EncodedShards
from embcmp.batch.folder import BatchFolder
from embcmp.batch.job import Job
from embcmp.batch.notes import digest_of, read_note, sha256_of, write_sealed
from embcmp.batch.plan import Failure, Plan, PlannedWord, WordUses, read_plan
from embcmp.batch.stored_encoder import PreparedEncoder
from embcmp.batch.workers import Workers, silent
from embcmp.cache import write_whole
from embcmp.choices import Options
from embcmp.encoders.vector_store import damaged, place
from embcmp.errors import OutputError
from embcmp.questions.change import json as change_json
from embcmp.questions.change.change import change
from embcmp.questions.change.word_change import Changes
from embcmp.questions.compare import json as compare_json
from embcmp.questions.compare.compare import compare
from embcmp.questions.senses import json as senses_json
from embcmp.questions.senses.senses import Senses, senses
from embcmp.render import json_values
from embcmp.render.text import json_text
from embcmp.types import Comparison, Metric, Progress

FORMAT = 3

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MeasureWord:
    """The task of answering what is asked about a word, from its stored vectors.

    Attributes:
        folder: the folder of the batch.
        plan: digest of the plan.
        number: number of the word in the plan.
        word: the word.
        encoders: the encoders of the job, in its order.
        options: options of the comparison.
        seed: seed for all random sampling.
        correct: the correction of the vector spaces.
        lang: the code of the language of the text.
        checked: whether a person has checked the labels that were made from vectors.
        senses: whether to group the uses, too.
        groups: the groups of files to compare, too, in order, and how many files each has; empty
            for none.
        source: the word's input, for the manifest: `path` and `sha256`.
    """

    folder: BatchFolder
    plan: str
    number: int
    word: PlannedWord
    encoders: tuple[PreparedEncoder, ...]
    options: Options
    seed: int
    correct: str
    lang: str
    checked: bool
    senses: bool
    groups: Mapping[str, int]
    source: Json

    @property
    def size(self) -> int:
        """One word."""
        return 1

    def record(self) -> dict[str, Any] | None:
        """What the summary needs of the word; None if its results have to be made."""
        return self.folder.read_record(self.word.word, self._input_digest())

    def run(self, progress: Progress = silent) -> None:
        """Measure the word, and write its results and their record.

        Raises:
            OutputError: a file is damaged, or the folder cannot be written.
        """
        plan = _plan(self.folder.path, self.plan)
        uses = plan.uses_of(self.number)
        places = {
            place(o): (plan.shards[shard].name, row)
            for o, (shard, row) in zip(uses.occurrences, uses.places, strict=True)
        }
        encoders = [e.stored(self.folder, places) for e in self.encoders]
        settings: dict[str, Any] = {
            "correct": self.correct,
            "seed": self.seed,
            "max_occurrences": len(uses.occurrences),
            "background": self._background,
        }
        word, complete = self.word.word, partial(self._completed, uses=uses, plan=plan)
        comparison = compare(uses.occurrences, encoders, margin=self.options.margin, **settings)
        results = {self.folder.comparison(word): complete(comparison, asdict(self.options))}
        settings["lang"] = self.lang
        options: Json = {"match": self.options.match, "device": self.options.device}
        grouped = changed = None
        if self.senses:
            grouped = senses(uses.occurrences, encoders, **settings)
            results[self.folder.senses_of(word)] = complete(grouped, options | {"k": None})
        if self.groups:
            names = tuple(self.groups)
            changed = change([uses.occurrences], names, encoders, files=self.groups, **settings)
            options |= {"groups": names, "bins": []}
            results[self.folder.change_of(word)] = complete(changed, options)
        for path, text in results.items():
            path.parent.mkdir(exist_ok=True)
            write_whole(path, text)
        root = self.folder.path
        record = {
            "of": self._input_digest(),
            "sha256": {path.relative_to(root).as_posix(): sha256_of(path) for path in results},
            **_record(comparison, grouped, changed),
        }
        write_sealed(self.folder.record(word), record)

    @property
    def _background(self) -> BackgroundText | None:
        """The user's own background sentences."""
        text = self.encoders[0].background
        return text if text.path else None

    def _input_digest(self) -> str:
        """A digest of everything that the word's numbers depend on."""
        encoders = [[e.info.spec, e.info.name, e.info.fingerprint] for e in self.encoders]
        settings = [asdict(self.options), self.seed, self.correct, self.lang]
        settings += [self.checked, self.senses, [*self.groups.items()]]
        settings += [e.background.digest for e in self.encoders[:1]]
        return digest_of(FORMAT, __version__, self.word.digest, encoders, settings, self.source)

    def _completed(
        self,
        answer: Comparison | Senses | Changes,
        options: Json,
        uses: WordUses,
        plan: Plan,
    ) -> str:
        """The JSON of an answer, with what only the batch knows: the sample, times, and origin."""
        with_background = isinstance(answer, Comparison) and any(
            o.sense is not None for o in uses.occurrences
        )
        json, results = _json(answer)
        cost = {e.info.spec: e for e in self.encoders}
        for result in results:
            encoder = cost[result["spec"]]
            result["load_seconds"] = encoder.load_seconds
            result["encode_seconds"] = round(_encode_seconds(uses, plan, encoder), 6)
        options = options | {"max_occurrences": len(uses.occurrences)}
        json |= {
            "warnings": self._warnings(answer.warnings, uses, with_background=with_background),
            "skipped": json_values.rows(uses.skipped),
            "manifest": {
                **answer.manifest,
                "threads": max(e.threads for e in self.encoders),
                "peak_memory_bytes": None,  # the manifest of the batch has it
                "input": self.source,
                "options": options | ({"checked": True} if self.checked else {}),
            },
        }
        return json_text(json) + "\n"

    def _warnings(
        self, given: tuple[str, ...], uses: WordUses, *, with_background: bool
    ) -> tuple[str, ...]:
        """Warnings with those about a sample, and about the background if a measure needs it."""
        used = len(uses.occurrences)
        sampled = f"{used} of {uses.found} uses are taken, a sample drawn with seed {self.seed}"
        note = background_note(self._background, self.lang)
        english = (note,) if note and (with_background or self.correct != "none") else ()
        return ((sampled,) if used < uses.found else ()) + given + english


def _json(answer: Comparison | Senses | Changes) -> tuple[Json, list[Json]]:
    """The JSON of an answer, and its part for each encoder and layer."""
    if isinstance(answer, Comparison):
        json = compare_json.to_object(answer, full=True)
    elif isinstance(answer, Senses):
        json = senses_json.to_object(answer)
    else:
        json = change_json.to_object(answer)
        return json, json["changes"][0]["results"]
    return json, json["results"]


@lru_cache(maxsize=1)
def _plan(folder: Path, digest: str) -> Plan:
    """The plan in a folder, which another process may have made."""
    plan = read_plan(BatchFolder(folder))
    path = BatchFolder(folder).plan
    if plan is None:
        raise damaged(path)
    if plan.digest != digest:
        raise OutputError(f"{path}: belongs to another job", "let every worker see the same folder")
    return plan


def _encode_seconds(uses: WordUses, plan: Plan, encoder: PreparedEncoder) -> float:
    """The word's share of the seconds that encoding its shards took."""
    total = 0.0
    for shard, rows in Counter(shard for shard, _ in set(uses.places)).items():
        name = plan.shards[shard].name
        note = read_note(plan.folder.vectors_of(encoder.info.fingerprint, name))
        total += note.seconds * rows / note.rows if note else 0.0
    return total


def _record(comparison: Comparison, grouped: Senses | None, changed: Changes | None) -> Json:
    more: dict[str, dict[str, Metric]] = {r.name: {} for r in comparison.results}
    for senses_by in grouped.results if grouped else ():
        more[senses_by.name] |= word_senses.measures(senses_by)
    for change_by in changed.changes[0].results if changed else ():
        more[change_by.name] |= word_changes.measures(change_by)
    return {
        "word": comparison.word,
        "n": len(comparison.occurrences),
        "senses": len({o.sense for o in comparison.occurrences} - {None}),
        "results": [
            {
                "name": r.name,
                "layer": r.layer,
                "metrics": {name: asdict(m) for name, m in {**r.metrics, **more[r.name]}.items()},
            }
            for r in comparison.results
        ],
        "tests": [asdict(t) for t in comparison.tests],
        "circular": comparison.circular,
        "outlines": {
            "senses": word_senses.outline(grouped) if grouped else None,
            "changes": word_changes.outline(changed.changes[0]) if changed else None,
        },
    }


def measure_all(
    job: Job, plan: Plan, encoded: Sequence[EncodedShards], workers: Workers, progress: Progress
) -> tuple[list[dict[str, Any]], tuple[Failure, ...]]:
    """Measure the words whose results are missing, damaged or out of date.

    Args:
        job: the job.
        plan: its plan.
        encoded: the encoders of the job with their vectors.
        workers: whatever does the tasks.
        progress: called with (words done, words).

    Returns:
        Records of the words with results, and the words without; both in alphabetical order.

    Raises:
        OutputError: the folder cannot be written, or a file in it is damaged.
    """
    options = Options(job.match, margin=job.margin, device=job.device)
    encoders, reading = tuple(e.encoder for e in encoded), job.reading
    read = reading.lang, reading.checked
    settings = encoders, options, job.seed, job.correct, *read, job.senses, job.groups
    failed = {failure.word: failure.reason for failure in plan.failures}
    tasks = []
    for number, word in enumerate(plan.words):
        if (reason := _encoding_failure(number, encoded, plan)) is not None:
            failed[word.word] = reason
            continue
        source = _source(job, plan, word.word)
        tasks.append(MeasureWord(plan.folder, plan.digest, number, word, *settings, source))
    records = {task.number: task.record() for task in tasks}
    left = [task for task in tasks if records[task.number] is None]
    total = len(plan.words)
    before = total - len(left)
    progress(before, total)
    for task, reason in workers.do(left, lambda done, _: progress(before + done, total)):
        if reason is None:
            records[task.number] = task.record()
        else:
            failed[task.word.word] = reason
    measured = [t.word.word for t in tasks if t.word.word not in failed]
    plan.folder.keep_words(measured, senses=job.senses, changes=bool(job.groups))
    failures = tuple(Failure(word, failed[word]) for word in sorted(failed))
    return [record for record in records.values() if record is not None], failures


def _encoding_failure(number: int, encoded: Sequence[EncodedShards], plan: Plan) -> str | None:
    """Why an encoder has no vectors of a word, if there is such an encoder."""
    for e in encoded:
        if number in e.lacking:
            return e.lacking[number]
    reasons = {shard: reason for e in encoded for shard, reason in e.broken.items()}
    shards = reasons.keys() & plan.shards_of(number) if reasons else ()
    return reasons[min(shards)] if shards else None


def _source(job: Job, plan: Plan, word: str) -> dict[str, Any]:
    """A word's input as the manifest of its comparison names it: its file, or the job.

    A corpus has no digest here, so that a word is not measured again if its uses are the same.
    """
    if job.corpus:
        return {"path": job.path.name, "sha256": None}
    path = next(w.sentences for w in job.words if w.word == word)
    digest = next(file["sha256"] for file in plan.inputs if file["path"] == path)
    return {"path": path, "sha256": digest}
