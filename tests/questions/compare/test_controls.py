from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from embcmp.encoders import EncoderSpec, LoadedEncoder
from embcmp.errors import ModelError
from embcmp.measures.encoder_differences import differences
from embcmp.measures.macro_auc import auc_macro
from embcmp.questions.compare.controls import (
    controls,
    form,
    mean_of_seeds,
    position,
    shuffled,
)
from embcmp.questions.compare.layer_measures import NOT_OF_A_CONTROL, Settings, Uses
from embcmp.questions.compare.layer_view import LayerView, view_layers
from embcmp.types import Metric, Occurrence
from tests.questions.encoders import Made, uses

SETTINGS = Settings()
SENSES = ["a"] * 6 + ["b"] * 6


def by_sense(o: Occurrence) -> list[float]:
    return [1.0, float(o.id) / 50] if o.sense == "a" else [float(o.id) / 50, 1.0]


def views_of(made: Made, occurrences: list[Occurrence]) -> list[LayerView]:
    return view_layers(LoadedEncoder(made), Uses.of(occurrences), SETTINGS, control=True)


def view_of(made: Made, occurrences: list[Occurrence]) -> LayerView:
    return views_of(made, occurrences)[0]


def controls_of(
    views: list[LayerView],
    occurrences: list[Occurrence],
    load: Callable[[EncoderSpec], list[LayerView]],
) -> list[LayerView]:
    return controls(views, Uses.of(occurrences), SETTINGS, load)


def test_shuffled_labels_give_chance_and_its_band() -> None:
    occurrences = uses(SENSES)
    view = view_of(Made(by_sense), occurrences)
    assert view.result.metrics["auc"].value == 1.0
    control = shuffled(view, Uses.of(occurrences), SETTINGS).result
    assert control.name == "labels(bert@1)"
    m = control.metrics["auc"]
    assert m.value == pytest.approx(0.5, abs=0.03)
    assert m.ci95 is not None
    assert m.ci95[0] < 0.5 < m.ci95[1] < 0.95
    assert shuffled(view, Uses.of(occurrences), SETTINGS).result.metrics == control.metrics


def forms(pairs: list[tuple[str, str]]) -> Metric:
    occurrences = [
        Occurrence(str(i), "man", f"{f} number {i}", 0, len(f), sense)
        for i, (f, sense) in enumerate(pairs)
    ]
    found = form([], Uses.of(occurrences), SETTINGS)
    return found.result.metrics["auc"]


def test_form_alone() -> None:
    # same-sense pairs: man-Man alike, man-men and Man-men not; men-men alike; of the nine other
    # pairs (three of sense a, two of b) only men-men, twice, are alike
    mixed = [("man", "a"), ("Man", "a"), ("men", "a"), ("men", "b"), ("men", "b")]
    same, other = [1, 0, 0, 1], [0, 0, 0, 0, 1, 1]
    wins = [(s > o) + 0.5 * (s == o) for s in same for o in other]
    assert forms(mixed).value == pytest.approx(np.mean(wins))


def test_forms_that_are_all_the_same_or_one_for_each_sense() -> None:
    assert forms([("man", "a"), ("Man", "b")]).undefined == "all uses have the same form"
    assert forms([("man", "a"), ("men", "b")] * 2).undefined == "each sense has its own form"


def test_forms_are_those_of_the_tokenizer() -> None:
    occurrences = [*uses(["a", "b"], "Man"), Occurrence("9", "man", "men x", 0, 3, "a")]

    class Shouting(Made):
        def encode(self, *args: object) -> object:  # type: ignore[override]  # one token for all
            out = super().encode(*args)  # type: ignore[arg-type]  # passed on as they are
            return replace(
                out, receipts=tuple(replace(r, tokens=("m", "##n")) for r in out.receipts)
            )

    view = view_of(Shouting(by_sense), occurrences)
    found = form([view], Uses.of(occurrences), SETTINGS)
    assert found.result.metrics["auc"].undefined == "all uses have the same form"


def test_position_by_hand() -> None:
    sentences = ["man a b c", "a man b c", "a b c man d e f g"]
    occurrences = [
        Occurrence(str(i), "man", s, s.index("man"), s.index("man") + 3, "x")
        for i, s in enumerate(sentences)
    ]
    found = position(Uses.of(occurrences), SETTINGS)
    place = np.array([0 / 9, 2 / 9, 6 / 17])
    length = np.array([4.0, 4.0, 8.0])
    z = [(x - x.mean()) / x.std() for x in (place, length)]
    order = list(Uses.of(occurrences).order)
    first, third = order[0], order[2]
    expected = -np.hypot(z[0][first] - z[0][third], z[1][first] - z[1][third])
    assert found.similarity[0, 2] == pytest.approx(expected, abs=1e-6)
    assert found.result.similarity[first, third] == found.similarity[0, 2]


def test_every_control_of_the_given_encoders() -> None:
    occurrences = uses(SENSES)
    names = ("word2vec", "context,window=10", "lstm", "lstm,weights=random,seed=2", "bert:m@all")
    views = []
    for name in names:
        layers = (1,) if "bert" in name else (None,)
        made = Made(by_sense, name=name, layers=layers, per_type=name == "word2vec")
        views.append(view_of(made, occurrences))
    asked: list[str] = []

    def load(spec: EncoderSpec) -> list[LayerView]:
        asked.append(spec.text)
        name = spec.name(1) if "bert" in spec.text else spec.text
        return views_of(Made(by_sense, name=name), occurrences)

    found = controls_of(views, occurrences, load)
    assert asked == [
        "context,window=3,stopwords=keep",
        *(f"lstm,weights=random,seed={k}" for k in range(5)),
        *(f"bert:m,weights=random,seed={k}" for k in range(5)),
        "bert:m@0",
    ]
    assert [c.name for c in found][:2] == ["labels(context,window=10)", "labels(lstm)"]
    assert {"form", "position"} <= {c.name for c in found}
    for c in found:
        assert c.result.metrics.keys() == views[1].result.metrics.keys()
        for m in c.result.metrics.values():
            assert (m.value is None) == (m.undefined is not None)


def test_the_mean_of_seeds() -> None:
    occurrences = uses(SENSES)
    views = [
        view_of(Made(lambda o, k=k: [1.0, (int(o.id) * k) % 7]), occurrences) for k in (1, 2, 3)
    ]
    mean = mean_of_seeds(views).result
    values = [s.result.metrics["auc"].value for s in views]
    assert mean.metrics["auc"].value == pytest.approx(np.mean(values))
    assert mean.metrics["probe"].undefined == NOT_OF_A_CONTROL
    assert mean.info.model == "made, 3 seeds"
    assert mean_of_seeds(views[:1]) is views[0]


def test_tests_are_of_the_mean_over_the_seeds() -> None:
    occurrences = uses(SENSES)
    seeds = [np.random.default_rng(k).standard_normal((50, 3)) for k in range(4)]
    views = [view_of(Made(lambda o, x=x: list(x[int(o.id)]), dim=3), occurrences) for x in seeds]
    encoder, twin = views[0], mean_of_seeds(views[1:])
    twin = replace(twin, result=replace(twin.result, name="bert,weights=random@1"))
    grouping = Uses.of(occurrences).grouping
    [found] = differences([(encoder.contestant, twin.contestant)], grouping)
    first, *others = (auc_macro(Uses.of(occurrences).sample(v.similarity)).value for v in views)
    assert found.test.difference == pytest.approx(first - np.mean(others))
    assert twin.result.metrics["auc_macro"].value == pytest.approx(np.mean(others))


def test_labels_of_a_sentence_are_shuffled_together() -> None:
    occurrences = [
        Occurrence(f"{i}.{k}", "man", f"man {i} and man {i}", start, start + 3, "ab"[(i + k) % 2])
        for i in range(12)
        for k, start in enumerate((0, 10 if i < 10 else 11))
    ]
    made = Made(lambda o: [1.0, 0.2] if o.sense == "a" else [0.2, 1.0])
    view = view_of(made, occurrences)
    m = shuffled(view, Uses.of(occurrences), SETTINGS).result.metrics["auc"]
    assert m.value is not None
    assert m.ci95 is not None
    assert m.ci95[0] <= m.value <= m.ci95[1]


def test_unlabeled_uses_get_no_shuffled_sense() -> None:
    labeled = uses(SENSES)
    with_more = [*labeled, *(replace(o, id=f"u{o.id}", sentence=f"man is {o.id}", sense=None)
                              for o in labeled)]  # fmt: skip

    def band(occurrences: list[Occurrence]) -> Metric:
        made = Made(lambda o: by_sense(o) if o.sense else [0.7, 0.7])
        view = view_of(made, occurrences)
        return shuffled(view, Uses.of(occurrences), SETTINGS).result.metrics["auc"]

    assert band(with_more) == band(labeled)


def test_form_ignores_missing_and_unlabeled_uses() -> None:
    men = [("man", "a"), ("men", "b")] * 2
    occurrences = [
        Occurrence(str(i), "man", f"{f} number {i}", 0, len(f), sense)
        for i, (f, sense) in enumerate(men)
    ]
    extra = Occurrence("9", "man", "man number 9", 0, 3, None)
    found = form([], Uses.of([*occurrences, extra]), SETTINGS)
    assert found.result.metrics["auc"].undefined == "each sense has its own form"
    lost = Made(lambda o: None if o.id == "0" else by_sense(o))
    same = uses(["a", "b", "a", "b"])
    found = form([view_of(lost, same)], Uses.of(same), SETTINGS)
    assert found.result.metrics["auc"].undefined == "all uses have the same form"


def test_words_nearby_are_a_control_of_every_encoder() -> None:
    occurrences = uses(SENSES)
    views = [view_of(Made(by_sense, name="bert:m@1,pool=first"), occurrences)]
    asked: list[str] = []

    def load(spec: EncoderSpec) -> list[LayerView]:
        asked.append(spec.text)
        return views_of(Made(by_sense, name=spec.text), occurrences)

    controls_of(views, occurrences, load)
    assert asked[0] == "context,window=3,stopwords=keep"
    assert asked[1] == "bert:m@1,weights=random,seed=0,pool=first"
    assert asked[-1] == "bert:m@0,pool=first"


def test_a_control_that_cannot_be_loaded_is_undefined() -> None:
    occurrences = uses(SENSES)
    views = [view_of(Made(by_sense, name="bert:m@1"), occurrences)]

    def load(spec: EncoderSpec) -> list[LayerView]:
        if spec.family == "context":
            raise ModelError("the embedded models are not installed", "install them")
        return views_of(Made(by_sense, name=spec.text), occurrences)

    found = controls_of(views, occurrences, load)
    [context] = [c.result for c in found if c.name.startswith("context")]
    assert context.metrics["auc"].undefined == "the embedded models are not installed"
