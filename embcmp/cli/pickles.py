"""The option --allow-pickle: of the group, and of the commands that read vectors.

Apart from the other options, so that `embcmp --help` need not import what those name.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])


def allow_pickle(command: F) -> F:
    """Give a command the option --allow-pickle; like --offline it holds for all that follows."""
    option = click.option(
        "--allow-pickle",
        is_flag=True,
        expose_value=False,
        callback=_allow,
        help="Read gensim's .kv and .model: pickles, which can run any code on this machine.",
    )
    return option(command)


def _allow(ctx: click.Context, option: click.Parameter, allowed: bool) -> None:
    if allowed:
        os.environ["EMBCMP_ALLOW_PICKLE"] = "1"
