"""A neighborhood as table, JSON, CSV and Markdown, hostile text included."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import jsonschema
import pytest
from rich.cells import cell_len
from rich.console import Console

from embcmp.encoders.substitutes import Substitute, SubstituteList
from embcmp.questions.neighbors.json import to_object
from embcmp.questions.neighbors.nearest_uses import LayerNeighbors, NearUse, UseNeighbors
from embcmp.questions.neighbors.neighbors import EncoderNeighbors, Neighborhood, TypeNeighbors
from embcmp.questions.neighbors.reference import Reference
from embcmp.questions.neighbors.tables import to_csv, to_markdown
from embcmp.questions.neighbors.terminal import render
from embcmp.render.text import json_text
from embcmp.types import Occurrence, Receipt, Skipped
from embcmp.vectors.nearest_words import Neighbor
from tests.questions.compare.conftest import HOSTILE, info
from tests.schemas import schema

SCHEMA = schema("neighbors")


def use(id: str, sentence: str, form: str, source: str, sense: str | None = None) -> Occurrence:
    start = sentence.index(form)
    return Occurrence(id, form.lower(), sentence, start, start + len(form), sense, source)


MAN = use("1", "Go man the post!", "man", "a.tsv:2", "verb")
OTHER = use("2", "He is a man of few words.", "man", "a.tsv:3", "noun")
MEN = use("9.0", "Men stood on the long, old bridge and looked at the water.", "Men", "ref.txt:10")
LONG = use(
    "0.1", "Nobody in this long and winding sentence could repaint a hallway before it was dark "
    "outside and the lamps were lit.", "repaint", "ref.txt:1",
)  # fmt: skip
UNKNOWN = "no known word around the target"
USED = Receipt("1", ("man",), "man")
HOSTILE_USE = Occurrence("1.0", "man", HOSTILE, 12, 15, None, "ref.txt:2")


@pytest.fixture
def found() -> Neighborhood:
    near = UseNeighbors(
        (NearUse(LONG, 0.643, False), NearUse(HOSTILE_USE, -0.05, False)),
        (NearUse(OTHER, 0.9, True), NearUse(MEN, 0.5, False)),
        0.114,
        1_234,
    )
    substitutes = SubstituteList(
        (Substitute("boy", 0.25), Substitute("girl", 0.0001)), 22_616, Substitute("man", 0.02), 3
    )
    return Neighborhood(
        "man",
        (MAN,),
        (
            EncoderNeighbors(
                info("word2vec", per_type=True),
                types=(
                    TypeNeighbors("man", (Neighbor("woman", 0.886), Neighbor("=1+1", 0.5))),
                    TypeNeighbors("men", undefined="'men' is not among the 13 words of tiny.txt"),
                ),
            ),
            EncoderNeighbors(
                info("context"), layers=(LayerNeighbors("context", None, (near,), (USED,)),)
            ),
            EncoderNeighbors(
                info("bert@6", layers=(6,)),
                layers=(LayerNeighbors("bert@6", 6, (near,), (USED,)),),
                substitutes=[substitutes],
            ),
            EncoderNeighbors(
                info("lstm"),
                layers=(
                    LayerNeighbors(
                        "lstm", None, (UseNeighbors(undefined=UNKNOWN),), (Receipt("1", (), ""),)
                    ),
                ),
                substitutes="the checkpoint has no prediction layer",
            ),
        ),
        Reference("ref.txt", ("one", "two"), ("ref.txt:1", "ref.txt:2")),
        top=2,
        warnings=("something to know",),
        skipped=(Skipped("a.tsv:4", "man does not occur"),),
        manifest={"seed": 0},
    )


def shown(found: Neighborhood, width: int = 80) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False, emoji=False)
    render(found, console)
    return out.getvalue()


def test_table(found: Neighborhood) -> None:
    assert shown(found).splitlines() == [
        "man: 1 occurrence (a.tsv)",
        "  nearest uses of other words in ref.txt, 2 sentences",
        "",
        "  word2vec  Model of word2vec; one vector per type: the same for every use",
        "    man: woman .89, =1+1 .50",
        "    men: 'men' is not among the 13 words of tiny.txt",
        "",
        "1  Go [man] the post!  verb",
        "",
        "  context  Model of context; the average word is at .11",
        "    .64  … winding sentence could [repaint] a hallway before it was dark outsid…",
        "   -.05               =cmd|'␛[31m [man] \ufffd<script>alert(1)</script>",
        "    man in other sentences: 2 noun .90, Men (ref.txt:10) .50",
        "",
        "  bert@6  Model of bert@6; the average word is at .11",
        "    .64  … winding sentence could [repaint] a hallway before it was dark outsid…",
        "   -.05               =cmd|'␛[31m [man] \ufffd<script>alert(1)</script>",
        "    man in other sentences: 2 noun .90, Men (ref.txt:10) .50",
        "    in its place: boy .250, girl <.001; the word itself, man .020, is number 3",
        "      of 22,616",
        "",
        "  lstm  Model of lstm: no known word around the target",
        "",
        "  lstm: no substitutes: the checkpoint has no prediction layer",
    ]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_a_concordance_fits_and_has_its_words_in_one_column(
    found: Neighborhood, width: int
) -> None:
    wide = use("7", "字" * 60 + " repaint " + "字" * 60, "repaint", "ref.txt:3")
    [layer] = found.results[1].layers
    [near] = layer.by_use
    near = replace(near, other_words=(*near.other_words, NearUse(wide, 0.01, False)))
    view = replace(found.results[1], layers=(replace(layer, by_use=(near,)),))
    lines = [
        line
        for line in shown(replace(found, results=(view,)), width).splitlines()
        if "[repaint" in line or "[man] \ufffd" in line
    ]
    assert len(lines) == 3
    columns = {cell_len(line[: line.rindex("[")]) for line in lines}
    assert max(columns) - min(columns) <= 1  # a letter of two cells cannot be halved
    assert all(cell_len(line) <= width for line in lines)


def test_control_characters_are_made_visible(found: Neighborhood) -> None:
    hostile = replace(found, word="m\x1b[0man", uses=(replace(MAN, id="\x1b]0;x\x07"),))
    for text in (
        shown(hostile),
        to_csv(hostile),
        to_markdown(hostile),
        json_text(to_object(hostile)),
    ):
        assert not set(text) & set("\x1b\x07\u202e")


def test_a_target_that_the_prediction_layer_cannot_choose(found: Neighborhood) -> None:
    bert = replace(found.results[2], substitutes=[SubstituteList((Substitute("boy", 0.25),), 7)])
    text = shown(replace(found, results=(bert,)))
    assert "    in its place: boy .250; the word itself is none of 7\n" in text
    lost = replace(found.results[2], substitutes=["its pieces are more than the model takes"])
    assert "in its place: its pieces are more than" in shown(replace(found, results=(lost,)))


def test_only_static_encoders(found: Neighborhood) -> None:
    text = shown(replace(found, results=found.results[:1]))
    assert "Go [man]" not in text
    assert "ref.txt" not in text


def test_json_validates_and_carries_everything(found: Neighborhood) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    made = json.loads(json_text(to_object(found)))
    jsonschema.validate(made, SCHEMA)
    assert made["schema"] == "embcmp.neighbors/1"
    assert made["reference"] == {
        "name": "ref.txt", "sentences": 2, "sha256": found.reference.digest,
    }  # fmt: skip
    static, context, bert, lstm = made["results"]
    assert static["layers"] is None
    assert static["vocabulary"][0]["neighbors"][0] == {"word": "woman", "cosine": 0.886}
    assert static["vocabulary"][1]["neighbors"] == []
    assert static["vocabulary"][1]["undefined"].startswith("'men' is not among")
    [of_use] = context["layers"][0]["occurrences"]
    assert (of_use["id"], of_use["mean_cosine"], of_use["among"]) == ("1", 0.114, 1_234)
    assert [n["form"] for n in of_use["other_words"]] == ["repaint", "man"]
    assert of_use["other_words"][1]["sentence"] == HOSTILE
    own, foreign = of_use["same_word"]
    assert (own["from"], own["id"], own["sense"]) == ("input", "2", "noun")
    assert (foreign["from"], foreign["id"], foreign["source"]) == ("reference", None, "ref.txt:10")
    assert context["substitutes"] is None
    [substitutes] = bert["substitutes"]["occurrences"]
    assert substitutes["words"][0] == {"word": "boy", "probability": 0.25}
    assert substitutes["original"] == {"word": "man", "probability": 0.02, "rank": 3}
    assert lstm["layers"][0]["occurrences"][0]["undefined"] == "no known word around the target"
    assert lstm["substitutes"]["undefined"] == "the checkpoint has no prediction layer"
    assert made["skipped"] == [{"source": "a.tsv:4", "reason": "man does not occur"}]


def test_csv_has_a_row_for_each_neighbor(found: Neighborhood) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(found))))
    assert [(r["encoder"], r["list"], r["rank"], r["neighbor"], r["value"]) for r in rows] == [
        ("word2vec", "vocabulary", "1", "woman", "0.886"),
        ("word2vec", "vocabulary", "2", "'=1+1", "0.5"),
        ("word2vec", "vocabulary", "", "", ""),
        *(
            row
            for name in ("context", "bert@6")
            for row in (
                (name, "other_words", "1", "repaint", "0.643"),
                (name, "other_words", "2", "man", "-0.05"),
                (name, "same_word", "1", "man", "0.9"),
                (name, "same_word", "2", "Men", "0.5"),
            )
        ),
        ("bert@6", "substitutes", "1", "boy", "0.25"),
        ("bert@6", "substitutes", "2", "girl", "0.0001"),
        ("lstm", "other_words", "", "", ""),
        ("lstm", "substitutes", "", "", ""),
    ]
    assert rows[2]["reason"] == "'men' is not among the 13 words of tiny.txt"
    assert rows[4]["sentence"].startswith("'=cmd|'␛")
    assert (rows[5]["neighbor_id"], rows[5]["source"]) == ("2", "a.tsv:3")
    assert (rows[6]["neighbor_id"], rows[6]["source"]) == ("", "ref.txt:10")
    assert [r["reason"] for r in rows[-2:]] == [
        "no known word around the target", "the checkpoint has no prediction layer",
    ]  # fmt: skip


def test_markdown_is_a_table_for_each_use(found: Neighborhood) -> None:
    assert to_markdown(found) == (
        "**man**: neighbors\n"
        "\n"
        "word2vec, man: woman .89, =1+1 .50\n"
        "\n"
        "word2vec, men: 'men' is not among the 13 words of tiny.txt\n"
        "\n"
        "1. Go **man** the post!\n"
        "\n"
        "|  | context | bert@6 | lstm |\n"
        "| --- | --- | --- | --- |\n"
        "| 1 | repaint .64 | repaint .64 | no known word around the target |\n"
        "| 2 | man -.05 | man -.05 |  |\n"
        "| man in other sentences | 2 noun .90, Men (ref.txt:10) .50"
        " | 2 noun .90, Men (ref.txt:10) .50 |  |\n"
        "| in its place |  | boy .250, girl \\<.001 | the checkpoint has no prediction layer |\n"
    )
