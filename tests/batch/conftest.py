"""A batch that was run to its end, once for all tests; those that change it have a copy."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.batch.jobs import batch, content, corpus, write_job
from tests.conftest import save_bert


@dataclass(frozen=True)
class Project:
    """A user's folder, with a job, its models and corpus, and the folder of its batch.

    Attributes:
        folder: where all of it lies; the job names its files from here.
        encoders: the specs of the job.
        content: what the folder of an undisturbed batch holds.
    """

    folder: Path
    encoders: tuple[str, ...]
    content: dict[str, Any]

    @property
    def job(self) -> Path:
        return self.folder / "job.toml"

    @property
    def out(self) -> Path:
        return self.folder / "out"


def _finished(
    folder: Path, tiny_vectors: Path, encoders: tuple[str, ...], top: str = ""
) -> Project:
    save_bert(folder / "bert")
    shutil.copy(tiny_vectors, folder / "vectors.txt")
    corpus(folder)
    finished = batch(write_job(folder, encoders, top=top), folder / "out")
    assert finished.failures == ()
    return Project(folder, encoders, content(folder / "out"))


@pytest.fixture(scope="session")
def every_layer(tmp_path_factory: pytest.TempPathFactory, tiny_vectors: Path) -> Project:
    """A finished batch of three encoders, one of them at all layers; nothing may change it."""
    encoders = ("word2vec:vectors.txt", "context:vectors.txt", "bert:./bert@all")
    return _finished(tmp_path_factory.mktemp("layers"), tiny_vectors, encoders)


@pytest.fixture(scope="session")
def _two_encoders(tmp_path_factory: pytest.TempPathFactory, tiny_vectors: Path) -> Project:
    encoders = ("context:vectors.txt", "bert:./bert")
    folder = tmp_path_factory.mktemp("finished")
    return _finished(folder, tiny_vectors, encoders, top="senses = true")


@pytest.fixture
def finished(_two_encoders: Project, tmp_path: Path) -> Project:
    """A copy of a finished batch of two encoders with senses, which a test may change."""
    shutil.copytree(_two_encoders.folder, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path, _two_encoders.encoders, _two_encoders.content)
