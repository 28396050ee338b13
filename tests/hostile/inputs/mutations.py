"""Mutations, which make many hostile files of a few valid ones; the same ones every time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import partial
from random import Random
from typing import Any

DEEP = "\N{DIGIT ONE}DEEP\N{DIGIT ONE}"  # stands for lists within lists, which json cannot write
NESTED = b"[" * 100_000 + b"]" * 100_000
MISSING = object()
WRONG: tuple[object, ...] = (
    None, True, -1, 0, 1, 2**31, 2**63, 10**30, 10**400, 1e308, -1e-320, 0.5,
    float("nan"), float("-inf"), "", " ", "x", "x\0y", "\ud800", "\x1b]0;pwned\x07\u202e",
    "../../../../etc/passwd", "/dev/zero", "9" * 5000, "a" * 100_000, [], {}, [None], [[[]]],
    {"a": {"a": {}}}, [1] * 10_000, [0.1, float("nan")], {"": ""}, DEEP, MISSING,
)  # fmt: skip
HUGE = (b"-1", b"0", b"99999999999", b"9" * 30, b"9" * 5000, b"1e999", b"nan", b"-0x1", b"1_0")
WORDS_OF_BYTES = (bytes(8), b"\xff" * 8, b"\xff" * 3 + b"\x7f", b"\0\0\0\x80", b"\n" * 4)

Mutation = tuple[str, bytes]


def cuts(content: bytes, number: int) -> Iterator[Mutation]:
    """The file, truncated at equal distances, first to nothing."""
    for i in range(number):
        at = len(content) * i // number
        yield f"cut at {at}", content[:at]


def flips(content: bytes, number: int, seed: int = 0) -> Iterator[Mutation]:
    """The file with a few bits that are not as they were."""
    random = Random(seed)
    for i in range(number):
        changed = bytearray(content)
        for _ in range(random.choice((1, 2, 8, 40))):
            changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        yield f"flipped {i}", bytes(changed)


def overwritten(content: bytes, number: int, seed: int = 0) -> Iterator[Mutation]:
    """The file with bytes in it that are large or negative numbers, most often near its start."""
    random = Random(seed)
    for i in range(number):
        changed = bytearray(content)
        word = WORDS_OF_BYTES[i % len(WORDS_OF_BYTES)]
        at = min(int(random.paretovariate(0.4)) - 1, len(content) - 1)
        changed[at : at + len(word)] = word
        yield f"overwritten {i} at {at}", bytes(changed)


def digits(content: bytes, number: int, seed: int = 0) -> Iterator[Mutation]:
    """The text with one of its numbers replaced by another that nobody means."""
    random = Random(seed)
    places = [m.span() for m in re.finditer(rb"\d+", content)]
    for i in range(number if places else 0):
        start, end = random.choice(places[:10] if i % 2 else places)
        huge = HUGE[i % len(HUGE)]
        yield f"number {i}", content[:start] + huge + content[end:]


def garbled(content: bytes, number: int, seed: int = 0) -> Iterator[Mutation]:
    """The text in odd encodings, with controls, without line ends, with lines twice or never."""
    random = Random(seed)
    names = list(GARBLED)
    random.shuffle(names)
    for i in range(number):
        name = names[i % len(names)]
        yield f"{name} {i}", GARBLED[name](random, content)


def _inserted(piece: bytes, random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + piece + content[at:]


def _recoded(encoding: str, random: Random, content: bytes) -> bytes:
    return content.decode("utf-8", "replace").encode(encoding, "replace")


def _lines(change: Callable[[Random, list[bytes]], list[bytes]]) -> Callable[..., bytes]:
    return lambda random, content: b"".join(change(random, content.splitlines(keepends=True)))


GARBLED: dict[str, Callable[[Random, bytes], bytes]] = {
    "nul": partial(_inserted, b"\0"),
    "nuls": partial(_inserted, bytes(5000)),
    "no utf-8": partial(_inserted, b"\xff\xc3("),
    "surrogate": partial(_inserted, b"\xed\xa0\x80"),
    "escape": partial(_inserted, b"\x1b]0;pwned\x07\x9b2J"),
    "controls": partial(_inserted, bytes(range(1, 32))),
    "bidi": partial(_inserted, "\u202e\u2066\u200f\u2029\u0085".encode()),
    "combining": partial(_inserted, ("a" + "\u0301" * 20_000).encode()),
    "long line": partial(_inserted, b"man " * 300_000),
    "many quotes": partial(_inserted, b'"' * 999),
    "many tabs": partial(_inserted, b"\t" * 20_000),
    "many lines": partial(_inserted, b"\n" * 100_000),
    "braces": partial(_inserted, b"[" * 100_000),
    "tags": partial(_inserted, b"<!---->" * 40 + b"<a" * 20_000),
    "utf-16": partial(_recoded, "utf-16"),
    "utf-16 without mark": partial(_recoded, "utf-16-be"),
    "utf-32": partial(_recoded, "utf-32"),
    "utf-7": partial(_recoded, "utf-7"),
    "marks": lambda random, content: b"\xef\xbb\xbf" * 3 + content,
    "half a utf-16": lambda random, content: b"\xff\xfe" + content,
    "carriage returns": lambda random, content: content.replace(b"\n", b"\r"),
    "no line ends": lambda random, content: content.replace(b"\n", b" "),
    "no blanks": lambda random, content: content.replace(b" ", b"").replace(b"\t", b""),
    "upper": lambda random, content: content.upper(),
    "twice": lambda random, content: content * 2,
    "backwards": lambda random, content: content[::-1],
    "shuffled lines": _lines(lambda random, lines: random.sample(lines, len(lines))),
    "a line less": _lines(lambda random, lines: random.sample(lines, max(len(lines) - 1, 0))),
    "the first line again": _lines(lambda random, lines: lines + lines[:1]),
}


def changed_json(value: object, number: int, seed: int = 0) -> Iterator[Mutation]:
    """The JSON with one value of a wrong type or size, missing, nested deeply, or there twice."""
    random = Random(seed)
    for i, (place, changed) in enumerate(changed_values(value, number - 3, seed)):
        yield f"value {i} {place}", json_bytes(changed)
    plain = json_bytes(value)
    yield "deep", NESTED
    yield "another type", random.choice((b"[]", b'"x"', b"7", b"null", b"NaN"))
    yield "twice a key", plain.replace(b"{", b'{"a": 1, "a": [], ', 1)


def changed_values(value: object, number: int, seed: int = 0) -> Iterator[tuple[str, object]]:
    """Values with one of their parts replaced, each with the name of the part."""
    random = Random(seed)
    places = list(_places(value))
    wrong = list(WRONG)
    random.shuffle(wrong)
    for i in range(number):
        depth = random.randrange(1 + max(map(len, places)))  # what stands on top has its turn, too
        place = random.choice([p for p in places if len(p) >= depth])
        changed = deepcopy(value)
        inner: Any = changed
        for key in place[:-1]:
            inner = inner[key]
        new = wrong[i % len(wrong)]
        if new is MISSING:
            del inner[place[-1]]
        else:
            inner[place[-1]] = new
        yield ".".join(map(str, place))[:60], changed


def _places(value: object) -> Iterator[tuple[Any, ...]]:
    """Where values stand in others; of long lists and tables, the first few."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items)[:40]:
        yield (key,)
        if isinstance(inner, dict | list):
            yield from ((key, *rest) for rest in _places(inner))


def json_bytes(value: object) -> bytes:
    """The JSON of a value."""
    return json.dumps(value).encode().replace(json.dumps(DEEP).encode(), NESTED)


def toml_bytes(table: object) -> bytes:
    """The TOML of a table, each of whose values is on one line."""
    assert isinstance(table, dict)
    lines = "".join(f"{json.dumps(key)} = {_toml(value)}\n" for key, value in table.items())
    return lines.encode("utf-8", "surrogatepass").replace(f'"{DEEP}"'.encode(), NESTED)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(k)} = {_toml(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float):
        return repr(value)
    return "''" if value is None else json.dumps(value, ensure_ascii=not isinstance(value, str))
