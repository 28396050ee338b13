"""Each reader on small files of the published shape, and on broken ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from embcmp.errors import InputError, UsageError
from embcmp.evaluation.datasets import DATA_SETS, read, readers
from embcmp.evaluation.gold_rows import Item, Pair, Part
from tests.evaluation import files


def spans(part: Part) -> list[tuple[str, ...]]:
    """The id, and the word and the form of each use."""
    rows = []
    for row in part.rows:
        uses = (row.use,) if isinstance(row, Item) else (row.first, row.second)
        rows.append((row.id, *(text for use in uses for text in (use.word, use.form))))
    return rows


def gold(part: Part) -> list[object]:
    return [row.gold if isinstance(row, Pair) else row.keys for row in part.rows]


def test_wic(tmp_path: Path) -> None:
    part = read("wic:read", files.wic(tmp_path / "dev"))
    assert spans(part) == [
        ("wic.dev.0", "man", "man", "man", "man"),
        ("wic.dev.1", "man", "Man", "man", "men"),
        ("wic.dev.2", "post", "post", "post", "Posts"),
        ("wic.dev.3", "go", "goes", "go", "went"),
    ]
    assert gold(part) == [True, False, True, False]
    assert (part.split, part.skipped) == ("dev", ())
    assert [f.name for f in part.files] == ["dev.data.txt", "dev.gold.txt"]
    assert part.rows == read("wic:read", tmp_path / "dev" / "dev.data.txt").rows


def test_wic_names_the_rows_that_it_leaves_out(tmp_path: Path) -> None:
    rows = [
        *files.WIC,
        ("man", "N", "3-2", "The man is cold .", "Go post man .", "F"),
        ("man", "N", "1-9", "The man is cold .", "Go post man .", "F"),
        ("man", "N", "1", "The man is cold .", "Go post man .", "F"),
        ("man", "N", "1-2", "The man is cold .", "Go post man .", "X"),
    ]
    part = read("wic:read", files.wic(tmp_path, rows=rows))
    assert len(part.rows) == 4
    data = tmp_path / "dev.data.txt"
    assert [(s.source, s.reason) for s in part.skipped] == [
        (f"{data}:5", "offsets 11-15 are on 'cold', not on man"),
        (f"{data}:6", "index 9 lies outside the sentence of 4 tokens"),
        (f"{data}:7", "index '' is not a whole number"),
        (f"{data}:8", "gold 'X' is neither T nor F"),
    ]


def test_mcl_wic(tmp_path: Path) -> None:
    part = read("mcl_wic:read", files.mcl_wic(tmp_path))
    assert spans(part) == [
        ("training.en-en.0", "man", "man", "man", "men"),
        ("training.en-en.1", "post", "post", "post", "posts"),
    ]
    assert gold(part) == [True, False]
    assert (part.split, part.skipped, part.noted) == ("training", (), ())


def test_mcl_wic_names_rows_without_a_tag_and_tags_without_a_row(tmp_path: Path) -> None:
    files.mcl_wic(tmp_path)
    tags = [{"id": "training.en-en.1", "tag": "F"}, {"id": "other", "tag": "T"}]
    (tmp_path / "training.en-en.gold").write_text(json.dumps(tags))
    part = read("mcl_wic:read", tmp_path)
    assert [s.reason for s in part.skipped] == ["has no gold tag"]
    assert part.skipped[0].source.endswith("training.en-en.data: training.en-en.0")
    assert [s.reason for s in part.noted] == ["this tag has no row"]


def test_a_word_that_is_not_unicode_leaves_out_only_its_row(tmp_path: Path) -> None:
    data = files.mcl_wic(tmp_path) / "training.en-en.data"
    edit(data, '"lemma": "man"', r'"lemma": "\ud800"')
    part = read("mcl_wic:read", tmp_path)
    assert [row.id for row in part.rows] == ["training.en-en.1"]
    assert [s.reason for s in part.skipped] == ["holds a lone surrogate"]


def test_coarsewsd20(tmp_path: Path) -> None:
    folder = files.coarsewsd20(tmp_path)
    test, train = (read(f"coarsewsd20:{name}", folder) for name in ("read", "read_train"))
    assert spans(test)[:2] == [("man.test.0", "man", "man"), ("man.test.1", "man", "man")]
    assert gold(test) == [("man_post",), ("man_cold",)] * 2
    assert (len(train.rows), train.split, test.split) == (12, "train", "test")
    assert [f.name for f in test.files] == ["test.data.txt", "test.gold.txt", "classes_map.txt"]
    assert readers("coarsewsd20") == ("items", "coarsewsd20:read", "coarsewsd20:read_train")


def test_coarsewsd20_refuses_a_class_that_is_not_there(tmp_path: Path) -> None:
    files.coarsewsd20(tmp_path)
    files.write(tmp_path / "man" / "test.gold.txt", "0\n1\n7\n1\n")
    part = read("coarsewsd20:read", tmp_path)
    assert [s.reason for s in part.skipped] == ["gold '7' is not a class of classes_map.txt"]


def test_a_few_shot_folder_is_about_the_word_without_the_number(tmp_path: Path) -> None:
    files.coarsewsd20(tmp_path)
    (tmp_path / "man").rename(tmp_path / "man_30")
    assert {row.use.word for row in read("coarsewsd20:read", tmp_path).rows} == {"man"}


def test_wikihomograph_counts_bytes(tmp_path: Path) -> None:
    part = read("wikihomograph:read", files.wikihomograph(tmp_path))
    first, second, *_ = part.rows
    assert isinstance(first, Item)
    assert isinstance(second, Item)
    assert first.use.sentence == 'Éé go "man 0" the post'
    assert (first.use.form, first.use.start, first.id) == ("man", 7, "wh.train.man.0")
    assert (second.use.form, second.keys) == ("man", ("man_nou",))
    assert (len(part.rows), part.split, part.skipped) == (12, "train", ())


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (1, 3, "byte 1 cuts a character"),
        (0, 90, "byte 90 lies outside the sentence of 11 bytes"),
        ("x", 3, "offset 'x' is not a whole number"),
        (5, 7, "offsets 3-5 are on 'is', not on man"),
    ],
)
def test_wikihomograph_with_other_offsets(
    tmp_path: Path, start: object, end: object, reason: str
) -> None:
    header = "homograph\twordid\tsentence\tstart\tend\n"
    file = files.write(tmp_path / "man.tsv", f"{header}man\ta\tÉé is man\t{start}\t{end}\n")
    [skipped] = read("wikihomograph:read", file).skipped
    assert (skipped.source, skipped.reason) == (f"{file}:2", reason)


def test_raw_c(tmp_path: Path) -> None:
    part = read("raw_c:read", files.raw_c(tmp_path))
    assert len(part.rows) == 12
    assert spans(part)[0] == ("rawc.0", "posts", "posts", "posts", "posts")
    row = part.rows[1]
    assert isinstance(row, Pair)
    assert row.second.sentence == 'It, is "today" posts.'
    assert row.gold == pytest.approx(1.65)


def test_raw_c_by_its_senses(tmp_path: Path) -> None:
    kind, home, train = readers("raw-c", "items")
    part = read(home, files.raw_c(tmp_path))
    assert (kind, train, len(part.rows)) == ("items", None, 8)
    assert [row.id for row in part.rows][:2] == ["rawc.post.N.M1_a.1", "rawc.post.N.M1_b.2"]
    assert gold(part)[:4] == [("post.N.M1",)] * 2 + [("post.N.M2",)] * 2


def test_haber_poesio_looks_for_the_word(tmp_path: Path) -> None:
    part = read("haber_poesio:read", files.haber_poesio(tmp_path))
    assert spans(part) == [
        ("hp21.3_12", "War and Peace", "War and Peace", "War and Peace", "War and Peace"),
        ("hp21.3_11", "War and Peace", "War and Peace", "War and Peace", "war and peace"),
        ("hp21.4_11", "cup", "cup", "cup", "cup"),
    ]
    assert gold(part) == [0.3, 0.9667, 0.625]
    cup = part.rows[2]
    assert isinstance(cup, Pair)
    assert (cup.first.start, cup.ratings) == (13, (0.5, 0.75))
    items = read("haber_poesio:read_items", tmp_path)
    ids = ("3.1", "3.2", "3.3", "4.4", "4.5")
    assert [row.id for row in items.rows] == [f"hp21.{k}" for k in ids]


def test_haber_poesio_by_one_of_its_files(tmp_path: Path) -> None:
    folder = files.haber_poesio(tmp_path)
    whole = read("haber_poesio:read", folder)
    assert read("haber_poesio:read", folder / "similarity_judgements.json") == whole


def test_scws_has_two_words_and_marks(tmp_path: Path) -> None:
    part = read("scws:read", files.scws(tmp_path))
    assert spans(part) == [
        ("scws.1", "man", "man", "post", "posts"),
        ("scws.2", "word", "words", "cold", "cold"),
    ]
    row = part.rows[0]
    assert isinstance(row, Pair)
    assert (row.first.sentence, row.gold) == ("It is a man , cold .", 3.2)
    assert len(row.ratings) == 10


def test_scws_without_a_mark_or_a_rating(tmp_path: Path) -> None:
    file = files.scws(tmp_path) / "ratings.txt"
    text = file.read_text().replace("<b> words </b>", "words").replace("1.0", "?", 1)
    files.write(file, text)
    assert [s.reason for s in read("scws:read", tmp_path).skipped] == [
        "has a rating that is not a number",
        "does not mark exactly one word",
    ]


def test_scws_says_where_another_word_is_marked(tmp_path: Path) -> None:
    file = files.scws(tmp_path) / "ratings.txt"
    assert read("scws:read", file).noted == ()
    edit(file, "<b> posts </b>", "<b> days </b>")
    edit(file, "2\tword", "2\t ")
    part = read("scws:read", file)
    assert len(part.rows) == 1
    assert [(s.source[-1], s.reason) for s in part.noted] == [
        ("1", "marks 'days', which is not a known form of post")
    ]
    assert [(s.source[-1], s.reason) for s in part.skipped] == [("2", "has no word")]


def test_raganato(tmp_path: Path) -> None:
    part = read("raganato:read", files.raganato(tmp_path))
    assert spans(part) == [
        ("d0.s0.t0", "man", "men"),
        ("d0.s0.t1", "be", "'s"),
        ("d0.s1.t0", "man", "Man"),
        ("d0.s1.t1", "cold_post", "cold posts"),
    ]
    first = part.rows[0]
    assert isinstance(first, Item)
    assert first.use.sentence == "The men & 's"
    assert first.keys == ("man%1:18:00::", "man%1:18:01::")
    assert first.source == f"{tmp_path / 'tiny.data.xml'}:6"
    assert [row.lexeme for row in part.rows if isinstance(row, Item)][:3] == [
        "man#NOUN", "be#VERB", "man#VERB",
    ]  # fmt: skip
    [stuck] = part.skipped
    assert stuck.source.endswith(".data.xml:14")
    assert stuck.reason == "offsets 19-27 are on 'stuck in', not on get_stuck"


def test_raganato_passes_over_a_blank_line_of_keys(tmp_path: Path) -> None:
    files.raganato(tmp_path)
    files.write(tmp_path / "tiny.gold.key.txt", f"{files.RAGANATO_KEYS}\n \n")
    part = read("raganato:read", tmp_path)
    assert (len(part.rows), part.noted) == (4, ())


def test_raganato_with_keys_that_do_not_fit(tmp_path: Path) -> None:
    files.raganato(tmp_path)
    keys = files.RAGANATO_KEYS.replace("d0.s0.t1", "d9.s0.t1")
    files.write(tmp_path / "tiny.gold.key.txt", keys)
    part = read("raganato:read", tmp_path)
    assert "d0.s0.t1 has no key" in [s.reason for s in part.skipped]
    assert [(s.source.rpartition(":")[2], s.reason) for s in part.noted] == [
        ("2", "this key has no instance: d9.s0.t1")
    ]


def test_items_may_have_several_keys_and_quotes_are_characters(tmp_path: Path) -> None:
    text = (
        'id\tword\tstart\tend\tsense\tsentence\n1\tman\t1\t4\ta b\t"man is\n2\tman\t0\t3\t\tman\n'
    )
    part = read("own_files:read_items", files.write(tmp_path / "i.tsv", "\ufeff" + text))
    assert gold(part) == [("a", "b")]
    assert part.rows[0].source == f"{tmp_path / 'i.tsv'}:2"
    assert [s.reason for s in part.skipped] == ["has no sense"]


def test_pairs_of_two_words(tmp_path: Path) -> None:
    text = f"{files.PAIRS}\n1\tman|post\tman is\t0\t3\tthe posts\t4\t9\t2.5\n"
    part = read("own_files:read_pairs", files.write(tmp_path / "p.tsv", text))
    assert spans(part) == [("1", "man", "man", "post", "posts")]
    assert gold(part) == [2.5]


def test_pairs_with_gold_that_cannot_be_used(tmp_path: Path) -> None:
    file = files.pairs_tsv(tmp_path / "p.tsv", ["T", "1.5", "nan", "maybe", "F"])
    part = read("own_files:read_pairs", file)
    assert gold(part) == [True, False]
    assert [(s.source[-1], s.reason) for s in part.skipped] == [
        ("3", "gold '1.5' is not of the same kind as in the rows before it"),
        ("4", "gold 'nan' is not a number, T or F"),
        ("5", "gold 'maybe' is not a number, T or F"),
    ]


Break = Callable[[Path], object]


def edit(file: Path, old: str, new: str) -> Path:
    text = file.read_text(encoding="utf-8")
    assert old in text
    return files.write(file, text.replace(old, new))


ITEMS = "id\tword\tstart\tend\tsense\tsentence\n"


@pytest.mark.parametrize(
    ("home", "make", "says"),
    [
        ("wic:read", lambda p: files.wic(p) and (p / "dev.gold.txt").unlink(), "without gold"),
        ("wic:read", lambda p: files.write(files.wic(p) / "dev.gold.txt", "T\n"),
         "dev.gold.txt: has 1 lines where dev.data.txt has 4"),
        ("wic:read", lambda p: files.wic(p) and files.wic(p, "train"), "contains several"),
        ("wic:read", lambda p: None, r"contains no \*.data.txt"),
        ("wic:read", lambda p: files.write(files.wic(p) / "dev.data.txt", "man\tN\n" * 4),
         "dev.data.txt:1: has 2 fields, not 5"),
        ("wic:read", lambda p: (files.wic(p) / "dev.data.txt").write_bytes(b"a\n\xff\n"),
         "dev.data.txt:2: is not UTF-8"),
        ("wic:read", lambda p: files.write(files.wic(p) / "dev.data.txt", ""), "is empty"),
        ("mcl_wic:read", lambda p: files.write(files.mcl_wic(p) / "training.en-en.data", "{}"),
         "is not a JSON list"),
        ("mcl_wic:read", lambda p: files.write(files.mcl_wic(p) / "training.en-en.data", "[\n{]"),
         "data:2: is not JSON"),
        ("mcl_wic:read", lambda p: files.write(files.mcl_wic(p) / "training.en-en.data", "[{}]"),
         "entry 1 has no string 'id'"),
        ("mcl_wic:read", lambda p: files.write(files.mcl_wic(p) / "training.en-en.data", "[1]"),
         "entry 1 is not an object"),
        ("coarsewsd20:read", lambda p: None, "contains no test.data.txt"),
        ("coarsewsd20:read", lambda p: (files.coarsewsd20(p) / "man/test.gold.txt").unlink(),
         "without gold"),
        ("coarsewsd20:read",
         lambda p: files.write(files.coarsewsd20(p) / "man/test.gold.txt", "0\n"), "has 1 lines"),
        ("coarsewsd20:read", lambda p: (files.coarsewsd20(p) / "man/classes_map.txt").unlink(),
         "there is no such file"),
        ("wikihomograph:read", lambda p: None, r"contains no \*.tsv"),
        ("wikihomograph:read",
         lambda p: files.wikihomograph(p) and files.write(p / "wordids.tsv", "homograph\twordid\n"),
         r"contains no \*.tsv"),
        ("wikihomograph:read", lambda p: files.write(p / "a.tsv", "homograph\n"),
         "a.tsv:1: has no column 'wordid'"),
        ("wikihomograph:read",
         lambda p: files.write(files.wikihomograph(p, name="") / "man.tsv",
                               'homograph\twordid\tsentence\tstart\tend\n"man"\t"a\n'),
         "man.tsv:2"),
        ("wikihomograph:read",
         lambda p: files.write(p / "a.tsv", "homograph\twordid\tsentence\tstart\tend\nman\n"),
         "a.tsv:2: has 1 fields, not 5"),
        ("raw_c:read", lambda p: files.write(p / "raw-c.csv", "word,string\n"), "has no column"),
        ("haber_poesio:read", lambda p: None, "there is no such file"),
        ("haber_poesio:read",
         lambda p: files.write(files.haber_poesio(p) / "similarity_samples.json", "{}"),
         "has no sentences under 3_12_a"),
        ("haber_poesio:read",
         lambda p: files.write(files.haber_poesio(p) / "similarity_judgements.json",
                               '{"3": {"12": ["x"]}}'), "is not a list of numbers"),
        ("haber_poesio:read",
         lambda p: edit(files.haber_poesio(p) / "similarity_samples.json", "work/work", "work"),
         "has no sentences under 3_11_a"),
        ("haber_poesio:read",
         lambda p: edit(files.haber_poesio(p) / "similarity_judgements.json", "0.75", "NaN"),
         "4: 11: is not a list of numbers"),
        ("mcl_wic:read",
         lambda p: edit(files.mcl_wic(p) / "training.en-en.gold", "en-en.0", "en-en.1"),
         "gold: entry 2: the id 'training.en-en.1' is given twice, first at .*: entry 1"),
        ("mcl_wic:read",
         lambda p: edit(files.mcl_wic(p) / "training.en-en.data", "en-en.0", r"\ud800"),
         "entry 1 has an id with a lone surrogate"),
        ("coarsewsd20:read",
         lambda p: files.coarsewsd20(p / "full") and files.coarsewsd20(p / "balanced"),
         "full/man: man is also in .*balanced/man"),
        ("coarsewsd20:read",
         lambda p: (files.coarsewsd20(p) / "man").rename(p / "man_3") and files.coarsewsd20(p),
         "man_3: man is also in .*/man"),
        ("scws:read", lambda p: files.write(p / "ratings.txt", "1\tman\n"), "not 18"),
        ("scws:read", lambda p: edit(files.scws(p) / "ratings.txt", "2\tword", "1\tword"),
         "ratings.txt:2: the id 'scws.1' is given twice, first at .*ratings.txt:1"),
        ("raganato:read",
         lambda p: edit(files.raganato(p) / "tiny.data.xml", "d0.s1.t0", "d0.s0.t0"),
         "tiny.data.xml:11: the id 'd0.s0.t0' is given twice, first at .*:6"),
        ("raganato:read",
         lambda p: edit(files.raganato(p) / "tiny.gold.key.txt", "d0.s1.t0", "d0.s0.t0"),
         "tiny.gold.key.txt:3: the id 'd0.s0.t0' is given twice"),
        ("raganato:read", lambda p: edit(files.raganato(p) / "tiny.data.xml", "UTF-8", "X-1"),
         "tiny.data.xml: unknown encoding: X-1"),
        ("raganato:read", lambda p: files.write(files.raganato(p) / "tiny.data.xml", "<a>\n<b>"),
         "tiny.data.xml:2: is not XML"),
        ("raganato:read", lambda p: (files.raganato(p) / "tiny.gold.key.txt").unlink(),
         "without gold"),
    ],
)  # fmt: skip
def test_broken_files(tmp_path: Path, home: str, make: Break, says: str) -> None:
    make(tmp_path)
    with pytest.raises(InputError, match=says) as caught:
        read(home, tmp_path)
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("home", "text", "says"),
    [
        ("own_files:read_items", "id\tword\n", ":1: has no column `sentence`"),
        ("own_files:read_items", ITEMS + "1\tman\n", ":2: has 2 fields where the header has 6"),
        (
            "own_files:read_items",
            ITEMS + "1\tman\t0\t3\ta\tman\n" * 2,
            ":3: the id '1' is given twice",
        ),
        ("own_files:read_pairs", ITEMS, ":1: has no column sentence1; its columns: id, word"),
    ],
)
def test_broken_tables(tmp_path: Path, home: str, text: str, says: str) -> None:
    file = files.write(tmp_path / "f.tsv", text)
    with pytest.raises(InputError, match=says):
        read(home, file)
    with pytest.raises(InputError, match="there is no such file"):
        read(home, tmp_path / "none.tsv")


def test_an_entity_is_not_fetched(tmp_path: Path) -> None:
    files.raganato(tmp_path)
    secret = files.write(tmp_path / "secret", "man")
    text = files.RAGANATO.replace(
        "<corpus", f'<!DOCTYPE corpus [<!ENTITY s SYSTEM "file://{secret}">]>\n<corpus', 1
    ).replace(">men<", ">&s;<")
    files.write(tmp_path / "tiny.data.xml", text)
    part = read("raganato:read", tmp_path)
    assert "d0.s0.t0 has no text" in [s.reason for s in part.skipped]


def test_each_data_set_says_what_its_rows_are() -> None:
    assert {name: one.kind for name, one in DATA_SETS.items()} == {
        "items": "items", "pairs": "pairs", "wic": "pairs", "mcl-wic": "pairs",
        "coarsewsd20": "items", "wikihomograph": "items", "raw-c": "pairs",
        "haber-poesio": "pairs", "scws": "pairs", "raganato": "items", "change": "graphs",
    }  # fmt: skip
    with pytest.raises(UsageError, match="wic has no items"):
        readers("wic", "items")


MCL_WIC = {  # rows in the shape of the data set: lemma, sentence, word in it; twice, and the tag
    "zh-zh": [
        ("银行", "我去银行取钱。", "银行", "河边没有银行。", "银行", "T"),
        ("打", "他打了我。", "打", "我给他打电话。", "打", "F"),
        ("头", "他的头很大。", "头", "会议的头一天。", "头", "F"),
        ("学习", "我们学习汉语。", "学习", "向他学习。", "学习", "T"),
        ("花", "院子里开了很多花。", "花", "别乱花钱。", "花", "F"),
    ],
    "ar-ar": [
        ("عين", "شربنا من العين.", "العين", "آلمته عينه.", "عينه", "F"),
        ("كتاب", "قرأت الكتاب.", "الكتاب", "هذه كتب قديمة.", "كتب", "T"),
        ("بيت", "عاد إلى بيته.", "بيته", "هذا بيت من الشعر.", "بيت", "F"),
        ("ذهب", "ذهب الولد.", "ذهب", "خاتم من ذهب.", "ذهب", "F"),
        ("يد", "رفع يديه.", "يديه", "يده مكسورة.", "يده", "T"),
    ],
    "fr-fr": [
        ("aller", "Nous irons demain.", "irons", "Ils sont allés loin.", "allés", "T"),
        ("avocat", "L'avocat plaide.", "avocat", "Un avocat mûr.", "avocat", "F"),
        ("œil", "Il ferma les yeux.", "yeux", "Un œil au beurre noir.", "œil", "T"),
        ("être", "Je fus surpris.", "fus", "Ils étaient là.", "étaient", "F"),
        ("cheval", "Des chevaux blancs.", "chevaux", "Un cheval de course.", "cheval", "T"),
    ],
    "ru-ru": [
        ("ключ", "Он потерял ключи.", "ключи", "Из горы бьёт ключ.", "ключ", "F"),
        ("идти", "Мы шли домой.", "шли", "Он шёл лесом.", "шёл", "T"),
        ("человек", "Пришли люди.", "люди", "Добрый человек.", "человек", "T"),
        ("коса", "Длинная коса.", "коса", "Косой косят траву.", "Косой", "F"),
        ("хороший", "Стало лучше.", "лучше", "Хороший день.", "Хороший", "F"),
    ],
}


@pytest.mark.parametrize("languages", MCL_WIC)
def test_mcl_wic_in_other_languages_is_read_whole(languages: str, tmp_path: Path) -> None:
    rows, tags = [], []
    for number, (lemma, one, form1, two, form2, tag) in enumerate(MCL_WIC[languages]):
        key = f"test.{languages}.{number}"
        places = {
            f"{edge}{side}": str(text.index(form) + extra)
            for side, text, form in ((1, one, form1), (2, two, form2))
            for edge, extra in (("start", 0), ("end", len(form)))
        }
        rows.append({"id": key, "lemma": lemma, "pos": "NOUN", "sentence1": one,
                     "sentence2": two, **places})  # fmt: skip
        tags.append({"id": key, "tag": tag})
    data = files.write(tmp_path / f"test.{languages}.data", json.dumps(rows))
    files.write(tmp_path / f"test.{languages}.gold", json.dumps(tags))
    part = read("mcl_wic:read", data)
    assert part.skipped == ()
    assert [found[2::2] for found in spans(part)] == [
        (form1, form2) for _, _, form1, _, form2, _ in MCL_WIC[languages]
    ]
    assert gold(part) == [row[-1] == "T" for row in MCL_WIC[languages]]
