"""Search for the occurrences of a word in sentences."""

from __future__ import annotations

import re

from embcmp.choices import MATCHES
from embcmp.errors import UsageError
from embcmp.text.folding import beside_apostrophe, fold, inside_word
from embcmp.text.inflections import ENGLISH, same_word
from embcmp.text.sentence_rows import Sentence
from embcmp.text.words import word_spans

_PARTS = re.compile(r"\s+|(?<=[^\W_])_(?=[^\W_])")
_LONGEST_TOKEN = 100  # characters on each side of an apostrophe that are looked at
_BETWEEN = r"(?:\s++|_)"
# Of folded text, where accents are apart: a word, with the parts that hyphens join to it.
_TOKEN = re.compile(r"\w[\w\u0300-\u036f]*(?:-\w[\w\u0300-\u036f]*)*")
_PART = re.compile(r"\w[\w\u0300-\u036f]*")


class Search:
    """Finds the whole-word occurrences of a word.

    White space in the word, or an underscore between letters, matches any white space or an
    underscore (*hot dog*, *hot_dog*). With `inflections` each part of the word may be inflected
    (*hot dogs*, *pointed out*).
    """

    def __init__(self, word: str, match: str = "word", language: str = ENGLISH) -> None:
        """Prepare a search.

        Args:
            word: one word or several.
            match: "word" for any case, "exact" for the case given, "inflections" for any case
                and any form of the same lemma, "lemma" for the tokens that the corpus gives this
                lemma.
            language: the language of the word, which decides its inflections.

        Raises:
            UsageError: the word is blank or not valid Unicode, or `match` is none of these.
        """
        self.word = word.strip()
        if not self.word:
            raise UsageError("the word to search for is empty", "name a word")
        if not is_unicode(self.word):
            raise UsageError("the word to search for is not valid Unicode", "check the terminal")
        if match not in MATCHES:
            raise UsageError(f"match cannot be {match!r}", f"it is one of {', '.join(MATCHES)}")
        self._keep_case = match == "exact"
        self._inflect = match in ("inflections", "lemma")
        self._by_lemma = match == "lemma"
        self._language = language
        self._forms = [{part} for part in _parts(self.word, self._keep_case)]
        self._known_tokens: set[str] = set()
        self._pattern = self._compile()

    def spans(self, sentence: str) -> list[tuple[int, int]]:
        """Offsets (start, end) of all occurrences, in order and without overlaps.

        The time is linear in the length of the sentence.
        """
        folded = fold(sentence, self._keep_case)
        if self._inflect:
            self._learn_forms(folded.text)
        spans = []
        position = 0
        while match := self._pattern.search(folded.text, position):
            span = folded.original(*match.span())
            if span and not any(_cuts(sentence, edge) for edge in span):
                spans.append(span)
                position = match.end()
            else:
                position = match.start() + 1
        return spans

    def spans_in(self, row: Sentence) -> list[tuple[int, int]]:
        """The same as `spans`, in the part of a row in which the target is looked for."""
        start, end = row.searched or (0, len(row.text))
        if self._by_lemma and row.lemma is None:
            wanted = fold(self.word).text
            return [
                (lemma.start, lemma.end)
                for lemma in row.lemmas
                if start <= lemma.start < end and fold(lemma.lemma).text == wanted
            ]
        text = row.text if row.searched is None else row.text[start:end]
        return [(a + start, b + start) for a, b in self.spans(text)]

    def is_word(self, word: str) -> bool:
        """Whether `word` is the word of this search, whatever its case and white space."""
        return _parts(word.strip()) == _parts(self.word)

    def is_form(self, text: str) -> bool:
        """Whether `text` is the word or an inflection of it, part by part."""
        parts, wanted = _parts(text), _parts(self.word)
        return len(parts) == len(wanted) and all(map(self._same, parts, wanted))

    def _same(self, form: str, word: str) -> bool:
        return same_word(form, word, self._language)

    def _learn_forms(self, folded: str) -> None:
        """Add the forms of the word that occur in this text to the search pattern."""
        tokens = {*_TOKEN.findall(folded)}
        if "-" in folded:
            tokens.update(_PART.findall(folded))
        tokens -= self._known_tokens
        self._known_tokens |= tokens
        before = sum(map(len, self._forms))
        for part, forms in zip(_parts(self.word), self._forms, strict=True):
            forms.update(token for token in tokens if self._same(token, part))
        if sum(map(len, self._forms)) > before:
            self._pattern = self._compile()

    def _compile(self) -> re.Pattern[str]:
        # The longest form first: a shorter form that begins it would end inside a word.
        choices = [sorted(forms, key=lambda form: (-len(form), form)) for forms in self._forms]
        return re.compile(
            _BETWEEN.join(f"(?:{'|'.join(map(re.escape, forms))})" for forms in choices)
        )


def _cuts(sentence: str, edge: int) -> bool:
    """Whether a word that begins or ends here would be cut out of a longer one.

    Beside an apostrophe the words are those that the encoders' tokenizer makes: there is no *won*
    in *won't*, which is *wo* and *n't*, but there is a *he* in *he'll*.
    """
    if inside_word(sentence, edge):
        return True
    if not beside_apostrophe(sentence, edge):
        return False
    first = max(sentence.rfind(" ", 0, edge), edge - _LONGEST_TOKEN, -1) + 1
    last = sentence.find(" ", edge)
    chunk = sentence[first : min(last if last >= 0 else len(sentence), edge + _LONGEST_TOKEN)]
    return any(a < edge - first < b for a, b in word_spans(chunk))


def is_unicode(text: str) -> bool:
    """Whether text is valid Unicode, that is, without lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parts(text: str, keep_case: bool = False) -> list[str]:
    return _PARTS.split(fold(text, keep_case).text)
