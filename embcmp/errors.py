"""Every error that a user can meet, with its exit code.

    EmbcmpError
    ├── UsageError        2   an option, a spec or a layer that cannot be
    │   └── SpecError         an encoder spec that does not parse
    ├── InputError        3   a sentence file (job, expectation, run) that cannot be used
    ├── ModelError        4   a model that is missing, broken or refused
    └── OutputError       6   a result that cannot be written

The message says what is wrong and where; `hint` says what to do about it.
"""

from __future__ import annotations

from typing import ClassVar


class EmbcmpError(Exception):
    """What went wrong, in one line, and what to do about it.

    Attributes:
        exit_code: the status the command line ends with.
        hint: what the user can do, or "".
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(EmbcmpError):
    """The command line, or an argument of the API, asks for what cannot be."""

    exit_code = 2


class SpecError(UsageError):
    """An encoder spec does not parse, or names an unknown family, key or layer."""


class InputError(EmbcmpError):
    """An input file cannot be read, or holds nothing to use."""

    exit_code = 3


class ModelError(EmbcmpError):
    """A model is missing, broken or refused."""

    exit_code = 4


class OutputError(EmbcmpError):
    """A result cannot be written."""

    exit_code = 6
