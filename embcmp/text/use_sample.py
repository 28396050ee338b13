"""Random samples of the uses of a word, which may be drawn while the text is read."""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from heapq import nsmallest
from itertools import count, islice

from embcmp.text.sentences import SentenceStream
from embcmp.text.targets import Found, Places, occurrence
from embcmp.types import Occurrence

Rank = tuple[int, int, str, str, str]
_LONGEST_NUMBER = 18  # digits of an id that may be one of embcmp's own


def priority(seed: int, word: str, sentence: str, start: int) -> int:
    """A number from 0 to 2^63 - 1; of a word's uses, those with the lowest numbers are sampled.

    It depends on the use and the seed alone. Neither names and order of the files nor the other
    uses change which of two uses comes first. Copies of a sentence have the same number.
    """
    text = f"{seed}\0{word}\0{start}\0{sentence}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 1


def sample(occurrences: Sequence[Occurrence], most: int, seed: int) -> tuple[Occurrence, ...]:
    """Draw at most `most` uses of a word, and keep them in the order of the input.

    Which ones are drawn depends on the uses and the seed, but not on their order.
    """
    if len(occurrences) <= most:
        return tuple(occurrences)
    ranks = [_rank(o, seed) for o in occurrences]
    drawn = nsmallest(most, range(len(occurrences)), key=ranks.__getitem__)
    return tuple(occurrences[i] for i in sorted(drawn))


def without_copies(
    occurrences: Iterable[Occurrence],
) -> tuple[tuple[Occurrence, ...], tuple[str, ...]]:
    """Keep one of the uses at the same place of the same sentence, and say what was left out.

    If copies have different labels, their use loses its label.

    Returns:
        The uses in the order of the input, and notes.
    """
    different = UseSample(None, 0, merge_copies=True)
    for o in occurrences:
        different.add(o)
    return tuple(use.merged for use in different.uses()), tuple(different.notes())


def draw_uses(
    sentences: SentenceStream,
    word: str,
    match: str = "word",
    lang: str = "en",
    *,
    most: int | None,
    seed: int,
    merge_copies: bool = False,
) -> Found:
    """Find the uses of a word as `find_occurrences` does, and keep a sample alone in memory.

    It is the sample that `sample` draws of all uses.

    Args:
        sentences: the text, which is read once.
        word: one word or several.
        match: which forms count.
        lang: the code of the language.
        most: the largest number of uses to keep; None for all.
        seed: seed of the sample.
        merge_copies: whether uses at the same place of the same sentence count as one.

    Raises:
        UsageError: the word is blank, or there is no such `match`.
        InputError: the text cannot be read.
    """
    places = Places(word, match, lang)
    drawn = UseSample(most, seed, merge_copies=merge_copies)
    last, of_row, without_id = ("", ""), 0, 0
    for row, spans in places.of(sentences):
        if (this := (row.id or "", row.source)) != last:
            last, of_row = this, 0
        for span in spans:
            of_row += 1
            without_id += row.id is None
            nth = without_id if row.id is None else of_row
            drawn.add(occurrence(row, places.word, row.id or "", span), nth)
    return Found(
        tuple(_with_ids(drawn.uses(), sentences)),
        tuple(places.skipped),
        (*sentences.notes, *places.notes(), *drawn.notes()),
        places.without,
        sentences.files,
        drawn.different,
        places.not_listed,
    )


@dataclass(slots=True)
class Drawn:
    """A use of a sample.

    Attributes:
        occurrence: the use; its id is that of its row, or "".
        nth: which use of its row it is, from 1; without an id, which of all uses without one.
        senses: the labels of all its copies.
    """

    occurrence: Occurrence
    nth: int
    senses: set[str] = field(default_factory=set)

    @property
    def merged(self) -> Occurrence:
        """The use with the label of its copies; without one if they have several."""
        sense = next(iter(self.senses)) if len(self.senses) == 1 else None
        return replace(self.occurrence, sense=sense)


class UseSample:
    """The uses with the lowest priorities of those that were added.

    Twice as many as are wanted are kept before the higher half is dropped, so that adding a use
    takes the same time however many there are. What was dropped would not be drawn of all uses
    either.

    Args:
        most: the largest number of uses to draw; None for all.
        seed: seed of the sample.
        merge_copies: whether uses at the same place of the same sentence count as one, which loses
            its label if they have different ones.
    """

    def __init__(self, most: int | None, seed: int, *, merge_copies: bool) -> None:
        self._most, self._seed, self._merges = most, seed, merge_copies
        self._kept: dict[Hashable, tuple[Rank, Drawn]] = {}
        self._highest: Rank | None = None  # of the uses that are wanted; None before any is dropped
        self._added = 0
        self._places = array("q")  # eight bytes for each use, to count the different ones

    def add(self, o: Occurrence, nth: int = 1) -> None:
        """Add the next use of the text."""
        self._added += 1
        key: Hashable = (o.sentence, o.start, o.end) if self._merges else self._added
        if self._merges:
            self._places.append(hash(key))
        if key not in self._kept:
            rank = _rank(o, self._seed)
            if self._highest is not None and rank >= self._highest:
                return
            self._kept[key] = rank, Drawn(o, nth)
        if o.sense is not None:
            self._kept[key][1].senses.add(o.sense)
        if self._most is not None and len(self._kept) > 2 * self._most:
            self._drop(self._most)

    def uses(self) -> list[Drawn]:
        """The uses that are drawn, in the order in which they were added."""
        if self._most is not None and len(self._kept) > self._most:
            self._drop(self._most)
        return [use for _, use in self._kept.values()]

    @property
    def different(self) -> int:
        """How many uses were added, not counting copies that are merged."""
        if not self._merges:
            return self._added
        import numpy as np

        return len(np.unique(np.frombuffer(self._places, dtype=np.int64)))

    def notes(self) -> Iterator[str]:
        """What to say of copies, if they are merged."""
        if copies := self._added - self.different:
            one = "1 exact copy of another use was left out"
            yield one if copies == 1 else f"{copies} exact copies of other uses were left out"
        for use in self.uses() if self._merges else ():
            if len(use.senses) > 1:
                given = " and ".join(map(repr, sorted(use.senses)))
                yield (
                    f"copies of a sentence have the labels {given}, so its label is not used:"
                    f" {use.occurrence.sentence!r}"
                )

    def _drop(self, most: int) -> None:
        wanted = nsmallest(most, self._kept, key=lambda key: self._kept[key][0])
        self._highest = self._kept[wanted[-1]][0]
        chosen = set(wanted)
        self._kept = {key: entry for key, entry in self._kept.items() if key in chosen}


def _rank(o: Occurrence, seed: int) -> Rank:
    """What a sample is sorted by; two uses with the same rank are the same but for their ids."""
    rank = priority(seed, o.word, o.sentence, o.start)
    return rank, o.end, o.sense or "", o.group or "", o.unit or ""


def _with_ids(uses: Sequence[Drawn], sentences: SentenceStream) -> Iterator[Occurrence]:
    """The uses with the ids that `find_occurrences` gives them among all uses of the text."""
    numbers = sorted(
        int(id)
        for id in (sentences.ids if any(not use.occurrence.id for use in uses) else ())
        if id.isascii() and id.isdigit() and id[0] != "0" and len(id) <= _LONGEST_NUMBER
    )
    passed = 0  # how many ids of rows are numbers up to the one that a use without an id gets
    for use in uses:
        row = use.occurrence.id
        if not row:
            while passed < len(numbers) and numbers[passed] <= use.nth + passed:
                passed += 1
            id = str(use.nth + passed)
        else:
            given = sentences.shared if row in sentences.shared else sentences.ids
            free = (f".{n}" for n in count(2) if f"{row}.{n}" not in given)
            number = next(islice(free, use.nth - 2, None)) if use.nth > 1 else ""
            id = sentences.own_id(row, use.occurrence.source) + number
        yield replace(use.occurrence if not use.senses else use.merged, id=id)
