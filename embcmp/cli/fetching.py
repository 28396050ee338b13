"""Models of the hub, fetched before a command does anything else."""

from __future__ import annotations

from collections.abc import Iterable

from embcmp.encoders import parse_spec


def fetch_models(specs: Iterable[str]) -> None:
    """Fetch what encoders need from the hub and the cache lacks.

    Before anything is loaded, so that a model that cannot be had costs no waiting, and while
    nothing else draws on the terminal: the hub's client shows its progress there by itself.

    Raises:
        SpecError: a spec does not parse.
        UsageError: a revision of what is not on the hub.
        ModelError: a model is nowhere, is refused, or cannot be fetched.
    """
    from embcmp.models.fetch import find_checkpoint

    for spec in map(parse_spec, specs):
        if spec.family == "bert" and spec.source is not None:
            trained = spec.random_seed is None
            find_checkpoint(spec.source, spec.option("revision"), weights=trained)
