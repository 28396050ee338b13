"""Inflections: which forms belong to the same word, in the languages that simplemma knows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# simplemma gives one lemma for a form. For these irregular forms it gives another lemma.
_IRREGULAR = """
    awake awoken, bear bore born, bend bent, bind bound, bite bit, break broke, dive dove,
    drink drunk, feel felt, go gone, grind ground, leave left, ring rung, rise rose, shake shook,
    shoot shot, sink sunken, slay slew, smell smelt, spell spelt, swear swore, think thought,
    tread trod, win won, wind wound,
    ax axes, axis axes, basis bases, calf calves, diagnosis diagnoses, ellipsis ellipses,
    half halves, leaf leaves, life lives, loaf loaves, sheaf sheaves, shelf shelves,
    staff staves, thief thieves, wife wives, datum data, person people,
    bad worse, far further, ill worse, little less least, many more most, much more most,
    old eldest, well better best
"""
# Words of their own that look like a form of another one (*new*, *specie*).
_UNINFLECTED = frozenset(
    "corps economics lens linguistics mathematics measles news physics series species".split()
)
ENGLISH = "en"
# What simplemma has dictionaries for.
LANGUAGES = frozenset(
    "ar ast bg ca cs cy da de el en enm eo es et fa fi fr ga gd gl grc gv hbs he hi hu hy id is it"
    " ka la lb lt lv mk ml ms nb nl nn pl pt ro ru se sk sl sq sv sw tl tr uk".split()
)
_LONGEST = 40  # no English word is longer, and normalizing a long run of marks takes quadratic time

_SIBILANT = re.compile(r"(?:[sxz]|ch|sh)$")
_CONSONANT_Y = re.compile(r"[^aeiou]y$")
_CONSONANT_O = re.compile(r"[^aeiou]o$")
_ONE_VOWEL_ONE_CONSONANT = re.compile(r"(?:^|[^aeiou]|qu)[aeiou][^aeiouwxy]$")
_SYLLABLE = re.compile(r"[aeiouy]+")


def same_word(form: str, word: str, language: str = ENGLISH) -> bool:
    """Whether two forms can be inflections of one word.

    They can if they share a lemma (one that simplemma gives, the form itself, or the lemma of an
    irregular form);
    in English also if one is a regular -s, -ed or -ing form of the other's lemma. Of words with
    hyphens the last part is inflected (*x-rayed*). The question is about forms, not about their
    use in a sentence: *left* is a form of *leave* wherever it stands.

    Args:
        form: a form in lower case.
        word: another form in lower case.
        language: the code of the language, one of `LANGUAGES`.
    """
    if form == word:
        return True
    before, _, form = form.rpartition("-")
    first, _, word = word.rpartition("-")
    if before != first:
        return False
    lemmas, others = _lemmas_of(word, language), _lemmas_of(form, language)
    if not lemmas or not others:
        return False
    form = unicodedata.normalize("NFC", form)
    return not lemmas.isdisjoint(others) or (
        language == ENGLISH and any(form in _regular(lemma) for lemma in lemmas)
    )


def _lemmas_of(form: str, language: str = ENGLISH) -> frozenset[str]:
    """The lemmas of a form; none if it is not a word."""
    if len(form) > _LONGEST:
        return frozenset()
    form = unicodedata.normalize("NFC", form)
    return _lemmas(form, language) if form.isalpha() else frozenset()


class Inflections:
    """An index of words by their inflections: looking up a form takes the same time for any number.

    Args:
        words: The words, in lower case.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._by_lemma: dict[str, set[str]] = {}
        self._by_form: dict[str, set[str]] = {}
        for word in words:
            self._by_form.setdefault(word, set()).add(word)
            for lemma in _lemmas_of(word):
                self._by_lemma.setdefault(lemma, set()).add(word)
                for form in _regular(lemma):
                    self._by_form.setdefault(form, set()).add(word)

    def words_of(self, form: str) -> set[str]:
        """All words for which `same_word` is true, and possibly a few others."""
        words = set(self._by_form.get(form, ()))
        for lemma in (lemmas := _lemmas_of(form)):
            words |= self._by_lemma.get(lemma, set())
        if lemmas:
            words |= self._by_form.get(unicodedata.normalize("NFC", form), set())
        return words


@lru_cache(maxsize=65536)
def _lemmas(form: str, language: str) -> frozenset[str]:
    if language not in LANGUAGES:
        return frozenset({form})
    import simplemma

    # Dictionaries list German nouns with their capital, and names in all languages.
    cased = {form} if language == ENGLISH else {form, form.capitalize()}
    lemmas = {simplemma.lemmatize(one, lang=language).casefold() for one in cased}
    return frozenset({form, *lemmas, *(_irregular().get(form, ()) if language == ENGLISH else ())})


@lru_cache(maxsize=1)
def _irregular() -> dict[str, list[str]]:
    lemmas: dict[str, list[str]] = {}
    for entry in _IRREGULAR.split(","):
        lemma, *forms = entry.split()
        for form in forms:
            lemmas.setdefault(form, []).append(lemma)
    return lemmas


@lru_cache(maxsize=4096)
def _regular(lemma: str) -> frozenset[str]:
    """The -s, -ed and -ing forms by the rules of spelling; none for words of one or two letters."""
    if len(lemma) < 3 or not _SYLLABLE.search(lemma):
        return frozenset()
    return (_s_forms(lemma) | _ed_and_ing(lemma)) - _UNINFLECTED


def _s_forms(lemma: str) -> frozenset[str]:
    if _SIBILANT.search(lemma):
        return frozenset({lemma + "es"})
    if _CONSONANT_Y.search(lemma):
        return frozenset({lemma[:-1] + "ies"})
    if _CONSONANT_O.search(lemma):
        return frozenset({lemma + "s", lemma + "es"})
    return frozenset({lemma + "s"})


def _ed_and_ing(lemma: str) -> frozenset[str]:
    if lemma.endswith("ee"):  # *seed* is not a form of *see*; simplemma knows *freed* and others
        return frozenset({lemma + "ing"})
    if lemma.endswith("ie"):
        return frozenset({lemma + "d", lemma[:-2] + "ying"})
    if lemma.endswith("e"):
        return frozenset({lemma + "d", lemma[:-1] + "ing"})
    if _CONSONANT_Y.search(lemma):
        return frozenset({lemma[:-1] + "ied", lemma + "ing"})
    stems = {lemma}
    if lemma.endswith("ic"):  # panicked
        stems = {lemma, lemma + "k"}
    elif _ONE_VOWEL_ONE_CONSONANT.search(lemma):
        # In longer words it depends on the stress (*referred*, *offered*), which is not written.
        one_syllable = len(_SYLLABLE.findall(lemma)) == 1
        stems = {lemma + lemma[-1]} if one_syllable else {lemma, lemma + lemma[-1]}
    return frozenset(stem + ending for stem in stems for ending in ("ed", "ing"))
