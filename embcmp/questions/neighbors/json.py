"""A Neighborhood as JSON, as `neighbors.schema.json` beside this file describes it."""

from __future__ import annotations

from typing import Any

from embcmp import __version__
from embcmp.encoders.substitutes import SubstituteList
from embcmp.questions.neighbors.nearest_uses import Near, UseNeighbors
from embcmp.questions.neighbors.neighbors import Neighborhood, TypeNeighbors, View
from embcmp.render import json_values
from embcmp.types import Occurrence

SCHEMA = "embcmp.neighbors/1"


def to_object(found: Neighborhood) -> dict[str, Any]:
    """The whole neighborhood as one JSON object."""
    return {
        "schema": SCHEMA,
        "embcmp": __version__,
        "word": found.word,
        "correct": found.correct,
        "top": found.top,
        "reference": {
            "name": found.reference.name,
            "sentences": len(found.reference.sentences),
            "sha256": found.reference.digest,
        },
        "occurrences": [{"id": u.id, **json_values.use(u)} for u in found.uses],
        "results": [_view(v, found.uses) for v in found.views],
        "warnings": list(found.warnings),
        "skipped": json_values.rows(found.skipped),
        "manifest": dict(found.manifest),
    }


def _view(view: View, uses: tuple[Occurrence, ...]) -> dict[str, Any]:
    info = view.info
    return {
        "name": info.name,
        "spec": info.spec,
        "family": info.family,
        "model": info.model,
        "fingerprint": info.fingerprint,
        "vocabulary": [_type(t) for t in view.types] if info.per_type else None,
        "layers": None
        if info.per_type
        else [
            {
                "name": layer.name,
                "layer": layer.layer,
                "occurrences": [
                    {"id": use.id, **_neighbors(n)} for use, n in zip(uses, layer.uses, strict=True)
                ],
            }
            for layer in view.layers
        ],
        "substitutes": None if view.substitutes is None else _substitutes(view, uses),
    }


def _type(found: TypeNeighbors) -> dict[str, Any]:
    return {
        "word": found.word,
        "undefined": found.undefined,
        "neighbors": [{"word": n.word, "cosine": n.cosine} for n in found.words],
    }


def _neighbors(found: UseNeighbors) -> dict[str, Any]:
    return {
        "undefined": found.undefined,
        "mean_cosine": found.mean,
        "among": found.among,
        "other_words": [_near(n) for n in found.other_words],
        "same_word": [_near(n) for n in found.same_word],
    }


def _near(near: Near) -> dict[str, Any]:
    return {
        "cosine": near.cosine,
        "from": "input" if near.of_input else "reference",
        "id": near.use.id if near.of_input else None,
        **json_values.use(near.use),
    }


def _substitutes(view: View, uses: tuple[Occurrence, ...]) -> dict[str, Any]:
    if isinstance(view.substitutes, str):
        return {"undefined": view.substitutes, "occurrences": []}
    return {
        "undefined": None,
        "occurrences": [
            {"id": use.id, **_substitute_list(substitutes)}
            for use, substitutes in zip(uses, view.substitutes or [], strict=True)
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
