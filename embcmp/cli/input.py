"""Read the uses of a word from the sentences that a command was given."""

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

    Errors of the command line are reported before anything is read, and errors of the sentences
    before any model is fetched.

    Args:
        word: the word to look for.
        path: path of the file of sentences, or `-` for standard input.
        input_format: format of the file, if its extension does not tell.
        match: which forms count as uses, one of MATCHES.
        strict: whether a row that cannot be used is an error.
        encoders: specs of the encoders.
        output: path that the result will be written to.
        reference: path of another file that the command will read.

    Raises:
        SpecError: a spec does not parse.
        UsageError: the result would overwrite an input.
        OutputError: the result cannot be written.
        InputError: there is no use of the word, or with `strict` a row that cannot be used.
        ModelError: a model cannot be fetched.
    """
    for spec in encoders:
        parse_spec(spec)
    check_output(output, [Path(p) for p in (path, reference) if p])
    from embcmp.text.sentences import read_sentences
    from embcmp.text.targets import find_occurrences

    sentences = read_sentences(path, input_format)
    occurrences = find_occurrences(sentences, word, match)
    if not occurrences.occurrences:
        _raise_no_use(occurrences, sentences, word, "<stdin>" if path == "-" else path)
    if strict and occurrences.skipped:
        first = occurrences.skipped[0]
        raise InputError(
            f"{first.source}: {first.reason}", "correct the row, or leave out --strict"
        )
    fetch_models(encoders)
    return occurrences


def _raise_no_use(
    occurrences: Found, sentences: Sequence[Sentence], word: str, name: str
) -> NoReturn:
    """Raise the error that says why no row can be used."""
    if not occurrences.skipped:
        others = ", ".join(dict.fromkeys(str(s.word) for s in sentences[:1000]))
        shown = others if len(others) <= 80 else f"{others[:80]}…"
        raise InputError(f"{name}: no row is about {word!r}", f"its rows are about {shown}")
    for row in occurrences.skipped:
        if not row.reason.endswith(" does not occur"):
            raise InputError(
                f"{row.source}: {row.reason}",
                f"none of the {len(occurrences.skipped)} rows can be used",
            )
    from embcmp.render.numbers import plural
    from embcmp.text.targets import near_forms

    near = near_forms(sentences, word)
    hint = f"similar words that occur: {', '.join(near)}" if near else "check the word"
    count = plural(len(occurrences.skipped), "sentence")
    raise InputError(f"{name}: {word!r} does not occur in the {count}", hint)


def described(path: str) -> dict[str, str | None]:
    """Return the path and sha256 of an input file; without sha256 if it can be read only once."""
    if path == "-" or not Path(path).is_file():
        return {"path": path, "sha256": None}
    from hashlib import sha256

    return {"path": path, "sha256": sha256(Path(path).read_bytes()).hexdigest()}
