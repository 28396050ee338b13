"""A Comparison for people: matrices side by side when they are small, else a table of measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from embcmp.questions.compare.tables import pairs, shown
from embcmp.render.columns import Block, Part, side_by_side
from embcmp.render.figures import distributions, heat_map, sense_matrix, sparkline
from embcmp.render.numbers import interval, megabytes, p_number, plural, seconds, short
from embcmp.render.text import by_reason, excerpt, visible
from embcmp.types import Agreement, Comparison, EncoderInfo, PairTest, Result

LARGEST_MATRIX = 8
LISTED = 12  # sentences, when there are no matrices to read them beside

_CELL = 6
_PALE = (245, 245, 245)


def render(comparison: Comparison, console: Console, *, receipts: bool = False) -> None:
    """Print a comparison.

    Args:
        comparison: what `compare` returned.
        console: where to; its width decides how many encoders stand side by side.
        receipts: show for each occurrence what each encoder used.
    """
    _heading(comparison, console)
    _table(comparison, console)
    if comparison.agreement:
        console.print(Text("encoders in pairs", "bold"))
        side_by_side(*_pairs(comparison), console)
    if comparison.controls:
        console.print(Text("controls: what other causes than sense reach", "bold"))
        side_by_side(*_controls(comparison.controls), console)
    if receipts:
        _receipts(comparison, console)
    for note in _footnotes(comparison):
        console.print(Text(f"  {visible(note)}", "dim"), soft_wrap=True)
    for sentence in comparison.verdict:
        console.print(Text(f"  {visible(sentence)}"), soft_wrap=True)


def _heading(c: Comparison, console: Console) -> None:
    sentences = len({o.sentence for o in c.occurrences})
    files = sorted({(o.source or "").rpartition(":")[0] for o in c.occurrences} - {""})
    where = f" ({', '.join(files)})" if files else ""
    count = f"{plural(len(c.occurrences), 'occurrence')} in {plural(sentences, 'sentence')}"
    corrected = "" if c.correct == "none" else f", correction: {c.correct}"
    console.print(Text(visible(f"{c.word}: {count}{where}{corrected}")), soft_wrap=True)
    senses = Counter(o.sense for o in c.occurrences if o.sense is not None)
    if senses:
        listed = ", ".join(f"{sense} {count}" for sense, count in senses.items())
        console.print(Text(visible(f"  senses: {listed}")), soft_wrap=True)
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
        console.print(Text(f"  … and {len(c.occurrences) - len(shown)} more"))
    console.print()


def _table(c: Comparison, console: Console) -> None:
    """Every cosine, where there are few; else how they lie, and the measures."""
    if len(c.occurrences) <= LARGEST_MATRIX:
        shaded = console.color_system in ("256", "truecolor")  # 16 colors have no shades
        side_by_side(*_matrices(c, shaded=shaded), console)
        return
    if figures := _figures(c):
        console.print(Text("cosines by sense, each encoder on its own scale", "bold"))
        side_by_side(*figures, console)
    for part in _measures(c.results):
        side_by_side(*part, console)


def _matrices(c: Comparison, *, shaded: bool) -> Part:
    """The lower triangle of each encoder's cosines, and its measures under it."""
    n = len(c.occurrences)
    rows = [str(i) for i in range(2, n + 1)]
    metrics = shown(c.results[0]) if any(o.sense is not None for o in c.occurrences) else []
    labels = ["", "", "", *rows, *metrics, "size", "time"]
    return labels, [
        _block(
            [
                Text("".join(f"{j:>{_CELL - 1}} " for j in range(1, n))),
                *(_triangle_row(r, i, shaded=shaded) for i in range(1, n)),
                *(_metric(r, m) for m in metrics),
            ],
            r,
        )
        for r in c.results
    ]


def _measures(results: Sequence[Result]) -> Iterator[Part]:
    """Measures in rows, encoders in columns; then a row a layer for each encoder with several."""
    metrics = shown(results[0])
    layered = [r for r in results if len(r.info.layers) > 1]
    if len(layered) < len(results):
        labels = ["", "", *metrics, "size", "time"]
        single = [r for r in results if r not in layered]
        yield labels, [_block([_metric(r, m) for m in metrics], r) for r in single]
    for info in dict.fromkeys(r.info for r in layered):
        rows = [r for r in layered if r.info is info]
        yield ["", "layer", *(str(r.layer) for r in rows)], _layers(info, rows, metrics)


def _layers(info: EncoderInfo, rows: Sequence[Result], metrics: Sequence[str]) -> list[Block]:
    """A column a measure, a row a layer; the encoder's name over the first column."""
    curve = ""
    if "auc" in metrics and (values := [r.metrics["auc"].value for r in rows]):
        curve = f"  auc {sparkline(values)}"
    cost = f"{_size(rows[0])}  {seconds(rows[0].encode_seconds)}"
    title = f"{info.name}  {info.model}  {cost}{curve}"
    blocks = []
    for m in ("auc", *(m for m in metrics if m != "auc")) if "auc" in metrics else metrics:
        cells = [_metric(r, m, banded=m == "auc") for r in rows]
        blocks.append(Block.of([Text(), Text(f"{m} [band]" if m == "auc" else m), *cells]))
    first = blocks[0]
    blocks[0] = Block(first.width, (Text(visible(title), "bold"), *first.lines[1:]))
    return blocks


def _controls(results: Sequence[Result]) -> Part:
    """A row a control, with the few measures that every control has."""
    blocks = [Block.of([Text(m), *(_metric(r, m) for r in results)]) for m in ("auc", "auc_macro")]
    models = [Text("what it is"), *(Text(visible(r.info.model), "dim") for r in results)]
    return ["", *(visible(r.name) for r in results)], [*blocks, Block.of(models)]


def _pairs(c: Comparison) -> Part:
    """A row a pair: the difference of their AUC, its p, and whether they see the same."""
    found = pairs(c)
    columns = {
        "auc difference": [_difference(t) for _, t in found],
        "adjusted p": [p_number(t.p_adjusted if t else None) or "-" for _, t in found],
        "rsa (p)": [_rsa(x) for x, _ in found],
        "cka": ["-" if x.cka is None else short(x.cka) for x, _ in found],
    }
    blocks = [Block.of([Text(m), *map(Text, cells)]) for m, cells in columns.items()]
    return ["", *(visible(f"{x.a} - {x.b}") for x, _ in found)], blocks


def _difference(t: PairTest | None) -> str:
    if t is None or t.difference is None:
        return "-"
    return f"{short(t.difference, 3)} {interval(t.ci95)}".rstrip()


def _rsa(x: Agreement) -> str:
    return "-" if x.rsa is None else f"{short(x.rsa)} ({p_number(x.rsa_p) or '-'})"


def _figures(c: Comparison) -> Part | None:
    """Heat map, distributions and sense-by-sense AUC of each encoder that tells senses."""
    senses = [o.sense for o in c.occurrences]
    columns = []
    for r in c.results:
        named = r.layer == r.info.layers[-1]
        if named and "auc" in r.metrics and r.metrics["auc"].value is not None:
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


def _block(middle: Sequence[Text], r: Result) -> Block:
    return Block.of(
        [
            Text(visible(r.name), "bold"),
            Text(visible(r.info.model), "dim"),
            *middle,
            Text(_size(r)),
            Text(seconds(r.encode_seconds)),
        ]
    )


def _triangle_row(r: Result, i: int, *, shaded: bool) -> Text:
    line = Text()
    for cosine in r.similarity[i, :i]:
        if cosine != cosine:  # NaN: undefined
            line.append(f"{'-':>{_CELL - 1}} ")
        else:
            style = _shade(cosine) if shaded else ""
            line.append(f"{short(cosine):>{_CELL - 1}} ", style)
    return line


def _shade(cosine: float) -> str:
    """From white at 0 or below to a deep blue at 1."""
    share = max(0.0, min(1.0, cosine))
    blue = tuple(round(a + (b - a) * share) for a, b in zip(_PALE, (30, 80, 160), strict=True))
    return f"{'white' if share > 0.5 else 'black'} on rgb({','.join(map(str, blue))})"


def _metric(r: Result, name: str, *, banded: bool = True) -> Text:
    m = r.metrics[name]
    if m.value is None:
        return Text("-")
    text = Text(short(m.value, 3))
    if m.ci95 and banded:
        text.append(f" {interval(m.ci95, approximate=m.approximate)}", "dim")
    return text


def _size(r: Result) -> str:
    shared, own = r.info.bytes - r.info.own_bytes, r.info.own_bytes
    if shared and own:
        return f"{megabytes(shared).removesuffix(' MB')} + {megabytes(own)}"
    return megabytes(r.info.bytes)


def _receipts(c: Comparison, console: Console) -> None:
    for i, o in enumerate(c.occurrences):
        console.print(Text(visible(f"  {o.id}: {o.form}")), soft_wrap=True)
        for r in c.results:
            receipt = r.receipts[i]
            used = r.missing.get(o.id) or " ".join(receipt.tokens)
            cut = " (windowed)" if receipt.truncated else ""
            console.print(Text(visible(f"    {r.name}: {used}{cut}"), "dim"), soft_wrap=True)
    console.print()


def _footnotes(c: Comparison) -> Iterator[str]:
    """What chance gives, why measures have no value, each reason once, and what the tilde means.

    The verdict tells of one vector per type.
    """
    if chances := ", ".join(_chances(c.results)):
        yield f"by chance: {chances}"
    for reason, names in by_reason(_without_value(c)).items():
        yield f"{', '.join(names)}: {reason}"
    if any(m.approximate for r in (*c.results, *(c.controls or ())) for m in r.metrics.values()):
        yield (
            "~ approximate: simulated, such intervals are too narrow or too wide"
            " (docs/reference/measures.md)"
        )


def _without_value(c: Comparison) -> Iterator[tuple[str, str | None]]:
    """What has no value, and why."""
    yield from _lacking([r for r in c.results if not r.info.per_type])
    for r in c.controls or ():
        yield r.name, r.metrics["auc"].undefined
    for x in c.agreement:
        yield "rsa", x.rsa_undefined
        yield "cka", x.cka_undefined
    for t in c.tests:
        yield "tests", t.undefined


def _lacking(results: Sequence[Result]) -> Iterator[tuple[str, str]]:
    """What encoders have no value for, and why; who, where it is not all of them."""
    lacking: dict[tuple[str, str], list[str]] = {}
    for r in results:
        for name in shown(r):
            if why := r.metrics[name].undefined:
                lacking.setdefault((name, why), []).append(r.name)
    for (name, why), who in lacking.items():
        yield name, why if len(who) == len(results) else f"{why} ({', '.join(who)})"


def _chances(results: Sequence[Result]) -> Iterator[str]:
    """What measures are by chance, from the least to the most of the encoders."""
    for name in shown(results[0]):
        found = [chance for r in results if (chance := r.metrics[name].chance) is not None]
        if found:
            least, most = short(min(found)), short(max(found))
            yield f"{name} {least}" if least == most else f"{name} {least} to {most}"
