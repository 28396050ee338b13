"""The JSON of a change of words in sentences that would run in a page of more than text."""

from __future__ import annotations

from functools import cache

from embcmp import Occurrence
from embcmp.questions.change.change import change
from embcmp.questions.change.json import to_object
from embcmp.render.page import Json
from tests.hostile.texts import HOSTILE
from tests.questions.encoders import Made

GROUPS = ("<i>old</i>", "</script><b>mid</b>", "new %{x}")
EACH = 12  # uses of a group


@cache
def hostile_changes(words: int = 1, groups: int = 3) -> Json:
    """Words with uses in groups that are far apart, seen by a static encoder and two others."""

    def shifted(sign: int) -> Made:
        def vector(o: Occurrence) -> list[float]:
            k, number = GROUPS.index(str(o.group)), int(o.sentence.rpartition(" ")[2])
            return [3, sign * k, 0.2 * (number % EACH)]

        return Made(vector, 3, name=f"bert@{2 + sign}", layers=(2 + sign,))

    static = Made(lambda _: [1, 0], name="word2vec", layers=(None,), per_type=True)
    uses = [_uses(f"<u>man{w}</u>" if w else "<u>man</u>", groups) for w in range(words)]
    encoders = [static, shifted(1), shifted(-1)]
    return to_object(change(uses, GROUPS[:groups], encoders))


def _uses(word: str, groups: int) -> list[Occurrence]:
    found = []
    for k, group in enumerate(GROUPS[:groups]):
        for i in range(EACH):
            sentence = f"{HOSTILE[i % len(HOSTILE)]} {k * EACH + i}"
            start = sentence.index("man")
            unit = f"<b>letter</b> {k} {i}"
            use = Occurrence(
                f"<i>{k}.{i}</i>", word, sentence, start, start + 3, group=group, unit=unit
            )
            found.append(use)
    return found
