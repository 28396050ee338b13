from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from embcmp import Occurrence, load_encoder
from embcmp.encoders.substitutes import Substitute, SubstituteList, SubstituteLists
from embcmp.errors import ModelError, SpecError
from embcmp.questions.neighbors.neighbors import neighbors
from embcmp.questions.neighbors.reference import Reference
from embcmp.text.targets import find_occurrences
from embcmp.vectors.store import open_vectors
from tests.conftest import MAN, VOCABULARY
from tests.questions.encoders import Made

TEXT = Reference("made", ("a boy is here", "few cold words"), ("made:1", "made:2"))
USES = list(find_occurrences(MAN, "man"))


def test_one_vector_per_type_gives_one_list_for_all_uses(tiny_vectors: Path) -> None:
    found = neighbors(USES, [f"word2vec:{tiny_vectors}"], TEXT, top=4)
    [view] = found.results
    assert (view.layers, view.substitutes) == ((), None)
    [of_man] = view.types  # *Man* is looked up as *man*
    assert of_man.word == "man"
    x, _ = open_vectors(tiny_vectors).lookup(VOCABULARY)
    x = x.astype(np.float64) / np.linalg.norm(x, axis=1, keepdims=True)
    cosines = x @ x[0]
    best = [VOCABULARY[i] for i in np.argsort(-cosines) if i][:4]
    assert [n.word for n in of_man.words] == best
    for n in of_man.words:
        assert n.cosine == pytest.approx(cosines[VOCABULARY.index(n.word)], abs=1e-6)


def test_each_form_has_a_list_or_the_reason_why_it_has_none(tiny_vectors: Path) -> None:
    uses = list(find_occurrences(["the man", "two posts", "a post"], "post", "inflections"))
    [view] = neighbors(uses, [f"word2vec:{tiny_vectors}"], TEXT).results
    posts, post = view.types
    assert (posts.word, post.word) == ("posts", "post")
    assert posts.words == ()
    assert posts.undefined is not None
    assert posts.undefined.startswith("'posts' is not among the 13 words")
    assert len(post.words) == 10


def test_words_in_context_and_encoders_shown_once(tiny_vectors: Path, tiny_bert: Path) -> None:
    specs = [f"context:{tiny_vectors}", f"bert:{tiny_bert}", f"bert:{tiny_bert}@3"]
    found = neighbors(USES[:1], specs, TEXT, others=USES[1:])
    assert [v.info.name for v in found.results] == [specs[0], specs[2]]
    for view in found.results:
        [layer] = view.layers
        [of_use] = layer.by_use
        assert {n.use.id for n in of_use.same_word} == {"2", "3"}
        assert view.types == ()
    assert [v.substitutes for v in found.results] == [
        None,
        "the checkpoint has no masked-word head",
    ]
    assert (found.word, found.uses, found.top, found.correct) == ("man", (USES[0],), 10, "none")


class Filling(Made):
    """An encoder with a prediction layer."""

    def substitutes(self, occurrences: Sequence[Occurrence], count: int) -> SubstituteLists | str:
        return [SubstituteList((Substitute(o.form, 0.5),) * count, 9) for o in occurrences]


def test_a_prediction_layer_is_asked_for_the_uses_alone() -> None:
    [view] = neighbors(
        USES[:2], [Filling(lambda o: [1.0, 0.0])], TEXT, others=USES[2:], top=3
    ).results
    assert view.substitutes == [
        SubstituteList((Substitute("Man", 0.5),) * 3, 9),
        SubstituteList((Substitute("man", 0.5),) * 3, 9),
    ]  # fmt: skip


def test_unusable_encoders_are_refused(tiny_bert: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no family"):
        neighbors(USES, ["elmo"], TEXT)
    with pytest.raises(SpecError, match="has no layer 9"):
        neighbors(USES, [f"bert:{tiny_bert}@9"], TEXT)
    with pytest.raises(ModelError):
        neighbors(USES, [f"lstm:{tmp_path}/none"], TEXT)


def test_progress_names_the_encoder(tiny_bert: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    encoder = load_encoder(f"bert:{tiny_bert}")
    neighbors(USES, [encoder], TEXT, progress=lambda *call: calls.append(call))
    assert calls == [(f"bert:{tiny_bert}@3", 2, 2)]
