from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from embcmp.questions.compare.page.uses import Uses
from embcmp.render.text import harmless


def occurrence(id_: str, sense: str | None) -> dict[str, object]:
    return {"id": id_, "sentence": "a man here", "start": 2, "end": 5, "sense": sense}


@given(st.lists(st.sampled_from(["b", "a", "c", None]), max_size=30))
def test_uses_are_grouped_by_sense_and_stay_in_order_within(senses: list[str | None]) -> None:
    uses = Uses.of([occurrence(str(k), sense) for k, sense in enumerate(senses)])
    assert uses.labels == sorted(senses, key=lambda s: (s is None, s))
    assert [u.id for u in uses.uses] == [str(k) for k in uses.order]
    assert sorted(uses.order) == list(range(len(senses)))
    for _, _, group in uses.groups():
        assert [int(u.id) for u in group] == sorted(int(u.id) for u in group)
    assert sum(len(group) for _, _, group in uses.groups()) == len(senses)


def test_the_uses_without_a_label_are_named() -> None:
    some = Uses.of([occurrence("1", None), occurrence("2", "a")])
    assert [(k, name) for k, name, _ in some.groups()] == [(0, "a"), (None, "without a label")]
    assert [name for _, name, _ in Uses.of([occurrence("1", None)]).groups()] == ["all uses"]


@given(st.text(max_size=20))
def test_a_character_stands_for_a_character(text: str) -> None:
    found = harmless({"a": [text, {"b": text}], "n": 1, "similarity": [[None, 1.0]]})
    assert isinstance(found, dict)
    [first, nested] = found["a"]
    assert len(first) == len(text)
    assert nested == {"b": first}
    assert not set(first) & {"\x1b", "\u202e", "\u2028", "\x00"}
    assert (found["n"], found["similarity"]) == (1, [[None, 1.0]])
