"""A Neighborhood for people: each use, and under it the nearest uses as a concordance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from embcmp.encoders.substitutes import SubstituteList
from embcmp.questions.neighbors.nearest_uses import LayerNeighbors, NearUse
from embcmp.questions.neighbors.neighbors import EncoderNeighbors, Neighborhood
from embcmp.render.numbers import plural, short
from embcmp.render.text import excerpt, visible
from embcmp.types import Occurrence
from embcmp.vectors.nearest_words import Neighbor

_MIN_CONTEXT = 12  # characters on each side, however narrow the terminal
_LEFT_SHARE = 0.4  # of the width, for the context before the word


def render(neighborhood: Neighborhood, console: Console, *, receipts: bool = False) -> None:
    """Print a neighborhood; the console's width decides how much of a sentence is shown.

    Args:
        neighborhood: the result to print.
        console: the console to print it on.
        receipts: whether to show which tokens each encoder used for each use.
    """
    for line in _heading(neighborhood):
        console.print(Text(visible(line)), soft_wrap=True)
    for result in neighborhood.results:
        if result.types:
            _types(result, console)
    contextual = [result for result in neighborhood.results if result.layers]
    for i, use in enumerate(neighborhood.uses if contextual else ()):
        console.print()
        _use(use, console)
        for result in contextual:
            _contextual(neighborhood.word, result, i, console, receipts=receipts)
    without = [r for r in contextual if isinstance(r.substitutes, str)]
    if without:
        console.print()
    for result in without:
        line = f"  {result.info.name}: no substitutes: {result.substitutes}"
        console.print(Text(visible(line), "dim"), soft_wrap=True)


def _heading(neighborhood: Neighborhood) -> Iterator[str]:
    files = sorted({(u.source or "").rpartition(":")[0] for u in neighborhood.uses} - {""})
    where = f" ({', '.join(files)})" if files else ""
    yield f"{neighborhood.word}: {plural(len(neighborhood.uses), 'occurrence')}{where}"
    if any(result.layers for result in neighborhood.results):
        reference, correct = neighborhood.reference, neighborhood.correct
        size = plural(len(reference.sentences), "sentence")
        corrected = "" if correct == "none" else f"; correction: {correct}"
        yield f"  nearest uses of other words in {reference.name}, {size}{corrected}"


def _types(result: EncoderNeighbors, console: Console) -> None:
    console.print()
    description = f"{result.info.model}; one vector per type: the same for every use"
    _title(result.info.name, description, console)
    for of_type in result.types:
        _paragraph(of_type.word, of_type.undefined or listed(of_type.words), console)


def _use(use: Occurrence, console: Console) -> None:
    sense = f"  {visible(use.sense)}" if use.sense is not None else ""
    label = visible(use.id)
    room = console.width - cell_len(label) - cell_len(sense) - 4
    before, form, after = excerpt(use.sentence, use.start, use.end, max(2 * _MIN_CONTEXT, room))
    line = Text(f"{label}  {before}[").append(form, "bold").append(f"]{after}").append(sense, "dim")
    console.print(line, soft_wrap=True)


def _contextual(
    word: str, result: EncoderNeighbors, i: int, console: Console, *, receipts: bool
) -> None:
    for layer in result.layers:
        _layer(word, result, layer, i, console)
    if isinstance(result.substitutes, list):
        _paragraph("in its place", _substitute_list(result.substitutes[i]), console)
    receipt = result.layers[0].receipts[i]
    if receipts and receipt.tokens:
        cut = " (cut)" if receipt.truncated else ""
        _paragraph("used", receipt.used + cut, console)


def _layer(
    word: str, result: EncoderNeighbors, layer: LayerNeighbors, i: int, console: Console
) -> None:
    neighbors = layer.by_use[i]
    console.print()
    if neighbors.undefined is not None:
        _title(layer.name, f"{result.info.model}: {neighbors.undefined}", console)
        return
    average = neighbors.mean_cosine
    baseline = "" if average is None else f"; the average word is at {short(average)}"
    _title(layer.name, f"{result.info.model}{baseline}", console)
    for near in neighbors.other_words:
        _concordance(near, console)
    if neighbors.same_word:
        elsewhere = ", ".join(map(other_use, neighbors.same_word))
        _paragraph(f"{word} in other sentences", elsewhere, console)


def _title(name: str, description: str, console: Console) -> None:
    line = Text("  ").append(visible(name), "bold").append(f"  {visible(description)}", "dim")
    console.print(line, soft_wrap=True)


def _concordance(near: NearUse, console: Console) -> None:
    """Print a neighbor in its sentence; the words of all neighbors are in one column."""
    use, width = near.use, console.width
    left = max(_MIN_CONTEXT, int(_LEFT_SHARE * width) - 8) + 1
    before, form, _ = excerpt(use.sentence[: use.end], use.start, use.end, left + len(use.form))
    while cell_len(before) > left:  # some letters are two cells wide
        before = "…" + before[2:]
    line = Text(f"  {short(near.cosine):>5}  {' ' * (left - cell_len(before))}{before}[")
    line.append(form, "bold").append("]").append(visible(use.sentence[use.end : use.end + width]))
    line.truncate(max(width, 2 * _MIN_CONTEXT + left - 1), overflow="ellipsis")
    console.print(line, soft_wrap=True)


def other_use(near: NearUse) -> str:
    """Another use of the target: its id in the input or its source in the reference, and cosine."""
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
    original = f"{substitutes.original.word} {probability(substitutes.original.probability)}"
    rank = f"number {substitutes.rank:,} of {substitutes.candidates:,}"
    return f"{words}; the word itself, {original}, is {rank}"


def listed(words: Iterable[Neighbor]) -> str:
    """The neighbors in a vocabulary with their cosines."""
    return ", ".join(f"{n.word} {short(n.cosine)}" for n in words)


def probability(p: float) -> str:
    """A probability with three decimals, or <.001."""
    return short(p, 3) if p >= 0.0005 else "<.001"


def _paragraph(label: str, text: str, console: Console) -> None:
    """Print a list, with lines broken between its words and indented."""
    lines = Text(visible(f"{label}: {text}")).wrap(
        console, max(2 * _MIN_CONTEXT, console.width - 6)
    )
    for k, line in enumerate(lines):
        line.rstrip()
        console.print(Text("    " if k == 0 else "      ").append_text(line), soft_wrap=True)
