"""Changes as JSON, as `change.schema.json` beside this file describes it."""

from __future__ import annotations

from typing import Any

from embcmp import __version__
from embcmp.questions.change.conclusion import conclusion, of_word
from embcmp.questions.change.word_change import Changes, EncoderChange, WordChange
from embcmp.render import json_values

SCHEMA = "embcmp.change/1"


def to_object(c: Changes) -> dict[str, Any]:
    """Return the changes as one JSON object."""
    totals = map(sum, zip(*(change.groups.counts for change in c.changes), strict=True))
    return {
        "schema": SCHEMA,
        "embcmp": __version__,
        "correct": c.correct,
        "groups": [
            {"name": name, "uses": uses} for name, uses in zip(c.groups, totals, strict=True)
        ],
        "changes": [_word(change, c.no_controls) for change in c.changes],
        "verdict": list(conclusion(c)),
        "warnings": list(c.warnings),
        "skipped": json_values.rows(c.skipped),
        "manifest": dict(c.manifest),
    }


def _word(change: WordChange, no_controls: str | None) -> dict[str, Any]:
    groups = change.groups
    sentences = [
        len({o.sentence for o in groups.occurrences if o.group == name}) for name in groups.names
    ]
    return {
        "word": change.word,
        "groups": [
            {"name": name, "uses": uses, "sentences": number}
            for name, uses, number in zip(groups.names, groups.counts, sentences, strict=True)
        ],
        "documents": groups.documents,
        "occurrences": [{"id": o.id, **json_values.use(o)} for o in groups.occurrences],
        "results": [_result(r, change) for r in change.results],
        "controls": change.controls
        and {
            "words": list(change.controls.words),
            "values": {name: list(values) for name, values in change.controls.values.items()},
            "percentile": {r.name: change.percentile(r) for r in change.results},
        },
        "no_controls": no_controls,
        "separation": change.separation
        and {
            "auc_macro": dict(change.separation.auc_macro),
            "tests": [json_values.test(t) for t in change.separation.tests],
        },
        "verdict": list(of_word(change)),
        "warnings": list(change.warnings),
    }


def _result(r: EncoderChange, change: WordChange) -> dict[str, Any]:
    ids, names = [o.id for o in change.groups.occurrences], change.groups.names
    metrics = {
        name: {
            **json_values.metric(measure.metric),
            "p": measure.p,
            "p_adjusted": measure.p_adjusted,
            "false_discovery_rate": measure.false_discovery_rate,
        }
        for name, measure in r.change.measures.items()
    }
    return {
        **json_values.encoder(r.result),
        "metrics": metrics,
        "no_test": r.change.no_test,
        "test": {
            "units": list(r.change.units),
            "permutations": r.change.permutations,
            "exact": r.change.exact,
        },
        "curve": [json_values.metric(step) for step in r.curve],
        "gained": [ids[i] for i in r.gained],
        "lost": [ids[i] for i in r.lost],
        "most_unlike": {
            name: [ids[i] for i in uses]
            for name, uses in zip((names[0], names[-1]), r.most_unlike, strict=True)
        },
        "typical": {
            name: [ids[i] for i in uses] for name, uses in zip(names, r.typical, strict=False)
        },
        "similar": [ids[i] for i in r.similar],
        "senses": [list(shares) for shares in r.senses],
        "keywords": dict(zip(names, map(list, change.keywords), strict=True)),
    }
