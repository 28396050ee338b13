"""The plain data that flows between the parts: frozen dataclasses, numpy only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


PER_TYPE = "one vector per type"  # why an encoder that sees no context has no measure of senses

Layer = int | str | None
Progress = Callable[[int, int], None]  # (done, total)
TaskProgress = Callable[[str, int, int], None]  # (what is being done, done, total)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One use of the target word.

    Attributes:
        id: unique in its input.
        word: the word that was asked for.
        sentence: the whole sentence.
        start: Python str offset of the form in the sentence.
        end: the offset after it; `sentence[start:end]` is the form found.
        sense: its label, where the input gives one.
        source: file and line, for messages.
    """

    id: str
    word: str
    sentence: str
    start: int
    end: int
    sense: str | None = None
    source: str | None = None

    @property
    def form(self) -> str:
        """The target as it stands in the sentence."""
        return self.sentence[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row of the input that was left out, and why."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an encoder used for one occurrence; `tokens=()` and `text=""` where it has no vector.

    Attributes:
        id: the occurrence's id.
        tokens: what the encoder used.
        text: the slice of the sentence that the target's tokens span.
        truncated: the sentence was windowed around the target.
    """

    id: str
    tokens: tuple[str, ...]
    text: str
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """Who made the vectors.

    Attributes:
        spec: as the user wrote it.
        name: the spec without what was left to the default, with its layer resolved.
        family: word2vec, context, lstm, rnn or bert.
        model: the model's own name.
        layers: the labels of axis 0 of the vectors.
        dim: width of a vector.
        parameters: numbers in the model that take part, the static input vectors included.
        bytes: size of all files that are read.
        own_bytes: size of the files that no other family reads.
        fingerprint: digest of everything that changes a vector, but for the text.
        per_type: one vector per type: the context plays no part.
        dtype: of the numbers that the vectors were computed with.
        revision: the commit of a model of the hub; None where it is from elsewhere.
        remarks: what the user should know of its files and its vectors.
    """

    spec: str
    name: str
    family: str
    model: str
    layers: tuple[Layer, ...]
    dim: int
    parameters: int
    bytes: int
    own_bytes: int
    fingerprint: str
    per_type: bool = False
    dtype: str = "float32"
    revision: str | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Embeddings:
    """One shape for every family: a static encoder has one layer.

    Attributes:
        info: who made them.
        vectors: float32 [layers, occurrences, dim]; rows of NaN where missing.
        missing: occurrence id -> why there is no vector.
        receipts: one per occurrence, in order, missing ones included.
    """

    info: EncoderInfo
    vectors: NDArray[np.float32]
    missing: Mapping[str, str]
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A measure's value, or the reason why it has none.

    Attributes:
        value: a finite number, or None.
        ci95: its 95 % interval, where there is one.
        undefined: why `value` is None.
        chance: what the same measure gives by chance.
        approximate: the interval is of a kind that was seen to be too narrow or too wide.
        no_interval: why a measure that can have an interval has none.
    """

    value: float | None
    ci95: tuple[float, float] | None = None
    undefined: str | None = None
    chance: float | None = None
    approximate: bool = False
    no_interval: str | None = None


@dataclass(frozen=True)
class Result:
    """One encoder at one layer on the occurrences of one word.

    Attributes:
        name: unique in its comparison, as `bert@6`.
        info: the encoder.
        layer: its label, None where the family has no layers.
        load_seconds: time to load the encoder.
        encode_seconds: time to encode all layers.
        missing: occurrence id -> why there is no vector.
        receipts: one per occurrence.
        similarity: float64 [n, n] cosines, NaN where undefined.
        metrics: by the names of docs/reference/measures.md.
    """

    name: str
    info: EncoderInfo
    layer: Layer
    load_seconds: float
    encode_seconds: float
    missing: Mapping[str, str]
    receipts: tuple[Receipt, ...]
    similarity: NDArray[np.float64]
    metrics: Mapping[str, Metric]


@dataclass(frozen=True, slots=True)
class PairTest:
    """Whether two encoders differ on a metric, by the stratified jackknife over sentences.

    Attributes:
        metric: its name.
        a: name of a result.
        b: name of another one, or of a control.
        difference: a's value minus b's.
        ci95: its 95 % interval.
        p: two-sided, for no difference.
        p_adjusted: by Holm, over the pairs of encoders or over the pairs with controls.
        undefined: why the difference, its interval or p is None.
        senses: how many senses have uses with a vector in both.
        sentences: how many sentences these uses stand in.
    """

    metric: str
    a: str
    b: str
    difference: float | None
    ci95: tuple[float, float] | None = None
    p: float | None = None
    p_adjusted: float | None = None
    undefined: str | None = None
    senses: int = 0
    sentences: int = 0


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike two encoders arrange the occurrences; None where it has no meaning.

    Attributes:
        a: name of a result.
        b: name of another one.
        rsa: Spearman's correlation of their cosines.
        rsa_p: its one-sided Mantel p.
        cka: debiased linear CKA of their vectors.
        rsa_undefined: why `rsa` is None.
        cka_undefined: why `cka` is None.
    """

    a: str
    b: str
    rsa: float | None
    rsa_p: float | None
    cka: float | None
    rsa_undefined: str | None = None
    cka_undefined: str | None = None


@dataclass(frozen=True)
class Comparison:
    """What several encoders make of the same occurrences of one word.

    What draws it is loaded when it is asked for: the data know the renderers by their places alone,
    as the encoders are known in their table.

    Attributes:
        word: the word that was asked for.
        occurrences: its uses.
        results: one per encoder and layer.
        correct: the correction of the vector spaces.
        controls: what other causes than sense reach; None where they were not asked for.
        tests: pairs of encoders, and of encoders and controls.
        agreement: pairs of encoders.
        verdict: sentences made from the numbers.
        warnings: what the user should know beside the result.
        skipped: rows that were left out.
        manifest: what it takes to compute the same again.
    """

    word: str
    occurrences: tuple[Occurrence, ...]
    results: tuple[Result, ...]
    correct: str = "none"
    controls: tuple[Result, ...] | None = None
    tests: tuple[PairTest, ...] = ()
    agreement: tuple[Agreement, ...] = ()
    verdict: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self, *, full: bool = False) -> str:
        """The comparison as `compare --format json` writes it, `embcmp.comparison/1`.

        Args:
            full: keep the similarity matrices of more than 500 occurrences, else they are null.
        """
        return str(_view("json:to_json")(self, full=full))

    def to_pandas(self) -> pd.DataFrame:
        """A row for each encoder or control, layer and metric.

        The columns are word, encoder, layer, metric, value, low and high (of the 95 % interval),
        chance, and reason (why there is no value or no interval).

        Raises:
            UsageError: pandas is not installed.
        """
        return _view("notebook:to_pandas")(self)

    def plot_similarity(self) -> go.Figure:
        """The cosines of all pairs of uses: a heat map an encoder, uses ordered by sense."""
        return _view("plots:similarity")(self)

    def plot_metric(self, metric: str = "auc") -> go.Figure:
        """A measure of every encoder and control, with its 95 % intervals and chance.

        Raises:
            UsageError: there is no such measure.
        """
        return _view("plots:metric")(self, metric)

    def plot_layers(self, metric: str = "auc") -> go.Figure:
        """A measure over the layers of the encoders that were asked for with `@all`.

        Raises:
            UsageError: there is no such measure, or no encoder with several layers.
        """
        return _view("plots:layers")(self, metric)

    def plot_map(self) -> go.Figure:
        """The uses in two dimensions, by a PCA of each encoder's cosines, colored by sense."""
        return _view("plots:map_of_uses")(self)

    def _repr_html_(self) -> str:
        """The encoders' measures and the verdict, for a notebook."""
        return str(_view("notebook:to_html")(self))


def _view(place: str) -> Any:  # noqa: ANN401  a function of a module that is named by a string
    module, _, name = place.partition(":")
    return getattr(import_module(f"embcmp.questions.compare.{module}"), name)
