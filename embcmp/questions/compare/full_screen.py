"""Everything about a Comparison on the terminal: what `compare --all` prints, the answer last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from embcmp.choices import SENSES_SHOWN
from embcmp.measures.encoder_differences import PRIMARY
from embcmp.questions.compare.matrices import LARGEST_MATRIX, block, matrices, size
from embcmp.questions.compare.tables import (
    FREQUENT,
    control_metrics,
    frequent_note,
    pairs,
    table_metrics,
    with_frequent,
)
from embcmp.questions.compare.verdict import found_in_four_of_five
from embcmp.render.columns import Block, Part, side_by_side
from embcmp.render.figures import distributions, heat_map, sense_matrix, sparkline
from embcmp.render.line_breaks import wrapped
from embcmp.render.numbers import interval, p_number, plural, seconds, short
from embcmp.render.text import by_reason, excerpt, visible
from embcmp.types import Agreement, Comparison, EncoderInfo, PairTest, Result

LISTED = 12  # sentences that are listed if the matrices are too large to show


def render(comparison: Comparison, console: Console, *, receipts: bool = False) -> None:
    """Print every measure, matrix and pair of a comparison, and the verdict last.

    Args:
        comparison: what `compare` returned.
        console: the console to print on; its width decides how many encoders stand side by side.
        receipts: whether to show for each use the tokens that each encoder used.
    """
    comparison = with_frequent(comparison)
    _heading(comparison, console)
    _table(comparison, console)
    if comparison.agreement:
        console.print(Text("encoders in pairs", "bold"))
        side_by_side(*_pairs(comparison), console)
    if comparison.controls:
        console.print(Text("controls: AUC from causes other than sense", "bold"))
        side_by_side(*_controls(comparison.controls), console)
    if receipts:
        print_receipts(comparison, console)
    for note in _footnotes(comparison):
        _print_wrapped(note, console, "dim")
    for sentence in comparison.verdict:
        _print_wrapped(sentence, console)


def _print_wrapped(sentence: str, console: Console, style: str = "") -> None:
    for line in wrapped(sentence, max(1, console.width - 2)):
        console.print(Text(f"  {line}", style), soft_wrap=True)


def _heading(c: Comparison, console: Console) -> None:
    sentences = len({o.sentence for o in c.occurrences})
    files = sorted({(o.source or "").rpartition(":")[0] for o in c.occurrences} - {""})
    where = f" ({', '.join(files)})" if files else ""
    count = f"{plural(len(c.occurrences), 'occurrence')} in {plural(sentences, 'sentence')}"
    corrected = "" if c.correct == "none" else f", correction: {c.correct}"
    console.print(Text(visible(f"{c.word}: {count}{where}{corrected}")), soft_wrap=True)
    senses = Counter(o.sense for o in c.occurrences if o.sense is not None)
    if senses:
        named = [f"{sense} {count}" for sense, count in senses.items()]
        if (more := len(named) - SENSES_SHOWN) > 0:
            named[SENSES_SHOWN:] = [f"and {more:,} more"]
        listed = ", ".join(named)
        _print_wrapped(f"senses: {listed}", console)
    shown = c.occurrences[: LISTED if len(c.occurrences) > LARGEST_MATRIX else None]
    digits = len(str(len(shown)))
    for i, o in enumerate(shown, 1):
        room = console.width - digits - 8 - len(o.sense or "")
        before, form, after = excerpt(o.sentence, o.start, o.end, max(20, room))
        line = Text(f"  {i:{digits}}  ").append(before).append("[").append(form, "bold")
        line.append("]").append(after)
        if o.sense is not None:
            line.append(f"  {visible(o.sense)}", "dim")
        console.print(line, soft_wrap=True)
    if len(shown) < len(c.occurrences):
        console.print(Text(f"  … and {len(c.occurrences) - len(shown)} more occurrences"))
    console.print()


def _table(c: Comparison, console: Console) -> None:
    """Print all cosines if there are few; else their distributions and the measures."""
    if len(c.occurrences) <= LARGEST_MATRIX:
        side_by_side(*_matrices(c, console.color_system), console)
        return
    if len({o.sense for o in c.occurrences} - {None}) > SENSES_SHOWN:
        console.print(Text(f"  no figures by sense: there are more than {SENSES_SHOWN}\n", "dim"))
    elif figures := _figures(c):
        console.print(Text("cosines by sense, each encoder on its own scale", "bold"))
        side_by_side(*figures, console)
    for part in _measures(c.results):
        side_by_side(*part, console)


def _matrices(c: Comparison, color_system: str | None) -> Part:
    """Return the lower triangle of each encoder's cosines, with its measures below."""
    labels, blocks = matrices(c, color_system=color_system)
    if not any(o.sense is not None for o in c.occurrences):
        return labels, blocks
    metrics = table_metrics(c.results[0])
    measured = [
        Block.of([*b.lines[:-2], *(_metric(r, m) for m in metrics), *b.lines[-2:]])
        for r, b in zip(c.results, blocks, strict=True)
    ]
    return [*labels[:-2], *metrics, *labels[-2:]], measured


def _measures(results: Sequence[Result]) -> Iterator[Part]:
    """Yield a table with a row for each measure; then one for each encoder with several layers."""
    metrics = table_metrics(results[0])
    layered = [r for r in results if len(r.info.layers) > 1]
    if len(layered) < len(results):
        labels = ["", "", *metrics, "size", "time"]
        single = [r for r in results if r not in layered]
        yield labels, [block([_metric(r, m) for m in metrics], r) for r in single]
    for info in dict.fromkeys(r.info for r in layered):
        rows = [r for r in layered if r.info is info]
        yield ["", "layer", *(str(r.layer) for r in rows)], _layers(info, rows, metrics)


def _layers(info: EncoderInfo, rows: Sequence[Result], metrics: Sequence[str]) -> list[Block]:
    """Return a column for each measure, a row for each layer, with the encoder's name on top."""
    curve = ""
    if PRIMARY in metrics and (values := [r.metrics[PRIMARY].value for r in rows]):
        curve = f"  {PRIMARY} {sparkline(values)}"
    cost = f"{size(rows[0])}  {seconds(rows[0].encode_seconds)}"
    title = f"{info.name}  {info.model}  {cost}{curve}"
    blocks = []
    banded = (PRIMARY, f"{PRIMARY}{FREQUENT}")
    for m in sorted(metrics, key=lambda name: name not in banded):
        has_band = m in banded and any(r.metrics[m].ci95 for r in rows)
        cells = [_metric(r, m, banded=has_band) for r in rows]
        blocks.append(Block.of([Text(), Text(f"{m} [band]" if has_band else m), *cells]))
    first = blocks[0]
    blocks[0] = Block(first.width, (Text(visible(title), "bold"), *first.lines[1:]))
    return blocks


def _controls(results: Sequence[Result]) -> Part:
    """Return a row for each control, with the measures that every control has."""
    names = control_metrics(results)
    blocks = [Block.of([Text(m), *(_metric(r, m) for r in results)]) for m in names]
    models = [Text("what it is"), *(Text(visible(r.info.model), "dim") for r in results)]
    return ["", *(visible(r.name) for r in results)], [*blocks, Block.of(models)]


def _pairs(c: Comparison) -> Part:
    """Return a row for each pair: the difference of the primary measure, and the agreement."""
    tested = pairs(c)
    claimed = {frozenset((x.a, x.b)): x.claim for x in c.claims}
    columns = {
        f"{PRIMARY} difference": [_difference(t) for _, t in tested],
        "adjusted p": [p_number(t.p_adjusted if t else None) or "-" for _, t in tested],
        "detectable": [_detectable(t, c) for _, t in tested],
        "claim": [claimed.get(frozenset((x.a, x.b)), "-").replace("_", " ") for x, _ in tested],
        "rsa (p)": [_rsa(x) for x, _ in tested],
        "cka": ["-" if x.cka is None else short(x.cka) for x, _ in tested],
    }
    blocks = [Block.of([Text(m), *map(Text, cells)]) for m, cells in columns.items()]
    return ["", *(visible(f"{x.a} - {x.b}") for x, _ in tested)], blocks


def _difference(t: PairTest | None) -> str:
    if t is None or t.difference is None:
        return "-"
    return f"{short(t.difference, 3)} {interval(t.ci95)}".rstrip()


def _detectable(t: PairTest | None, c: Comparison) -> str:
    return "-" if t is None or t.detectable is None else found_in_four_of_five(t, c)


def _rsa(x: Agreement) -> str:
    return "-" if x.rsa is None else f"{short(x.rsa)} ({p_number(x.rsa_p) or '-'})"


def _figures(c: Comparison) -> Part | None:
    """Return heat map, distributions and sense-by-sense AUC of each encoder with an AUC."""
    senses = [o.sense for o in c.occurrences]
    columns = []
    for r in c.results:
        last = r.layer == r.info.layers[-1]
        if last and "auc" in r.metrics and r.metrics["auc"].value is not None:
            lines = (
                *heat_map(r.similarity, senses),
                " ",
                *distributions(r.similarity, senses),
                " ",
                *sense_matrix(r.similarity, senses),
            )
            columns.append([Text(visible(r.name), "bold"), *map(Text, map(visible, lines))])
    if not columns:
        return None
    height = max(map(len, columns))
    blocks = [Block.of([*lines, *[Text()] * (height - len(lines))]) for lines in columns]
    return [""] * height, blocks


def _metric(r: Result, name: str, *, banded: bool = True) -> Text:
    m = r.metrics[name]
    if m.value is None:
        return Text("-")
    text = Text(short(m.value, 3))
    if m.ci95 and banded:
        text.append(f" {interval(m.ci95, approximate=m.approximate)}", "dim")
    return text


def print_receipts(c: Comparison, console: Console) -> None:
    """Print for each use the tokens that each encoder used, or why there is no vector."""
    for i, o in enumerate(c.occurrences):
        console.print(Text(visible(f"  {o.id}: {o.form}")), soft_wrap=True)
        for r in c.results:
            receipt = r.receipts[i]
            used = r.missing.get(o.id) or receipt.used
            cut = " (cut)" if receipt.truncated else ""
            console.print(Text(visible(f"    {r.name}: {used}{cut}"), "dim"), soft_wrap=True)
    console.print()


def _footnotes(c: Comparison) -> Iterator[str]:
    """Yield the values expected by chance, why measures have no value, and what the tilde means.

    Encoders with one vector per type are left out here, since the verdict explains them.
    """
    if detectable := [t for t in c.tests if t.detectable is not None]:
        unsure = any(found_in_four_of_five(t, c).startswith("~") for t in detectable)
        yield (
            "detectable: a true difference of this size would be found four times in five"
            f"{'; ~ marks power that was not simulated there' if unsure else ''}"
        )
    if note := frequent_note(c):
        yield note
    if chances := ", ".join(_chances(c.results)):
        yield f"expected by chance: {chances}"
    for reason, names in by_reason(_undefined(c)).items():
        yield f"{', '.join(names)}: {reason}"
    if any(m.approximate for r in (*c.results, *(c.controls or ())) for m in r.metrics.values()):
        yield (
            "~ before an interval: in simulations, such intervals covered the true value too rarely"
            " (docs/reference/measures.md)"
        )


def _undefined(c: Comparison) -> Iterator[tuple[str, str | None]]:
    """Yield the names of what may have no value, with the reason if it has none."""
    yield from _undefined_measures([r for r in c.results if not r.info.per_type])
    for r in c.controls or ():
        yield r.name, r.metrics["auc"].undefined
    for x in c.agreement:
        yield "rsa", x.rsa_undefined
        yield "cka", x.cka_undefined
    for t in c.tests:
        yield "tests", t.undefined


def _undefined_measures(results: Sequence[Result]) -> Iterator[tuple[str, str]]:
    """Yield the measures without a value, with the reason, and the encoders if not all lack it."""
    encoders: dict[tuple[str, str], list[str]] = {}
    for r in results:
        for name in table_metrics(r):
            if name.endswith(FREQUENT):  # the reason is that of the measure with all senses
                continue
            if reason := r.metrics[name].undefined:
                encoders.setdefault((name, reason), []).append(r.name)
    for (name, reason), some in encoders.items():
        yield name, reason if len(some) == len(results) else f"{reason} ({', '.join(some)})"


def _chances(results: Sequence[Result]) -> Iterator[str]:
    """Yield each measure with the range of its values by chance over the encoders."""
    for name in table_metrics(results[0]):
        chances = [chance for r in results if (chance := r.metrics[name].chance) is not None]
        if chances:
            low, high = short(min(chances)), short(max(chances))
            yield f"{name} {low}" if low == high else f"{name} {low} to {high}"
