"""A table with one row an encoder: its AUC, drawn with its interval, hits, size and time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from embcmp.measures.encoder_differences import PRIMARY
from embcmp.questions.compare.controls import LABELS
from embcmp.render.figures import sparkline
from embcmp.render.line_breaks import cut_at_word
from embcmp.render.numbers import megabytes, plural, seconds, short
from embcmp.render.short_names import short_names
from embcmp.render.text import visible
from embcmp.types import PER_TYPE, Comparison, Metric, Result

CHANCE = 0.5
HITS = "centroid"
CUT_ROWS = "…"
LAYERS = "layers "
ONE_VECTOR = "one vector for all uses"

_GAP = 2
_AUC = 5  # "1.00~"
_LEAST_PLOT, _LEAST_LABEL = 13, 14
_MOST_PLOT, _MOST_LABEL = 41, 40
_PLOT, _LABEL = 15, 24  # what the two get before one of them gets more


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes:
        name: the encoder and its layer.
        model: the model, shown where there is room.
        metric: the AUC; None if `note`, a text, stands in its place.
        hits: the uses whose nearest sense is their own, as "33 of 36".
        size: the size of the encoder's files.
        time: how long encoding took.
    """

    name: str
    model: str = ""
    metric: Metric | None = None
    note: str = ""
    hits: str = ""
    size: str = ""
    time: str = ""


def table(c: Comparison, width: int, most: int) -> list[Text]:
    """Return a heading and a row for each encoder and layer, ordered by AUC, and the best control.

    The layers of an encoder stay together. If there are more rows than lines, the layers of an
    encoder become one line, and encoders with a low AUC are counted instead.

    Args:
        c: labeled uses of two senses.
        width: the width of the terminal in cells.
        most: the largest number of lines.
    """
    control = _best_control(c)
    rows = _fitting(c, most - 1 - (control is not None))
    if control is not None:
        rows.append(control)
    scale = _Scale.of(row.metric for row in rows if row.metric)
    return list(_Columns.of(rows, width, scale).lines(rows))


def row_count(c: Comparison) -> int:
    """Return the number of lines of an uncut table, with its heading."""
    return 1 + len(c.results) + bool(measured_controls(c))


def measured_controls(c: Comparison) -> list[Result]:
    """Return the controls with an AUC, the highest first."""
    measured = [
        r
        for r in c.controls or ()
        if r.metrics[PRIMARY].value is not None and not r.name.startswith(LABELS)
    ]
    return sorted(measured, key=_value, reverse=True)


def _best_control(c: Comparison) -> Row | None:
    controls = measured_controls(c)
    return Row("best control", metric=controls[0].metrics[PRIMARY]) if controls else None


def _fitting(c: Comparison, most: int) -> list[Row]:
    """Return the rows of all encoders, shortened to at most `most`."""
    groups = _groups(c.results)
    folded: set[int] = set()
    by_size = sorted(range(len(groups)), key=lambda i: len(groups[i]), reverse=True)
    for i in by_size:
        if sum(2 if k in folded else len(g) for k, g in enumerate(groups)) <= most:
            break
        if len(groups[i]) > 2:
            folded.add(i)
    rows = [
        row
        for i, group in enumerate(groups)
        for row in (_folded(c, group) if i in folded else _rows(c, group))
    ]
    if len(rows) <= most:
        return rows
    values = [_value(r) for group in groups for r in group if r.metrics[PRIMARY].value is not None]
    count = len(rows) - most + 1
    lowest = f"down to {short(min(values))} " if values else ""
    return [*rows[: most - 1], Row(f"{CUT_ROWS} {count} more", note=f"{lowest}(--all)")]


def _groups(results: Sequence[Result]) -> list[list[Result]]:
    """Return the layers of each encoder, the encoder with the highest AUC first."""
    groups: dict[int, list[Result]] = {}
    for r in results:
        key = id(r.info) if len(r.info.layers) > 1 else id(r)
        groups.setdefault(key, []).append(r)
    return sorted(groups.values(), key=lambda group: _value(group[-1]), reverse=True)


def _value(r: Result) -> float:
    inferred = r.metrics[PRIMARY].inferred
    return float("-inf") if inferred is None else inferred.value


def _rows(c: Comparison, layers: Sequence[Result]) -> Iterator[Row]:
    for i, r in enumerate(layers):
        yield _row(c, r, cost=i == 0)


def _folded(c: Comparison, layers: Sequence[Result]) -> Iterator[Row]:
    """Yield the row of the last layer, and one line about all layers."""
    yield _row(c, layers[-1])
    values = [None if (v := _value(r)) == float("-inf") else v for r in layers]
    known = [v for v in values if v is not None]
    extent = f" {short(min(known))} to {short(max(known))}" if known else ""
    note = f"{sparkline(values[:: 1 + len(values) // 16], 0.4)}{extent}"
    yield Row(f"{LAYERS}{layers[0].layer} to {layers[-1].layer}", note=note)


def _row(c: Comparison, r: Result, *, cost: bool = True) -> Row:
    size, time = (megabytes(r.info.bytes), seconds(r.encode_seconds)) if cost else ("", "")
    metric = r.metrics[PRIMARY]
    if metric.value is None:
        note = ONE_VECTOR if metric.undefined == PER_TYPE else metric.undefined or ""
        return Row(r.name, r.info.model, note=note, size=size, time=time)
    return Row(r.name, r.info.model, metric, hits=_hits(c, r), size=size, time=time)


def _hits(c: Comparison, r: Result) -> str:
    share = r.metrics[HITS].value if HITS in r.metrics else None
    if share is None:
        return ""
    n = sum(o.sense is not None and o.id not in r.missing for o in c.occurrences)
    return f"{round(share * n, 1):,g} of {n:,}".rjust(len(f"{n:,} of {n:,}"))


@dataclass(frozen=True)
class _Scale:
    """The common scale of all drawings, from `low` to 1."""

    low: float

    @classmethod
    def of(cls, metrics: Iterable[Metric]) -> _Scale:
        """Begin at .5, or lower at a full tenth if a value or an interval is lower."""
        ends = [CHANCE]
        for metric in metrics:
            if inferred := metric.inferred:
                ends += [inferred.value, *(inferred.ci95 or ())]
        return cls(max(0.0, floor(min(ends) * 10 + 1e-9) / 10))

    def place(self, value: float, width: int) -> int:
        """Return the cell of a value in a drawing `width` cells wide."""
        return round(max(0.0, min(1.0, (value - self.low) / (1 - self.low))) * (width - 1))

    def heading(self, width: int) -> str:
        """Return the ends of the scale, and chance if it is not one of them."""
        start = short(self.low, 1)
        cells = [*f"{start} ".ljust(width - 2, "─"), *" 1"]
        at = self.place(CHANCE, width) - 2
        if len(start) < at < width - 7:
            cells[at : at + 4] = " .5 "
        return "".join(cells)

    def drawing(self, metric: Metric, width: int) -> str:
        """Return a point with its interval, and a line at chance."""
        cells = [" "] * width
        cells[self.place(CHANCE, width)] = "│"
        inferred = metric.inferred
        if inferred is None:
            return ""
        if inferred.ci95:
            low, high = (self.place(end, width) for end in inferred.ci95)
            cells[low : high + 1] = "─" * (high + 1 - low)
            cells[low], cells[high] = "├", "┤"
        cells[self.place(inferred.value, width)] = "●"
        return "".join(cells)


@dataclass(frozen=True)
class _Columns:
    """The widths of the columns that fit on the terminal."""

    label: int
    names: Mapping[str, str]  # of the rows, shortened
    plot: int
    further: tuple[tuple[str, str, int], ...]  # attribute, heading, width
    scale: _Scale

    @classmethod
    def of(cls, rows: Sequence[Row], width: int, scale: _Scale) -> _Columns:
        """Drop time, size and hits, in this order, if names and drawings lack room."""
        columns = [("hits", "nearest sense"), ("size", f"{'size':>6}"), ("time", f"{'time':>6}")]
        sized = [
            (name, heading, max(cell_len(heading), *(cell_len(getattr(r, name)) for r in rows)))
            for name, heading in columns  # padded, so that widths do not change with the times
            if any(getattr(r, name) for r in rows)
        ]
        fixed = 2 + _GAP + _AUC + 1

        def room() -> int:  # for names and drawings together
            return width - fixed - sum(_GAP + w for *_, w in sized)

        while sized and room() < _LEAST_LABEL + _LEAST_PLOT:
            sized.pop()
        if room() < _LEAST_LABEL + _LEAST_PLOT:  # no drawings
            most, most_plot = max(1, room()), 0
        else:
            most = max(_LEAST_LABEL, min(_LABEL, room() - _PLOT), room() - 2 * _PLOT)
            most_plot = _MOST_PLOT
        names = short_names((row.name for row in rows), most := min(most, _MOST_LABEL))
        label = max(_label(row, names, most).cell_len for row in rows)
        plot = max(0, min(most_plot, room() - label))
        return cls(label, names, plot, tuple(sized), scale)

    def lines(self, rows: Iterable[Row]) -> Iterator[Text]:
        """Yield the heading and the rows."""
        heading = Text(" " * (2 + self.label + _GAP)).append(" AUC".ljust(_AUC + 1))
        heading.append(self.scale.heading(self.plot) if self.plot else "")
        for name, title, width in self.further:
            heading.append(" " * _GAP).append(title.rjust(width) if name != "hits" else title)
        heading.stylize("dim")
        heading.rstrip()
        yield heading
        for row in rows:
            yield self._line(row)

    def _line(self, row: Row) -> Text:
        label = _label(row, self.names, self.label)
        line = Text("  ").append_text(label).append(" " * (self.label - label.cell_len + _GAP))
        further = list(self.further)
        if row.metric is None or (inferred := row.metric.inferred) is None:
            dash = "" if row.name.startswith((CUT_ROWS, LAYERS)) else "–".rjust(4)
            line.append(dash.ljust(_AUC + 1))
            room = self.plot
            if further and further[0][0] == "hits":  # a note may take the place of the hits
                room += _GAP + further.pop(0)[2]
            line.append(set_cell_size(cut_at_word(visible(row.note), room), room))
        else:
            mark = "~" if row.metric.approximate and inferred.ci95 else " "
            line.append(short(inferred.value).rjust(4), "bold").append(f"{mark} ")
            line.append(self.scale.drawing(row.metric, self.plot) if self.plot else "")
        for name, _, width in further:
            value = getattr(row, name)
            aligned = value.ljust(width) if name == "hits" else value.rjust(width)
            line.append(" " * _GAP).append(aligned)
        line.rstrip()
        return line


def _label(row: Row, names: Mapping[str, str], width: int) -> Text:
    """Return the name, and as much of the model's name in whole words as there is room for."""
    label = Text(names[row.name], "bold" if row.metric else "")
    room = width - label.cell_len - 1
    words = visible(row.model).split()
    while words and cell_len(" ".join(words)) > room:
        words.pop()
    return label.append(f" {' '.join(words)}", "dim") if words else label


def control_note(c: Comparison) -> str | None:
    """Name the best control, and say what the others reach."""
    controls = measured_controls(c)
    if not controls:
        return None
    best, *others = controls
    note = f"best control: {best.name}"
    if others:
        low, high = short(_value(others[-1])), short(_value(others[0]))
        reached = low if low == high else f"{low} to {high}"
        note += f"; {plural(len(others), 'other')}: {reached}"
    return note
