"""fixtures/homographs.tsv is what docs/notes/homographs.md says: balanced and varied."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from importlib.util import find_spec
from itertools import groupby
from types import ModuleType

import numpy as np
import pytest

from embcmp.models.catalog import GLOVE
from embcmp.text.inflections import same_word
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences
from tests.benchmarks import agreement, balance
from tests.benchmarks.balance import (
    KINDS,
    auc_by_context,
    auc_by_position,
    by_scene,
    by_sense,
    having,
    length,
    place,
    spread,
)
from tests.benchmarks.homographs import FIXTURES, Homograph, glosses, read_homographs, rows
from tests.conftest import ROOT, Run

FILE = FIXTURES / "homographs.tsv"
PAGE = (ROOT / "docs" / "notes" / "homographs.md").read_text(encoding="utf-8")
ROWS, GLOSSES, WORDS = rows(), glosses(), read_homographs()
PARTS_OF_SPEECH = {"noun", "verb", "adj"}
SHORTEST, LONGEST = 5, 30  # words of a sentence

# Between any two senses of a word.
LENGTHS_APART = 2.0  # mean words a sentence
POSITIONS_APART = 0.12  # mean start of the target, as a share of the sentence
BETWEEN_SENSES_ONLY_CHANCE = 0.55  # highest mean AUC by length and position
MOST_BY_SHARED_TOPICS = 0.60  # highest mean AUC by context words
LEAST_AGREEMENT = 0.95

MOST_WITH = {"nobody": 6, "forty": 3}  # sentences; the writers had used them in 25 and 10
MOST_REWORDED = 6  # words of a sentence that were changed after its label
LIKE_NAME = 5  # letters that the name of a scene shares with a word of its sentences

needs_glove = pytest.mark.skipif(
    find_spec(GLOVE.module) is None, reason="the models extra is not installed"
)
each_word = pytest.mark.parametrize("homograph", WORDS.values(), ids=list(WORDS))


def test_enough_words_of_every_kind() -> None:
    kinds = Counter(h.kind for h in WORDS.values())
    assert set(kinds) == set(KINDS)
    assert kinds.total() >= 40
    assert len({(row["word"], row["kind"]) for row in ROWS}) == len(WORDS)
    assert kinds["polyseme"] >= 15
    assert sum(h.topics == "shared" for h in WORDS.values()) * 3 >= len(WORDS)
    for half in (WORDS.keys() & {w for w in WORDS if w < "n"}, {w for w in WORDS if w >= "n"}):
        assert {WORDS[word].kind for word in half} == set(KINDS)


def test_rows_stand_together_by_word_and_sense_in_alphabetical_order() -> None:
    words = [word for word, _ in groupby(row["word"] for row in ROWS)]
    assert words == sorted(set(words))
    senses = [key for key, _ in groupby((row["word"], row["sense"]) for row in ROWS)]
    assert len(senses) == len(set(senses))


@each_word
def test_each_sense_has_as_many_sentences(homograph: Homograph) -> None:
    counts = {sense: len(uses) for sense, uses in by_sense(homograph).items()}
    assert 2 <= len(counts) <= 4
    assert len(set(counts.values())) == 1
    assert min(counts.values()) >= 8


def test_the_part_of_speech_is_given_and_decides_where_the_kind_is_pos() -> None:
    of_sense: dict[tuple[str, str], set[str]] = {}
    for row in ROWS:
        of_sense.setdefault((row["word"], row["sense"]), set()).add(row["pos"])
    assert all(len(pos) == 1 for pos in of_sense.values())
    assert set().union(*of_sense.values()) == PARTS_OF_SPEECH
    for word, homograph in WORDS.items():
        pos = [of_sense[word, sense] for sense in by_sense(homograph)]
        if homograph.kind == "pos":
            assert len(set().union(*pos)) == len(pos), word
        if homograph.kind == "polyseme":
            assert set().union(*pos) == {"noun"}, word


def test_every_sentence_has_a_scene_which_is_the_unit() -> None:
    assert all(re.fullmatch(r"[a-z]+(\.[a-z]+)?\.[a-z0-9]+", row["scene"]) for row in ROWS)
    assert all(row["scene"].split(".")[0] == row["word"] for row in ROWS)
    units = [row.unit for row in read_sentences(FILE, columns={"unit": "scene"})]
    assert units == [row["scene"] for row in ROWS]


@each_word
def test_senses_that_share_their_topics_share_each_scene(homograph: Homograph) -> None:
    senses = list(by_sense(homograph))
    scenes = by_scene(homograph)
    if homograph.topics == "own":
        assert {len(uses) for uses in scenes.values()} == {1}
        return
    assert len(scenes) * len(senses) == len(homograph.uses)
    for uses in scenes.values():
        assert [use.sense for use in uses] == senses


@each_word
def test_a_matched_scene_is_named_by_what_is_in_each_of_its_sentences(homograph: Homograph) -> None:
    for scene, uses in by_scene(homograph).items():
        name = scene.split(".")[-1]
        if len(uses) > 1:
            for use in uses:
                words = re.findall(r"\w+", use.sentence.casefold())
                assert any(w.startswith(name[:LIKE_NAME]) for w in words), (scene, use.sentence)
                assert name != use.word


def test_a_scene_without_a_partner_is_named_by_its_sense_and_number() -> None:
    for homograph in WORDS.values():
        if homograph.topics == "own":
            for sense, uses in by_sense(homograph).items():
                expected = [f"{homograph.word}.{sense}.{i}" for i in range(1, len(uses) + 1)]
                assert [use.unit for use in uses] == expected


@pytest.mark.parametrize("word", MOST_WITH)
def test_the_words_that_the_writers_used_too_often_are_rare(word: str) -> None:
    assert 1 <= len(having(list(WORDS.values()), word)) <= MOST_WITH[word]


def test_each_sense_has_a_gloss_and_each_word_its_topics() -> None:
    listed = [(row["word"], row["sense"]) for row in GLOSSES]
    assert listed == list(dict.fromkeys((row["word"], row["sense"]) for row in ROWS))
    assert len({(row["word"], row["gloss"]) for row in GLOSSES}) == len(GLOSSES)
    assert all(len(row["gloss"].split()) >= 3 for row in GLOSSES)
    topics = {(row["word"], row["topics"]) for row in GLOSSES}
    assert len(topics) == len(WORDS)
    assert {of_word for _, of_word in topics} == {"shared", "own"}


def test_embcmp_uses_every_row_at_its_offsets() -> None:
    sentences = read_sentences(FILE)
    for word, homograph in WORDS.items():
        found = find_occurrences(sentences, word)
        assert found.skipped == ()
        assert [(o.sentence, o.start, o.end, o.sense) for o in found] == [
            (o.sentence, o.start, o.end, o.sense) for o in homograph.uses
        ]


@each_word
def test_forms_are_real_inflections_found_without_offsets(homograph: Homograph) -> None:
    for use in homograph.uses:
        found = find_occurrences([use.sentence], homograph.word, "inflections")
        assert (use.start, use.end) in [(o.start, o.end) for o in found], use.sentence
        assert same_word(use.form.casefold(), homograph.word)


def test_inflections_are_found_by_the_command(run: Run, tiny_vectors: object) -> None:
    hammers = "\n".join(use.sentence for use in WORDS["hammer"].uses)
    arguments = ("--match", "inflections", "-e", f"word2vec:{tiny_vectors}", "--format", "json")
    done = run("compare", "hammer", "-s", "-", *arguments, stdin=hammers)
    assert done.returncode == 0, done.stderr
    assert all(f'"form": "{form}"' in done.stdout for form in ("hammer", "hammers", "hammered"))


def test_sentences_are_whole_and_there_once() -> None:
    sentences = [row["sentence"] for row in ROWS]
    assert len({s.casefold() for s in sentences}) == len(sentences)
    for sentence in sentences:
        assert SHORTEST <= len(sentence.split()) <= LONGEST, sentence
        assert sentence == " ".join(sentence.split())
        assert re.search(r"[.?!]\"?$", sentence), sentence
        assert sentence.count('"') % 2 == 0, sentence
        assert sentence[0] == '"' or sentence[0].isupper(), sentence


@each_word
def test_no_two_sentences_of_a_word_share_four_words_in_a_row(homograph: Homograph) -> None:
    first: dict[tuple[str, ...], str] = {}
    for use in homograph.uses:
        words = re.findall(r"\w+", use.sentence.casefold())
        for run_of_four in {tuple(words[i : i + 4]) for i in range(len(words) - 3)}:
            assert run_of_four not in first, (first[run_of_four], use.sentence)
            first[run_of_four] = use.sentence


@each_word
def test_lengths_and_positions_are_alike_across_the_senses(homograph: Homograph) -> None:
    assert spread(homograph, length) <= LENGTHS_APART
    assert spread(homograph, place) <= POSITIONS_APART


@each_word
def test_lengths_and_positions_vary_within_each_sense(homograph: Homograph) -> None:
    for sense, uses in by_sense(homograph).items():
        assert np.ptp([length(u) for u in uses]) >= 10, sense
        assert np.ptp([place(u) for u in uses]) >= 0.4, sense


def test_length_and_position_do_not_tell_the_senses_apart() -> None:
    assert np.mean([auc_by_position(h) for h in WORDS.values()]) <= BETWEEN_SENSES_ONLY_CHANCE


@needs_glove
def test_context_words_do_not_tell_senses_that_share_their_topics() -> None:
    of = {t: [h for h in WORDS.values() if h.topics == t] for t in ("shared", "own")}
    shared, own = np.mean(auc_by_context(of["shared"])), np.mean(auc_by_context(of["own"]))
    assert shared <= MOST_BY_SHARED_TOPICS
    assert own > shared


def test_a_blind_second_labeling_agrees_with_the_first() -> None:
    labels = agreement.labels()
    senses = {(row["word"], row["sense"]) for row in ROWS}
    assert {(row["word"], row["sense"]) for row in labels} == senses
    assert {(row["word"], row["label"]) for row in labels} <= senses
    share, kappa = agreement.agreement(labels)
    assert share >= LEAST_AGREEMENT
    assert kappa >= LEAST_AGREEMENT


def test_every_sentence_was_labeled_in_its_present_wording_against_its_present_sense() -> None:
    labels = agreement.labels()
    labeled, reworded = agreement.as_meant(labels), agreement.as_reworded(labels)
    assert agreement.as_meant(ROWS) <= labeled | reworded
    assert reworded <= agreement.as_meant(ROWS)
    assert not labeled & reworded
    wordings = Counter((row["word"], row["sentence"]) for row in labels)
    assert set(wordings.values()) == {1}


def test_what_was_reworded_after_its_label_lost_a_tic_and_little_else() -> None:
    reworded = [row for row in agreement.labels() if row["reworded"]]
    forms = {u.sentence: u.form for h in WORDS.values() for u in h.uses}
    for row in reworded:
        before, after = (re.findall(r"[\w']+", row[key]) for key in ("sentence", "reworded"))
        codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        changed = [max(i2 - i1, j2 - j1) for op, i1, i2, j1, j2 in codes if op != "equal"]
        assert 1 <= sum(changed) <= MOST_REWORDED, row["reworded"]
        assert set(MOST_WITH) & {word.casefold() for word in before}
        assert not set(MOST_WITH) & {word.casefold() for word in after}
        form = forms[row["reworded"]]
        assert before.count(form) == after.count(form) > 0
    assert len({row["sentence"] for row in reworded}) == len(reworded)


def test_agreement_by_chance_is_counted_within_each_word() -> None:
    def row(word: str, sense: str, label: str) -> dict[str, str]:
        return {"word": word, "sense": sense, "label": label}

    four_of_five = [
        row("bank", "river", "river"),
        row("bank", "river", "finance"),
        row("bank", "finance", "finance"),
        row("bark", "dog", "dog"),
        row("bark", "tree", "tree"),
    ]
    share, kappa = agreement.agreement(four_of_five)
    by_chance = (3 * (2 / 3 * 1 / 3 + 1 / 3 * 2 / 3) + 2 * (1 / 2 * 1 / 2 * 2)) / 5
    assert share == 0.8
    assert kappa == pytest.approx((0.8 - by_chance) / (1 - by_chance))
    low, high = agreement.exact(four_of_five[3:])
    assert (low, high) == pytest.approx((0.025**0.5, 1.0))


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(agreement, id="agreement"),
        pytest.param(balance, id="balance", marks=needs_glove),
    ],
)
def test_the_page_shows_what_its_commands_print(module: ModuleType) -> None:
    assert f"    python -m {module.__name__}\n" in PAGE
    assert "\n".join(module.lines()).strip() in PAGE
