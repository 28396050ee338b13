"""Completion in shells: encoder specs, whose families and named models click cannot know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VARIABLE = "_EMBCMP_COMPLETE"


def complete(group: click.Group, instruction: str, settings: object) -> int:
    """Answer what a shell asks in VARIABLE; click's own protocol.

    Args:
        group: the command line.
        instruction: `bash_source`, `zsh_complete` and so on.
        settings: the context's object.

    Returns:
        The exit status.
    """
    from click.shell_completion import shell_complete

    return shell_complete(group, {"obj": settings}, "embcmp", VARIABLE, instruction)


def specs(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[str | CompletionItem]:
    """Families, and the models that have a name."""
    from click.shell_completion import CompletionItem

    from embcmp.encoders import FAMILIES
    from embcmp.models.catalogue import EMBEDDED
    from embcmp.models.listing import HUB_MODELS
    from embcmp.models.vector_files import VECTOR_FILES

    static = [*VECTOR_FILES, *(n for n in EMBEDDED if n.startswith("glove"))]
    bert = [*(m.repo for m in HUB_MODELS), *(n for n in EMBEDDED if not n.startswith("glove"))]
    named = [
        f"{family}:{name}" for family, row in FAMILIES.items() if row.static for name in static
    ]
    named += [
        f"{family}:{name}" for family, row in FAMILIES.items() if row.layered for name in bert
    ]
    found = [spec for spec in (*FAMILIES, *named) if spec.startswith(incomplete)]
    return [CompletionItem(spec) for spec in found]
