from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from embcmp.batch.report.pages import page_names, write_report
from embcmp.errors import InputError, OutputError
from embcmp.render.page import Json
from tests.batch.saved import write_batch
from tests.conftest import Run
from tests.render.reading import Page, digest

WORDS = ("man", "<i>bank</i>", "index", "../up", "\u202eleft")
FILES = ("man", "i_bank_i-0a1b2c3d", "index", "up-00000000", "left-11111111")


def named(comparison: Json, word: str) -> Json:
    return {**comparison, "word": word}


@pytest.fixture
def batch(hostile_json: Json, tmp_path: Path) -> Path:
    pairs = [(file, named(hostile_json, word)) for file, word in zip(FILES, WORDS, strict=True)]
    return write_batch(tmp_path / "out", pairs)


def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def test_a_page_for_each_word_and_one_copy_of_plotly(batch: Path) -> None:
    index = write_report(batch)
    assert index == batch / "report" / "index.html"
    pages = {"index.html", "man.html", "i_bank_i-0a1b2c3d.html", "index-.html",
             "up-00000000.html", "left-11111111.html"}  # fmt: skip
    assert {p.name for p in index.parent.iterdir()} == {*pages, "plotly.min.js"}
    for name in pages:
        page = read(index.parent / name)
        sources = [a["src"] for tag, a in page.elements if tag == "script" and "src" in a]
        assert sources == ["plotly.min.js"]
        assert len((index.parent / name).read_bytes()) < 400_000


def test_the_index_leads_to_every_page_and_each_page_to_its_neighbors(batch: Path) -> None:
    folder = write_report(batch).parent
    index = read(folder / "index.html")
    links = [str(a["href"]) for tag, a in index.elements if tag == "a"]
    pages = ["man.html", "i_bank_i-0a1b2c3d.html", "index-.html", "up-00000000.html",
             "left-11111111.html"]  # fmt: skip
    assert [link for link in links if not link.startswith("#")] == pages
    for k, name in enumerate(pages):
        links = [str(a["href"]) for tag, a in read(folder / name).elements if tag == "a"]
        links = [link for link in links if not link.startswith("#")]
        assert links == ["index.html", *pages[max(0, k - 1) : k], *pages[k + 1 : k + 2]]


def test_the_index_shows_words_standings_tests_failures_and_costs(batch: Path) -> None:
    text = read(write_report(batch)).words()
    for word in ("man", "<i>bank</i>", "index", "../up", "�left"):
        assert word in text
    assert "one vector per type" in text
    assert ".125 ~[.06, .19] 5 .025 1.50 80 % .012 .031" in text
    assert "<u>lost</u>" in text
    assert "no usable occurrence & <b>more</b>" in text
    assert "How encoders separate the senses of 5 words" in text


def test_the_verdict_over_words_comes_first(batch: Path) -> None:
    index = read(write_report(batch))
    text = index.words()
    assert "separates senses better than" in text
    assert text.index("(+.12 in AUC, p = .025; ahead on 4 of 5 words).") < text.index(
        "The mean over words"
    )
    [chosen] = [a for tag, a in index.elements if tag == "option" and "selected" in a]
    assert chosen == {"selected": None}
    assert "auc_macro nearest_neighbor" in text


def test_a_batch_without_labels_ranks_no_encoder(hostile_json: Json, tmp_path: Path) -> None:
    uses = [{**use, "sense": None} for use in hostile_json["occurrences"]]
    similar = {"self_similarity": hostile_json["results"][-1]["metrics"]["self_similarity"]}
    results = [{**r, "metrics": similar} for r in hostile_json["results"]]
    plain = {**hostile_json, "occurrences": uses, "results": results, "agreement": []}
    means = [{"metric": "self_similarity", "name": r["name"], "words": 1, "mean": 0.5, "low": None,
              "high": None, "undefined": None} for r in results]  # fmt: skip
    batch = write_batch(tmp_path / "out", [("man", plain)], standings=means, tests=[])
    page = read(write_report(batch))
    text = page.words()
    assert f"{len(hostile_json['occurrences'])} occurrences, 3 encoders" in text
    assert "How encoders see the uses of 1 word" in text
    assert "The uses have no sense labels, so no encoder is ranked." in text
    assert not any(word in text for word in ("Leaderboard", "self_similarity", "auc_macro"))
    assert page.data["standings"] == {}


@pytest.mark.parametrize(
    "manifest", ['{"peak_memory_bytes": null}', '{"peak', "[]", "{}", "[" * 100_000]
)
def test_unknown_memory_is_not_shown(batch: Path, manifest: str) -> None:
    (batch / "manifest.json").write_text('{"peak_memory_bytes": 512000000}')
    assert "Peak memory of the last run: 512 MB." in read(write_report(batch)).words()
    (batch / "manifest.json").write_text(manifest)
    assert "Peak memory" not in read(write_report(batch)).words()


def test_layers_stand_apart_from_the_leaderboard(batch: Path) -> None:
    page = read(write_report(batch))
    [(title, layers)] = page.data["layers"].items()
    assert title.endswith("@all")
    assert [layer for _, layer in layers] == [0, 1, 2, 3]
    assert page.data["others"] == sorted(name for name, _ in layers[:-1])


def test_the_index_has_a_policy_for_its_scripts_alone(batch: Path) -> None:
    page = read(write_report(batch))
    assert page.policy["script-src"][1:] == [digest(script) for script in page.scripts]
    assert not [a for _, a in page.elements if any(n.startswith("on") for n in a)]


def test_the_same_batch_is_the_same_report(batch: Path) -> None:
    folder = write_report(batch).parent
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    shutil.rmtree(folder)
    write_report(batch)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_pages_of_words_that_are_gone_go_and_others_stay(batch: Path) -> None:
    folder = write_report(batch).parent
    (folder / "notes.html").write_text("<p>mine")
    summary = json.loads((batch / "summary.json").read_text())
    summary["words"] = summary["words"][1:]
    (batch / "summary.json").write_text(json.dumps(summary))
    write_report(batch)
    assert not (folder / "man.html").exists()
    assert (folder / "notes.html").read_text() == "<p>mine"


def test_progress_is_reported(batch: Path) -> None:
    steps: list[tuple[int, int]] = []
    write_report(batch, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(k, 5) for k in range(1, 6)]


def test_a_batch_without_a_word_has_an_index(tmp_path: Path) -> None:
    index = write_report(write_batch(tmp_path / "out", []))
    text = read(index).words()
    assert "How encoders separate the senses of 0 words" in text
    assert "<u>lost</u>" in text
    assert sorted(p.name for p in index.parent.iterdir()) == ["index.html", "plotly.min.js"]


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda out: (out / "summary.json").unlink(), "out: contains no results of a batch"),
        (lambda out: (out / "summary.json").write_text("{"), "summary.json: is broken"),
        (
            lambda out: (out / "comparisons/man.json").write_text('{"n": 1e999}'),
            "man.json: is broken: 1e999 is not a finite number",
        ),
        (
            lambda out: (out / "summary.json").write_text('{"n": -Infinity}'),
            "summary.json: is broken: -Infinity is not a finite number",
        ),
        (lambda out: (out / "summary.json").write_text("[]"), "is not embcmp.batch/2"),
        (lambda out: (out / "comparisons/man.json").unlink(), "man.json: cannot be read: No such"),
        (lambda out: (out / "comparisons/man.json").write_bytes(b"\xff"), "man.json: is broken"),
        (
            lambda out: (out / "comparisons/man.json").write_text('{"schema": "other/9"}'),
            "man.json: is not embcmp.comparison/2 (its schema is 'other/9')",
        ),
    ],
)  # fmt: skip
def test_unreadable_files_are_named(batch: Path, break_it: object, message: str) -> None:
    break_it(batch)  # type: ignore[operator]  # one of the lambdas
    with pytest.raises(InputError) as e:
        write_report(batch)
    assert message in str(e.value)


@pytest.mark.parametrize("value", [None, -1])
@pytest.mark.parametrize("file", ["summary.json", "comparisons/man.json"])
def test_a_value_of_the_wrong_type_is_an_input_error(batch: Path, file: str, value: object) -> None:
    good = json.loads((batch / file).read_text())
    refused = 0
    for key in sorted(set(good) - {"schema"}):
        (batch / file).write_text(json.dumps(good | {key: value}))
        try:
            write_report(batch)
        except InputError as e:
            assert f"{Path(file).name}: is broken: " in e.message
            refused += 1
    assert refused


def test_files_outside_the_folder_are_not_read(batch: Path) -> None:
    summary = json.loads((batch / "summary.json").read_text())
    summary["words"][0]["file"] = "../../secret.json"
    (batch / "summary.json").write_text(json.dumps(summary))
    with pytest.raises(InputError, match="is not a file in comparisons/"):
        write_report(batch)


def test_a_file_in_the_place_of_the_folder_is_named(batch: Path) -> None:
    (batch / "report").write_text("mine")
    with pytest.raises(OutputError, match="report: cannot be made: File exists"):
        write_report(batch)


def test_pages_have_different_names() -> None:
    names = list(page_names(["index.json", "index-.json", "INDEX.json", "man.json"]))
    assert names[1] == "index-.html"
    assert names[3] == "man.html"
    assert len({n.casefold() for n in [*names, "index.html"]}) == 5


def test_the_command_prints_the_first_page(run: Run, batch: Path) -> None:
    done = run("report", str(batch), "--map", "tsne")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{batch / 'report' / 'index.html'}\n"
    layers = read(batch / "report" / "man.html").data["encoders"][2]["layers"]
    assert sorted(layers[0]["view"]["maps"]) == ["pca", "tsne"]


def test_the_command_refuses_a_folder_without_a_batch(run: Run, tmp_path: Path) -> None:
    done = run("report", str(tmp_path / "nothing"))
    assert done.returncode == 3
    assert done.stderr == (
        f"embcmp: {tmp_path / 'nothing'}: contains no results of a batch; run embcmp batch first\n"
    )
