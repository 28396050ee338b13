from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from embcmp import Occurrence, compare, find_occurrences
from embcmp.encoders.base import Row, assemble
from embcmp.errors import InputError, SpecError, UsageError
from embcmp.questions.compare.json import to_object
from embcmp.text.use_sample import sample
from embcmp.types import Embeddings, EncoderInfo, Progress, Receipt
from tests.conftest import MAN


class Angles:
    """An encoder whose vectors stand at the angles (in degrees) that it is given, by sentence."""

    def __init__(self, angles: dict[str, float | None], **changes: object) -> None:
        values = {
            "spec": "bert@1", "name": "bert@1", "family": "bert", "model": "angles",
            "layers": (1,), "dim": 2, "parameters": 0, "bytes": 0, "own_bytes": 0,
            "fingerprint": "f",
        }  # fmt: skip
        self.info = EncoderInfo(**{**values, **changes})  # type: ignore[arg-type]
        self.angles = angles

    def encode(
        self, occurrences: Sequence[Occurrence], progress: Progress | None = None
    ) -> Embeddings:
        if progress:
            progress(len(occurrences), len(occurrences))
        return assemble(self.info, occurrences, [self._row(o) for o in occurrences])

    def _row(self, o: Occurrence) -> Row:
        angle = self.angles.get(o.sentence, 45)  # of the background, whatever it is
        if angle is None:
            return "no angle"
        vector = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))], np.float32)
        return np.stack([vector] * len(self.info.layers)), Receipt(o.id, ("man",), o.form)


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path))


def uses(senses: Sequence[str | None]) -> list[Occurrence]:
    return [Occurrence(str(i), "man", f"man {i}", 0, 3, sense) for i, sense in enumerate(senses, 1)]


def test_measures_by_hand() -> None:
    encoder = Angles({"man 1": 0, "man 2": 60, "man 3": 90, "man 4": 90})
    comparison = compare(uses(["a", "a", "b", "b"]), [encoder])
    [r] = comparison.results
    assert r.name == "bert@1"
    half, root = 0.5, 3**0.5 / 2
    expected = {
        "self_similarity": (half + 0 + 0 + root + root + 1) / 6,
        "within": (half + 1) / 2,
        "between": (0 + 0 + root + root) / 4,
        "separation": (half + 1) / 2 - root / 2,
        "auc": (2 + 4) / 8,  # .5 beats the two zeros, 1 beats all four
        "nearest_neighbor": 3 / 4,  # the second use of a is nearer to b
    }
    assert {k: r.metrics[k].value for k in expected} == pytest.approx(expected, abs=1e-6)
    assert r.metrics["auc"].chance == 0.5


def test_without_senses_there_are_no_measures_of_them() -> None:
    comparison = compare(uses([None, None]), [Angles({"man 1": 0, "man 2": 60})])
    [(name, metric)] = comparison.results[0].metrics.items()
    assert (name, metric.value) == ("self_similarity", pytest.approx(0.5))


def test_one_vector_per_type_is_never_a_result() -> None:
    encoder = Angles({"man 1": 0, "man 2": 0, "man 3": 60}, per_type=True, layers=(None,),
                     spec="word2vec", name="word2vec")  # fmt: skip
    comparison = compare(uses(["a", "a", "b"]), [encoder])
    reasons = {m.undefined for m in comparison.results[0].metrics.values()}
    assert reasons == {"one vector per type"}
    assert comparison.results[0].similarity[0, 1] == 1.0
    assert comparison.verdict == (
        "word2vec gives every use of a form the same vector, so it cannot separate senses.",
    )


def test_missing_vectors_are_left_out_with_a_warning() -> None:
    encoder = Angles({"man 1": 0, "man 2": None, "man 3": 60})
    comparison = compare(uses([None] * 3), [encoder])
    assert comparison.results[0].missing == {"2": "no angle"}
    assert comparison.results[0].metrics["self_similarity"].value == pytest.approx(0.5)
    assert comparison.warnings == ("bert@1: 1 of 3 uses have no vector (no angle)",)


def test_a_layer_asked_for_twice_is_shown_once() -> None:
    angles = {"man 1": 0.0, "man 2": 60.0}
    comparison = compare(
        uses([None] * 2), [Angles(angles), Angles(angles, layers=(0, 1), name="bert@all")]
    )
    assert [(r.name, r.info.layers) for r in comparison.results] == [
        ("bert@0", (0, 1)),  # among its encoder's others, so that their curve is whole
        ("bert@1", (0, 1)),
    ]
    assert comparison.warnings == ("bert@1 was asked for twice and is shown once",)


def test_progress_names_the_encoder() -> None:
    seen: list[tuple[str, int, int]] = []
    compare(
        uses([None] * 2),
        [Angles({"man 1": 0, "man 2": 60})],
        progress=lambda name, done, total: seen.append((name, done, total)),
    )
    assert seen == [("bert@1", 2, 2), ("measuring bert@1", 0, 1), ("measuring bert@1", 1, 1)]


def test_a_sample_is_drawn_by_its_seed_whatever_the_order() -> None:
    every = uses([None] * 50)
    drawn = sample(every, 10, seed=1)
    assert len(drawn) == 10
    assert [o.id for o in drawn] == sorted((o.id for o in drawn), key=int)  # the input's order
    assert set(sample(every[::-1], 10, seed=1)) == set(drawn)
    assert set(sample(every, 10, seed=2)) != set(drawn)
    assert sample(every, 50, seed=1) == tuple(every)


def test_a_warning_names_the_sample() -> None:
    angles = {f"man {i}": float(i) for i in range(1, 6)}
    comparison = compare(uses([None] * 5), [Angles(angles)], max_occurrences=3, seed=4)
    assert len(comparison.occurrences) == 3
    assert comparison.warnings == ("3 of 5 uses are taken, a sample drawn with seed 4",)
    assert comparison.manifest["seed"] == 4


def test_occurrences_that_cannot_be_compared() -> None:
    encoder = Angles({})
    with pytest.raises(InputError, match="there is no occurrence to compare"):
        compare([], [encoder])
    two = [Occurrence("1", "man", "man", 0, 3), Occurrence("2", "bow", "bow", 0, 3)]
    with pytest.raises(UsageError, match="occurrences of several words: bow, man"):
        compare(two, [encoder])
    with pytest.raises(UsageError, match="two occurrences have the same id"):
        compare([two[0], two[0]], [encoder])
    with pytest.raises(SpecError):
        compare(two[:1], ["bert@six"])
    with pytest.raises(UsageError, match="there is no encoder to compare"):
        compare(two[:1], [])
    with pytest.raises(UsageError, match="offsets 2-50 lie outside its sentence"):
        compare([Occurrence("1", "man", "a man", 2, 50)], [encoder])
    with pytest.raises(UsageError, match="there is no correction 'whiten'"):
        compare(two[:1], [encoder], correct="whiten")


def test_real_encoders_from_strings(tiny_vectors: Path, tiny_bert: Path) -> None:
    found = find_occurrences([*MAN, "nobody here"], "man")
    specs = [f"word2vec:{tiny_vectors}", f"context:{tiny_vectors}", f"bert:{tiny_bert}"]
    comparison = compare(found, specs)
    assert comparison.skipped == ()
    assert any("sentences do not contain 'man'" in warning for warning in comparison.warnings)
    assert (comparison.results[0].similarity == 1.0).all()
    assert [r.info.spec for r in comparison.results] == specs
    assert comparison.manifest["encoders"].keys() == {r.name for r in comparison.results}
    again = compare(found, specs)
    for a, b in zip(comparison.results, again.results, strict=True):
        np.testing.assert_array_equal(a.similarity, b.similarity)


def test_copies_but_for_case_and_space_give_a_warning() -> None:
    same = [Occurrence(str(i), "man", s, 0, 3) for i, s in enumerate(["man 1", "Man  1", "man 2"])]
    comparison = compare(same, [Angles({})])
    assert comparison.warnings == (
        "2 uses are in sentences that differ in case or white space alone, and share one weight:"
        " 'Man  1'",
    )
    twice = [Occurrence(str(i), "man", "man and man", s, s + 3) for i, s in enumerate((0, 8))]
    assert compare(twice, [Angles({})]).warnings == ()  # two uses in one sentence are no copies


def test_exact_copies_are_one_use() -> None:
    rows = [("man 1", "a"), ("man 1", "a"), ("man 2", "a"), ("man 3", "b"), ("man 3", None)]
    copied = [Occurrence(str(i), "man", text, 0, 3, sense) for i, (text, sense) in enumerate(rows)]
    comparison = compare(copied, [Angles({})])
    assert [o.id for o in comparison.occurrences] == ["0", "2", "3"]
    assert [o.sense for o in comparison.occurrences] == ["a", "a", "b"]
    assert comparison.warnings[0] == "2 exact copies of other uses were left out"


def test_copies_with_different_labels_lose_them() -> None:
    rows = [("man 1", "a"), ("man 1", "b"), ("man 2", "a"), ("man 3", "a")]
    copied = [Occurrence(str(i), "man", text, 0, 3, sense) for i, (text, sense) in enumerate(rows)]
    comparison = compare(copied, [Angles({})])
    assert [o.sense for o in comparison.occurrences] == [None, "a", "a"]
    assert comparison.warnings[:2] == (
        "1 exact copy of another use was left out",
        "copies of a sentence have the labels 'a' and 'b', so its label is not used: 'man 1'",
    )


NUMBERS = ("results", "tests", "claims", "agreement", "verdict", "controls", "planning")


def two_encoders(rows: Sequence[tuple[str, str]]) -> list[Angles]:
    """Encoders that see the senses, one better than the other; copies have one vector."""

    def noise(sentence: str) -> np.ndarray:
        text = " ".join(sentence.casefold().split())
        return np.random.default_rng(list(text.encode())).standard_normal(2)

    def angles(scale: float, which: int) -> dict[str, float | None]:
        return {s: scale * noise(s)[which] + 60 * (sense == "a") for s, sense in rows}

    return [
        Angles(angles(15, 0), name="bert:x@1", spec="bert:x@1", fingerprint="x"),
        Angles(angles(70, 1), name="bert:y@1", spec="bert:y@1", fingerprint="y"),
    ]


def numbers(rows: Sequence[tuple[str, str]]) -> object:
    """All numbers of a comparison of these sentences, but for those of each use."""
    occurrences = [
        Occurrence(str(i), "man", text, text.lower().index("man"), text.lower().index("man") + 3, z)
        for i, (text, z) in enumerate(rows)
    ]
    comparison = compare(occurrences, two_encoders(rows))
    found = to_object(comparison)
    for result in found["results"]:
        kept = {"name", "metrics"}
        for name in set(result) - kept:
            del result[name]
    return {name: found.get(name) for name in NUMBERS}


SENTENCES = [(f"sentence {i} with man", "ab"[i % 2]) for i in range(24)]


def test_a_sentence_copied_25_times_changes_no_number() -> None:
    once = numbers(SENTENCES)
    assert numbers([*SENTENCES, *SENTENCES[:1] * 25]) == once


def test_copies_in_other_case_change_no_measure_and_no_interval() -> None:
    copies = [(("sentence 0" + " " * k + " with MAN"), "a") for k in range(1, 26)]
    once, copied = numbers(SENTENCES), numbers([*SENTENCES, *copies])
    exempt = {"mev", "adjusted_mev", "ari_oracle_k", "v_measure_oracle_k", "probe"}
    for a, b in zip(once["results"], copied["results"], strict=True):
        for name in a["metrics"].keys() - exempt:
            assert close(a["metrics"][name], b["metrics"][name], exempt={"chance"}), name
    for a, b in zip(once["tests"], copied["tests"], strict=True):
        assert close(a, b)
    assert once["claims"] == copied["claims"]


def close(a: dict[str, object], b: dict[str, object], exempt: set[str] = frozenset()) -> bool:
    """Whether all numbers are equal but for rounding."""
    return all(
        a[k] == b[k] or (a[k] is not None and a[k] == pytest.approx(b[k], abs=1e-9))
        for k in a.keys() - exempt
    )


def test_the_order_of_the_rows_changes_no_number() -> None:
    order = np.random.default_rng(3).permutation(len(SENTENCES))
    assert numbers([SENTENCES[i] for i in order]) == numbers(SENTENCES)


def test_several_uses_in_a_sentence_are_no_sign_of_sense() -> None:
    """All uses in a sentence have one vector, which says nothing of the sense; so does no pair."""
    aucs = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        angles = {f"man man man {i}": float(rng.uniform(0, 360)) for i in range(12)}
        rows = [
            Occurrence(f"{i}.{k}", "man", text, 4 * k, 4 * k + 3, "ab"[i % 2])
            for i, text in enumerate(angles)
            for k in range(3)
        ]
        metrics = compare(rows, [Angles(angles)], intervals=False).results[0].metrics
        aucs.append([metrics[name].value for name in ("auc", "auc_macro", "silhouette")])
        assert metrics["within"].value != 1
    auc, macro, silhouette = np.mean(aucs, axis=0)
    error = np.std(aucs, axis=0) / 40**0.5
    assert abs(auc - 0.5) < 3 * error[0]
    assert abs(macro - 0.5) < 3 * error[1]
    assert silhouette < 0.05  # .28 and more if uses vouch for others in their sentence


def test_a_rare_sense_is_in_the_value_and_not_in_the_inference() -> None:
    rows = [*SENTENCES, *((f"rare {i} with man", "c") for i in range(4))]
    x = numbers(rows)
    frequent = numbers(SENTENCES)
    for all_senses, two_senses in zip(x["results"], frequent["results"], strict=True):
        for name in ("auc_macro", "auc", "within", "between", "separation"):
            found, alone = all_senses["metrics"][name], two_senses["metrics"][name]
            assert found["ci95"] is None
            assert found["inference"]["senses"] == ["a", "b"]
            assert found["inference"]["value"] == alone["value"] != found["value"]
            assert found["inference"]["ci95"] == alone["ci95"]
            assert found["no_interval"] == "too few units of 'c': the interval is without them"
            assert alone["inference"] is None
    assert x["tests"] == frequent["tests"]
    assert x["verdict"][0] == ("Senses that occur too rarely are left out of the verdict: 'c'.")
    assert x["verdict"][1:] == frequent["verdict"]
