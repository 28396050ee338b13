"""Comparisons made up of any numbers, names and sentences, to see whether they fit a screen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from embcmp.types import (
    PER_TYPE,
    Comparison,
    EncoderInfo,
    Metric,
    Occurrence,
    Result,
    Skipped,
)
from tests.questions.compare.conftest import info

NAMES = st.one_of(
    st.sampled_from(["lstm", "context", "bert@6", "bert:google-bert/bert-base-uncased@12"]),
    st.text("abc/:@=,-", min_size=1, max_size=90),
    st.text("男人的词义", min_size=1, max_size=50),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
)
WORDS = st.sampled_from(
    [
        "verdict",
        "separates",
        "encoder",
        "p < .001",
        "男人男人男人",
        "x" * 95,
        "about 100 sentences",
        ".",
    ]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=60).map(" ".join)
AUC = st.floats(0.2, 1.0)


def metrics(value: float, half: float | None) -> dict[str, Metric]:
    """The measures of a screen, with an interval around the AUC or none."""
    ci95 = None if half is None else (max(0.0, value - half), min(1.0, value + half))
    auc = Metric(value, ci95, chance=0.5, approximate=half is not None and half > 0.1)
    return {"auc": auc, "auc_macro": auc, "centroid": Metric(value), "self_similarity": Metric(0.5)}


@dataclass(frozen=True)
class Shape:
    """How much of everything a comparison has."""

    senses: tuple[int, ...] = (12, 12)
    unlabeled: int = 0
    encoders: int = 4
    layers: int = 1


def comparison(shape: Shape, value: float = 0.8, half: float | None = 0.08) -> Comparison:
    """Uses in sentences of one word's two forms, and encoders with values that fall slowly."""
    labels = [f"sense{k}" for k, n in enumerate(shape.senses) for _ in range(n)]
    labels_or_none = [*labels, *[None] * shape.unlabeled]
    uses = tuple(
        Occurrence(str(i), "man", f"Use {i} of man is here.", 8 + len(str(i)), 11 + len(str(i)),
                   sense, f"man.tsv:{i + 2}")
        for i, sense in enumerate(labels_or_none)
    )  # fmt: skip
    rng = np.random.default_rng(0)
    x = rng.normal(size=(len(uses), 5))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    results = [_static("word2vec", len(uses))]
    for k in range(shape.encoders - 1):
        layers = tuple(range(shape.layers)) if k == 0 and shape.layers > 1 else (None,)
        encoder: EncoderInfo = info(f"encoder{k}", layers=layers, model="MiniLM")
        for layer in layers:
            name = encoder.name if layer is None else f"{encoder.name}@{layer}"
            numbers = metrics(max(0.3, value - 0.02 * k), half)
            results.append(Result(name, encoder, layer, 0.1, 0.0216, {}, (), x @ x.T, numbers))
    return Comparison(
        word="man",
        occurrences=uses,
        results=tuple(results),
        verdict=("encoder0 separates the senses better than encoder1 (+.02, p = .001).",),
    )


def _static(name: str, n: int) -> Result:
    undefined = dict.fromkeys(metrics(0.5, None), Metric(None, undefined=PER_TYPE))
    encoder = info(name, per_type=True)
    return Result(name, encoder, None, 0.1, 0.0216, {}, (), np.ones((n, n)), undefined)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Any number of senses, encoders and layers, with any names, sentences and warnings."""
    shape = Shape(
        senses=tuple(draw(st.lists(st.integers(1, 8), max_size=draw(st.sampled_from([2, 40]))))),
        unlabeled=draw(st.integers(0, 5)),
        encoders=draw(st.integers(1, 40)),
        layers=draw(st.sampled_from([1, 2, 7, 13, 25, 60])),
    )
    if not shape.senses and not shape.unlabeled:
        shape = replace(shape, unlabeled=1)
    made = comparison(shape, draw(AUC), draw(st.none() | st.floats(0, 0.5)))
    name = draw(st.none() | NAMES)
    results = made.results
    if name is not None:
        results = tuple(
            replace(r, name=f"{name}{k}", info=r.info if len(r.info.layers) > 1
                    else replace(r.info, model=name))
            for k, r in enumerate(results)
        )  # fmt: skip
    sense, sentence = draw(st.none() | NAMES), draw(TEXTS)
    uses = tuple(
        replace(o, sense=sense and o.sense and f"{sense}{o.sense}", sentence=o.sentence + sentence)
        for o in made.occurrences
    )
    controls = draw(st.none() | st.integers(1, 6))
    return replace(
        made,
        word=draw(st.just("man") | NAMES),
        results=results,
        occurrences=uses,
        controls=None if controls is None else tuple(
            replace(results[-1], name=f"control{k}", metrics=metrics(0.4 + 0.05 * k, 0.1))
            for k in range(controls)
        ),
        verdict=tuple(draw(st.lists(TEXTS, max_size=8))),
        warnings=tuple(draw(st.lists(TEXTS, max_size=8))),
        skipped=tuple(Skipped(f"man.tsv:{k}", text) for k, text in
                      enumerate(draw(st.lists(TEXTS, max_size=8)))),
    )  # fmt: skip
