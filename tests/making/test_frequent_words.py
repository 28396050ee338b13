from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from embcmp.questions.reach.replacements import frequent_words
from embcmp.text.words import stop_words
from embcmp.vectors.store import open_vectors
from tests.conftest import needs_models
from tests.making import frequent_words as frequent


def test_words_that_a_dictionary_lists_in_the_order_of_the_vectors(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    words = "the xq Paris posts , it's 42 of ox naïve colder today".split()
    path.write_text("".join(f"{word} {i}.5 1.0\n" for i, word in enumerate(words)))
    listed = frozenset({"post", "ox", "cold", "naïve", "xq", "it's"})
    assert [*frequent.frequent(open_vectors(path), listed)] == ["the", "posts", "of", "colder"]


def test_the_shipped_list() -> None:
    words = frequent_words()
    assert len(words) == len(set(words)) == frequent.COUNT
    assert words[:5] == ("the", "of", "to", "and", "in")
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words)
    assert 150 < len(stop_words() & set(words)) < len(stop_words())
    assert not {"paris", "june", "hughes"} & set(words)


@needs_models
def test_the_script_writes_it(tmp_path: Path) -> None:
    for part in ("noun", "verb", "adj", "adv"):
        (tmp_path / f"data.{part}").write_text("0 0 n 01 year 0 000 | a time  \n")
    out = tmp_path / "out.txt"
    done = CliRunner().invoke(
        frequent.main, ["--wordnet", str(tmp_path), "--out", str(out)], catch_exceptions=False
    )
    words = out.read_text().split()
    assert words[:2] == ["the", "of"]
    assert {"year", "years"} <= set(words) <= {"year", "years", *stop_words()}
    assert f"{len(words)} words" in done.stdout
