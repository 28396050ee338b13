"""Hits of a concordance as sentences: from the text on each side of the node, or a table's row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from embcmp.text.column_roles import Columns
from embcmp.text.delimited_text import Trio, concordance_columns
from embcmp.text.folding import is_unspaced
from embcmp.text.input_files import TextFile
from embcmp.text.sentence_rows import Sentence, as_text, row_sentence

_NO_BLANK_AFTER = "([{«“„「『（《、。，！？：；"
_NO_BLANK_BEFORE = re.compile(r"[,.;:!?)\]}»”’'%…、。，！？：；）」』]")
# Sentences, paragraphs and the like; and the glue that says that there is no blank.
_STRUCTURE = re.compile(
    r"(?<!\s)\s*+(?:</?(?:s|p|doc|text|head|div|u|sp|file)(?:\s[^<>]*)?/?>\s*+)++"
)
_GLUE = re.compile(r"(?<!\s)\s*+</?g\s*+/?>\s*+")


def concordance_row(
    left: str, node: str, right: str, source: str, columns: Mapping[str, str] | None = None
) -> Sentence:
    """A hit as a sentence: the text left of the node, the node itself, and the text right of it.

    Tools write the parts with or without a blank between them; the sentence has one, but for
    scripts without blanks and before punctuation.
    """
    left, form, right = (_without_structures(part).strip() for part in (left, node, right))
    before = left + (" " if left and _apart(left[-1], form) else "")
    after = (" " if right and _apart(form[-1:], right) else "") + right
    problem = None if form else "the concordance has no node here"
    return Sentence(
        before + form + after,
        source,
        start=len(before),
        end=len(before) + len(form),
        problem=problem,
        columns=columns or {},
    )


def _without_structures(text: str) -> str:
    """Text without the structures of the corpus, which Sketch Engine can show in it."""
    return _STRUCTURE.sub(" ", _GLUE.sub("", text)) if "<" in text else text


def _apart(before: str, after: str) -> bool:
    """Whether a blank stands between two characters that a tool wrote into two cells."""
    if _NO_BLANK_BEFORE.match(after) or before in _NO_BLANK_AFTER:
        return False
    return not (is_unspaced(before) and is_unspaced(after))


@dataclass(frozen=True, slots=True)
class HitColumns:
    """The columns of a table that is a concordance.

    Attributes:
        trio: the numbers of the columns left, node and right.
        rest: the names of the other columns, by their numbers.
        columns: what these are: a sense, a group, a word, as in any other table.
    """

    trio: Trio
    rest: Mapping[int, str]
    columns: Columns

    @classmethod
    def of(
        cls, file: TextFile, names: Sequence[str], source: str, given: Mapping[str, str]
    ) -> HitColumns | None:
        """Find the columns, and note what is read otherwise; None if it is no concordance.

        Args:
            file: that holds the table.
            names: of its columns.
            source: the place of the names, for messages.
            given: the columns that the user named, as for `Columns`.
        """
        trio = concordance_columns(names)
        if trio is None:
            return None
        rest = {i: name for i, name in enumerate(names) if i not in trio and name.strip()}
        columns = Columns.of(["sentence", *rest.values()], source, given)
        for note in columns.notes:
            file.note(note)
        return cls(trio, rest, columns)

    def hit(self, cells: Sequence[Any], source: str) -> Sentence:
        """The sentence of a row, from its cells."""
        parts = (cells[i] for i in self.trio)
        left, node, right = (x if isinstance(x, str) else as_text(x) or "" for x in parts)
        hit = concordance_row(left, node, right, source)
        values = {"sentence": hit.text, **{name: cells[i] for i, name in self.rest.items()}}
        labeled = row_sentence(values, self.columns, source)
        return replace(labeled, start=hit.start, end=hit.end, problem=hit.problem)
