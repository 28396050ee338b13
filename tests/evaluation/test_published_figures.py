"""What stands beside the scores: published figures, ceilings, overlap."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from scipy import stats

from embcmp import load_encoder
from embcmp.evaluation.cautions import digest, known_corpora, overlap
from embcmp.evaluation.change_task import CHANGE_METRICS
from embcmp.evaluation.datasets import DATA_SETS, read
from embcmp.evaluation.gold_rows import Pair
from embcmp.evaluation.item_scores import ITEM_METRICS
from embcmp.evaluation.pair_task import PAIR_METRICS
from embcmp.evaluation.published_figures import published, split_half, warnings
from tests.conftest import SHARED, needs_shared
from tests.evaluation.rows import pair
from tests.making.known_sentences import pack

KNOWN = json.loads(files("embcmp").joinpath("data", "published.json").read_text())
FIGURES = KNOWN["figures"]
METRICS = {"pairs": PAIR_METRICS, "items": ITEM_METRICS, "graphs": CHANGE_METRICS}


def test_every_figure_has_its_split_method_and_source() -> None:
    for one in FIGURES:
        assert one["task"] in DATA_SETS
        assert one["metric"] in METRICS[one["kind"]]
        assert 0 < one["value"] < 1
        assert KNOWN["rows"][one["task"]][one["split"]] > 0
        assert all(one[key] for key in ("system", "split", "method", "source"))


def test_figures_on_other_rows_are_marked() -> None:
    dev = published("wic", "pairs", "dev", 638)
    assert {f.system for f in dev} == {"BERT-large", "context2vec", "ELMo"}
    assert not any(f.comparable for f in dev)
    said = "published figures are for test, yours for dev: the rows differ"
    assert list(warnings(dev, "dev", 638)) == [said]
    whole = published("raw-c", "pairs", "all", 672)
    assert all(f.comparable for f in whole)
    assert list(warnings(whole, "all", 672)) == []
    sample = published("raw-c", "pairs", "all", 70)
    [said] = warnings(sample, "all", 70)
    assert said.endswith("yours for 70 rows of all: the rows differ")
    assert published("raw-c", "items", "all", 448) == []
    one_word = published("coarsewsd20", "items", "test", 72)
    assert not any(f.comparable for f in one_word)
    test = published("coarsewsd20", "items", "test", 10196)
    assert all(f.comparable for f in test)
    assert {(f.system, f.metric): f.value for f in test}["BERT-base", "mean_recall"] == 0.945


def test_another_data_set_of_graphs_has_no_figures() -> None:
    whole = published("change", "graphs", "dwug_en", 46)
    assert {(f.system, f.metric): f.value for f in whole}["XL-LEXEME", "spearman_apd"] == 0.886
    assert all(f.comparable for f in whole)
    assert not any(f.comparable for f in published("change", "graphs", "dwug_en", 25))
    assert published("change", "graphs", "dwug_de", 50) == []


@needs_shared
def test_the_figures_of_the_released_table_come_out_of_it() -> None:
    with (SHARED / "rawc" / "raw-c.csv").open(encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    gold = [float(row["mean_relatedness"]) for row in rows]
    for system in ("BERT", "ELMo"):
        distance = [float(row[f"distance_{system.lower()}"]) for row in rows]
        [figure] = [f for f in FIGURES if f["task"] == "raw-c" and f["system"] == system]
        assert -stats.spearmanr(distance, gold).statistic == pytest.approx(
            figure["value"], abs=5e-4
        )


def rated(spread: float, n: int = 60) -> list[Pair]:
    rng = np.random.default_rng(0)
    truth = rng.random(n)
    return [
        replace(pair(k, t), ratings=tuple((t + rng.standard_normal(10) * spread).tolist()))
        for k, t in enumerate(truth)
    ]


def test_a_ceiling_is_what_classical_test_theory_says() -> None:
    spread = 0.3
    figures = {f.metric: f for f in split_half(rated(spread, 400), "all", 0)}
    reliability = 1 / 12 / (1 / 12 + spread**2 / 10)  # of the mean of ten ratings
    assert figures["pearson"].value == pytest.approx(reliability, abs=0.03)
    assert figures["pearson"].human
    assert figures["spearman"].split == "all"


def test_equal_ratings_have_a_ceiling_of_1_and_single_ratings_have_none() -> None:
    assert [f.value for f in split_half(rated(0), "all", 0)] == pytest.approx([1, 1])
    assert split_half([replace(p, ratings=p.ratings[:1]) for p in rated(1)], "all", 0) == []
    assert split_half([pair(0, 1.0)], "all", 0) == []


def test_the_shipped_encoder_knows_its_corpus() -> None:
    encoder = load_encoder("lstm")
    gloss = "an adult person who is male (as opposed to a woman)"
    [known] = overlap([encoder], {gloss, gloss.upper(), "no gloss of WordNet is like this one"})
    assert (known.name, known.corpus) == ("lstm", "WordNet 3.0 glosses")
    assert (known.sentences, known.found) == (3, 2)
    untrained = load_encoder("lstm,weights=random")
    assert list(overlap([untrained, load_encoder("context")], {gloss})) == []


def test_another_corpus_is_not_known() -> None:
    encoder = load_encoder("lstm")
    assert encoder.provenance is not None  # type: ignore[attr-defined]
    encoder.provenance = replace(  # type: ignore[attr-defined]
        encoder.provenance,
        corpus="mine",
        corpus_digest="other",  # type: ignore[attr-defined]
    )
    [known] = overlap([encoder], {"a sentence"})
    assert (known.corpus, known.sentences, known.found) == ("mine", 1, None)


@needs_shared
@pytest.mark.parametrize(("split", "count"), [("dev", 1276), ("train", 10_000)])
def test_glosses_are_not_examples(split: str, count: int) -> None:
    """WiC is built from WordNet's examples, which is why the encoder saw none of them."""
    part = read("wic:read", SHARED / "wic" / split)
    sentences = {u.sentence for r in part.rows if isinstance(r, Pair) for u in (r.first, r.second)}
    [known] = overlap([load_encoder("lstm")], sentences)
    assert len(sentences) >= min(count, 6000)
    assert known.found is not None
    assert known.found <= 3


def test_digests_are_of_words_and_come_back_from_their_file() -> None:
    assert digest("A man, is it?") == digest("a  man ,is it ?") != digest("a man is it")
    content = pack({"one": ["a man", "a post", "a man"]})
    with np.load(io.BytesIO(content)) as stored:
        numbers = np.cumsum(stored["one"], dtype=np.int64).tolist()
    assert numbers == sorted({digest("a man"), digest("a post")})
    assert all(len(corpus) > 100_000 for corpus in known_corpora().values())
