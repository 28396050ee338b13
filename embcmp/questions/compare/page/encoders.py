"""The results of a comparison, grouped by encoder, as the page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from embcmp.questions.compare.verdict import static_reason
from embcmp.render.page import Json
from embcmp.render.text import by_reason
from embcmp.types import PER_TYPE, Receipt

LEFT_OUT = "the cosines of over 500 occurrences were left out (--full keeps them)"
NO_PAIR = "fewer than two uses have a vector"


@dataclass(frozen=True)
class Encoder:
    """One encoder with a result for each of its layers.

    Attributes:
        results: the results, as in the JSON.
    """

    results: tuple[Json, ...]

    @property
    def main(self) -> Json:
        """The result of the layer that the verdict uses: the one in the spec, or the last."""
        return self.results[-1]

    @property
    def layered(self) -> bool:
        """Whether the encoder has more than one layer."""
        return len(self.results) > 1

    @cached_property
    def title(self) -> str:
        """The spec, if there are several layers; otherwise the name with the layer."""
        return str(self.main["spec"] if self.layered else self.main["name"])

    def missing(self) -> dict[str, list[str]]:
        """Return the reasons why uses have no vector, each with the ids of these uses."""
        return by_reason(self.main["missing"].items())

    @cached_property
    def _receipts(self) -> dict[str, Json]:
        return {receipt["id"]: receipt for receipt in self.main["receipts"]}

    def receipt(self, id_: str) -> tuple[str, bool]:
        """Return the tokens of a use, or why it has no vector; and whether the sentence was cut."""
        receipt = Receipt(**self._receipts.get(id_, {"id": id_, "tokens": (), "text": ""}))
        return self.main["missing"].get(id_) or receipt.used, receipt.truncated

    @cached_property
    def per_type(self) -> bool:
        """Whether the encoder has one vector per type."""
        return any(m["undefined"] == PER_TYPE for m in self.main["metrics"].values())

    @cached_property
    def why_no_map(self) -> str | None:
        """The reason why there is no map, or None. A map needs no cosines."""
        if self.per_type:
            return static_reason(self.title)
        vectors = sum(point is not None for point in self.main["map"])
        return None if vectors > 1 else NO_PAIR

    @cached_property
    def why_no_cosines(self) -> str | None:
        """The reason why there are no distributions and no pairs, or None."""
        return LEFT_OUT if self.main["similarity"] is None else self.why_no_map


def encoders(results: Sequence[Json]) -> list[Encoder]:
    """Group results by spec: those with the same spec are layers of one encoder."""
    layers: dict[str, list[Json]] = {}
    for r in results:
        layers.setdefault(r["spec"], []).append(r)
    return [Encoder(tuple(group)) for group in layers.values()]
