"""The results of a comparison, taken together by the encoder that they are layers of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from embcmp.render.page import Json
from embcmp.render.text import by_reason
from embcmp.types import PER_TYPE

LEFT_OUT = "the cosines were left out of the JSON (--full keeps those of over 500 occurrences)"
NO_PAIR = "fewer than two occurrences have a vector"


@dataclass(frozen=True)
class Encoder:
    """One encoder and its results, a layer each.

    Attributes:
        results: as the JSON has them.
    """

    results: tuple[Json, ...]

    @property
    def named(self) -> Json:
        """The result at the layer that a verdict uses: the spec's, of `@all` the last."""
        return self.results[-1]

    @property
    def layered(self) -> bool:
        """Whether there is more than one layer."""
        return len(self.results) > 1

    @cached_property
    def title(self) -> str:
        """The spec of several layers, else the name with its layer."""
        return str(self.named["spec"] if self.layered else self.named["name"])

    def missing(self) -> dict[str, list[str]]:
        """Why there is no vector, and the ids of the uses that have none for that reason."""
        return by_reason(self.named["missing"].items())

    @cached_property
    def _receipts(self) -> dict[str, Json]:
        return {receipt["id"]: receipt for receipt in self.named["receipts"]}

    def receipt(self, id_: str) -> tuple[str, bool]:
        """What it used for a use, or why it has no vector; and whether it was windowed."""
        receipt = self._receipts.get(id_, {"tokens": [], "truncated": False})
        return self.named["missing"].get(id_) or " ".join(receipt["tokens"]), receipt["truncated"]

    @cached_property
    def per_type(self) -> bool:
        """Whether the encoder declares one vector per type."""
        return any(m["undefined"] == PER_TYPE for m in self.named["metrics"].values())

    @cached_property
    def flat(self) -> str | None:
        """Why the cosines of its uses draw no map and no distribution, or None."""
        if self.named["similarity"] is None:
            return LEFT_OUT
        if self.per_type:
            return f"{PER_TYPE}: says nothing about the sense"
        there = len(self.named["similarity"]) - len(self.named["missing"])
        return None if there > 1 else NO_PAIR


def encoders(results: Sequence[Json]) -> list[Encoder]:
    """Results with one spec are layers of one encoder."""
    of_spec: dict[str, list[Json]] = {}
    for r in results:
        of_spec.setdefault(r["spec"], []).append(r)
    return [Encoder(tuple(layers)) for layers in of_spec.values()]
