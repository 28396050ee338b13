"""How balanced the project's own homographs are: the tables of docs/notes/homographs.md.

python -m tests.benchmarks.balance
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from embcmp import Occurrence, load_encoder
from embcmp.measures.labels import sample
from embcmp.measures.separation import auc_macro
from embcmp.measures.similarity import cosine_matrix
from embcmp.questions.compare.controls import position
from embcmp.questions.compare.layer_measures import Settings, Uses
from embcmp.text.targets import find_occurrences
from embcmp.types import Metric
from tests.benchmarks.homographs import Homograph, read_homographs

KINDS = ("homonym", "polyseme", "pos")
TOPICS = ("shared", "own")
TICS = ("nobody", "forty")  # words that the writers used too often


def length(use: Occurrence) -> float:
    """Words of the sentence."""
    return len(use.sentence.split())


def place(use: Occurrence) -> float:
    """Start of the target as a share of the sentence."""
    return use.start / len(use.sentence)


def by_sense(homograph: Homograph) -> dict[str, list[Occurrence]]:
    """The uses of each sense, in the order of the file."""
    found: dict[str, list[Occurrence]] = {}
    for use in homograph.uses:
        found.setdefault(str(use.sense), []).append(use)
    return found


def by_scene(homograph: Homograph) -> dict[str, list[Occurrence]]:
    """The uses of each scene: one of every sense where they are matched, else one."""
    found: dict[str, list[Occurrence]] = {}
    for use in homograph.uses:
        found.setdefault(str(use.unit), []).append(use)
    return found


def having(homographs: Sequence[Homograph], word: str) -> list[str]:
    """The sentences in which a word stands, in upper or lower case."""
    found = re.compile(rf"\b{word}\b", re.IGNORECASE)
    return [u.sentence for h in homographs for u in h.uses if found.search(u.sentence)]


def spread(homograph: Homograph, measure: Callable[[Occurrence], float]) -> float:
    """How far apart the means of the senses are."""
    return float(np.ptp([np.mean([measure(u) for u in s]) for s in by_sense(homograph).values()]))


def auc_by_position(homograph: Homograph) -> float:
    """`auc_macro` of the control `position`: length and place of the target."""
    view = position(Uses.of(homograph.uses), Settings(intervals=False))
    return _value(view.result.metrics["auc_macro"])


def auc_by_context(homographs: Sequence[Homograph]) -> list[float]:
    """`auc_macro` of `context`, a word each."""
    context = load_encoder("context")
    found = []
    for homograph in homographs:
        vectors = context.encode(homograph.uses).vectors[0].astype(np.float64)
        senses = [u.sense for u in homograph.uses]
        found.append(_value(auc_macro(sample(cosine_matrix(vectors), senses))))
    return found


def _value(metric: Metric) -> float:
    """NaN where there is none, so that no mean passes over it."""
    return np.nan if metric.value is None else metric.value


def lines() -> Iterator[str]:
    """Two Markdown tables."""
    every = list(read_homographs().values())
    yield "| words | homonym | polyseme | pos | all | senses | sentences | scenes | matched |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for topics in (*TOPICS, None):
        chosen = [h for h in every if topics in (h.topics, None)]
        counts = [sum(h.kind == kind for h in chosen) for kind in KINDS]
        senses = sum(len(by_sense(h)) for h in chosen)
        scenes = [uses for h in chosen for uses in by_scene(h).values()]
        matched = sum(len(uses) > 1 for uses in scenes)
        sentences = sum(len(h.uses) for h in chosen)
        cells = [*counts, len(chosen), senses, sentences, len(scenes), matched]
        yield f"| {f'{topics} topics' if topics else 'all'} | {' | '.join(map(str, cells))} |"
    yield ""
    yield "| what | value |"
    yield "| --- | --- |"
    uses = [use for h in every for use in h.uses]
    lengths, places = [length(u) for u in uses], [place(u) for u in uses]
    yield f"| words a sentence | {min(lengths)} to {max(lengths)}, mean {np.mean(lengths):.1f} |"
    apart = [spread(h, length) for h in every]
    yield f"| senses apart in mean length | {np.mean(apart):.1f} words, at most {max(apart):.1f} |"
    yield f"| start of the target | mean {np.mean(places):.2f} of the sentence |"
    apart = [spread(h, place) for h in every]
    yield f"| senses apart in mean start | {np.mean(apart):.2f}, at most {max(apart):.2f} |"
    inflected = np.mean([u.form.casefold() != u.word for u in uses])
    yield f"| targets in another form than the word's | {inflected:.0%} |"
    twice = sum(len(find_occurrences([u.sentence], u.word, "inflections")) > 1 for u in uses)
    yield f"| sentences with a further use of the word | {twice} |"
    for word in TICS:
        yield f"| sentences with *{word}* | {len(having(every, word))} |"
    by_position = np.mean([auc_by_position(h) for h in every])
    yield f"| `auc_macro` by length and start alone, mean over words | {by_position:.2f} |"
    for topics in TOPICS:
        values = auc_by_context([h for h in every if h.topics == topics])
        shown = f"{np.mean(values):.2f}, at most {max(values):.2f}"
        yield f"| `auc_macro` of `context`, {topics} topics, mean over words | {shown} |"


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in lines()))
