from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from embcmp.encoders.base import Encoder
from embcmp.errors import InputError, UsageError
from embcmp.evaluation.datasets import Kind
from embcmp.evaluation.evaluate import Settings, evaluate
from embcmp.evaluation.folds import Fold
from embcmp.evaluation.gold_rows import Item, Pair
from embcmp.evaluation.pair_task import PairTask
from embcmp.evaluation.results import Evaluation, Score
from embcmp.types import Skipped
from tests.evaluation.rows import encoder, item, items, pair, part
from tests.questions.encoders import Made

RNG = np.random.default_rng(11)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))
    RNG.bit_generator.state = START  # no test depends on those before it


def run(
    test: Sequence[Item | Pair],
    encoders: Sequence[Encoder],
    train: Sequence[Item | Pair] | None = None,
    **settings: object,
) -> Evaluation:
    kind: Kind = "items" if isinstance(test[0], Item) else "pairs"
    how = Settings(**settings)  # type: ignore[arg-type]
    trained = None if train is None else part(train, "train")
    context = Made(
        lambda o: (1.0, len(o.sentence)), name="context", layers=(None,), fingerprint="context"
    )
    evaluation = evaluate(
        part(test), trained, [*encoders, context], task="items", kind=kind, settings=how
    )
    assert evaluation.results[-1].name == "context"
    return evaluation


def by_name(evaluation: Evaluation) -> dict[str, Score]:
    return {s.name: s for s in evaluation.results}


def value(score: Score, metric: str) -> float:
    result = score.metrics[metric].value
    assert result is not None
    return result


def words(count: int = 12, rows: int = 10) -> list[Item]:
    return [i for k in range(count) for i in items(["a", "b"] * (rows // 2), f"word{k}")]


def senses(rows: Sequence[Item], noise: float) -> np.ndarray:
    clean = np.array([[1.0, 0, 0] if row.keys == ("a",) else [0, 1.0, 0] for row in rows])
    return clean + RNG.standard_normal(clean.shape) * noise


def test_encoders_are_scored_and_tested_over_words() -> None:
    rows = words()
    good, bad = (encoder(senses(rows, s), rows, n) for s, n in ((0.1, "lstm"), (2, "bert@1")))
    evaluation = run(rows, [good, bad])
    scores = by_name(evaluation)
    assert (evaluation.n, evaluation.words, evaluation.training) == (120, 12, "5 folds by sentence")
    assert value(scores["lstm"], "accuracy_by_word") == 1
    assert scores["lstm"].metrics["accuracy"].chance == pytest.approx(0.5)
    test = next(t for t in evaluation.tests if (t.a, t.b) == ("lstm", "bert@1"))
    difference = 1 - value(scores["bert@1"], "accuracy_by_word")
    assert test.difference == pytest.approx(difference)
    assert test.p is not None
    assert test.p_adjusted is not None
    assert test.p < test.p_adjusted < 0.01
    assert [b.name for b in evaluation.baselines] == ["most_frequent_sense", "context"]
    assert value(scores["lstm"], "auc") > 0.95


def layered(rows: Sequence[Item | Pair], noises: Sequence[float]) -> Made:
    """Layers of more and of less noise, as one encoder."""
    uses = [
        use
        for row in rows
        for use in ((row.use,) if isinstance(row, Item) else (row.first, row.second))
    ]
    stacked = {
        use.sentence: _layers(row, k, noises)
        for row in rows
        for k, use in enumerate((row.use,) if isinstance(row, Item) else (row.first, row.second))
    }
    assert len(stacked) == len(uses)

    class Layered(Made):
        def encode(self, occurrences, progress=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            embeddings = super().encode(occurrences, progress)
            for i, o in enumerate(occurrences):
                embeddings.vectors[:, i] = stacked[o.sentence]
            return embeddings

    return Layered(
        lambda o: (0.0, 0.0, 0.0), 3, "bert@all", tuple(range(len(noises))), f"{RNG.random()}"
    )


def _layers(row: Item | Pair, side: int, noises: Sequence[float]) -> list[np.ndarray]:
    if isinstance(row, Item):
        clean = np.array([1.0, 0, 0] if row.keys == ("a",) else [0, 1.0, 0])
    else:
        clean = np.array([1.0, 0, 0] if row.gold or side else [0, 1.0, 0])
    return [clean + RNG.standard_normal(3) * noise for noise in noises]


def test_the_layer_comes_from_train_and_not_from_the_rows_it_is_scored_on() -> None:
    train, test = words(12, 20), [item(f"word{k}", "ab"[k % 2], 100 + k) for k in range(12)]
    made = layered([*train, *test], [3, 0.1, 1])
    scores = by_name(run(test, [made], train))
    assert list(scores) == ["bert@0", "bert@1", "bert@2", "bert@all", "context"]
    assert scores["bert@all"].note == "layer 1, chosen on train"
    assert scores["bert@all"].metrics == scores["bert@1"].metrics
    # the layer that is best on test is worst on train: nothing of test is looked at
    trap = layered([*train, *test], [0.1, 3])
    swapped = {r.use.sentence for r in test}
    honest = trap.encode

    def encode(occurrences, progress=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        embeddings = honest(occurrences, progress)
        for i, o in enumerate(occurrences):
            if o.sentence in swapped:
                embeddings.vectors[:, i] = embeddings.vectors[::-1, i].copy()
        return embeddings

    trap.encode = encode  # type: ignore[method-assign]
    scores = by_name(run(test, [trap], train))
    assert scores["bert@all"].note == "layer 0, chosen on train"


def test_only_the_chosen_layer_is_tested() -> None:
    rows = words()
    evaluation = run(rows, [layered(rows, [2, 0.2])])
    assert {(t.a, t.b) for t in evaluation.tests} == {("bert@all", "context")}
    few = words(5)
    evaluation = run(few, [layered(few, [2, 0.2])])
    assert {(t.a, t.b) for t in evaluation.tests} == {("bert@1", "context")}
    assert (
        "bert@all: no layer is chosen, because that needs 10 words with training rows"
        " and there are 5" in evaluation.warnings
    )


def test_the_words_that_choose_a_layer_are_those_that_train() -> None:
    train = words(9)
    test = [item(f"word{k}", "ab"[k % 2], 100 + k) for k in range(12)]
    evaluation = run(test, [layered([*train, *test], [2, 0.2])], train)
    why = "no layer is chosen, because that needs 10 words with training rows and there are 9"
    assert f"bert@all: {why}" in evaluation.warnings
    learned, few = labeled(40), [pair(100 + k, bool(k % 2)) for k in range(6)]
    scores = by_name(run(few, [layered([*learned, *few], [2, 0.2])], learned))
    assert scores["bert@all"].note == "layer 1, chosen on train"


def test_folds_that_choose_differently_have_no_auc() -> None:
    rows = words(10, 10)
    score = None
    for _ in range(20):
        score = by_name(run(rows, [layered(rows, [0.9, 0.9, 0.9])]))["bert@all"]
        if (score.note or "").startswith("layer chosen on train, fold by fold"):
            break
    assert score is not None
    assert score.metrics["auc"].undefined == "the layer differs from fold to fold"
    assert score.metrics["accuracy"].value is not None


def labeled(count: int = 60, words_each: int = 1) -> list[Pair]:
    return [
        pair(k, bool(k % 2), (f"w{k // words_each}", f"w{k // words_each}")) for k in range(count)
    ]


def test_a_layer_is_chosen_for_pairs_too() -> None:
    train = labeled(80)
    test = [pair(100 + k, bool(k % 2)) for k in range(40)]
    scores = by_name(run(test, [layered([*train, *test], [3, 0.1])], train))
    assert scores["bert@all"].note == "layer 1, chosen on train"
    assert value(scores["bert@all"], "accuracy") == value(scores["bert@1"], "accuracy") > 0.9
    assert scores["bert@0"].metrics["auc"] != scores["bert@1"].metrics["auc"]


def test_folds_that_choose_differently_are_ranked_on_one_scale() -> None:
    rows = [pair(k, float(k % 2)) for k in range(60)]
    gold = np.array([float(row.gold) for row in rows])
    for _ in range(20):
        made = layered(rows, [0.9, 0.9])
        score = by_name(run(rows, [made]))["bert@all"]
        if (score.note or "").startswith("layer chosen on train, fold by fold"):
            break
    x = made.encode([use for row in rows for use in (row.first, row.second)]).vectors
    x = x.astype(np.float64) / np.linalg.norm(x.astype(np.float64), axis=2, keepdims=True)
    cosines = (x[:, ::2] * x[:, 1::2]).sum(axis=2).round(6)
    standard = stats.zscore(cosines, axis=1)
    mixed = np.empty(60)
    for fold in PairTask(rows).folds:
        best = max((0, 1), key=lambda k: stats.spearmanr(*choose(cosines[k], gold, fold)).statistic)
        mixed[fold.test] = standard[best][fold.test]
    assert value(score, "spearman") == pytest.approx(stats.spearmanr(mixed, gold).statistic)
    assert value(score, "pearson") == pytest.approx(stats.pearsonr(mixed, gold).statistic)


def choose(x: np.ndarray, y: np.ndarray, fold: Fold) -> tuple[np.ndarray, np.ndarray]:
    return x[fold.train], y[fold.train]


def test_all_encoders_are_scored_on_the_rows_that_all_have() -> None:
    rows = [pair(k, float(k % 7)) for k in range(40)]
    x = RNG.standard_normal((80, 3))
    holes = RNG.standard_normal((80, 3))
    holes[:6] = np.nan  # the first three pairs
    evaluation = run(rows, [encoder(x, rows, "lstm"), encoder(holes, rows, "bert@1")])
    cosines = [
        float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
        for a, b in zip(x[::2], x[1::2], strict=True)
    ]
    gold = [r.gold for r in rows]
    scores = by_name(evaluation)
    expected = stats.spearmanr(cosines[3:], gold[3:]).statistic
    assert value(scores["lstm"], "spearman") == pytest.approx(expected, abs=1e-6)
    assert (scores["lstm"].missing, scores["bert@1"].missing) == (0, 3)
    assert "3 of 40 pairs lack a cosine of some encoder" in evaluation.warnings
    assert any(w.startswith("bert@1: 6 of 80 uses have no vector") for w in evaluation.warnings)


def test_the_difference_is_that_of_the_two_scores() -> None:
    rows = [pair(k, float(k % 7), (f"w{k // 2}",) * 2) for k in range(60)]
    a, b = (encoder(RNG.standard_normal((120, 3)), rows, n) for n in ("lstm", "bert@1"))
    evaluation = run(rows, [a, b])
    scores, test = by_name(evaluation), evaluation.tests[0]
    difference = value(scores["lstm"], "spearman") - value(scores["bert@1"], "spearman")
    assert (test.metric, test.a, test.b) == ("spearman", "lstm", "bert@1")
    assert test.difference == pytest.approx(difference)
    low, high = test.ci95 or (1, 0)
    assert low < difference < high


def test_an_encoder_does_not_differ_from_itself() -> None:
    rows = labeled()
    x = RNG.standard_normal((120, 3))
    evaluation = run(rows, [encoder(x, rows, "lstm"), encoder(x, rows, "bert@1")])
    test = evaluation.tests[0]
    assert (test.difference, test.p) == (0, 1)


def static(rows: Sequence[Item | Pair]) -> Made:
    def vector(o) -> tuple[float, float]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        return (1.0, sum(map(ord, o.form)) % 97 / 10)

    return Made(vector, name="word2vec", layers=(None,), fingerprint="static", per_type=True)


def test_word2vec_has_no_score_where_forms_are_equal() -> None:
    for rows in (words(), labeled()):
        score = by_name(run(rows, [static(rows)]))["word2vec"]
        assert {m.undefined for m in score.metrics.values()} == {"one vector per type"}
        assert score.note is None


def test_one_vector_per_type_is_form_only_where_forms_differ() -> None:
    rows = [pair(k, float(k % 5), ("", "other")) for k in range(30)]
    score = by_name(run(rows, [static(rows)]))["word2vec"]
    assert score.note == "form only"
    assert score.metrics["spearman"].value is not None


def test_cosines_equal_in_bfloat16_are_ties() -> None:
    rows = [pair(k, float(k % 7)) for k in range(30)]
    x = np.array([[1, 0, 0], [0.5, 0.75**0.5, 0]] * 30) + RNG.standard_normal((60, 3)) * 1e-5
    fine, coarse = encoder(x, rows), replace(encoder(x, rows), dtype="bfloat16")
    assert by_name(run(rows, [fine]))["bert@1"].metrics["spearman"].value is not None
    equal = by_name(run(rows, [coarse]))["bert@1"].metrics["spearman"]
    assert equal.undefined == "all cosines, or all ratings, are equal"
    uses = words()
    near = np.array([[1, 0, 0.01 * (use.keys == ("a",))] for use in uses])
    assert value(by_name(run(uses, [encoder(near, uses)]))["bert@1"], "accuracy") == 1
    tied = by_name(run(uses, [replace(encoder(near, uses), dtype="bfloat16")]))["bert@1"]
    assert (value(tied, "accuracy"), value(tied, "auc")) == (0.5, 0.5)


def test_an_encoder_without_any_vector_removes_no_row_from_the_others() -> None:
    for rows in (words(), labeled(), [pair(k, float(k % 7)) for k in range(30)]):
        n = len(rows) * (1 if isinstance(rows[0], Item) else 2)
        x = RNG.standard_normal((n, 3))
        alone = by_name(run(rows, [encoder(x, rows, "lstm")]))["lstm"]
        blind = replace(static(rows), vector=lambda o: None, fingerprint="blind", per_type=False)
        scores = by_name(run(rows, [encoder(x, rows, "lstm"), blind]))
        assert {m.undefined for m in scores["word2vec"].metrics.values()} == {
            "no row to score has a vector"
        }
        assert scores["lstm"].metrics == alone.metrics


def test_two_words_that_are_not_known_are_not_one_vector() -> None:
    rows = [pair(k, float(k % 5), ("", "other")) for k in range(30)]
    unknown = replace(static(rows), vector=lambda o: None, fingerprint="unknown")
    score = by_name(run(rows, [unknown]))["word2vec"]
    assert {m.undefined for m in score.metrics.values()} == {"no row to score has a vector"}


def test_the_length_of_a_vector_changes_no_score() -> None:
    rows = words()
    x = senses(rows, 0.7)
    long = x * RNG.uniform(0.1, 100, size=(len(rows), 1))
    a, b = run(rows, [encoder(x, rows, "lstm"), encoder(long, rows, "bert@1")], shots=(2,)).results[
        :2
    ]
    assert 0.6 < value(a, "accuracy") < 1
    assert (a.metrics, a.curve) == (b.metrics, b.curve)


def test_the_learning_curve_grows_and_is_scored_on_the_same_rows() -> None:
    rows = words(8, 30)
    score = by_name(run(rows, [encoder(senses(rows, 0.8), rows)], shots=(1, 5, 99)))["bert@1"]
    reached = [m["accuracy_by_word"].value or 0 for m in score.curve.values()]
    assert list(score.curve) == [1, 5, 99]
    assert reached[0] < reached[1] < reached[2]
    assert score.curve[99]["accuracy"] == score.metrics["accuracy"]
    with pytest.raises(UsageError, match="pairs have no senses"):
        run(labeled(), [], shots=(1,))


def test_rows_of_train_that_are_scored_are_named() -> None:
    train = items(["a", "b", "a", "b"])
    test = [item("man", "a", 50, "MAN  stands in sentence 0"), item("man", "b", 51)]
    test[0] = Item.of(test[0].use)
    x = RNG.standard_normal((6, 3))
    evaluation = run(test, [encoder(x, [*train, *test])], train)
    [noted] = evaluation.noted
    assert noted.source == "made.tsv:52"
    assert noted.reason == "is also a training row: made.tsv:2"
    assert "1 of 2 rows to score are also training rows" in evaluation.warnings
    with pytest.raises(InputError, match=r"made\.tsv:52: is also a training row"):
        run(test, [encoder(x, [*train, *test])], train, strict=True)


def test_training_rows_of_other_words_are_not_encoded() -> None:
    train = [*items(["a", "b"] * 3), *items(["a", "b"] * 3, "post")]
    test = [item("man", "a", 50), item("man", "b", 51)]
    seen: set[str] = set()

    def vector(o) -> tuple[float, float]:  # type: ignore[no-untyped-def]  # noqa: ANN001
        seen.add(o.form)
        return (1.0, len(o.sentence))

    made = Made(vector, name="lstm", layers=(None,), fingerprint="lstm")
    assert run(test, [made], train).training == "6 rows of train"
    assert seen == {"man"}


def test_rows_that_cannot_be_answered_right_are_named() -> None:
    train = items(["a", "b"])
    test = [item("man", "c", 50), item("post", "a", 51), item("man", "a", 52)]
    evaluation = run(test, [encoder(RNG.standard_normal((5, 3)), [*train, *test])], train)
    assert evaluation.noted == (
        Skipped("made.tsv:52", "the sense c has no training row, so this row counts as wrong"),
        Skipped("made.tsv:53", "the word has no training row, so this row counts as wrong"),
    )
    assert (
        "2 of 3 rows count as wrong, because their sense has no training row" in evaluation.warnings
    )


def test_a_sample_gets_a_warning() -> None:
    rows = words(12, 20)
    x = senses(rows, 0.5)
    some = run(rows, [encoder(x, rows)], limit=5, words="W")
    assert some.n == 12 * 2 * 5
    again = run(rows[::-1], [encoder(x, rows)], limit=5)
    assert by_name(some)["bert@1"].metrics == by_name(again)["bert@1"].metrics
    with pytest.raises(InputError, match="no word begins with A-C"):
        run(rows, [encoder(x, rows)], words="A-C")
    with pytest.raises(UsageError, match="give a range of letters"):
        run(rows, [encoder(x, rows)], words="1")


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = words()
    x = senses(rows, 1)
    there, back = (run(r, [encoder(x, rows)]) for r in (rows, rows[::-1]))
    assert by_name(there)["bert@1"].metrics == by_name(back)["bert@1"].metrics


def test_an_encoder_that_is_given_twice_is_shown_once() -> None:
    rows = words()
    x = senses(rows, 1)
    evaluation = run(rows, [encoder(x, rows), encoder(x, rows)])
    assert [s.name for s in evaluation.results] == ["bert@1", "context"]
    assert "bert@1 was asked for twice and is shown once" in evaluation.warnings


def test_labels_and_ratings_do_not_mix() -> None:
    rows = [pair(0, True), pair(1, 2.5)]
    with pytest.raises(InputError, match="some rows are T or F, others are rated"):
        run(rows, [encoder(np.ones((4, 3)), rows)])


def test_nothing_to_score() -> None:
    with pytest.raises(InputError, match="test: no row can be used"):
        evaluate(part([]), None, ["context"], task="items", kind="items")
    with pytest.raises(UsageError, match="there is no encoder to score"):
        evaluate(part(words()), None, [], task="items", kind="items")
