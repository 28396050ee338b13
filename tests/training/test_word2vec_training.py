from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors, Word2Vec

from embcmp.errors import InputError
from embcmp.text.words import words
from embcmp.training.word2vec_training import Recipe, train
from embcmp.vectors.store import open_vectors
from tests.commands import COMMAND, ROOT, Run
from tests.conftest import interrupt

SMALL = Recipe(dim=8, window=3, min_count=2, epochs=3)
ANIMALS = "cat dog cow".split()
METALS = "iron gold zinc".split()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Sentences about animals, and as many about metals."""
    path = tmp_path / "corpus.txt"
    rows = [
        f"The {group[i % 3]} and the {group[(i + 1 + i % 2) % 3]} {verb} {i % 7} times."
        for i in range(600)
        for group, verb in ((ANIMALS, "eat"), (METALS, "melt"))
    ]
    path.write_text("\n".join([*rows, "hapax"]) + "\n", encoding="utf-8")
    return path


def test_vectors_equal_those_of_gensim_on_the_same_words(corpus: Path) -> None:
    sentences = [words(line) for line in corpus.read_text().splitlines()]
    oracle = Word2Vec(
        [s for s in sentences if len(s) > 1],
        vector_size=8, window=3, min_count=2, sg=1, epochs=3, seed=5, workers=1,
    ).wv  # fmt: skip
    trained = train([corpus], recipe=SMALL, seed=5)
    assert trained.wv.index_to_key == oracle.index_to_key
    assert trained.wv.vectors.tobytes() == oracle.vectors.tobytes()
    assert trained.corpus_total_words == sum(len(s) for s in sentences if len(s) > 1)
    assert "hapax" not in trained.wv


def test_words_of_one_topic_become_similar(corpus: Path) -> None:
    found = train([corpus], recipe=Recipe(dim=16, min_count=2, epochs=10)).wv
    alike = np.mean([found.similarity("cat", "dog"), found.similarity("iron", "gold")])
    apart = np.mean([found.similarity("cat", "iron"), found.similarity("dog", "gold")])
    assert alike > apart + 0.2


def test_cbow_another_seed_and_several_files_are_other_vectors(corpus: Path) -> None:
    first = train([corpus], recipe=SMALL).wv.vectors
    cbow = Recipe(algorithm="cbow", dim=8, window=3, min_count=2, epochs=3)
    for other in (
        train([corpus], recipe=cbow),
        train([corpus], recipe=SMALL, seed=1),
        train([corpus, corpus], recipe=SMALL),
    ):
        assert other.wv.vectors.shape == first.shape
        assert not np.array_equal(other.wv.vectors, first)


def test_progress_counts_the_sentences_of_all_passes(corpus: Path) -> None:
    seen: list[tuple[int, int]] = []
    train([corpus], recipe=SMALL, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1_000, 3_600), (2_000, 3_600), (3_000, 3_600)]


def test_what_cannot_be_trained_on(tmp_path: Path) -> None:
    path = tmp_path / "few.txt"
    path.write_text("one two three\n")
    with pytest.raises(InputError, match=r"few.txt: 0 words occur 5 times or more") as e:
        train([path])
    assert "--min-count" in e.value.hint
    path.write_bytes(b"fine\n\xff\n")
    with pytest.raises(InputError, match=r"few.txt:2: is not UTF-8"):
        train([path])


def test_a_pipe_is_refused_since_it_can_be_read_only_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match=f"{pipe}: can be read only once") as e:
        train([pipe])
    assert e.value.hint


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (Path.unlink, "there is no such file"),
        (
            lambda path: path.write_text("one more sentence\n" * 9),
            "changed during training",
        ),
    ],
)
def test_a_corpus_that_changes_meanwhile_is_an_error_and_no_hang(
    corpus: Path, tmp_path: Path, change: Callable[[Path], object], says: str
) -> None:
    path = tmp_path / "changing.txt"
    path.write_bytes(corpus.read_bytes() * 2)
    changed: list[object] = []

    def progress(done: int, total: int) -> None:
        if not changed:
            changed.append(change(path))

    with pytest.raises(InputError, match=says):
        train([path], recipe=SMALL, progress=progress)
    assert changed


@pytest.mark.process("the seed of the interpreter's hashes is read at the start")
@pytest.mark.parametrize("flags", [(), ("--text",)])
def test_the_command_writes_what_embcmp_and_gensim_read(
    run_alone: Run, corpus: Path, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    files = []
    for seed in ("1", "2"):  # of the interpreter's hashes, which must not matter
        out = tmp_path / f"{seed}.vectors"
        given = ("--dim", "8", "--min-count", "2", "--out", str(out), *flags)
        env = {"PYTHONHASHSEED": seed}
        done = run_alone("train", "word2vec", "--corpus", str(corpus), *given, env=env)
        assert done.returncode == 0, done.stderr
        files.append(out.read_bytes())
    assert files[0] == files[1]
    oracle = KeyedVectors.load_word2vec_format(out, binary=not flags)
    assert f"{out}: skipgram, {len(oracle)} words of 8 dimensions, from" in done.stdout
    vectors, known = open_vectors(out).lookup(oracle.index_to_key)
    assert known.all()
    assert vectors.tobytes() == oracle.vectors.tobytes()


def test_every_option_of_the_command_reaches_the_training(
    run: Run, corpus: Path, tmp_path: Path
) -> None:
    given = "--algorithm cbow --dim 8 --window 3 --min-count 2 --epochs 3 --seed 5".split()
    more = tmp_path / "more.txt"
    more.write_text("the cow and the zinc\n" * 5)
    out = tmp_path / "x.bin"
    done = run(
        "train", "word2vec", "--corpus", str(corpus), str(more), *given, "--out", str(out)
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    trained = train([corpus, more], recipe=Recipe("cbow", 8, 3, 2, 3), seed=5)
    trained.wv.save_word2vec_format(str(tmp_path / "expected"), binary=True)
    assert out.read_bytes() == (tmp_path / "expected").read_bytes()


def test_the_command_names_what_is_wrong(run: Run, corpus: Path, tmp_path: Path) -> None:
    command = ("train", "word2vec", "--corpus", str(corpus))
    same = run(*command, "--out", str(corpus))
    assert (same.returncode, same.stdout) == (2, "")
    nowhere = run(*command, "--out", str(tmp_path / "no" / "x.bin"))
    assert nowhere.returncode == 6
    missing = run("train", "word2vec", "--corpus", str(tmp_path / "no.txt"))
    assert missing.returncode == 3
    assert len(missing.stderr.splitlines()) == 1


@pytest.mark.process("Control-C amid training")
def test_interrupted_training_leaves_the_old_file(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    out = folder / "x.bin"
    out.write_text("old")
    command = f"train word2vec --corpus {corpus} --min-count 2 --epochs 1000000 --out {out}"
    process = subprocess.Popen(
        [*COMMAND, *command.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    end = time.monotonic() + 60
    while len(list(folder.iterdir())) < 2 and time.monotonic() < end:  # until the draft is there
        time.sleep(0.05)
    time.sleep(0.5)
    _, error = interrupt(process)
    assert process.returncode == 130
    assert error.decode().splitlines()[-1] == "embcmp: interrupted"
    assert [p.name for p in folder.iterdir()] == [out.name]
    assert out.read_text() == "old"
