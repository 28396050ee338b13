"""Hostile sentences and words, for every command and family of encoders."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.hostile.inputs.hostile_input import Content, Input
from tests.hostile.inputs.valid_files import SENTENCES, ValidFiles
from tests.hostile.texts import HOSTILE

KIND = "texts"
SENTENCE_KINDS: dict[str, str] = {
    "controls": "a man " + "".join(map(chr, range(1, 32))) + " here \x7f\x9b2J",
    "escapes": "a man \x1b]0;pwned\x07\x1b[2J\x1bP here",
    "bidi": "\u202ea man \u2066\u2067\u2068 here \u200f\u061c\u202d\u202d",
    "separators": "a man\u2028is\u2029here\x85now\x0b\x0c",
    "no characters": "a man \ufffe\uffff\ufdd0\U0010ffff here",
    "private": "a man \ue000\U000f0000 here",
    "combining": "a man" + "\u0301\u0489\u20dd" * 3000 + " man here",
    "zalgo": "".join(c + "\u0334\u035c\u0300" * 9 for c in "a man is here"),
    "joiners": "a m\u200da\u200cn\u2060 man\ufeff here\u00ad \u180e",
    "tags": "a man " + "".join(chr(0xE0000 + ord(c)) for c in "evil") + " here",
    "emoji": "a man \U0001f468\u200d\U0001f469\u200d\U0001f467" * 12,
    "one token": "man " + "x" * 100_000,
    "one blank": "man" + " " * 100_000 + "is",
    "many uses": "man " * 500,
    "many marks": "man. ! ? ... " * 100,
    "many digits": "the man is " + "9" * 30_000 + " 1e999 NaN",
    "special tokens": "[CLS] man [SEP] [MASK] [PAD] [UNK] <s> </s> <|endoftext|> <unk> ##man",
    "only special tokens": "[PAD][PAD][MASK]man[MASK][CLS]",
    "marks of uses": "[[man]] [[ [[man ]]man]] [[]]",
    "other scripts": "人man人 ชายman กman क्षmanक्ष \u0e33\u0eb3 İi ıI ſ ß ﬁ man",
    "full width": "ｍａｎ man ⅿan мan mаn",
    "hangul": "\u1100" * 3000 + " man",
    "math": "𝐦𝐚𝐧 𝓶𝓪𝓷 man \U0001d7d8" * 50,
    "blanks": "\u3000man\u00a0man\u2003man\u202fman\u200aman\u1680",
    "apostrophes": "man's man’s man‛s 'man' o'man ''''" * 20,
    "hyphens": "man-man man‐man man—man -man- " + "-" * 5000,
    "templates": "a man {{ 7*7 }} ${8*8} %s %n {0.__class__} \\N{BULLET} \\u0000",
    "formulas": "=cmd|' /C calc'!A0 man +1+1 @SUM(1) -2 man",
    "nothing": "\u200b \u200b",
    **{f"page {i}": text for i, text in enumerate(HOSTILE)},
}
WORDS = (
    "\x1b[2J", "\u202e", "a\u0301\u0301", "[CLS]", "##man", "<b>", "=1", "x" * 20_000, "🏳️‍🌈", "ﬁ",
    "İ", "ß", "人", "man man", "man's", ".*", "\\", "'", " man ", "\u200b",
)  # fmt: skip
ENCODERS = ("context:v.txt", "word2vec:v.txt", "bert:bert", "bert:bert,pool=first,mark=t",
            "lstm:lstm.safetensors", "word2vec:potion")  # fmt: skip


def inputs(valid: ValidFiles) -> Iterator[Input]:
    """All of them."""
    whole: dict[str, Content] = {
        **valid.named("v.txt", "lstm.safetensors"), **valid.below("bert"), **valid.below("potion"),
    }  # fmt: skip
    commands = _commands()
    for i, (name, text) in enumerate(SENTENCE_KINDS.items()):
        files = {
            **whole,
            "s.jsonl": _rows([text] * 2 + [f"{text} cold"] * 2),
            "raw.txt": _raw(text),
        }
        for k in range(3):
            number = i * 3 + k
            args = commands[number % len(commands)]
            encoder = ENCODERS[(number + i) % len(ENCODERS)]
            if args[0] in ("reach", "trace"):
                encoder = "lstm:lstm.safetensors"
            if args[0] == "trace":
                args = ("trace", text[:20_000].replace("\0", ""), "--word", "man", *args[1:])
            yield Input(KIND, f"{name} {args[0]} {number}", (*args, "-e", encoder), files)
    for i, word in enumerate(WORDS):
        rows = [f"the {word} is cold {k}" for k in range(6)] + [word, word * 2]
        files = {**whole, "s.jsonl": _rows(rows), "raw.txt": _raw("\n".join(rows))}
        for form in ("table", "csv"):
            encoder = ENCODERS[(i + len(form)) % len(ENCODERS)]
            args = ("compare", "-s", "s.jsonl", "-e", encoder, "--format", form, "--match", "exact")
            yield Input(KIND, f"word {i} {form}", (*args, "--", word), files)


def _rows(texts: list[str]) -> bytes:
    """Rows with hostile labels, groups and names, too."""
    rows = []
    for i, text in enumerate([*texts, *SENTENCES]):
        odd = text[:300]
        labels = {"sense": f"{odd}{i % 2}", "group": f"{odd} {i % 2}", "id": f"{odd}{i}"}
        rows.append(
            json.dumps({"sentence": text, **(labels if i % 3 else {**labels, "sense": "x"})})
        )
    return "\n".join(rows).encode()


def _raw(text: str) -> bytes:
    return (text + "\n" + "".join(f"{line}\n" for line in SENTENCES)).encode("utf-8", "replace")


def _commands() -> list[tuple[str, ...]]:
    """Commands without their encoder."""
    compare = ("compare", "man", "-s", "s.jsonl", "--no-intervals")
    return [
        *((*compare, "--format", form) for form in ("table", "json", "csv", "markdown", "html")),
        (*compare, "--all", "--strict"),
        (*compare, "--split", "--context", "1", "--match", "inflections"),
        ("compare", "man", "-s", "raw.txt", "--input-format", "text", "--no-intervals"),
        ("compare", "man", "-s", "raw.txt", "--input-format", "txt", "--controls"),
        *(
            ("senses", "man", "-s", "s.jsonl", "--format", form)
            for form in ("table", "tsv", "latex")
        ),
        ("change", "man", "-s", "s.jsonl"),
        ("-v", "neighbors", "man", "-s", "s.jsonl"),
        ("reach", "man", "-s", "s.jsonl", "--draws", "5", "--format", "csv"),
        ("trace",),
        ("trace", "--format", "html"),
    ]
