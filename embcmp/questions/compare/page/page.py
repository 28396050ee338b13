"""The HTML page of one word, made from the JSON of its comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, cast

from embcmp.measures.encoder_differences import PRIMARY
from embcmp.measures.labels import Floats
from embcmp.questions.compare.layer_measures import METRICS
from embcmp.questions.compare.page import answer
from embcmp.questions.compare.page.answer import Row
from embcmp.questions.compare.page.encoders import Encoder, encoders
from embcmp.questions.compare.page.figures import extremes, matrix, triangle, view
from embcmp.questions.compare.page.uses import Use, Uses
from embcmp.questions.compare.verdict import SIMULATED_AUC, SIMULATED_UNITS
from embcmp.render.numbers import three
from embcmp.render.page import Json, page
from embcmp.render.text import by_reason, harmless

TEMPLATE = "questions/compare/page/page.html"
UNFOLDED = 60  # with more uses, their sentences are folded
SCRIPTS = tuple(f"questions/compare/page/{name}.js" for name in ("matrix", "page"))


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another page: its file and its name."""

    href: str
    name: str


@dataclass(frozen=True, slots=True)
class Neighbors:
    """The pages that a word's page in a report links to."""

    index: Link
    before: Link | None
    after: Link | None


@dataclass(frozen=True)
class Word:
    """A comparison as its page shows it; the text in `json` has no control characters."""

    json: Json
    uses: Uses
    encoders: tuple[Encoder, ...]

    @classmethod
    def of(cls, comparison: Json) -> Word:
        """Make it from the JSON of a comparison."""
        json: Json = {"controls": None} | cast("dict[str, Any]", harmless(comparison))
        return cls(json, Uses.of(json["occurrences"]), tuple(encoders(json["results"])))

    @cached_property
    def sentences(self) -> int:
        """The number of sentences of the uses."""
        return len({o["sentence"] for o in self.json["occurrences"]})

    @property
    def choices(self) -> bool:
        """Whether the reader can choose anything: senses or layers."""
        return bool(self.uses.senses) or any(encoder.layered for encoder in self.encoders)

    @cached_property
    def metrics(self) -> list[str]:
        """The names of the measures, beginning with that of the verdict."""
        names = dict.fromkeys(m for r in self.json["results"] for m in r["metrics"])
        return sorted(names, key=lambda m: m != PRIMARY)

    @cached_property
    def answer(self) -> list[Row]:
        """The rows of the table of encoders; none without labels."""
        if not self.uses.senses:
            return []
        return answer.rows(self.encoders, self.json["occurrences"])

    @cached_property
    def scale_start(self) -> float:
        """Where the scale of the table of encoders begins."""
        return answer.scale_start([row.auc for row in self.answer if row.auc])

    @property
    def rare(self) -> bool:
        """Whether a sense is too rare to infer from."""
        return any(row.auc and row.auc.get("inference") for row in self.answer)

    def reasons(self) -> dict[str, list[str]]:
        """Return the reasons why measures have no value, with the names of these measures."""
        return by_reason(
            (encoder.title if encoder.per_type else name, m["undefined"])
            for encoder in self.encoders
            for name, m in encoder.main["metrics"].items()
        )

    def cosines(self, result: Json) -> Floats | None:
        """Return the cosines [n, n] in the order of the uses, or None if the JSON has none."""
        rows = result["similarity"]
        return None if rows is None else matrix(rows, self.uses.order)

    def pairs(self, encoder: Encoder) -> list[tuple[str, list[tuple[Use, Use, float]]]]:
        """Return titled lists of pairs of uses with their cosine at the encoder's main layer."""
        cosines = None if encoder.why_no_cosines else self.cosines(encoder.main)
        if cosines is None:
            return []
        uses = self.uses.uses
        return [
            (title, [(uses[i], uses[j], cosine) for i, j, cosine in pairs])
            for title, pairs in extremes(cosines, self.uses.labels)
        ]

    def claim(self, a: str, b: str) -> str:
        """Say in a word what is claimed of two encoders."""
        for c in self.json["claims"]:
            if {c["a"], c["b"]} == {a, b}:
                claim = c["claim"].replace("_", " ")
                return f"{c['a']} is {claim}" if "better" in claim else str(claim)
        return "–"

    def detectable(self, test: Json) -> str:
        """Return the difference that a test detects, with `~` where that was not simulated."""
        if test["detectable"] is None:
            return "–"
        named = {test["a"], test["b"]}
        aucs = [answer.inferred(r) for r in self.json["results"] if r["name"] in named]
        low, high = SIMULATED_AUC
        simulated = test.get("units_a_sense", 0) >= SIMULATED_UNITS and all(
            auc is not None and low <= auc["value"] <= high for auc in aucs
        )
        return f"{'' if simulated else '~'}{three(test['detectable'])}"

    def tests(self) -> list[tuple[Json | None, Json]]:
        """Return for each pair of encoders the test of their difference, and their agreement."""
        tests = {(t["a"], t["b"]): t for t in self.json["tests"]}
        return [(tests.get((x["a"], x["b"])), x) for x in self.json["agreement"]]

    def pair_reasons(self) -> dict[str, list[str]]:
        """Return the reasons why numbers of pairs are undefined, with their names."""
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
        """Return the tests of an encoder against a control."""
        names = {r["name"] for r in self.json["results"]}
        return [t for t in self.json["tests"] if not {t["a"], t["b"]} <= names]


def to_html(comparison: Json, *, projection: str = "pca") -> str:
    """Return a page in one file, with plotly's script.

    Args:
        comparison: the object that `compare --format json` writes.
        projection: `pca`, or `tsne` to add a t-SNE to the PCA.
    """
    return render(Word.of(comparison), projection=projection, around=None)


def render(
    word: Word,
    *,
    projection: str,
    around: Neighbors | None,
    template: str = TEMPLATE,
    more: Mapping[str, object] = MappingProxyType({}),
) -> str:
    """Return the page of a word, by itself or as part of a report.

    Args:
        word: the comparison.
        projection: `pca`, or `tsne` to add a t-SNE to the PCA.
        around: the pages that it links to; None for a page in one file.
        template: path of a template that extends TEMPLATE.
        more: further variables of that template.
    """
    shown = {"word": word, "around": around, "glossary": METRICS, "unfolded": UNFOLDED}
    return page(
        template,
        {**shown, **more},
        data(word, projection=projection),
        SCRIPTS,
        inline_plotly=around is None,
    )


def data(word: Word, *, projection: str) -> dict[str, object]:
    """Return the data that the page's scripts draw: the uses, and the layers of each encoder."""
    return {
        "senses": word.uses.senses,
        "uses": [
            {"id": u.id, "parts": [u.before, u.form, u.after], "sense": u.sense}
            for u in word.uses.uses
        ],
        "encoders": [
            {
                "title": encoder.title,
                "why_no_map": encoder.why_no_map,
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
        if encoder.why_no_map:
            return None
        points = [result["map"][i] for i in word.uses.order]
        return {"cosines": None, "bins": None, "maps": {"pca": {"points": points}}}
    if encoder.why_no_map:
        return {"cosines": triangle(cosines), "bins": None, "maps": {}}
    seed = word.json["manifest"].get("seed", 0)
    return view(cosines, word.uses.labels, with_tsne=projection == "tsne", seed=seed)
