"""Samples that are drawn while a text is read: the same as of all uses, and in little memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embcmp.choices import Reading
from embcmp.errors import InputError
from embcmp.text.no_use import why_none
from embcmp.text.sentences import SentenceStream, read_files
from embcmp.text.targets import find_occurrences
from embcmp.text.use_sample import draw_uses, priority, sample, without_copies

SENTENCES = ("a man", "Man, man!", "the men", "no", "a  man", "man man man", "my man")
ROW = st.tuples(
    st.sampled_from(SENTENCES),
    st.sampled_from(("", "x", "y")),
    st.sampled_from(("", "1", "3", "a", "a.2", "b")),
)


def test_the_sample_depends_on_the_use_and_the_seed_alone() -> None:
    # printf '0\\0man\\0002\\0a man' | b2sum -l 64
    assert priority(0, "man", "a man", 2) == 0xDC3AC973FEE34ADA >> 1
    drawn = {priority(s, w, t, k) for s in (0, 1) for w in "ab" for t in ("x", "y") for k in (0, 1)}
    assert len(drawn) == 16
    assert all(0 <= p < 2**63 for p in drawn)


def written(folder: Path, files: list[list[tuple[str, str, str]]]) -> list[Path]:
    """Tables of rows of sentence, sense and id; an id that a file has already is left out."""
    paths = []
    for number, rows in enumerate(files):
        seen: set[str] = set()
        lines = ["sentence\tsense\tid"]
        for sentence, sense, id in rows:
            lines.append(f"{sentence}\t{sense}\t{'' if id in seen else id}")
            seen.add(id)
        paths.append(folder / f"{number}.tsv")
        paths[-1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


@pytest.mark.parametrize("merge", [False, True])
@given(
    files=st.lists(st.lists(ROW, min_size=1, max_size=9), min_size=1, max_size=2),
    most=st.integers(1, 6),
    seed=st.integers(0, 3),
)
def test_what_is_drawn_while_reading_is_drawn_of_all_uses(
    tmp_path_factory: pytest.TempPathFactory,
    merge: bool,
    files: list[list[tuple[str, str, str]]],
    most: int,
    seed: int,
) -> None:
    paths = written(tmp_path_factory.mktemp("rows"), files)
    every = find_occurrences(read_files(paths, Reading()), "man")
    different, copies = without_copies(every) if merge else (every.occurrences, ())
    expected = sample(different, most, seed)
    stream = SentenceStream(paths, Reading())
    drawn = draw_uses(stream, "man", most=most, seed=seed, merge_copies=merge)
    if merge:  # a label is that of all copies of a use, of which the first is kept
        assert [(o.id, o.sense) for o in drawn] == [(o.id, o.sense) for o in expected]
    else:  # of uses that are alike in all but their ids, any may be drawn
        assert list(map(content, drawn)) == list(map(content, expected))
        assert {o.id for o in drawn} <= {o.id for o in every}
        assert len({o.id for o in drawn}) == len(drawn)
    assert drawn.total == len(different)
    assert set(drawn.notes) <= {*every.notes, *copies}
    assert drawn.without == every.without
    assert drawn.skipped == every.skipped


def content(o: object) -> tuple[object, ...]:
    return o.sentence, o.start, o.end, o.sense


def test_all_uses_are_drawn_as_they_are_found(tmp_path: Path) -> None:
    rows = [(s, "", id) for s, id in zip(SENTENCES, ("", "2", "a", "", "", "5", ""), strict=True)]
    paths = written(tmp_path, [rows, rows])
    every = find_occurrences(read_files(paths, Reading()), "man")
    drawn = draw_uses(SentenceStream(paths, Reading()), "man", most=None, seed=0)
    assert drawn.occurrences == every.occurrences
    assert drawn.notes == every.notes
    ids = [o.id for o in drawn]
    assert ids[:4] == ["1", f"{paths[0]}:2", f"{paths[0]}:2.2", "2"]


def test_an_id_that_is_given_twice_is_refused_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("id\tsentence\na\ta man\na\tthe man\n")
    with pytest.raises(InputError, match=r"x.tsv:3: the id 'a' is given twice, first at .*x.tsv:2"):
        draw_uses(SentenceStream(path, Reading()), "man", most=1, seed=0)


@pytest.mark.parametrize("merge", [False, True])
def test_memory_does_not_grow_with_the_text(tmp_path: Path, merge: bool) -> None:
    peaks = []
    for lines in (2_000, 10_000):
        path = tmp_path / f"{lines}.txt"
        path.write_text("".join(f"Line {n} has a man.\nThis {n} has not.\n" for n in range(lines)))
        tracemalloc.start()
        drawn = draw_uses(SentenceStream(path, Reading()), "man", most=100, seed=0,
                          merge_copies=merge)  # fmt: skip
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (len(drawn), drawn.total) == (100, lines)
    assert peaks[1] < peaks[0] + 30 * 10_000 * merge + 50_000  # all uses would take 5 MB


def test_of_many_rows_at_fault_the_first_are_listed_and_all_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embcmp.text.targets.MOST_SKIPPED", 3)
    path = tmp_path / "x.tsv"
    path.write_text("sentence\tword\n" + "none here\tman\n" * 5)
    drawn = draw_uses(SentenceStream(path, Reading()), "man", most=1, seed=0)
    found = find_occurrences(read_files(path, Reading()), "man")
    for uses in (drawn, found):
        assert (len(uses.skipped), uses.left_out) == (3, 5)
        assert uses.notes == ("2 more rows cannot be used; the first 3 are listed",)
        assert why_none(uses, "man", "x.tsv") == "x.tsv: 'man' does not occur in the 5 sentences"
