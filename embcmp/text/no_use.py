"""Why a text has no use of a word, and what word may have been meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from embcmp.text.search import Search
from embcmp.text.sentence_rows import Sentence
from embcmp.text.targets import Found, is_about, rows_of

_WORD = re.compile(r"\w+")


def why_none(uses: Found, word: str, name: str) -> str:
    """Why a text has no use of a word: the first row at fault, or that the word does not occur.

    Args:
        uses: the result of a search, which has no occurrence.
        word: the word that was looked for.
        name: the name of the text.
    """
    for row in uses.skipped:
        if not row.reason.endswith(" does not occur"):
            return f"{row.source}: {row.reason}"
    if not uses.skipped and not uses.without:
        return f"{name}: no row is about {word!r}"
    count = uses.left_out + uses.without
    sentences = "sentence" if count == 1 else "sentences"
    return f"{name}: {word!r} does not occur in the {count:,} {sentences}"


def near_forms(
    sentences: Iterable[Sentence | str], word: str, most: int = 5, lang: str = "en"
) -> list[str]:
    """Forms near a word that does not occur: its inflections first, then words spelled alike.

    Rows about another word are passed over, and so is the word itself.

    Args:
        sentences: the sentences to search.
        word: the word, as for `find_occurrences`.
        most: how many at most.
        lang: the code of the language.

    Raises:
        UsageError: the word is blank.
    """
    search = Search(word, "inflections", lang)
    inflected: dict[str, str] = {}  # folded form -> form as it first occurs
    others: dict[str, str] = {}
    for row in rows_of(sentences):
        if not is_about(row, search):
            continue
        for start, end in search.spans(row.text):
            form = row.text[start:end]
            inflected.setdefault(form.casefold(), form)
        for form in _WORD.findall(row.text):
            if abs(len(form) - len(search.word)) <= len(search.word):
                others.setdefault(form.casefold(), form)
    inflected.pop(search.word.casefold(), None)
    spelled = others.keys() - inflected - {search.word.casefold()}
    alike = difflib.get_close_matches(search.word.casefold(), spelled, n=most)
    return [*inflected.values(), *(others[form] for form in alike)][:most]
