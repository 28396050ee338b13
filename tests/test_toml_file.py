from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from embcmp.errors import InputError
from embcmp.toml_file import NUMBER, POSITIVE, TABLES, check, one_of, read, text, texts, whole


@pytest.mark.parametrize(
    ("value", "fits", "not_so"),
    [
        (text("x"), ["a"], ["", " ", 1, None, ["a"]]),
        (texts("x"), ["a", ["a", "b"]], [[], ["a", " "], ["a", 1], "", {}]),
        (one_of(("a", "b")), ["a", "b"], ["c", 1, []]),
        (whole(2), [2, 3], [1, 2.0, True, "2", None]),
        (NUMBER, [1, -0.5, float("inf")], [float("nan"), True, "1", 10**400]),
        (POSITIVE, [0, 0.5], [-0.1, True, "1"]),
        (TABLES, [[], [{}, {}]], [{}, [1], "a"]),
    ],
)
def test_what_a_value_may_be(value: Any, fits: list[object], not_so: list[object]) -> None:  # noqa: ANN401  of the module
    assert all(value.fits(one) for one in fits)
    assert not any(value.fits(one) for one in not_so)


def test_what_is_wrong_is_named_with_its_place() -> None:
    keys = {"seed": whole(0), "word": text("a word")}
    check({"seed": 1}, keys, "job.toml")
    for table, says in (
        ({"sead": 1}, "job.toml: there is no key 'sead'; did you mean seed?"),
        ({"x" * 9: 1}, "job.toml: there is no key 'xxxxxxxxx'; choose from seed, word"),
        ({"seed": -1}, "job.toml: seed is -1; it must be a whole number of at least 0"),
        ({"seed": 1}, "job.toml: lacks word; add it"),
    ):
        with pytest.raises(InputError) as e:
            check(table, keys, "job.toml", needed=("word",))
        assert str(e.value) == says


def test_a_mark_of_an_editor_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\n")
    assert read(path) == ({"a": 1}, "a = 1\n")
