"""LAYERS of a spec, as layers of a model."""

from __future__ import annotations

from dataclasses import dataclass

from embcmp.encoders import EncoderSpec
from embcmp.errors import SpecError
from embcmp.types import Layer


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """A row of the result: its label, and the layers whose states are added up for it."""

    label: Layer
    summed: tuple[int, ...]


def resolve_layers(spec: EncoderSpec, model: str, top: int) -> tuple[LayerPlan, ...]:
    """Turn LAYERS into layers of this model; layer 0 is the embedding layer's output.

    `last4` is the sum of the last four (Loureiro et al. 2021).

    Args:
        spec: what is asked for; the last layer by default.
        model: its name, for the message.
        top: its highest layer.

    Raises:
        SpecError: a layer that the model lacks.
    """
    wanted = spec.layers or "-1"
    if wanted == "all":
        return tuple(LayerPlan(k, (k,)) for k in range(top + 1))
    if wanted.startswith("last"):
        count = int(wanted.removeprefix("last"))
        if count <= top:
            return (LayerPlan(wanted, tuple(range(top - count + 1, top + 1))),)
    else:
        layer = int(wanted) + (top + 1 if wanted.startswith("-") else 0)
        if 0 <= layer <= top:
            return (LayerPlan(layer, (layer,)),)
    raise SpecError(
        f"encoder spec {spec.text!r}: {model} has no layer {wanted}",
        f"it has layers 0 (its embedding layer) to {top}",
    )
