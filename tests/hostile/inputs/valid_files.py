"""The valid files that are mutated: a tiny checkpoint, vectors, a run, a batch; each made once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from tests.commands import run_here
from tests.conftest import VOCABULARY, save_bert
from tests.hostile.inputs.mutations import toml_bytes

SENTENCES = (
    "The man is cold today",
    "He is a man of few words",
    "Go man the post today",
    "Is it cold man?",
    "A man of the cold",
    "The few man it",
)
TABLE = "sentence\tsense\tid\n" + "".join(
    f"{text}\t{'noun' if i % 2 else 'verb'}\tu{i}\n" for i, text in enumerate(SENTENCES)
)
JOB = {
    "encoders": ["word2vec:v.txt", "context:v.txt"],
    "seed": 0,
    "corpus": {"sentences": ["s.tsv"], "words": ["man", "cold"], "max_per_word": 9},
}
TWO = ("-e", "context:v.txt", "-e", "word2vec:v.txt")


class ValidFiles:
    """A folder of valid files, each of which is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def below(self, name: str) -> dict[str, Path]:
        """The files of a folder in it, by their paths."""
        self._make(name)
        found = sorted(p for p in (self.folder / name).rglob("*") if p.is_file())
        return {str(p.relative_to(self.folder)): p for p in found if p.suffix != ".js"}

    def named(self, *names: str) -> dict[str, Path]:
        """Files in it, by their paths."""
        for name in names:
            self._make(name)
        return {name: self.folder / name for name in names}

    def read(self, name: str) -> bytes:
        """The content of a file in it."""
        self._make(name)
        return (self.folder / name).read_bytes()

    def _make(self, name: str) -> None:
        first = Path(name).parts[0]
        if not (self.folder / first).exists():
            MAKERS[first](self)


def _table(files: ValidFiles) -> None:
    (files.folder / "s.tsv").write_text(TABLE)


def _vectors(files: ValidFiles) -> None:
    rows = np.random.default_rng(7).standard_normal((len(VOCABULARY), 8))
    lines = (
        f"{word} {' '.join(f'{x:.4f}' for x in row)}\n"
        for word, row in zip(VOCABULARY, rows, strict=True)
    )
    (files.folder / "v.txt").write_text("".join(lines))


def _bert(files: ValidFiles) -> None:
    (files.folder / "bert").mkdir()
    save_bert(files.folder / "bert")


def _sentence_bert(files: ValidFiles) -> None:
    from tests.encoders.sentence_checkpoint import add_modules  # imports torch

    files.below("bert")
    shutil.copytree(files.folder / "bert", files.folder / "sbert")
    pooling: dict[str, object] = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
    add_modules(files.folder / "sbert", pooling, dense=[(32, 8)], normalize=True)


def _model2vec(files: ValidFiles) -> None:
    from safetensors.numpy import save_file

    from tests.encoders.tiny import word_piece

    folder, tokenizer = files.folder / "potion", word_piece()
    folder.mkdir()
    rows = np.random.default_rng(3).standard_normal((tokenizer.get_vocab_size(), 5))
    save_file({"embeddings": rows.astype("float32")}, folder / "model.safetensors")
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text('{"model_type": "model2vec", "normalize": true}')


def _run(files: ValidFiles) -> None:
    _command(files, "compare", "man", "-s", "s.tsv", *TWO, "--format", "json", "-o", "run.json")


def _batch(files: ValidFiles) -> None:
    (files.folder / "job.toml").write_bytes(toml_bytes(JOB))
    _command(files, "batch", "job.toml", "--out", "out")


def _lstm(files: ValidFiles) -> None:
    lines = [f"the man is {i} of a few cold words today\n" for i in range(150)]
    (files.folder / "corpus.txt").write_text("".join(lines))
    train = ("train", "lstm", "--corpus", "corpus.txt", "--vectors", "v.txt", "--tokens", "100")
    _command(files, *train, "-o", "lstm.safetensors")


def _command(files: ValidFiles, *args: str) -> None:
    files.named("s.tsv", "v.txt")
    done = run_here("-q", *args, cwd=files.folder)
    assert done.returncode == 0, done.stderr


MAKERS: Mapping[str, Callable[[ValidFiles], None]] = {
    "s.tsv": _table,
    "v.txt": _vectors,
    "bert": _bert,
    "sbert": _sentence_bert,
    "potion": _model2vec,
    "run.json": _run,
    "job.toml": _batch,
    "out": _batch,
    "corpus.txt": _lstm,
    "lstm.safetensors": _lstm,
}
