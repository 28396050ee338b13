"""A Neighborhood as JSON, as `neighbors.schema.json` beside this file describes it."""

from __future__ import annotations

from typing import Any

from embcmp import __version__
from embcmp.encoders.substitutes import SubstituteList
from embcmp.questions.neighbors.nearest_uses import NearUse, UseNeighbors
from embcmp.questions.neighbors.neighbors import EncoderNeighbors, Neighborhood, TypeNeighbors
from embcmp.render import json_values
from embcmp.types import Occurrence

SCHEMA = "embcmp.neighbors/1"


def to_object(neighborhood: Neighborhood) -> dict[str, Any]:
    """The whole neighborhood as one JSON object."""
    return {
        "schema": SCHEMA,
        "embcmp": __version__,
        "word": neighborhood.word,
        "correct": neighborhood.correct,
        "top": neighborhood.top,
        "reference": {
            "name": neighborhood.reference.name,
            "sentences": len(neighborhood.reference.sentences),
            "sha256": neighborhood.reference.digest,
        },
        "occurrences": [{"id": u.id, **json_values.use(u)} for u in neighborhood.uses],
        "results": [_result(r, neighborhood.uses) for r in neighborhood.results],
        "warnings": list(neighborhood.warnings),
        "skipped": json_values.rows(neighborhood.skipped),
        "manifest": dict(neighborhood.manifest),
    }


def _result(result: EncoderNeighbors, uses: tuple[Occurrence, ...]) -> dict[str, Any]:
    info = result.info
    return {
        "name": info.name,
        "spec": info.spec,
        "family": info.family,
        "model": info.model,
        "fingerprint": info.fingerprint,
        "vocabulary": [_type(t) for t in result.types] if info.per_type else None,
        "layers": None
        if info.per_type
        else [
            {
                "name": layer.name,
                "layer": layer.layer,
                "occurrences": [
                    {"id": use.id, **_neighbors(n)}
                    for use, n in zip(uses, layer.by_use, strict=True)
                ],
            }
            for layer in result.layers
        ],
        "substitutes": None if result.substitutes is None else _substitutes(result, uses),
    }


def _type(neighbors: TypeNeighbors) -> dict[str, Any]:
    return {
        "word": neighbors.word,
        "undefined": neighbors.undefined,
        "neighbors": [{"word": n.word, "cosine": n.cosine} for n in neighbors.words],
    }


def _neighbors(neighbors: UseNeighbors) -> dict[str, Any]:
    return {
        "undefined": neighbors.undefined,
        "mean_cosine": neighbors.mean_cosine,
        "among": neighbors.candidates,
        "other_words": [_near(n) for n in neighbors.other_words],
        "same_word": [_near(n) for n in neighbors.same_word],
    }


def _near(near: NearUse) -> dict[str, Any]:
    return {
        "cosine": near.cosine,
        "from": "input" if near.of_input else "reference",
        "id": near.use.id if near.of_input else None,
        **json_values.use(near.use),
    }


def _substitutes(result: EncoderNeighbors, uses: tuple[Occurrence, ...]) -> dict[str, Any]:
    if isinstance(result.substitutes, str):
        return {"undefined": result.substitutes, "occurrences": []}
    return {
        "undefined": None,
        "occurrences": [
            {"id": use.id, **_substitute_list(substitutes)}
            for use, substitutes in zip(uses, result.substitutes or [], strict=True)
        ],
    }


def _substitute_list(substitutes: SubstituteList | str) -> dict[str, Any]:
    if isinstance(substitutes, str):
        return {"undefined": substitutes, "among": 0, "words": [], "original": None}
    return {
        "undefined": None,
        "among": substitutes.candidates,
        "words": [{"word": s.word, "probability": s.probability} for s in substitutes.words],
        "original": substitutes.original
        and {
            "word": substitutes.original.word,
            "probability": substitutes.original.probability,
            "rank": substitutes.rank,
        },
    }
