"""Calling transformers without its log, its progress bars and the length of its messages."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from embcmp.errors import ModelError

_REASON = 300  # the most characters of a message of transformers


@contextmanager
def quiet() -> Iterator[None]:
    """Silence transformers' log, warnings and progress bars: embcmp says what a user must know."""
    from transformers.utils import logging

    untyped: Any = logging  # its functions have no types
    verbosity, bars = untyped.get_verbosity(), untyped.is_progress_bar_enabled()
    untyped.set_verbosity_error()
    untyped.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        untyped.set_verbosity(verbosity)
        if bars:
            untyped.enable_progress_bar()


def reason(error: Exception) -> str:
    """The message of an exception in one line; of a KeyError it is the key, and needs its type."""
    text = " ".join(str(error).split())[:_REASON]
    return f"{type(error).__name__} {text}" if isinstance(error, KeyError) or not text else text


@contextmanager
def transformers_errors(what: str, hint: str = "") -> Iterator[None]:
    """Silence transformers in the block, and raise what it raises as an error of the model.

    Args:
        what: what it cannot do, for the message; begins with the file or the folder.
        hint: what the user can do about it.

    Raises:
        ModelError: the block raised it, or an exception of any other kind: transformers raises
            anything for a broken folder.
    """
    try:
        with quiet():
            yield
    except ModelError:
        raise
    except Exception as e:
        raise ModelError(f"{what}: {reason(e)}", hint) from e
