"""Read the uses of a word from the sentences that a command was given."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from embcmp.choices import Reading
from embcmp.cli.output import check_output
from embcmp.encoders import fetch_models, parse_spec
from embcmp.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from embcmp.background.background_text import BackgroundText
    from embcmp.text.sentences import Sentence, SentenceStream
    from embcmp.text.targets import Found


@dataclass(frozen=True, slots=True)
class TextInput:
    """The text that a command reads, as its options describe it.

    Attributes:
        paths: files, folders, patterns, or `-` for standard input.
        reading: how they are read.
        match: which forms count as uses, one of MATCHES.
        strict: whether a row that cannot be used is an error.
    """

    paths: tuple[str, ...]
    reading: Reading
    match: str
    strict: bool

    @property
    def name(self) -> str:
        """The text's name in messages."""
        names = ["<stdin>" if path == "-" else path for path in self.paths]
        return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")

    @property
    def used(self) -> dict[str, Any]:
        """The options for a manifest: match, strict, and all that differ from their defaults."""
        return {"match": self.match, "strict": self.strict, **changed(self.reading)}


def changed(reading: Reading) -> dict[str, Any]:
    """The options of reading that differ from their defaults."""
    default = asdict(Reading())
    return {key: value for key, value in asdict(reading).items() if value != default[key]}


def read_uses(
    word: str,
    text: TextInput,
    *,
    encoders: Sequence[str],
    output: Path | None,
    more: Sequence[str] = (),
    most: int | None = None,
    seed: int = 0,
    merge_copies: bool = False,
) -> Found:
    """Find the uses of a word in a text, and fetch the models that will see them.

    A sample of the uses is drawn while the text is read, so that it may be larger than the memory.

    Errors of the command line are reported before anything is read, and errors of the sentences
    before any model is fetched.

    Args:
        word: the word to look for.
        text: what is read, and how.
        encoders: specs of the encoders.
        output: path that the result will be written to.
        more: paths of other files that the command will read.
        most: the largest number of uses to keep; None for all.
        seed: seed of the sample.
        merge_copies: whether uses at the same place of the same sentence count as one.

    Raises:
        SpecError: a spec does not parse.
        UsageError: the result would overwrite an input.
        OutputError: the result cannot be written.
        InputError: there is no use of the word, or with `strict` a row that cannot be used.
        ModelError: a model cannot be fetched.
    """
    for spec in encoders:
        parse_spec(spec)
    check_output(output, [Path(p) for p in (*text.paths, *more)])
    from embcmp.text.sentences import SentenceStream
    from embcmp.text.use_sample import draw_uses

    sentences = SentenceStream(text.paths, text.reading)
    check_output(output, [Path(file) for file in sentences.files])  # what folders stand for, too
    occurrences = draw_uses(
        sentences,
        word,
        text.match,
        text.reading.lang,
        most=most,
        seed=seed,
        merge_copies=merge_copies,
    )
    if not occurrences.occurrences:
        _raise_no_use(occurrences, sentences, word, text)
    if text.strict and occurrences.skipped:
        first = occurrences.skipped[0]
        raise InputError(
            f"{first.source}: {first.reason}", "correct the row, or leave out --strict"
        )
    fetch_models(encoders)
    return occurrences


def read_background_option(path: str | None, text: TextInput) -> BackgroundText | None:
    """The background sentences of the option --background; None without it.

    Raises:
        UsageError: both are standard input.
        InputError: the file cannot be read, or has too few sentences.
    """
    if path is None:
        return None
    if path == "-" and "-" in text.paths:
        raise UsageError("standard input cannot be both the sentences and the background")
    from embcmp.background.background_text import read_background

    return read_background(path, text.reading.lang)


def background_note(background: BackgroundText | None, text: TextInput) -> str | None:
    """What to say where the shipped background is used for a text that is not English."""
    from embcmp.background.background_text import background_note as note

    return note(background, text.reading.lang)


def _raise_no_use(
    occurrences: Found, sentences: SentenceStream, word: str, text: TextInput
) -> NoReturn:
    """Raise the error that says why no row can be used, and what to do."""
    from embcmp.text.no_use import near_forms, why_none
    from embcmp.text.sentences import stream_sentences

    def rows() -> Iterable[Sentence]:
        """The rows again, or the first ones where the text can be read only once."""
        again = all(Path(file).is_file() for file in sentences.files)
        return stream_sentences(text.paths, text.reading) if again else sentences.first

    reason = why_none(occurrences, word, text.name)
    if not occurrences.skipped and not occurrences.without:
        others = ", ".join(dict.fromkeys(str(s.word or s.lemma) for s in sentences.first))
        shown = others if len(others) <= 80 else f"{others[:80]}…"
        raise InputError(reason, f"its rows are about {shown}")
    if not reason.startswith(f"{text.name}: "):
        more = occurrences.left_out - 1
        raise InputError(reason, f"{more} more rows cannot be used" if more else "correct it")
    if text.match == "lemma" and not any(s.lemmas or s.lemma for s in rows()):
        raise InputError(
            f"{text.name}: has no lemmas, which --match lemma looks for",
            "give CoNLL-U, vertical text or a column `lemma`, or use --match inflections",
        )
    near = near_forms(rows(), word, lang=text.reading.lang)
    raise InputError(
        reason, f"similar words that occur: {', '.join(near)}" if near else "check the word"
    )


def described(
    files: Sequence[str],
) -> dict[str, str | None] | list[dict[str, str | None]]:
    """Return path and sha256 of input files, of one alone or as a list of several.

    A file that can be read only once has no sha256.
    """
    listed = [{"path": file, "sha256": _digest(file)} for file in files]
    return listed[0] if len(listed) == 1 else listed


def _digest(file: str) -> str | None:
    if file == "-" or not Path(file).is_file():
        return None
    from hashlib import file_digest

    with Path(file).open("rb") as binary:
        return file_digest(binary, "sha256").hexdigest()
