"""The errors that a user can see, with their exit codes.

    EmbcmpError
    ├── UsageError        2   an invalid option, argument or layer
    │   └── SpecError         an encoder spec that does not parse
    ├── InputError        3   a sentence, job, expectation or run file that cannot be used
    ├── ModelError        4   a model that is missing, broken or refused
    ├── OutputError       6   a result that cannot be written
    └── ResourceError     6   this machine lacks memory, open files or threads

The message says what is wrong and where; `hint` says what to do about it.
"""

from __future__ import annotations

from typing import ClassVar


class EmbcmpError(Exception):
    """An error that is shown in one line: what is wrong, and what to do about it.

    Attributes:
        exit_code: The exit code of the command line.
        message: What is wrong, and where.
        hint: What the user can do about it, or "".
    """

    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(EmbcmpError):
    """An option of the command line, or an argument of the API, is invalid."""

    exit_code = 2


class SpecError(UsageError):
    """An encoder spec does not parse, or names an unknown family, key or layer."""


class InputError(EmbcmpError):
    """An input file cannot be read, or has nothing that can be used."""

    exit_code = 3


class ModelError(EmbcmpError):
    """A model is missing, broken or refused."""

    exit_code = 4


class OutputError(EmbcmpError):
    """A result cannot be written."""

    exit_code = 6


class ResourceError(EmbcmpError):
    """This machine, or a limit set on it, lacks memory, open files or threads."""

    exit_code = 6
