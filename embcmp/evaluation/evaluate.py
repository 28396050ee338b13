"""Scoring encoders on a gold standard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from embcmp.encoders import DEFAULT_ENCODERS, load_encoder, load_encoders
from embcmp.encoders.base import Encoder
from embcmp.errors import InputError, ModelError, UsageError
from embcmp.evaluation.cautions import duplicates, overlap, untrained
from embcmp.evaluation.change_task import ChangeTask
from embcmp.evaluation.datasets import Kind
from embcmp.evaluation.encoder_view import EncoderView
from embcmp.evaluation.folds import ITEM_FOLDS, PAIR_FOLDS
from embcmp.evaluation.gold_rows import Graph, Item, Pair, Part, uses_of
from embcmp.evaluation.item_task import ItemTask
from embcmp.evaluation.lexemes import Lexeme, lexemes
from embcmp.evaluation.pair_task import PairTask
from embcmp.evaluation.published_figures import published, split_half, warnings
from embcmp.evaluation.results import Baseline, Evaluation
from embcmp.evaluation.row_selection import in_letter_range, sampled
from embcmp.evaluation.stored_vectors import encode
from embcmp.evaluation.task import TaskScores
from embcmp.manifest import manifest
from embcmp.text.sentence_rows import why_circular
from embcmp.types import Metric, Occurrence, Skipped, TaskProgress

CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of an evaluation.

    Attributes:
        shots: Numbers of training rows a sense, for the learning curve of items.
        limit: The most rows of each sense of a word, or pairs of a word; None for all.
        words: A range of first letters, such as `N-Z`; None for all words.
        strict: Whether a row that is left out or noted is an error.
        seed: Seed for all random sampling.
    """

    shots: tuple[int, ...] = ()
    limit: int | None = None
    words: str | None = None
    strict: bool = False
    seed: int = 0


def evaluate(
    test: Part,
    train: Part | None,
    encoders: Sequence[str | Encoder] = DEFAULT_ENCODERS,
    *,
    task: str,
    kind: Kind,
    settings: Settings | None = None,
    progress: TaskProgress | None = None,
) -> Evaluation:
    """Score encoders on a gold standard.

    Args:
        test: The rows to score, as a reader returns them.
        train: The rows that thresholds, centroids and layers are learned from; None for folds of
            the rows to score.
        encoders: Specs, or encoders that are already loaded.
        task: The name of the data set.
        kind: The kind of the rows.
        settings: Options; the defaults if None.
        progress: Called with the name of the encoder, the rows done and their number.

    Raises:
        InputError: No row can be used, or the settings are strict and a row is left out or noted.
        UsageError: There is no encoder, or a learning curve is asked for where there are no items.
        SpecError: A spec does not parse, or asks for a layer that the model lacks.
        ModelError: A model is missing, broken or refused.
    """
    options = settings or Settings()
    if not encoders:
        raise UsageError("there is no encoder to score", f"for example {DEFAULT_ENCODERS[-1]}")
    if options.shots and kind != "items":
        raise UsageError(f"{kind} have no senses, which --shots needs", "leave out --shots")
    test = _selected(test, options)
    if train is not None:
        train = _trainable(_selected(train, options), test)
    data = _Data(test, train, kind, options)
    if options.strict and (problems := (*data.skipped, *data.noted)):
        row = problems[0]
        raise InputError(f"{row.source}: {row.reason}", "correct the row, or leave out --strict")
    views, messages = _encoder_views(encoders, data.uses, progress)
    result = data.score_encoders(views)
    requested = [v for v in views if not v.baseline]
    n, split = len(data.test.rows), data.test.split
    figures = published(task, kind, split, n)
    if kind == "pairs":
        figures += split_half(data.pairs[data.train_rows :], split, options.seed)
    sentences = {use.sentence for row in data.test.rows for use in uses_of(row)}
    context = [Baseline(s.name, s.metrics) for s in result.scores if s.name == CONTEXT]
    messages += [note for part in data.parts for note in part.notes]
    messages += data.warnings()
    messages += [warning for v in requested for warning in v.warnings(data.uses)]
    messages += [*result.warnings, *warnings(figures, split, n)]
    evaluation = Evaluation(
        task=task,
        kind=kind,
        split=split,
        n=n,
        words=result.words,
        training=data.training,
        results=tuple(s for s in result.scores if s.info in [v.info for v in requested]),
        tests=result.tests,
        baselines=(*result.baselines, *context),
        published=tuple(figures),
        overlap=tuple(overlap([v.encoder for v in requested], sentences)),
        warnings=tuple(dict.fromkeys(messages)),
        skipped=data.skipped,
        noted=data.noted,
        manifest=manifest(options.seed, {v.info.name: v.info for v in requested}),
    )
    circular = why_circular(data.uses)  # items have a label, and pairs an answer
    return _values_alone(evaluation, circular) if circular else evaluation


def _values_alone(e: Evaluation, circular: str) -> Evaluation:
    """Take away every p and interval, and give the reason as a warning."""

    def measured(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
        return {name: m.without_inference(circular) for name, m in metrics.items()}

    scores = (
        replace(s, metrics=measured(s.metrics), curve={k: measured(m) for k, m in s.curve.items()})
        for s in e.results
    )
    return replace(
        e,
        results=tuple(scores),
        tests=(),
        baselines=tuple(replace(b, metrics=measured(b.metrics)) for b in e.baselines),
        warnings=(f"no interval and no test: {circular}", *e.warnings),
    )


@dataclass(frozen=True)
class _Data:
    """The rows to score and the rows that train; without the latter there are folds."""

    test: Part
    train: Part | None
    kind: Kind
    options: Settings

    @property
    def parts(self) -> list[Part]:
        """The parts with their rows, the training rows first."""
        return [self.train, self.test] if self.train else [self.test]

    @property
    def train_rows(self) -> int:
        """Number of training rows."""
        return len(self.train.rows) if self.train else 0

    @cached_property
    def items(self) -> list[Item]:
        """All rows that are items."""
        return [row for part in self.parts for row in part.rows if isinstance(row, Item)]

    @cached_property
    def pairs(self) -> list[Pair]:
        """All rows that are pairs."""
        return [row for part in self.parts for row in part.rows if isinstance(row, Pair)]

    @cached_property
    def graphs(self) -> list[Graph]:
        """All rows that are word usage graphs."""
        return [row for part in self.parts for row in part.rows if isinstance(row, Graph)]

    @cached_property
    def words(self) -> list[Lexeme]:
        """The lexemes of the items."""
        return lexemes(self.items, self.train_rows, self.options.seed)

    @cached_property
    def uses(self) -> list[Occurrence]:
        """The occurrences of all rows."""
        return [use for part in self.parts for row in part.rows for use in uses_of(row)]

    @property
    def training(self) -> str:
        """Where thresholds and centroids are learned from, in words."""
        if self.train is not None:
            return f"{self.train_rows} rows of {self.train.split}"
        if self.kind == "items":
            return f"{ITEM_FOLDS} folds by sentence"
        return f"{PAIR_FOLDS} folds by connected words"

    @cached_property
    def duplicates(self) -> list[Skipped]:
        """Rows to score that are also training rows."""
        return list(duplicates(self.train.rows, self.test.rows)) if self.train else []

    @cached_property
    def untrained(self) -> list[Skipped]:
        """Rows to score that cannot be answered right."""
        return list(untrained(self.words, self.items))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Rows that were left out, and why."""
        return tuple(row for part in self.parts for row in part.skipped)

    @property
    def noted(self) -> tuple[Skipped, ...]:
        """Rows that are used in spite of something unusual, and what that is."""
        notes = [row for part in reversed(self.parts) for row in part.noted]
        return (*notes, *self.duplicates, *self.untrained)

    def warnings(self) -> Iterator[str]:
        """Warnings that count the rows with each problem."""
        n = len(self.test.rows)
        if self.duplicates:
            yield f"{len(self.duplicates)} of {n} rows to score are also training rows"
        if self.untrained:
            count = f"{len(self.untrained)} of {n} rows"
            yield f"{count} count as wrong, because their sense has no training row"

    def score_encoders(self, views: Sequence[EncoderView]) -> TaskScores:
        """Score all encoders."""
        seed = self.options.seed
        if self.kind == "items":
            items = ItemTask(self.items, self.words, self.options.shots, seed=seed)
            return items.score_encoders(views)
        if self.kind == "graphs":
            return ChangeTask(self.graphs, self.train_rows, seed=seed).score_encoders(views)
        pairs = PairTask(self.pairs, self.train_rows, seed=seed)
        if {isinstance(pair.gold, bool) for pair in self.pairs} != {pairs.binary}:
            raise InputError("some rows are T or F, others are rated", "score them in two runs")
        return pairs.score_encoders(views)


def _selected(part: Part, options: Settings) -> Part:
    """The rows of the wanted words, at most `limit` of each sense."""
    if not part.rows:
        reason = f": {part.skipped[0].source}: {part.skipped[0].reason}" if part.skipped else ""
        place = ", ".join(map(str, part.files)) or part.split
        raise InputError(
            f"{place}: no row can be used{reason}", "correct the file, or check the path"
        )
    if options.words is not None:
        part = in_letter_range(part, options.words)
    return part if options.limit is None else sampled(part, options.limit, options.seed)


def _trainable(train: Part, test: Part) -> Part:
    """The training rows without items of words that no row to score has."""
    scored = {row.lexeme for row in test.rows if isinstance(row, Item)}
    rows = [row for row in train.rows if not isinstance(row, Item) or row.lexeme in scored]
    return replace(train, rows=rows)


def _encoder_views(
    encoders: Sequence[str | Encoder], uses: Sequence[Occurrence], progress: TaskProgress | None
) -> tuple[list[EncoderView], list[str]]:
    """Encode the rows with all encoders and the baseline `context`; also returns warnings."""

    def view(encoder: Encoder, *, baseline: bool = False) -> EncoderView:
        report = progress and partial(progress, encoder.info.name)
        return EncoderView(encoder, encode(encoder, uses, report), baseline)

    messages: list[str] = []
    loaded = load_encoders(encoders, progress=progress, warnings=messages)
    views = [view(one.encoder) for one in loaded]
    if CONTEXT not in [v.info.name for v in views]:
        try:
            views.append(view(load_encoder(CONTEXT, progress), baseline=True))
        except ModelError as e:
            messages.append(f"the baseline {CONTEXT} is missing: {e}")
    return views, messages
