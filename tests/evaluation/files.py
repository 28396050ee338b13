"""Small files in the shapes in which the data sets are published, written for these tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

WIC = [  # word, part of speech, indices, sentences, gold
    ("man", "N", "1-2", "The man is cold .", "Go post man .", "T"),
    ("man", "N", "0-1", "Man the post .", "Few men go .", "F"),
    ("post", "N", "3-0", "It is the post .", "Posts go .", "T"),
    ("go", "V", "1-1", "He goes today .", "It went cold .", "F"),
]


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def wic(folder: Path, split: str = "dev", rows: Sequence[Sequence[str]] = WIC) -> Path:
    write(folder / f"{split}.data.txt", "".join("\t".join(r[:5]) + "\n" for r in rows))
    write(folder / f"{split}.gold.txt", "".join(r[5] + "\n" for r in rows))
    return folder


def mcl_wic(folder: Path) -> Path:
    rows = [
        {"id": "training.en-en.0", "lemma": "man", "pos": "NOUN", "sentence1": "The man’s cold.",
         "sentence2": "Go, men!", "start1": "4", "end1": "7", "start2": "4", "end2": "7"},
        {"id": "training.en-en.1", "lemma": "post", "pos": "NOUN", "sentence1": "A post is it.",
         "sentence2": "He posts it.", "start1": "2", "end1": "6", "start2": "3", "end2": "8"},
    ]  # fmt: skip
    tags = [{"id": "training.en-en.1", "tag": "F"}, {"id": "training.en-en.0", "tag": "T"}]
    write(folder / "training.en-en.data", json.dumps(rows))
    write(folder / "training.en-en.gold", json.dumps(tags))
    return folder


def coarsewsd20(folder: Path) -> Path:
    for split, count in (("train", 12), ("test", 4)):
        data = [
            (2, f"he is man of cold {k} {split}") if k % 2 else (1, f"the man post {k} {split}")
            for k in range(count)
        ]
        place = folder / "man"
        write(place / f"{split}.data.txt", "".join(f"{i}\t{text}\n" for i, text in data))
        write(place / f"{split}.gold.txt", "".join(f"{k % 2}\n" for k in range(count)))
        write(place / "classes_map.txt", json.dumps({"0": "man_post", "1": "man_cold"}))
    return folder


def wikihomograph(folder: Path, rows: int = 12, name: str = "train") -> Path:
    """Every sentence starts with a word whose letters take two bytes each."""
    lines = ['"homograph"\t"wordid"\t"sentence"\t"start"\t"end"']
    for k in range(rows):
        sense, before = [("man_vrb", 'Éé go ""'), ("man_nou", "Éé it is cold, ")][k % 2]
        sentence = f"{before}man {k}" + ('"" the post' if k % 2 == 0 else " of few words")
        start = len(before.replace('""', '"').encode())
        lines.append(f'"man"\t"{sense}"\t"{sentence}"\t{start}\t{start + 3}')
    write(folder / name / "man.tsv", "\n".join(lines) + "\n")
    return folder / name


RAW_C = "word,sentence1,sentence2,same,Class,mean_relatedness,v1,v2,string\n"


def raw_c(folder: Path, words: Sequence[str] = ("post", "man")) -> Path:
    uses = ("M1_a", "M1_b", "M2_a", "M2_b")
    lines = [RAW_C]
    for word in words:
        text = dict(zip(uses, ("cold", "words", '""today""', "few"), strict=True))
        for i, a in enumerate(uses):
            for b in uses[i + 1 :]:
                rating = 3.5 if a[:2] == b[:2] else 1 + len(word) / 10 + (a[-1] == b[-1]) / 4
                one, two = f'"It, is {text[a]} {word}s."', f'"It, is {text[b]} {word}s."'
                lines.append(f"{word},{one},{two},{a[:2] == b[:2]},N,{rating},{a},{b},{word}s\n")
    write(folder / "raw-c.csv", "\ufeff" + "".join(lines))
    return folder


def haber_poesio(folder: Path) -> Path:
    samples = {
        "3_11_a": ["War and Peace: work/work", "War and Peace is cold.", "It is war and peace.", 0],
        "3_12_a": ["War and Peace: work/physical", "War and Peace is cold.", "War and Peace.", 0],
        "4_11_a": ["cup: container/container", "The cupboard cup is cold.", "A cup of words.", 2],
    }  # fmt: skip
    judgements = {"3": {"12": [0.2, 0.4, 0.3], "11": [0.9, 1.0, 1.0]}, "4": {"11": [0.5, 0.75]}}
    write(folder / "similarity_samples.json", json.dumps(samples))
    write(folder / "similarity_judgements.json", json.dumps(judgements))
    return folder


def scws(folder: Path) -> Path:
    rows = [
        ("1", "man", "n", "post", "n", "It is a <b> man </b> , cold .", "<b> posts </b> go", "3.2"),
        ("2", "word", "n", "cold", "a", "few <b> words </b> of it", "<b> cold </b> is it", "7"),
    ]  # fmt: skip
    ratings = ["1.0", "5.4", *["3.2"] * 8]
    write(folder / "ratings.txt", "".join("\t".join([*r, *ratings]) + "\n" for r in rows))
    return folder


CHANGED = {  # a word, and people's change_graded, change_binary and COMPARE
    f"{name}_nn": (graded, str(int(graded > 0.4)), 4 - 2 * graded)
    for name, graded in zip(
        ("man", "post", "go", "cold", "word", "few", "today", "it", "he", "is", "the", "of"),
        (0.0, 0.1, 0.9, 0.3, 0.7, 0.2, 0.5, 0.8, 0.6, 0.4, 1.0, 0.05),
        strict=True,
    )
}
USES = "lemma\tpos\tdate\tgrouping\tidentifier\tdescription\tcontext\tindexes_target_token"
SCORES = "lemma\tgrouping\tchange_binary\tchange_graded\tCOMPARE"


def graph(folder: Path, lemma: str, uses: int = 6) -> Path:
    """Uses of a word in the groups 1 and 2, each in a document of its own."""
    word = lemma.partition("_")[0]
    lines = [USES]
    for k in range(2 * uses):
        before = ("few", "cold", "today")[k % 3] + f" {k} "
        place = f"{len(before)}:{len(before) + len(word)}"
        context = f"{before}{word} of {'the post' if k < uses else 'a man'}"
        cells = (lemma, "nn", "1900", str(1 + (k >= uses)), f"{lemma}{k}.txt-1", "", context, place)
        lines.append("\t".join(cells))
    return write(folder / "data" / lemma / "uses.csv", "\n".join(lines) + "\n")


def dwug(folder: Path, stats: str = "stats/opt/stats_groupings.csv") -> Path:
    lines = [SCORES]
    for lemma, (graded, binary, compare) in CHANGED.items():
        graph(folder, lemma)
        lines.append(f"{lemma}\t1_2\t{binary}\t{graded}\t{compare}")
    write(folder / stats, "\n".join(lines) + "\n")
    return folder


RAGANATO = """<?xml version="1.0" encoding="UTF-8" ?>
<corpus lang="en" source="tiny">
<text id="d0">
<sentence id="d0.s0">
<wf lemma="the" pos="DET">The</wf>
<instance id="d0.s0.t0" lemma="man" pos="NOUN">men</instance>
<wf lemma="&amp;" pos=".">&amp;</wf>
<instance id="d0.s0.t1" lemma="be" pos="VERB">'s</instance>
</sentence>
<sentence id="d0.s1">
<instance id="d0.s1.t0" lemma="man" pos="VERB">Man</instance>
<wf lemma="the" pos="DET">the</wf>
<instance id="d0.s1.t1" lemma="cold_post" pos="NOUN">cold posts</instance>
<instance id="d0.s1.t2" lemma="get_stuck" pos="VERB">stuck in</instance>
</sentence>
</text>
</corpus>
"""
RAGANATO_KEYS = """d0.s0.t0 man%1:18:00:: man%1:18:01::
d0.s0.t1 be%2:42:03::
d0.s1.t0 man%2:41:00::
d0.s1.t1 cold_post%1:06:00::
d0.s1.t2 get_stuck%2:38:00::
"""


def raganato(folder: Path, name: str = "tiny") -> Path:
    write(folder / f"{name}.data.xml", RAGANATO)
    write(folder / f"{name}.gold.key.txt", RAGANATO_KEYS)
    return folder


def items_tsv(path: Path, words: Sequence[str] = ("man", "post"), count: int = 6) -> Path:
    lines = ["id\tword\tstart\tend\tsense\tsentence"]
    for word in words:
        for k in range(count):
            sense, before = [(f"{word}.a", "cold the"), (f"{word}.b", "few today")][k % 2]
            sentence = f"{before} {word} {k} is"
            start = len(before) + 1
            lines.append(f"{word}{k}\t{word}\t{start}\t{start + len(word)}\t{sense}\t{sentence}")
    return write(path, "\n".join(lines) + "\n")


PAIRS = "id\tword\tsentence1\tstart1\tend1\tsentence2\tstart2\tend2\tgold"


def pairs_tsv(path: Path, gold: Sequence[str], word: str = "w{}") -> Path:
    """A pair for each gold label, each of its own word."""
    lines = [PAIRS]
    for k, said in enumerate(gold):
        name = word.format(k)
        one, two = f"{name} is cold", f"the {name} of {said} words"
        lines.append(f"{k}\t{name}\t{one}\t0\t{len(name)}\t{two}\t4\t{4 + len(name)}\t{said}")
    return write(path, "\n".join(lines) + "\n")
