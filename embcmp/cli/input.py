"""What the commands that read sentences share: ending where nothing can be used, and the digest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from embcmp.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embcmp.text.sentences import Sentence
    from embcmp.text.targets import Found


def check_found(
    found: Found, sentences: Sequence[Sentence], word: str, path: str, *, strict: bool
) -> None:
    """End the command where nothing can be used, or --strict forbids to leave a row out.

    Raises:
        InputError: naming the first row at fault, or what near forms there are.
    """
    if not found.occurrences:
        _nothing_to_use(found, sentences, word, "<stdin>" if path == "-" else path)
    if strict and found.skipped:
        first = found.skipped[0]
        raise InputError(f"{first.source}: {first.reason}", "mend the row, or leave out --strict")


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
