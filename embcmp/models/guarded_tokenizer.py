"""Tokenizers whose every failure is an error of the model.

The library is written in Rust. Where its code panics, for example over a regular expression that a
tokenizer.json declares, Python gets an exception that is no `Exception`, and Rust writes its stack
to standard error itself, once for each thread and sentence.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, cast

from embcmp.errors import ModelError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_PANIC = "PanicException"  # of pyo3, which gives no module to import it from
_STDERR = 2
_REASON = 300  # the most characters of a message of the library
_MANY, _FIRST = 32, 4  # texts
_one_at_a_time = RLock()  # the file descriptors belong to the whole process


def guarded(tokenizer: Tokenizer, source: Path) -> Tokenizer:
    """A tokenizer that behaves as the given one, but raises ModelError wherever that fails.

    Args:
        tokenizer: The tokenizer.
        source: Its file or folder, for messages.
    """
    return cast("Tokenizer", _Guarded(tokenizer, source))


@contextmanager
def tokenizer_errors(source: Path, problem: str = "its tokenizer fails") -> Iterator[None]:
    """Turn whatever a tokenizer raises in the block into a ModelError, and hide Rust's stack.

    Args:
        source: The tokenizer's file or folder, for messages.
        problem: What an error means.

    Raises:
        ModelError: The library raises an error, or panics.
    """
    try:
        with _one_at_a_time, _no_stack_of_a_panic():
            yield
    except ModelError:
        raise
    except BaseException as e:
        if not isinstance(e, Exception) and type(e).__name__ != _PANIC:
            raise
        why = " ".join(str(e).split())[:_REASON] or type(e).__name__
        raise ModelError(f"{source}: {problem}: {why}", "fetch the model again") from e


class _Guarded:
    """A tokenizer behind `tokenizer_errors`."""

    _tokenizer: Tokenizer
    _source: Path

    def __init__(self, tokenizer: Tokenizer, source: Path) -> None:
        self.__dict__.update(_tokenizer=tokenizer, _source=source)

    def encode_batch(self, texts: Sequence[str], **options: Any) -> Any:  # noqa: ANN401  as the tokenizer's
        """Encode texts; of many the first ones alone at first, since a panic waits for the rest."""
        with tokenizer_errors(self._source):
            if len(texts) > _MANY:
                self._tokenizer.encode_batch(texts[:_FIRST], **options)
            return self._tokenizer.encode_batch(texts, **options)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  as the tokenizer's
        value = getattr(self._tokenizer, name)
        return self._method(value) if callable(value) else value

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._tokenizer, name, value)  # such as its normalizer

    def _method(self, method: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            with tokenizer_errors(self._source):
                return method(*args, **options)

        return call


@contextmanager
def _no_stack_of_a_panic() -> Iterator[None]:
    """Keep what the process writes to standard error until the block ends, unless Rust panics."""
    panicked = False
    with ExitStack() as stack:
        try:
            written = stack.enter_context(tempfile.TemporaryFile())
            sys.stderr.flush()
            stderr = os.dup(_STDERR)
        except (OSError, ValueError, AttributeError):  # it is closed, or there is no place to keep
            yield
            return
        os.dup2(written.fileno(), _STDERR)
        try:
            yield
        except BaseException as e:
            panicked = type(e).__name__ == _PANIC
            raise
        finally:
            os.dup2(stderr, _STDERR)
            os.close(stderr)
            if not panicked and written.seek(0, os.SEEK_END):
                written.seek(0)
                with suppress(OSError):
                    os.write(_STDERR, written.read())
