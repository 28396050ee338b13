from __future__ import annotations

from pathlib import Path

import pytest

from embcmp.batch.job import SHARD_SIZE, read_job
from embcmp.errors import EmbcmpError, InputError, SpecError
from tests.conftest import ROOT

CORPUS = '[corpus]\nwords = ["man"]\nsentences = "*.txt"\n'
WORDS = '[corpus]\nwords = "man"\n'
GROUPS = '[groups]\nnew = "new/*.txt"\nold = ["old", "man.txt"]\n'
WORD = '[[word]]\nword = "man"\nsentences = "man.txt"\n'


def write(folder: Path, text: str) -> Path:
    (folder / "man.txt").write_text("the man\n")
    path = folder / "job.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_missing_keys_have_defaults(tmp_path: Path) -> None:
    job = read_job(write(tmp_path, CORPUS))
    assert job.encoders == ("word2vec", "context", "lstm", "bert")
    assert (job.seed, job.correct, job.match, job.shard_size) == (0, "none", "word", SHARD_SIZE)
    assert job.senses is False
    assert job.corpus is not None
    assert job.corpus.files == ("man.txt",)
    assert job.corpus.max_per_word == 1000


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / "texts" / name).write_text("man\n")
    text = CORPUS.replace('"*.txt"', '["texts/*.txt", "texts/a.*"]')
    job = read_job(write(tmp_path, text))
    assert job.corpus is not None
    assert job.corpus.files == ("texts/a.txt", "texts/b.txt")


def test_files_of_the_batch_are_not_input(tmp_path: Path) -> None:
    (tmp_path / "out" / "occurrences").mkdir(parents=True)
    for name in ("out/failures.jsonl", "out/occurrences/words.parquet", "other.jsonl"):
        (tmp_path / name).write_bytes(b"")
    path = write(tmp_path, CORPUS.replace('"*.txt"', '["**/*.jsonl", "**/*.txt"]'))
    job = read_job(path, tmp_path / "occurrences" / ".." / "out")
    assert job.corpus is not None
    assert job.corpus.files == ("man.txt", "other.jsonl")
    path = write(tmp_path, CORPUS.replace("*.txt", "**/*.parquet"))
    with pytest.raises(InputError, match="no file matches"):
        read_job(path, tmp_path / "out")


def test_words_with_a_file_each(tmp_path: Path) -> None:
    job = read_job(write(tmp_path, WORD + WORD.replace('word = "man"', 'word = "go"')))
    assert [(w.word, w.sentences) for w in job.words] == [("man", "man.txt"), ("go", "man.txt")]
    assert job.all_words == ("go", "man")


def test_files_in_groups_are_the_corpus(tmp_path: Path) -> None:
    for name in ("old/1.txt", "old/2.tsv", "old/3.md", "new/1.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("man\n")
    job = read_job(write(tmp_path, GROUPS + WORDS))
    assert list(job.groups.items()) == [("new", 1), ("old", 3)], "in the order of the file"
    assert job.corpus is not None
    assert [group.files for group in job.corpus.groups] == [
        ("new/1.txt",),
        ("man.txt", "old/1.txt", "old/2.tsv"),
    ]
    assert job.corpus.files == ("man.txt", "new/1.txt", "old/1.txt", "old/2.tsv")
    assert read_job(write(tmp_path, CORPUS)).groups == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CORPUS + GROUPS, "[corpus]: has sentences, and [groups] names files, too; leave out sent"),
        (WORD + GROUPS, "[groups] does not go with [[word]] tables; write [corpus] with words"),
        (GROUPS, "needs either [[word]] tables or one [corpus] table"),
        (WORDS, "[corpus]: lacks sentences; add it"),
        (WORDS + "[groups]\n", "[groups]: names no group; give two or more"),
        (WORDS + '[groups]\nold = "man.txt"\n', "[groups]: names 1 group; give two or more"),
        (WORDS + '[groups]\n" " = "man.txt"\nb = "*.txt"\n', "[groups]: a group has no name"),
        (WORDS + '[groups]\na = 1\nb = "man.txt"\n', "[groups]: a is 1; it must be a list of file"),
        (WORDS + '[groups]\na = []\nb = "man.txt"\n', "[groups]: a is []; it must be a list of fi"),
        (WORDS + '[groups]\na = "man.txt"\nb = "x*"\n', "[groups]: no file matches 'x*'"),
        (
            WORDS + '[groups]\na = "man.txt"\nb = "./man*"\n',
            "[groups]: the file 'man.txt' is in the groups 'a' and 'b'; a file belongs to one",
        ),
        ('groups = "a"\n' + WORDS, "groups is 'a'; it must be a table: write [groups], with"),
        ("sead = 1\n" + CORPUS, "there is no key 'sead'; did you mean seed?"),
        (CORPUS + "max_per_words = 3\n", "[corpus]: there is no key 'max_per_words'; did you mean"),
        (WORD + 'sentense = "x"\n', "[[word]] 1: there is no key 'sentense'; did you mean"),
        ("", "needs either [[word]] tables or one [corpus] table"),
        (CORPUS + WORD, "needs either [[word]] tables or one [corpus] table"),
        (WORD + WORD, "the word 'man' is named twice"),
        ("seed = -1\n" + CORPUS, "seed is -1; it must be a whole number of at least 0"),
        ("seed = true\n" + CORPUS, "seed is True; it must be a whole number of at least 0"),
        ("senses = 1\n" + CORPUS, "senses is 1; it must be true or false"),
        ('correct = "centre"\n' + CORPUS, "correct is 'centre'; it must be one of none, center"),
        (
            "encoders = []\n" + CORPUS,
            "encoders is []; it must be a list of one or more encoder specs",
        ),
        (CORPUS.replace("*.txt", "*.tsv"), "no file matches '*.tsv'"),
        (CORPUS.replace("*.txt", "fold*"), "no file matches 'fold*'"),
        (CORPUS.replace("*.txt", "job*"), "'job*' matches 'job.toml', which is not a file of sent"),
        (
            CORPUS.replace('["man"]', '["man", " "]'),
            "words is ['man', ' ']; it must be",
        ),
        ('[word]\nword = "man"\n', "it must be a list of tables: write [[word]]"),
        (WORD.replace('"man.txt"', "3"), "[[word]] 1: sentences is 3; it must be a file in quotes"),
        (CORPUS.replace("words", "encoders", 1), "[corpus]: there is no key 'encoders'"),
        ('[corpus]\nwords = "man"\n', "[corpus]: lacks sentences; add it"),
        ("seed = \n", "is not TOML"),
        (f"seed = {'9' * 5000}\n", "is not TOML"),
        ("seed = " + "[" * 100_000, "is not TOML"),
    ],
)
def test_errors_name_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, text)
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError) as e:
        read_job(path)
    assert str(e.value).startswith(f"{path}")
    assert says in str(e.value)


def test_a_missing_job(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_job(tmp_path / "job.toml")


def test_a_spec_that_does_not_parse(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"job\.toml: encoder spec 'brt'"):
        read_job(write(tmp_path, 'encoders = ["brt"]\n' + CORPUS))


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "job.toml"
    path.write_bytes(b"seed = '\xff'\n")
    with pytest.raises(EmbcmpError, match="is not UTF-8"):
        read_job(path)


def test_the_job_of_the_fixtures_names_every_word_of_its_file() -> None:
    job = read_job(ROOT / "fixtures" / "job.toml")
    lines = (ROOT / "fixtures" / "homographs.tsv").read_text(encoding="utf-8").splitlines()[1:]
    assert set(job.all_words) == {line.split("\t")[0] for line in lines}
    assert len(job.encoders) == 4
