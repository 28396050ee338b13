"""Where a word stands in a sentence."""

from __future__ import annotations

import re

from embcmp.choices import MATCHES
from embcmp.errors import UsageError
from embcmp.text.folding import fold, inside_word
from embcmp.text.inflections import same_word

_PARTS = re.compile(r"\s+|(?<=[^\W_])_(?=[^\W_])")
_BETWEEN = r"(?:\s++|_)"
_TOKEN = re.compile(r"\w[\w\u0300-\u036f]*")  # of folded text, where accents are apart


class Search:
    """Finds the whole-word occurrences of one word.

    White space in the word matches any white space or an underscore, an underscore between
    letters likewise (*hot dog*, *hot_dog*).
    With `inflections` each part of it may be inflected (*hot dogs*, *pointed out*).
    """

    def __init__(self, word: str, match: str = "word") -> None:
        """Prepare a search.

        Args:
            word: one word or several.
            match: "word" for any case, "exact" for the case given, "inflections" for any case
                and any form of the same lemma (English).

        Raises:
            UsageError: the word is blank or not valid Unicode, or `match` is none of the three.
        """
        self.word = word.strip()
        if not self.word:
            raise UsageError("the word to look for is empty", "name a word")
        if not is_unicode(self.word):
            raise UsageError("the word to look for is not valid Unicode", "check the terminal")
        if match not in MATCHES:
            raise UsageError(f"match cannot be {match!r}", f"it is one of {', '.join(MATCHES)}")
        self._keep_case = match == "exact"
        self._inflect = match == "inflections"
        self._forms = [{part} for part in _parts(self.word, self._keep_case)]
        self._judged: set[str] = set()
        self._pattern = self._compile()

    def spans(self, sentence: str) -> list[tuple[int, int]]:
        """Offsets (start, end) of every occurrence, in order, without overlaps.

        Takes time linear in the length of the sentence.
        """
        folded = fold(sentence, self._keep_case)
        if self._inflect:
            self._learn_forms(folded.text)
        spans = []
        at = 0
        while found := self._pattern.search(folded.text, at):
            span = folded.original(*found.span())
            if span and not any(inside_word(sentence, edge) for edge in span):
                spans.append(span)
                at = found.end()
            else:
                at = found.start() + 1
        return spans

    def names(self, word: str) -> bool:
        """Whether `word` is the word looked for, whatever its case and white space."""
        return _parts(word.strip()) == _parts(self.word)

    def is_form(self, text: str) -> bool:
        """Whether `text` is the word or an inflection of it, part by part."""
        parts, wanted = _parts(text), _parts(self.word)
        return len(parts) == len(wanted) and all(map(same_word, parts, wanted))

    def _learn_forms(self, folded: str) -> None:
        """Add the forms of the word that this text holds to what is looked for."""
        tokens = set(_TOKEN.findall(folded)) - self._judged
        self._judged |= tokens
        known = sum(map(len, self._forms))
        for part, forms in zip(_parts(self.word), self._forms, strict=True):
            forms.update(token for token in tokens if same_word(token, part))
        if sum(map(len, self._forms)) > known:
            self._pattern = self._compile()

    def _compile(self) -> re.Pattern[str]:
        # The longest first: a shorter one that begins it would end inside a word.
        choices = [sorted(forms, key=lambda form: (-len(form), form)) for forms in self._forms]
        return re.compile(_BETWEEN.join(f"(?:{'|'.join(map(re.escape, one))})" for one in choices))


def is_unicode(text: str) -> bool:
    """Whether text can be encoded: a lone surrogate cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parts(text: str, keep_case: bool = False) -> list[str]:
    return _PARTS.split(fold(text, keep_case).text)
