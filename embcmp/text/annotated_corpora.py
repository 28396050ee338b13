"""Corpora with a token a line: CoNLL-U and vertical text (VRT)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from embcmp.errors import InputError
from embcmp.text.delimited_text import TAB
from embcmp.text.input_files import TextFile
from embcmp.text.sentence_rows import Lemma, Sentence

_CONLLU_COLUMNS = 10
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[A-Za-z_][\w.-]*)(?P<rest>[^<>]*?)/?>\s*")
_ATTRIBUTE = re.compile(r"(?<![\w.:-])([\w.:-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)')")
_SENTENCE_TAGS = ("s", "sentence", "sent", "u", "utterance", "seg")
_TEXT_TAGS = ("text", "doc", "document")
_ID = re.compile(r"[0-9]{1,9}")  # of a word in CoNLL-U
_GLUE = "g"  # what stands between two tokens without a blank
_LEMPOS = re.compile(r"(?<=\w)[-_/][a-zA-Z]{1,3}$")  # Sketch Engine's "man-n"


@dataclass
class _Token:
    form: str
    lemma: str
    blank: bool = True  # whether a blank follows it
    parts: tuple[str, ...] = ()  # the lemmas of the words that it stands for, if several


def read_conllu(file: TextFile) -> Iterator[Sentence]:
    """The sentences of a CoNLL-U file, with the lemmas of their words.

    The sentence is the comment `# text`, else what its words and `SpaceAfter=No` make. `unit` is
    its document (`# newdoc id`). `sent_id` is kept as a column.

    Raises:
        InputError: a line has not ten fields, or the id of a multiword token is no range.
    """
    document: str | None = None
    for block in _blocks(file):
        comments: dict[str, str] = {}
        rows: list[list[str]] = []
        start = 0
        for number, line in block:
            if line.startswith("#"):
                key, _, value = line.removeprefix("#").partition("=")
                comments[key.strip()] = value.strip()
                continue
            start = start or number
            rows.append(line.split(TAB))
            if len(rows[-1]) != _CONLLU_COLUMNS:
                raise InputError(
                    f"{file.name}:{number}: has {len(rows[-1])} fields where CoNLL-U has ten",
                    "TABs separate the fields, and a blank line ends a sentence",
                )
        if "newdoc id" in comments or "newdoc" in comments:
            document = comments.get("newdoc id") or f"{file.name}:{block[0][0]}"
        if rows:
            yield _conllu_sentence(rows, comments, document, f"{file.name}:{start}")


def _blocks(file: TextFile) -> Iterator[list[tuple[int, str]]]:
    """The numbered lines between blank ones."""
    for blank, lines in groupby(file.lines(), key=lambda line: not line[1].strip()):
        if not blank:
            yield list(lines)


def _conllu_sentence(
    rows: Sequence[Sequence[str]], comments: dict[str, str], document: str | None, source: str
) -> Sentence:
    words = {row[0]: row for row in rows if _ID.fullmatch(row[0])}
    tokens: list[_Token] = []
    covered = 0  # the last word of the multiword token that came last
    for id, form, lemma, *_, misc in rows:
        parts: tuple[str, ...] = ()
        first, several, last = id.partition("-")
        if several:
            if not (_ID.fullmatch(first) and _ID.fullmatch(last)):
                raise InputError(
                    f"{source}: {form!r} has the id {id[:50]!r}",
                    "in CoNLL-U the id of a multiword token is a range of numbers, such as 1-2",
                )
            # A range of a billion words costs no more than the sentence has.
            end = min(int(last), int(first) + len(words))
            numbers = map(str, range(int(first), end + 1))
            parts = tuple(words[number][2] for number in numbers if number in words)
            lemma, covered = " ".join(parts), int(last)
        elif id not in words or int(id) <= covered:  # an empty node, a part of what came before
            continue
        tokens.append(_Token(form, lemma, "SpaceAfter=No" not in misc.split("|"), parts))
    columns = {"sent_id": comments["sent_id"]} if comments.get("sent_id") else {}
    return _sentence(tokens, source, comments.get("text"), document, columns)


def read_vrt(file: TextFile) -> Iterator[Sentence]:
    """The sentences of vertical text: tags on lines of their own, and a token a line.

    A sentence is what `<s>` holds, or `<p>` where there is no `<s>`. `unit` is the text that it
    stands in (`<text id="...">`), whose attributes are kept as columns. The first field is the
    word; the lemma is the field that looks most like it. `<g/>` joins two tokens.

    Raises:
        InputError: no tag says where a sentence begins.
    """
    holder = _holder(file.head_lines)
    if holder is None:
        raise InputError(
            f"{file.name}: no tag says where its sentences begin", "they stand in <s> ... </s>"
        )
    lemma_field = _lemma_field(file.head_lines)
    attributes: dict[str, str] = {}
    unit: str | None = None
    for number, tag, lines in _held(file, holder):
        if tag is not None:
            attributes = {k: html.unescape(a or b) for k, a, b in _ATTRIBUTE.findall(tag)}
            unit = attributes.get("id") or f"{file.name}:{number}"
        elif tokens := _vrt_tokens(lines, lemma_field):
            yield _sentence(tokens, f"{file.name}:{number}", None, unit, attributes)


def _held(file: TextFile, holder: str) -> Iterator[tuple[int, str | None, list[str]]]:
    """The lines within each tag of sentences, and the tags of texts, with the number of the first.

    Yields:
        The number, the attributes of a text's tag (None for a sentence), and the lines.
    """
    lines: list[str] | None = None
    start = 0
    for number, line in file.lines():
        tag = _TAG.fullmatch(line)
        name = tag["name"].lower() if tag else ""
        if tag and name == holder:
            yield start, None, lines or []
            lines, start = (None if tag["end"] else []), number + 1
        elif tag and name in _TEXT_TAGS and not tag["end"]:
            yield number, tag["rest"], []
        elif lines is not None and (tag is None or name == _GLUE):
            lines.append(line)
    yield start, None, lines or []


def _vrt_tokens(lines: Sequence[str], lemma_field: int) -> list[_Token]:
    tokens: list[_Token] = []
    for line in lines:
        if _TAG.fullmatch(line):
            if tokens:
                tokens[-1].blank = False
        elif line.strip() and not line.startswith(("<!--", "<?xml")):
            fields = [html.unescape(field) for field in line.split(TAB)]
            lemma = fields[lemma_field] if lemma_field < len(fields) else fields[0]
            tokens.append(_Token(fields[0], _LEMPOS.sub("", lemma)))
    return tokens


def _holder(lines: Sequence[str]) -> str | None:
    names = {m["name"].lower() for m in map(_TAG.fullmatch, lines) if m}
    return next((name for name in (*_SENTENCE_TAGS, "p") if name in names), None)


def _lemma_field(lines: Sequence[str]) -> int:
    """Which field is the lemma: the one that begins as the word does most often, 0 for none."""
    rows = [line.split(TAB) for line in lines if not line.startswith("<") and line]
    words = [row for row in rows if len(row) > 1 and len(row[0]) > 2 and row[0].isalpha()]
    width = min((len(row) for row in words), default=1)
    alike = {
        i: sum(row[0].casefold()[:2] == row[i].casefold()[:2] for row in words)
        for i in range(1, width)
    }
    best = max(alike, key=lambda i: alike[i], default=0)
    return best if best and alike[best] > len(words) / 2 else 0


def _sentence(
    tokens: Sequence[_Token],
    source: str,
    text: str | None,
    unit: str | None,
    columns: dict[str, str],
) -> Sentence:
    """Make a sentence from its tokens.

    Args:
        tokens: the tokens in their order.
        source: the file and line, for messages.
        text: the text of the sentence; None to join the tokens.
        unit: the document of the sentence.
        columns: its other attributes, by name.
    """
    joined = "".join(t.form + " " * t.blank for t in tokens).strip()
    text = text if text is not None else joined
    lemmas, at = [], 0
    for token in tokens:
        start = text.find(token.form, at)
        if start < 0:
            continue  # the text is not what its tokens say: without its lemma
        at = start + len(token.form)
        named = dict.fromkeys((token.lemma, *token.parts))
        lemmas += [Lemma(start, at, lemma) for lemma in named]
    return Sentence(text, source, unit=unit, columns=columns, lemmas=tuple(lemmas))
