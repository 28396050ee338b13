"""The page of one word, from the JSON of its comparison."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from embcmp.measures.labels import Floats
from embcmp.questions.compare.layer_measures import METRICS
from embcmp.questions.compare.page.encoders import Encoder, encoders
from embcmp.questions.compare.page.figures import extremes, matrix, triangle, view
from embcmp.questions.compare.page.uses import Use, Uses
from embcmp.render.page import Json, page
from embcmp.render.text import by_reason, harmless

SCRIPTS = tuple(f"questions/compare/page/{name}.js" for name in ("matrix", "page"))


@dataclass(frozen=True, slots=True)
class Link:
    """Another page: its file and what it is called."""

    href: str
    name: str


@dataclass(frozen=True, slots=True)
class Neighbors:
    """The pages around a word's page in a report."""

    index: Link
    before: Link | None
    after: Link | None


@dataclass(frozen=True)
class Word:
    """A comparison as its page shows it; `json` has harmless text only."""

    json: Json
    uses: Uses
    encoders: tuple[Encoder, ...]

    @classmethod
    def of(cls, comparison: Json) -> Word:
        """Read an `embcmp.comparison/1`."""
        json: Json = {"controls": None} | cast("dict[str, Any]", harmless(comparison))
        return cls(json, Uses.of(json["occurrences"]), tuple(encoders(json["results"])))

    @cached_property
    def sentences(self) -> int:
        """How many sentences the uses stand in."""
        return len({o["sentence"] for o in self.json["occurrences"]})

    @property
    def choices(self) -> bool:
        """Whether the reader has anything to choose: senses or layers."""
        return bool(self.uses.senses) or any(encoder.layered for encoder in self.encoders)

    @cached_property
    def metrics(self) -> list[str]:
        """Their names, that of the verdict first."""
        names = dict.fromkeys(m for r in self.json["results"] for m in r["metrics"])
        return sorted(names, key=lambda m: m != "auc")

    def reasons(self) -> dict[str, list[str]]:
        """Why measures have no value, each reason once, with what has none for it."""
        return by_reason(
            (encoder.title if encoder.per_type else name, m["undefined"])
            for encoder in self.encoders
            for name, m in encoder.named["metrics"].items()
        )

    def cosines(self, result: Json) -> Floats | None:
        """[n, n] in the order of the uses, or None where the JSON has none."""
        rows = result["similarity"]
        return None if rows is None else matrix(rows, self.uses.order)

    def pairs(self, encoder: Encoder) -> list[tuple[str, list[tuple[Use, Use, float]]]]:
        """Titles, and under them pairs of uses with their cosine at the encoder's named layer."""
        cosines = None if encoder.flat else self.cosines(encoder.named)
        if cosines is None:
            return []
        uses = self.uses.uses
        return [
            (title, [(uses[i], uses[j], cosine) for i, j, cosine in pairs])
            for title, pairs in extremes(cosines, self.uses.labels)
        ]

    def tests(self) -> list[tuple[Json | None, Json]]:
        """Pairs of encoders: the test of their difference, and their agreement."""
        tests = {(t["a"], t["b"]): t for t in self.json["tests"]}
        return [(tests.get((x["a"], x["b"])), x) for x in self.json["agreement"]]

    def pair_reasons(self) -> dict[str, list[str]]:
        """Why pairs of encoders lack a number, each reason once, with what is lacking."""
        return by_reason(
            (name, reason)
            for test, x in self.tests()
            for name, reason in (
                ("test", test["undefined"] if test else None),
                ("rsa", x["rsa_undefined"]),
                ("cka", x["cka_undefined"]),
            )
        )

    def control_tests(self) -> list[Json]:
        """The tests of an encoder against a control."""
        names = {r["name"] for r in self.json["results"]}
        return [t for t in self.json["tests"] if not {t["a"], t["b"]} <= names]


def to_html(comparison: Json, *, projection: str = "pca") -> str:
    """A whole page in one file, plotly's script included.

    Args:
        comparison: the object of `compare --format json`.
        projection: `pca`, or `tsne` for a t-SNE beside it.
    """
    return render(Word.of(comparison), projection=projection, around=None)


def render(word: Word, *, projection: str, around: Neighbors | None) -> str:
    """The page of a word: by itself, or among those of a report."""
    return page(
        "questions/compare/page/page.html",
        {"word": word, "around": around, "glossary": METRICS},
        data(word, projection=projection),
        SCRIPTS,
        inline_plotly=around is None,
    )


def data(word: Word, *, projection: str) -> dict[str, object]:
    """What the page's scripts draw: the uses, each encoder's layers, and the curves over layers."""
    return {
        "senses": word.uses.senses,
        "uses": [
            {"id": u.id, "parts": [u.before, u.form, u.after], "sense": u.sense}
            for u in word.uses.uses
        ],
        "encoders": [
            {
                "title": encoder.title,
                "flat": encoder.flat,
                "layers": [_layer(word, encoder, r, projection) for r in encoder.results],
            }
            for encoder in word.encoders
        ],
        "metrics": word.metrics,
    }


def _layer(word: Word, encoder: Encoder, result: Json, projection: str) -> dict[str, object]:
    return {
        "name": result["name"],
        "layer": result["layer"],
        "metrics": {
            name: [m["value"], *(m["ci95"] or (None, None))]
            for name, m in result["metrics"].items()
        },
        "view": _view(word, encoder, result, projection),
    }


def _view(word: Word, encoder: Encoder, result: Json, projection: str) -> dict[str, object] | None:
    cosines = word.cosines(result)
    if cosines is None:
        return None
    if encoder.flat:
        return {"cosines": triangle(cosines), "bins": None, "maps": {}}
    seed = word.json["manifest"].get("seed", 0)
    return view(cosines, word.uses.labels, with_tsne=projection == "tsne", seed=seed)
