"""The data that the parts of embcmp exchange: frozen dataclasses that need numpy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


PER_TYPE = "one vector per type"  # the reason why static encoders have no measures of senses

Layer = int | str | None
Progress = Callable[[int, int], None]  # (done, total)
TaskProgress = Callable[[str, int, int], None]  # (name of the task, done, total)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One use of the target word.

    Attributes:
        id: identifier, unique in its input.
        word: the target word, as it was asked for.
        sentence: the whole sentence.
        start: offset of the first character of the target in `sentence`.
        end: offset after the last one, so that `sentence[start:end]` is the form of the target.
        sense: label of the sense, or None if the input gives none.
        source: file and line, for messages.
        group: what is compared (a period, a corpus), where the input gives one.
        unit: the document, scene or other group it belongs to, where the input names one.
        columns: the input's other columns, by name.
    """

    id: str
    word: str
    sentence: str
    start: int
    end: int
    sense: str | None = None
    source: str | None = None
    group: str | None = None
    unit: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def form(self) -> str:
        """The form of the target in the sentence."""
        return self.sentence[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row of the input that was left out.

    Attributes:
        source: file and line of the row.
        reason: why it was left out.
    """

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an encoder used for one occurrence; without a vector, `tokens=()` and `text=""`.

    Attributes:
        id: id of the occurrence.
        tokens: the tokens that the vector was made from.
        text: the slice of the sentence that these tokens span.
        truncated: whether the sentence was too long and was cut around the target.
        given: all tokens that the encoder was given, where its spec makes another text of the
            sentence (marks, a prompt, a second reading) or takes the sentence's vector; else empty.
    """

    id: str
    tokens: tuple[str, ...]
    text: str
    truncated: bool = False
    given: tuple[str, ...] = ()

    @property
    def used(self) -> str:
        """The tokens, and those that were given, in one line."""
        given = f" · given: {' '.join(self.given)}" if self.given else ""
        return " ".join(self.tokens) + given


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """A description of an encoder.

    Attributes:
        spec: the spec, as the user wrote it.
        name: the spec without default values, and with the layer that was used.
        family: word2vec, context, lstm, rnn, bert or vectors.
        model: name of the model.
        layers: labels of the layers along axis 0 of the vectors.
        dim: number of dimensions of a vector.
        parameters: number of parameters used, including those of static input vectors.
        bytes: size of all files that the encoder reads.
        own_bytes: size of the files that no other family reads.
        fingerprint: digest of everything that determines the vectors, except the text.
        per_type: whether there is one vector per type, so that context plays no part.
        dtype: data type in which the vectors were computed.
        revision: commit of a model from the Hugging Face hub; None for other models.
        remarks: warnings about the model's files and vectors.
        precomputed: whether the vectors were computed elsewhere, for certain ids alone, so that no
            other text can be encoded.
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
    precomputed: bool = False


@dataclass(frozen=True)
class Embeddings:
    """The vectors of all occurrences. Their shape is the same for all families of encoders.

    Attributes:
        info: the encoder.
        vectors: float32 [layers, occurrences, dim], with rows of NaN where missing. A static
            encoder has one layer.
        missing: the reason why there is no vector, by the id of the occurrence.
        receipts: a receipt for each occurrence, in order, also for missing vectors.
    """

    info: EncoderInfo
    vectors: NDArray[np.float32]
    missing: Mapping[str, str]
    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class Inference:
    """A measure without the senses that are too rare to infer anything about.

    Attributes:
        senses: the senses with five units or more.
        value: the measure of their uses.
        ci95: its 95 % confidence interval (low, high), or None.
    """

    senses: tuple[str, ...]
    value: float
    ci95: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Metric:
    """The value of a measure, or the reason why it has none.

    Attributes:
        value: a finite number, or None.
        ci95: 95 % confidence interval (low, high), or None.
        undefined: the reason why `value` is None.
        chance: the value expected by chance, if known.
        approximate: whether intervals of this kind were too narrow or too wide in simulations.
        no_interval: the reason why there is no interval, for a measure that can have one.
        inference: what intervals, tests and the verdict are about where a sense is rare; else None.
    """

    value: float | None
    ci95: tuple[float, float] | None = None
    undefined: str | None = None
    chance: float | None = None
    approximate: bool = False
    no_interval: str | None = None
    inference: Inference | None = None

    @property
    def inferred(self) -> Inference | None:
        """The value that can be inferred from, with its interval; None without a value."""
        if self.inference or self.value is None:
            return self.inference
        return Inference((), self.value, self.ci95)

    def without_inference(self, reason: str) -> Metric:
        """Return the value alone, with the reason why there is no interval if it could have one."""
        could = self.ci95 or self.inference or self.no_interval
        return replace(
            self,
            ci95=None,
            approximate=False,
            no_interval=reason if could else None,
            inference=None,
        )


@dataclass(frozen=True)
class Result:
    """The result of one layer of an encoder on the n occurrences of a word.

    Attributes:
        name: name such as `bert@6`, unique in its comparison.
        info: the encoder.
        layer: label of the layer; None for families without layers.
        load_seconds: seconds that loading the encoder took.
        encode_seconds: seconds that encoding took, for all layers together.
        missing: the reason why there is no vector, by the id of the occurrence.
        receipts: a receipt for each occurrence.
        similarity: float64 [n, n], cosines, NaN where undefined.
        metrics: the measures, by their names in docs/reference/measures.md.
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
    """A test of whether two encoders differ, by the jackknife over units.

    Attributes:
        metric: name of the measure.
        a: name of a result.
        b: name of another result or of a control.
        difference: value of a minus value of b.
        ci95: 95 % confidence interval of the difference, simultaneous for the tests made together.
        ci90: 90 % confidence interval of this difference alone, for equivalence.
        p: two-sided p-value of the hypothesis that there is no difference.
        p_adjusted: p adjusted for the tests made together: by max-t over the pairs of encoders; for
            an encoder and a control, multiplied by the number of encoders.
        detectable: a true difference that is found four times in five.
        undefined: the reason why the difference, its interval or p is None.
        senses: number of senses that are compared.
        units: number of units (sentences, documents) that are compared.
        units_a_sense: number of these units that contain a sense, averaged over the senses.
    """

    metric: str
    a: str
    b: str
    difference: float | None
    ci95: tuple[float, float] | None = None
    ci90: tuple[float, float] | None = None
    p: float | None = None
    p_adjusted: float | None = None
    detectable: float | None = None
    undefined: str | None = None
    senses: int = 0
    units: int = 0
    units_a_sense: float = 0.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed of a pair of results.

    Attributes:
        a: name of a result.
        b: name of another.
        claim: `better` (a than b), `slightly_better` (by less than the margin), `equal` (within
            the margin) or `unclear`.
    """

    a: str
    b: str
    claim: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """How similarly two encoders arrange the occurrences.

    Attributes:
        a: name of a result.
        b: name of another result.
        rsa: Spearman's rank correlation of their cosines within the senses, or None.
        rsa_p: one-sided p-value of `rsa` by the Mantel test, adjusted by Holm's method over the
            pairs, or None.
        cka: debiased linear CKA of their vectors, or None.
        rsa_undefined: the reason why `rsa` is None.
        cka_undefined: the reason why `cka` is None.
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
    """How several encoders represent the same occurrences of one word.

    The methods load the modules that write and draw a comparison on first use.

    Attributes:
        word: the target word.
        occurrences: the uses of the word.
        results: a result for each encoder and layer.
        correct: correction of the vector spaces: none, center, zscore or abtt.
        controls: results of causes other than sense; None if they were not asked for.
        tests: tests of pairs of encoders, and of pairs of an encoder and a control.
        claims: what the tests say of each pair of encoders.
        margin: a difference of `auc_macro` below which encoders count as equal.
        agreement: agreement of pairs of encoders.
        verdict: sentences that sum up the numbers.
        warnings: what to know when reading the results.
        skipped: rows of the input that were left out.
        manifest: what is needed to compute the same numbers again.
        circular: why nothing is inferred from labels that were made from vectors; else None.
    """

    word: str
    occurrences: tuple[Occurrence, ...]
    results: tuple[Result, ...]
    correct: str = "none"
    controls: tuple[Result, ...] | None = None
    tests: tuple[PairTest, ...] = ()
    claims: tuple[Claim, ...] = ()
    margin: float = 0.05
    agreement: tuple[Agreement, ...] = ()
    verdict: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)
    circular: str | None = None

    def to_json(self, *, full: bool = False) -> str:
        """Return the JSON that `compare --format json` writes, in the format `embcmp.comparison/2`.

        Args:
            full: whether to keep similarity matrices of more than 500 occurrences, otherwise null.
        """
        return str(_view("json:to_json")(self, full=full))

    def to_pandas(self) -> pd.DataFrame:
        """Return a data frame with a row for each encoder or control, layer and metric.

        The columns are word, encoder, layer, metric, value, low and high (the ends of the 95 %
        interval), chance, and reason (why there is no value or no interval).

        Raises:
            UsageError: pandas is not installed.
        """
        return _view("notebook:to_pandas")(self)

    def plot_similarity(self) -> go.Figure:
        """Draw the cosines of all pairs of uses, ordered by sense: a heat map for each encoder."""
        return _view("plots:similarity")(self)

    def plot_metric(self, metric: str = "auc_macro") -> go.Figure:
        """Draw a measure of every encoder and control, with its 95 % intervals and chance.

        Raises:
            UsageError: the measure is unknown.
        """
        return _view("plots:metric")(self, metric)

    def plot_layers(self, metric: str = "auc_macro") -> go.Figure:
        """Draw a measure by layer, for the encoders that were asked for with `@all`.

        Raises:
            UsageError: the measure is unknown, or no encoder has several layers.
        """
        return _view("plots:layers")(self, metric)

    def plot_map(self) -> go.Figure:
        """Draw the uses in two dimensions, by a PCA of each encoder's cosines, colored by sense."""
        return _view("plots:map_of_uses")(self)

    def _repr_html_(self) -> str:
        """Return the measures and the verdict as HTML, for a notebook."""
        return str(_view("notebook:to_html")(self))


def _view(place: str) -> Any:  # noqa: ANN401  returns functions of various types
    module, _, name = place.partition(":")
    return getattr(import_module(f"embcmp.questions.compare.{module}"), name)
