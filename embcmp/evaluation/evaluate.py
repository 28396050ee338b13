"""evaluate(): a gold standard x encoders -> Evaluation; no options of the command line here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from embcmp.choices import DRAWS
from embcmp.encoders import DEFAULT_ENCODERS, load_encoder, load_encoders
from embcmp.encoders.base import Encoder
from embcmp.errors import InputError, ModelError, UsageError
from embcmp.evaluation.cautions import duplicates, overlap, untrained
from embcmp.evaluation.datasets import Kind
from embcmp.evaluation.encoder_view import View
from embcmp.evaluation.folds import ITEM_FOLDS, PAIR_FOLDS
from embcmp.evaluation.item_task import ItemTask
from embcmp.evaluation.lexemes import Lexeme, lexemes
from embcmp.evaluation.pair_task import PairTask
from embcmp.evaluation.published import published, split_half, warnings
from embcmp.evaluation.results import Baseline, Evaluation
from embcmp.evaluation.rows import Item, Pair, Part, uses_of
from embcmp.evaluation.select import in_range, limited
from embcmp.evaluation.stored_vectors import encode
from embcmp.evaluation.task import Scored
from embcmp.manifest import manifest
from embcmp.types import Occurrence, Skipped, TaskProgress

CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to score.

    Attributes:
        shots: numbers of training rows a sense, for the learning curve of items.
        limit: at most so many rows of each sense of a word, or pairs of a word; None for all.
        words: a range of first letters, as `N-Z`; None for all.
        strict: a row that is left out, or odd, is an error.
        seed: of everything that is drawn.
        draws: of the bootstrap.
    """

    shots: tuple[int, ...] = ()
    limit: int | None = None
    words: str | None = None
    strict: bool = False
    seed: int = 0
    draws: int = DRAWS


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
        test: the rows to score, as a reader returns them.
        train: the rows that thresholds, centroids and layers come from; None for folds.
        encoders: specs, or encoders that are already loaded.
        task: the data set's name.
        kind: what the rows are.
        settings: how to score.
        progress: called with the encoder's name and how far it is.

    Raises:
        InputError: no row can be used, or one cannot and the settings are strict.
        UsageError: there is no encoder, or a learning curve of pairs is asked for.
        SpecError: a spec does not parse, or asks for a layer that the model lacks.
        ModelError: a model is missing, broken or refused.
    """
    how = settings or Settings()
    if not encoders:
        raise UsageError("there is no encoder to score", f"for example {DEFAULT_ENCODERS[-1]}")
    if how.shots and kind == "pairs":
        raise UsageError("pairs have no senses to learn from few rows", "leave out --shots")
    test = _chosen(test, how)
    data = _Data(test, None if train is None else _of_words(_chosen(train, how), test), kind, how)
    if how.strict and (odd := (*data.skipped, *data.noted)):
        raise InputError(f"{odd[0].source}: {odd[0].reason}", "mend it, or leave out --strict")
    views, remarks = _views(encoders, data.uses, progress)
    result = data.scored(views)
    asked = [v for v in views if not v.baseline]
    n, split = len(data.test.rows), data.test.split
    figures = published(task, kind, split, n)
    if kind == "pairs":
        figures += split_half(data.pairs[data.train_rows :], split, how.seed)
    sentences = {use.sentence for row in data.test.rows for use in uses_of(row)}
    context = [Baseline(s.name, s.metrics) for s in result.scores if s.name == CONTEXT]
    of_encoding = [warning for v in asked for warning in v.warnings(data.uses)]
    of_figures = warnings(figures, split, n)
    told = (*remarks, *data.warnings(), *of_encoding, *result.warnings, *of_figures)
    return Evaluation(
        task=task,
        kind=kind,
        split=split,
        n=n,
        words=result.words,
        training=data.training,
        results=tuple(s for s in result.scores if s.info in [v.info for v in asked]),
        tests=result.tests,
        baselines=(*result.baselines, *context),
        published=tuple(figures),
        overlap=tuple(overlap([v.encoder for v in asked], sentences)),
        warnings=tuple(dict.fromkeys(told)),
        skipped=data.skipped,
        noted=data.noted,
        manifest=manifest(how.seed, {v.info.name: v.info for v in asked}),
    )


@dataclass(frozen=True)
class _Data:
    """The rows to score, and those that train; none for folds."""

    test: Part
    train: Part | None
    kind: Kind
    how: Settings

    @property
    def parts(self) -> list[Part]:
        """The rows that train first."""
        return [self.train, self.test] if self.train else [self.test]

    @property
    def train_rows(self) -> int:
        """How many rows train."""
        return len(self.train.rows) if self.train else 0

    @cached_property
    def items(self) -> list[Item]:
        """The rows, where they are items."""
        return [row for part in self.parts for row in part.rows if isinstance(row, Item)]

    @cached_property
    def pairs(self) -> list[Pair]:
        """The rows, where they are pairs."""
        return [row for part in self.parts for row in part.rows if isinstance(row, Pair)]

    @cached_property
    def words(self) -> list[Lexeme]:
        """The lexemes of the items."""
        return lexemes(self.items, self.train_rows, self.how.seed)

    @cached_property
    def uses(self) -> list[Occurrence]:
        """Every occurrence."""
        return [use for part in self.parts for row in part.rows for use in uses_of(row)]

    @property
    def training(self) -> str:
        """Where thresholds and centroids come from."""
        if self.train is not None:
            return f"{self.train_rows} rows of {self.train.split}"
        if self.kind == "items":
            return f"{ITEM_FOLDS} folds by sentence"
        return f"{PAIR_FOLDS} folds by connected words"

    @cached_property
    def duplicates(self) -> list[Skipped]:
        """The rows to score that are training rows too."""
        return list(duplicates(self.train.rows, self.test.rows)) if self.train else []

    @cached_property
    def untrained(self) -> list[Skipped]:
        """The rows to score that cannot be right."""
        return list(untrained(self.words, self.items))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The rows that were left out."""
        return tuple(row for part in self.parts for row in part.skipped)

    @property
    def noted(self) -> tuple[Skipped, ...]:
        """The rows that are used, and what is odd about them."""
        odd = [row for part in reversed(self.parts) for row in part.noted]
        return (*odd, *self.duplicates, *self.untrained)

    def warnings(self) -> Iterator[str]:
        """How many rows are odd, and how."""
        n = len(self.test.rows)
        if self.duplicates:
            yield f"{len(self.duplicates)} of {n} rows to score are among the training rows too"
        if self.untrained:
            yield f"{len(self.untrained)} of {n} rows have no training row of their sense: misses"

    def scored(self, views: Sequence[View]) -> Scored:
        """Score all encoders."""
        seed, draws = self.how.seed, self.how.draws
        if self.kind == "items":
            items = ItemTask(self.items, self.words, self.how.shots, seed=seed, draws=draws)
            return items.scored(views)
        pairs = PairTask(self.pairs, self.train_rows, seed=seed, draws=draws)
        if {isinstance(pair.gold, bool) for pair in self.pairs} != {pairs.binary}:
            raise InputError("some rows are T or F, others are rated", "score them apart")
        return pairs.scored(views)


def _chosen(part: Part, how: Settings) -> Part:
    """The part without the words and rows that are not wanted."""
    if not part.rows:
        why = f": {part.skipped[0].source}: {part.skipped[0].reason}" if part.skipped else ""
        place = ", ".join(map(str, part.files)) or part.split
        raise InputError(f"{place}: no row can be used{why}", "check the path")
    if how.words is not None:
        part = in_range(part, how.words)
    return part if how.limit is None else limited(part, how.limit, how.seed)


def _of_words(train: Part, test: Part) -> Part:
    """The training rows without the items of words that no row to score has: they train nothing."""
    scored = {row.lexeme for row in test.rows if isinstance(row, Item)}
    kept = [row for row in train.rows if not isinstance(row, Item) or row.lexeme in scored]
    return replace(train, rows=kept)


def _views(
    encoders: Sequence[str | Encoder], uses: Sequence[Occurrence], progress: TaskProgress | None
) -> tuple[list[View], list[str]]:
    """Encode the rows, by the baseline `context` too; what cannot be had of that is a remark."""

    def view(encoder: Encoder, *, baseline: bool = False) -> View:
        named = progress and partial(progress, encoder.info.name)
        return View(encoder, encode(encoder, uses, named), baseline)

    remarks: list[str] = []
    loaded = load_encoders(encoders, progress=progress, warnings=remarks)
    views = [view(one.encoder) for one in loaded]
    if CONTEXT not in [v.info.name for v in views]:
        try:
            views.append(view(load_encoder(CONTEXT, progress), baseline=True))
        except ModelError as e:
            remarks.append(f"there is no baseline {CONTEXT}: {e}")
    return views, remarks
