"""What the commands that read sentences share: the uses of a word in them, and their digest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from embcmp.cli.output import check_output
from embcmp.encoders import fetch_models, parse_spec
from embcmp.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embcmp.text.sentences import Sentence
    from embcmp.text.targets import Found


def read_uses(
    word: str,
    path: str,
    input_format: str | None,
    match: str,
    *,
    strict: bool,
    encoders: Sequence[str],
    output: Path | None,
    reference: str | None = None,
) -> Found:
    """Find the uses of a word in a file of sentences, and fetch the models that will see them.

    What is wrong with the command line shows before anything is read, what is wrong with the
    sentences before anything is fetched.

    Args:
        word: the word.
        path: the file's, or `-`.
        input_format: the file's, where its name does not tell.
        match: which forms count.
        strict: end the command rather than leave a row out.
        encoders: their specs.
        output: the file that the result will be written to.
        reference: another file that the command will read.

    Raises:
        SpecError: a spec does not parse.
        UsageError: the result would be written over what is read.
        OutputError: the result cannot be written.
        InputError: naming the first row at fault, or what near forms there are.
        ModelError: a model cannot be fetched.
    """
    for spec in encoders:
        parse_spec(spec)
    check_output(output, [Path(p) for p in (path, reference) if p])
    from embcmp.text.sentences import read_sentences
    from embcmp.text.targets import find_occurrences

    sentences = read_sentences(path, input_format)
    found = find_occurrences(sentences, word, match)
    if not found.occurrences:
        _nothing_to_use(found, sentences, word, "<stdin>" if path == "-" else path)
    if strict and found.skipped:
        first = found.skipped[0]
        raise InputError(f"{first.source}: {first.reason}", "mend the row, or leave out --strict")
    fetch_models(encoders)
    return found


def _nothing_to_use(found: Found, sentences: Sequence[Sentence], word: str, name: str) -> NoReturn:
    """Say why: no row is about the word, or a row cannot be used, or the word is nowhere."""
    if not found.skipped:
        others = ", ".join(dict.fromkeys(str(s.word) for s in sentences[:1000]))
        shown = others if len(others) <= 80 else f"{others[:80]}…"
        raise InputError(f"{name}: no row is about {word!r}", f"its words are {shown}")
    for row in found.skipped:
        if not row.reason.endswith(" does not occur"):
            raise InputError(
                f"{row.source}: {row.reason}", f"none of {len(found.skipped)} rows can be used"
            )
    from embcmp.text.targets import near_forms

    near = near_forms(sentences, word)
    hint = f"near forms that are there: {', '.join(near)}" if near else "check the word"
    raise InputError(f"{name}: {word!r} is nowhere in {len(found.skipped)} sentences", hint)


def described(path: str) -> dict[str, str | None]:
    """The sentence file's name and digest; what can be read only once has no digest."""
    if path == "-" or not Path(path).is_file():
        return {"path": path, "sha256": None}
    from hashlib import sha256

    return {"path": path, "sha256": sha256(Path(path).read_bytes()).hexdigest()}
