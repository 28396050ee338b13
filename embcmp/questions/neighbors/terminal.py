"""A Neighborhood for people: each use in turn, the nearest uses as a concordance under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from embcmp.encoders.substitutes import SubstituteList
from embcmp.questions.neighbors.nearest_uses import LayerNeighbors, Near
from embcmp.questions.neighbors.neighbors import Neighborhood, View
from embcmp.render.numbers import short
from embcmp.render.text import excerpt, visible
from embcmp.types import Occurrence
from embcmp.vectors.neighbors import Neighbor

_LEAST = 12  # characters of context on a side, however narrow the terminal
_LEFT = 0.4  # of the width is for what stands before the word


def render(found: Neighborhood, console: Console, *, receipts: bool = False) -> None:
    """Print a neighborhood; the console's width decides how much of a sentence is shown.

    Args:
        found: what to print.
        console: where.
        receipts: show for each use what each encoder used.
    """
    for line in _heading(found):
        console.print(Text(visible(line)), soft_wrap=True)
    for view in found.views:
        if view.types:
            _types(view, console)
    contextual = [view for view in found.views if view.layers]
    for i, use in enumerate(found.uses if contextual else ()):
        console.print()
        _use(use, console)
        for view in contextual:
            _contextual(found.word, view, i, console, receipts=receipts)
    lacking = [v for v in contextual if isinstance(v.substitutes, str)]
    if lacking:
        console.print()
    for view in lacking:
        line = f"  {view.info.name}: no substitutes: {view.substitutes}"
        console.print(Text(visible(line), "dim"), soft_wrap=True)


def _heading(found: Neighborhood) -> Iterator[str]:
    files = sorted({(u.source or "").rpartition(":")[0] for u in found.uses} - {""})
    where = f" ({', '.join(files)})" if files else ""
    uses = "1 occurrence" if len(found.uses) == 1 else f"{len(found.uses)} occurrences"
    yield f"{found.word}: {uses}{where}"
    if any(view.layers for view in found.views):
        count = len(found.reference.sentences)
        corrected = "" if found.correct == "none" else f"; correction: {found.correct}"
        name = f"{found.reference.name}, {'1 sentence' if count == 1 else f'{count:,} sentences'}"
        yield f"  nearest uses of other words in {name}{corrected}"


def _types(view: View, console: Console) -> None:
    console.print()
    _title(
        view.info.name, f"{view.info.model}; one vector per type: the same for every use", console
    )
    for of_type in view.types:
        _paragraph(of_type.word, of_type.undefined or listed(of_type.words), console)


def _use(use: Occurrence, console: Console) -> None:
    sense = f"  {visible(use.sense)}" if use.sense is not None else ""
    label = visible(use.id)
    room = console.width - cell_len(label) - cell_len(sense) - 4
    before, form, after = excerpt(use.sentence, use.start, use.end, max(2 * _LEAST, room))
    line = Text(f"{label}  {before}[").append(form, "bold").append(f"]{after}").append(sense, "dim")
    console.print(line, soft_wrap=True)


def _contextual(word: str, view: View, i: int, console: Console, *, receipts: bool) -> None:
    for layer in view.layers:
        _layer(word, view, layer, i, console)
    if isinstance(view.substitutes, list):
        _paragraph("in its place", _substitute_list(view.substitutes[i]), console)
    receipt = view.layers[0].receipts[i]
    if receipts and receipt.tokens:
        cut = " (cut)" if receipt.truncated else ""
        _paragraph("used", " ".join(receipt.tokens) + cut, console)


def _layer(word: str, view: View, layer: LayerNeighbors, i: int, console: Console) -> None:
    neighbors = layer.uses[i]
    console.print()
    if neighbors.undefined is not None:
        _title(layer.name, f"{view.info.model}: {neighbors.undefined}", console)
        return
    mean = "" if neighbors.mean is None else f"; the average word is at {short(neighbors.mean)}"
    _title(layer.name, f"{view.info.model}{mean}", console)
    for near in neighbors.other_words:
        _concordance(near, console)
    if neighbors.same_word:
        elsewhere = ", ".join(map(other_use, neighbors.same_word))
        _paragraph(f"{word} in other sentences", elsewhere, console)


def _title(name: str, what: str, console: Console) -> None:
    line = Text("  ").append(visible(name), "bold").append(f"  {visible(what)}", "dim")
    console.print(line, soft_wrap=True)


def _concordance(near: Near, console: Console) -> None:
    """The word in its sentence, all words in one column."""
    use, width = near.use, console.width
    left = max(_LEAST, int(_LEFT * width) - 8) + 1
    before, form, _ = excerpt(use.sentence[: use.end], use.start, use.end, left + len(use.form))
    while cell_len(before) > left:  # letters that are two cells wide
        before = "…" + before[2:]
    line = Text(f"  {short(near.cosine):>5}  {' ' * (left - cell_len(before))}{before}[")
    line.append(form, "bold").append("]").append(visible(use.sentence[use.end : use.end + width]))
    line.truncate(max(width, 2 * _LEAST + left - 1), overflow="ellipsis")
    console.print(line, soft_wrap=True)


def other_use(near: Near) -> str:
    """Another use of the target, by its number in the input or its place in the reference."""
    if near.of_input:
        sense = f" {near.use.sense}" if near.use.sense is not None else ""
        return f"{near.use.id}{sense} {short(near.cosine)}"
    return f"{near.use.form} ({near.use.source}) {short(near.cosine)}"


def _substitute_list(substitutes: SubstituteList | str) -> str:
    if isinstance(substitutes, str):
        return substitutes
    words = ", ".join(f"{s.word} {probability(s.probability)}" for s in substitutes.words)
    if substitutes.original is None:
        return f"{words}; the word itself is none of {substitutes.candidates:,}"
    own = f"{substitutes.original.word} {probability(substitutes.original.probability)}"
    rank = f"number {substitutes.rank:,} of {substitutes.candidates:,}"
    return f"{words}; the word itself, {own}, is {rank}"


def listed(words: Iterable[Neighbor]) -> str:
    """Words of a vocabulary with their cosines."""
    return ", ".join(f"{n.word} {short(n.cosine)}" for n in words)


def probability(p: float) -> str:
    """A probability with three decimals, and no more zeros than that."""
    return short(p, 3) if p >= 0.0005 else "<.001"


def _paragraph(label: str, text: str, console: Console) -> None:
    """A list of any length, broken between its words and indented."""
    lines = Text(visible(f"{label}: {text}")).wrap(console, max(2 * _LEAST, console.width - 6))
    for k, line in enumerate(lines):
        line.rstrip()
        console.print(Text("    " if k == 0 else "      ").append_text(line), soft_wrap=True)
