"""CoNLL-U and vertical text: sentences, lemmas, documents."""

import time
from pathlib import Path

import pytest

from embcmp.errors import InputError
from embcmp.text.sentences import read_sentences
from embcmp.text.targets import find_occurrences

# In the published shape: comments, a multiword token, an empty node, SpaceAfter=No.
CONLLU = """\
# newdoc id = letters
# sent_id = l-1
# text = He doesn't man the posts.
1\tHe\the\tPRON\tPRP\tCase=Nom\t4\tnsubj\t_\t_
2-3\tdoesn't\t_\t_\t_\t_\t_\t_\t_\t_
2\tdoes\tdo\tAUX\tVBZ\t_\t4\taux\t_\t_
3\tn't\tnot\tPART\tRB\t_\t4\tadvmod\t_\t_
4\tman\tman\tVERB\tVB\t_\t0\troot\t_\t_
5\tthe\tthe\tDET\tDT\t_\t6\tdet\t_\t_
6\tposts\tpost\tNOUN\tNNS\t_\t4\tobj\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t.\t_\t4\tpunct\t_\t_

# newdoc id = notes
# sent_id = n-1
1\tMen\tman\tNOUN\tNNS\t_\t2\tnsubj\t2:nsubj|4.1:nsubj\t_
2\tfish\tfish\tVERB\tVBP\t_\t0\troot\t0:root\t_
3\tand\tand\tCCONJ\tCC\t_\t4\tcc\t4.1:cc\t_
4\twomen\twoman\tNOUN\tNNS\t_\t2\tconj\t2:conj\tSpaceAfter=No
4.1\tfish\tfish\tVERB\tVBP\t_\t_\t_\t2:conj\t_
5\t!\t!\tPUNCT\t.\t_\t2\tpunct\t2:punct\t_
"""
VRT = """\
<?xml version="1.0" encoding="UTF-8"?>
<text id="harbor" year="1901" title="Ships &amp; men">
<p>
<s>
The\tDT\tthe
men\tNNS\tman
fish\tVBP\tfish
<g/>
.\t.\t.
</s>
<s>
No\tDT\tno
man\tNN\tman
swims\tVBZ\tswim
<g/>
!\t.\t!
</s>
</p>
</text>
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_conllu(tmp_path: Path) -> None:
    rows = read_sentences(write(tmp_path, "a.conllu", CONLLU))
    assert [row.text for row in rows] == ["He doesn't man the posts.", "Men fish and women!"]
    assert [row.unit for row in rows] == ["letters", "notes"]
    assert [row.columns for row in rows] == [{"sent_id": "l-1"}, {"sent_id": "n-1"}]
    assert [row.source.rpartition(":")[2] for row in rows] == ["4", "15"]
    for row in rows:
        places = dict.fromkeys((x.start, x.end) for x in row.lemmas)
        forms = [row.text[start:end] for start, end in places]
        assert "".join(forms) == row.text.replace(" ", "")
    lemmas = ["he", "do not", "do", "not", "man", "the", "post", "."]
    assert [x.lemma for x in rows[0].lemmas] == lemmas


def test_vrt(tmp_path: Path) -> None:
    rows = read_sentences(write(tmp_path, "a.vrt", VRT))
    assert [row.text for row in rows] == ["The men fish.", "No man swims!"]
    assert rows[0].unit == "harbor"
    assert rows[0].columns == {"id": "harbor", "year": "1901", "title": "Ships & men"}
    assert [x.lemma for x in rows[1].lemmas] == ["no", "man", "swim", "!"]


def test_the_lemma_is_found_wherever_its_field_is(tmp_path: Path) -> None:
    text = "<s>\nThe\tthe-x\tDT\nmen\tman-n\tNNS\nfish\tfish-v\tVBP\n</s>\n"
    (row,) = read_sentences(write(tmp_path, "a.vert", text))
    assert [x.lemma for x in row.lemmas] == ["the", "man", "fish"]


@pytest.mark.parametrize("id", ["-2", "1-", "1-x", "1-²", "9" * 5000 + "-1", "1-2-3"])
def test_several_words_without_numbers(tmp_path: Path, id: str) -> None:
    path = write(tmp_path, "a.conllu", f"{id}\tman\tman\t_\t_\t_\t_\t_\t_\t_\n")
    with pytest.raises(InputError, match=r"a\.conllu:1: 'man' has the id .*") as e:
        read_sentences(path)
    assert len(str(e.value)) < 300


def test_numbers_that_no_sentence_has(tmp_path: Path) -> None:
    lines = [f"{id}\t{word}\t{word}" + "\t_" * 7 for id, word in
             (("1-999999999", "cold"), ("1", "co"), ("2", "ld"), ("²", "x"))]  # fmt: skip
    start = time.process_time()
    [sentence] = read_sentences(write(tmp_path, "a.conllu", "\n".join(lines) + "\n"))
    assert sentence.text == "cold"
    assert time.process_time() - start < 1


@pytest.mark.parametrize(("name", "text"), [("a.conllu", CONLLU), ("a.vrt", VRT)])
def test_matching_by_lemma(name: str, text: str, tmp_path: Path) -> None:
    rows = read_sentences(write(tmp_path, name, text))
    by_lemma = find_occurrences(rows, "man", "lemma")
    assert [o.form for o in by_lemma] == (["man", "Men"] if name == "a.conllu" else ["men", "man"])
    assert [o.form for o in find_occurrences(rows, "man")] == ["man"]


def test_a_line_of_another_width_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a.conllu", CONLLU.replace("\tnsubj\t_\t_\n", "\tnsubj\n", 1))
    with pytest.raises(InputError, match=r"a\.conllu:4: has 8 fields where CoNLL-U has ten"):
        read_sentences(path)


def test_vertical_text_without_sentences_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tag says where its sentences begin"):
        read_sentences(write(tmp_path, "a.vrt", "<text>\nThe\tDT\tthe\n</text>\n"))


@pytest.mark.parametrize("separator", ["\x0b", "\x1e", "\x85", "\u2028"])
def test_a_line_separator_within_a_line_is_no_tag_and_no_field(
    separator: str, tmp_path: Path
) -> None:
    lines = ["man\tNN\tman", "goes\tVB\tgo", f"x{separator}<sentence>{separator}\tXX\tx"]
    lines += [f"x{separator}ran\tran\tq"] * 5
    text = "<p>\n" + "\n".join(lines) + "\n</p>\n"
    (row,) = read_sentences(write(tmp_path, "a.vrt", text))
    assert [x.lemma for x in row.lemmas] == ["man", "go", "x"] + ["q"] * 5


def test_each_word_of_a_multiword_token_has_its_place(tmp_path: Path) -> None:
    # The example of the documentation of CoNLL-U.
    rows = [
        "1-2 vámonos _ _", "1 vamos ir VERB", "2 nos nosotros PRON",
        "3-4 al _ _", "3 a a ADP", "4 el el DET", "5 mar mar NOUN",
    ]  # fmt: skip
    lines = ["\t".join([*row.split(), *"______"]) for row in rows]
    text = "\n".join(["# text = vámonos al mar", *lines, "", ""])
    read = read_sentences(write(tmp_path, "es.conllu", text))
    for lemma, form in (("ir", "vámonos"), ("nosotros", "vámonos"), ("el", "al"), ("mar", "mar")):
        assert [use.form for use in find_occurrences(read, lemma, "lemma")] == [form]
