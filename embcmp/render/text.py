"""Text that is safe to show in terminals, spreadsheets and Markdown, and the files made of it."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# Bytes of a file name that are not UTF-8 become surrogates, which no encoding can write.
_SURROGATES = "\ud800-\udfff"
UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}{_SURROGATES}]")
_CONTROL = re.compile(f"[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f{_SURROGATES}]")
_LATEX = re.compile(r"[\\&%$#_{}~^<>]")
_LATEX_COMMANDS = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}",
}  # fmt: skip
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~#&$])")
# Blocks become characters with more ink the higher or darker they are.
_ASCII = {
    "─": "-", "│": "|", "├": "[", "┤": "]", "●": "o", "…": "...", "–": "-", "−": "-", "·": ",",
    "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#",
    "░": ".", "▒": ":", "▓": "*",
}  # fmt: skip


def visible(text: str) -> str:
    """Replace control and bidirectional characters: C0 by control pictures, others by U+FFFD."""
    return UNSAFE.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code == 0x7F:
        return "\u2421"
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"


def harmless(value: object) -> object:
    """Replace control and bidirectional characters in all texts of a JSON value.

    Each character is replaced by one character, so that offsets remain valid.
    """
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(k): v if k == "similarity" else harmless(v) for k, v in value.items()}
    return [harmless(item) for item in value] if isinstance(value, list) else value


def by_reason(reasons: Iterable[tuple[str, str | None]]) -> dict[str, list[str]]:
    """Group names by their reason.

    Args:
        reasons: pairs of a name and its reason; names without a reason are ignored.
    """
    names: dict[str, dict[str, None]] = {}
    for name, reason in reasons:
        if reason:
            names.setdefault(reason, {})[name] = None
    return {reason: list(group) for reason, group in names.items()}


def json_text(value: object) -> str:
    """Return a JSON document on one line, with control and bidirectional characters escaped.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return UNSAFE.sub(lambda m: f"\\u{ord(m.group()):04x}", text)


def spreadsheet_cell(text: str) -> str:
    """Put a quote before text that a spreadsheet would run as a formula; show control characters.

    A terminal would run those. Tabs and line ends stay, and so do the marks of directions, since
    the cells are data that is read again.
    """
    text = _CONTROL.sub(_picture, text)
    runs = text.lstrip().startswith(("=", "+", "-", "@")) or text.startswith(("\t", "\r"))
    return f"'{text}" if runs else text


def spreadsheet_row(cells: Iterable[object]) -> list[object]:
    """Return a row in which no text is run as a formula by a spreadsheet."""
    return [spreadsheet_cell(cell) if isinstance(cell, str) else cell for cell in cells]


def csv_text(columns: Sequence[str], rows: Iterable[Iterable[object]], delimiter: str = ",") -> str:
    """Return a CSV file with a header, in which no text is run as a formula by a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows(map(spreadsheet_row, rows))
    return out.getvalue()


def markdown_table(rows: Iterable[Sequence[str]], left: Collection[int] = (0,)) -> Iterator[str]:
    """Yield the lines of a Markdown table, with markup in its cells escaped.

    Args:
        rows: rows of cells; the first row is the header.
        left: indices of the columns that are aligned to the left; the others go to the right.
    """
    for number, cells in enumerate(rows):
        yield f"| {' | '.join(map(markdown_cell, cells))} |"
        if number == 0:
            rules = ("---" if column in left else "---:" for column in range(len(cells)))
            yield f"| {' | '.join(rules)} |"


def markdown_cell(text: str) -> str:
    """Escape what would be markup in Markdown, or in HTML within it."""
    return _MARKDOWN.sub(r"\\\1", visible(text))


def latex_text(text: str) -> str:
    """Escape what LaTeX would read as a command."""
    return _LATEX.sub(lambda m: _LATEX_COMMANDS.get(m.group(), f"\\{m.group()}"), visible(text))


def latex_table(rows: Iterable[Sequence[str]]) -> str:
    """Return a tabular for the LaTeX package booktabs; the first row is the header."""
    header, *lines = ([latex_text(cell) for cell in row] for row in rows)
    body = [" & ".join(line) + r" \\" for line in lines]
    head = " & ".join(header) + r" \\"
    begin = rf"\begin{{tabular}}{{{'l' * len(header)}}}"
    parts = [begin, r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"]
    return "\n".join(parts)


def excerpt(sentence: str, start: int, end: int, width: int) -> tuple[str, str, str]:
    """Cut a sentence to `width` characters around its target; the target is never cut.

    Returns:
        The text before the target, the target, and the text after it, with an ellipsis where text
        was left out.
    """
    before, form, after = sentence[:start], sentence[start:end], sentence[end:]
    room = max(0, width - len(form))
    left = min(len(before), max(room // 2, room - len(after)))
    right = min(len(after), room - left)
    head = before if left == len(before) else "…" + _without_marks(before[len(before) - left + 1 :])
    tail = after if right == len(after) else after[: max(0, right - 1)] + "…"
    return visible(head), visible(form), visible(tail)


def _without_marks(text: str) -> str:
    """Drop leading combining marks, whose base character was cut off."""
    while text and unicodedata.combining(text[0]):
        text = text[1:]
    return text


def drawn_for(encoding: str, text: str) -> str:
    """Replace the characters of drawings that an encoding lacks by ASCII, one for one.

    An ellipsis becomes three periods. Other characters stay as they are, so that the name of a
    sense or a sentence is never changed into another one.

    Args:
        encoding: the encoding of the output, as Python names it.
        text: text with drawings.

    Raises:
        LookupError: there is no such encoding.
    """
    lacking = {ord(c): plain for c, plain in _ASCII.items() if not _has(encoding, c)}
    return text.translate(lacking) if lacking else text


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
