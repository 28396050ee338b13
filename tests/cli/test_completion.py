from __future__ import annotations

import pytest

from tests.conftest import Run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(run: Run, shell: str) -> None:
    done = run(env={"_EMBCMP_COMPLETE": f"{shell}_source"})
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_EMBCMP_COMPLETE={shell}_complete" in done.stdout


def completed(run: Run, words: str) -> list[str]:
    env = {"_EMBCMP_COMPLETE": "bash_complete", "COMP_WORDS": words}
    env["COMP_CWORD"] = str(len(words.split(" ")) - 1)
    done = run(env=env)
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "offers"),
    [
        ("embcmp comp", ["compare"]),
        ("embcmp doctor --for", ["--format"]),
        ("embcmp compare man -e w", ["word2vec"]),
        ("embcmp compare man -e bert:all", ["bert:all-MiniLM-L6-v2"]),
        ("embcmp neighbors man --encoder context:glove-6b", ["context:glove-6b-50d"]),
        ("embcmp models fetch word2vec:word", ["word2vec:word2vec-google-news-300"]),
        ("embcmp models verify lst", ["lstm"]),
        ("embcmp compare man -e nothing", []),
    ],
)
def test_what_is_offered(run: Run, words: str, offers: list[str]) -> None:
    found = completed(run, words)
    assert set(offers) <= set(found)
    assert bool(offers) == bool(found)
    assert all(word.startswith(words.split(" ")[-1]) for word in found)


def test_every_family_is_offered(run: Run) -> None:
    found = completed(run, "embcmp compare man -e ")
    assert {"word2vec", "context", "lstm", "rnn", "bert"} < set(found)


def test_an_unknown_shell_is_an_error(run: Run) -> None:
    assert run(env={"_EMBCMP_COMPLETE": "csh_source"}).returncode == 1
