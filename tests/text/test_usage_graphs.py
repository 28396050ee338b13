"""Word usage graphs: uses.csv, and the folder of a data set."""

from collections import Counter
from pathlib import Path

import pytest

from embcmp.errors import InputError
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences

HEADER = (
    "lemma\tpos\tdate\tgrouping\tidentifier\tdescription\tcontext\tindexes_target_token"
    "\tindexes_target_sentence"
)
DWUG = Path("../shared/data/dwug_en")


def use(
    identifier: str, context: str, place: str, *, lemma: str = "plane_nn", grouping: str = "1"
) -> str:
    return f"{lemma}\tnn\t1850\t{grouping}\t{identifier}\t\t{context}\t{place}\t0:{len(context)}"


USES = [
    use("fic_1850_1.txt-3-5", '"The plane was smooth. A carpenter made it.', "5:10"),
    use("fic_1850_1.txt-9-2", "Planes of glass.", "0:6"),
    use("news_1990_7.txt-1-1", 'The plane " landed.', "4:9", grouping="2"),
]


def data_set(folder: Path, rows: list[str] = USES, name: str = "plane_nn") -> Path:
    path = folder / "data" / name / "uses.csv"
    path.parent.mkdir(parents=True)
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def test_uses_are_read_without_quoting(tmp_path: Path) -> None:
    data_set(tmp_path)
    rows = read_sentences(tmp_path)
    assert [row.text for row in rows] == [r.split("\t")[6] for r in USES]
    assert [row.text[row.start : row.end] for row in rows] == ["plane", "Planes", "plane"]
    assert [row.word for row in rows] == ["plane"] * 3
    assert [row.group for row in rows] == ["1", "1", "2"]
    assert [row.unit for row in rows] == ["fic_1850_1", "fic_1850_1", "news_1990_7"]
    assert [row.sense for row in rows] == [None] * 3
    assert rows[0].columns == {"lemma": "plane_nn", "pos": "nn", "date": "1850"}


def test_clusters_are_the_senses_and_noise_is_none(tmp_path: Path) -> None:
    data_set(tmp_path)
    clusters = tmp_path / "clusters" / "opt" / "plane_nn.csv"
    clusters.parent.mkdir(parents=True)
    clusters.write_text(
        "identifier\tcluster\nfic_1850_1.txt-3-5\t0\nfic_1850_1.txt-9-2\t-1\n"
        "news_1990_7.txt-1-1\t1\n",
        encoding="utf-8",
    )
    assert [row.sense for row in read_sentences(tmp_path)] == ["0", None, "1"]


@pytest.mark.parametrize("form", [None, "wug"])
def test_a_file_of_uses_is_known_by_its_columns(form: str | None, tmp_path: Path) -> None:
    rows = read_sentences(data_set(tmp_path), form)
    assert [row.group for row in rows] == ["1", "1", "2"]


def test_a_target_in_parts_is_left_out_and_listed(tmp_path: Path) -> None:
    rows = [
        use("a.txt-1", "They gave the plan up.", "5:9,19:21", lemma="give_vb"),
        use("b.txt-1", "They gave up the plan.", "5:9,10:12", lemma="give_vb"),
        use("c.txt-1", "They give.", "none", lemma="give_vb"),
    ]
    data_set(tmp_path, rows, "give_vb")
    found = find_occurrences(read_sentences(tmp_path), "give")
    assert [o.form for o in found] == ["gave up"]
    assert [s.reason for s in found.skipped] == [
        "the target stands in parts that are not together (5:9,19:21)",
        "'none' is no place start:end",
    ]


def test_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "uses.csv"
    path.write_text("sentence\tsense\nThe plane.\ta\n", encoding="utf-8")
    with pytest.raises(InputError, match="the columns of a word usage graph"):
        read_sentences(path, "wug")
    assert read_sentences(path)[0].sense == "a"


needs_dwug = pytest.mark.skipif(not DWUG.is_dir(), reason="the public data are not on this machine")


@needs_dwug
def test_a_real_data_set_is_read_whole() -> None:
    rows = read_sentences(DWUG)
    assert len(rows) == 9107
    assert {row.group for row in rows} == {"1", "2"}
    assert not any(row.problem for row in rows)
    words = {row.word for row in rows}
    assert len(words) == 46
    found = find_occurrences(rows, "plane")
    assert len(found) == sum(row.word == "plane" for row in rows) > 150
    assert {o.form.lower() for o in found} <= {"plane", "planes", "planing"}
    assert {o.group for o in found} == {"1", "2"}
    assert found.skipped == () == found.notes


@needs_dwug
def test_every_use_of_a_real_data_set_is_the_form_at_its_place() -> None:
    files = [path.read_text(encoding="utf-8") for path in sorted(DWUG.glob("data/*/uses.csv"))]
    expected = []
    for file in files:
        header, *lines = (line.split("\t") for line in file.removesuffix("\n").split("\n"))
        for use in (dict(zip(header, line, strict=True)) for line in lines):
            start, end = map(int, use["indexes_target_token"].split(":"))
            form = use["context"][start:end]
            expected.append((use["context"], form, use["grouping"], use["lemma"]))
    rows = read_sentences(DWUG)
    read = [(r.text, r.text[r.start : r.end], r.group, r.columns["lemma"]) for r in rows]
    assert len(expected) == 9107
    assert sorted(read) == sorted(expected)
    assert all(form and form == form.strip() for _, form, _, _ in read)
    assert Counter(group for _, _, group, _ in read) == {"1": 4507, "2": 4600}
    for word, lemma in {(str(r.word), r.columns["lemma"]) for r in rows}:
        found = find_occurrences(rows, word)
        forms = Counter(form for _, form, _, name in expected if name == lemma)
        assert Counter(o.form for o in found) == forms
