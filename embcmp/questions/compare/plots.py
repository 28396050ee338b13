"""Plotly figures of a Comparison, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from embcmp.errors import UsageError
from embcmp.measures.projection import pca
from embcmp.questions.compare.tables import encoders_and_controls
from embcmp.render.text import visible
from embcmp.types import Comparison, Metric, Occurrence, Result

if TYPE_CHECKING:
    import plotly.graph_objects as go

_PANEL = 320  # pixels
_UNLABELED = "no sense given"


def similarity(comparison: Comparison) -> go.Figure:
    """Draw the cosines of all pairs of uses, ordered by sense: a heat map for each encoder."""
    import plotly.graph_objects as go

    uses = comparison.occurrences
    order = sorted(range(len(uses)), key=lambda i: (uses[i].sense or "", i))
    labels = [_label(uses[i]) for i in order]
    figure = _panels([r.name for r in comparison.results])
    for column, r in enumerate(comparison.results, 1):
        figure.add_trace(
            go.Heatmap(
                z=r.similarity[np.ix_(order, order)],
                # Labels by position, since two uses may have the same text.
                customdata=[[f"{a}<br>{b}" for b in labels] for a in labels],
                hovertemplate="%{customdata}<br>cosine %{z:.3f}<extra></extra>",
                coloraxis="coloraxis",
            ),
            row=1,
            col=column,
        )
    figure.update_yaxes(autorange="reversed", showticklabels=False)
    figure.update_xaxes(showticklabels=False)
    figure.update_layout(
        title=f"{_plain(comparison.word)}: cosines, ordered by sense",
        coloraxis={"colorscale": "Viridis", "colorbar": {"title": "cosine"}},
    )
    return figure


def metric(comparison: Comparison, name: str) -> go.Figure:
    """Draw a measure of every encoder and control, with its 95 % interval and chance.

    Raises:
        UsageError: the measure is unknown.
    """
    import plotly.graph_objects as go

    points = [
        (r.name, m)
        for r in encoders_and_controls(comparison)
        if (m := _metric(comparison, r, name)).value is not None
    ]
    figure = go.Figure(
        go.Scatter(
            x=[_plain(encoder) for encoder, _ in points],
            y=[m.value for _, m in points],
            error_y=_error_bars([m for _, m in points]),
            mode="markers",
            marker={"size": 10},
            showlegend=False,
        )
    )
    chances = {_plain(encoder): m.chance for encoder, m in points if m.chance is not None}
    if chances:
        figure.add_scatter(
            x=list(chances),
            y=list(chances.values()),
            mode="markers",
            marker={"symbol": "line-ew-open", "size": 18, "color": "gray"},
            name="chance",
        )
    figure.update_layout(title=f"{_plain(comparison.word)}: {name}", yaxis={"title": name})
    return figure


def layers(comparison: Comparison, name: str) -> go.Figure:
    """Draw a measure by layer, for the encoders with several layers, with its band.

    Raises:
        UsageError: the measure is unknown, or no encoder has several layers.
    """
    import plotly.graph_objects as go

    curves: dict[str, list[Result]] = {}
    for r in comparison.results:
        curves.setdefault(r.info.spec, []).append(r)
    curves = {spec: results for spec, results in curves.items() if len(results) > 1}
    if not curves:
        raise UsageError("no encoder was asked for with several layers", "for example bert@all")
    figure = go.Figure()
    for spec, results in curves.items():
        metrics = [_metric(comparison, r, name) for r in results]
        figure.add_scatter(
            x=[r.layer for r in results],
            y=[m.value for m in metrics],
            error_y=_error_bars(metrics),
            mode="lines+markers",
            name=_plain(spec),
        )
    figure.update_layout(
        title=f"{_plain(comparison.word)}: {name} by layer",
        xaxis={"title": "layer", "dtick": 1},
        yaxis={"title": name},
    )
    return figure


def map_of_uses(comparison: Comparison) -> go.Figure:
    """Draw the uses in two dimensions, by a PCA of each encoder's cosines, colored by sense."""
    import plotly.graph_objects as go
    from plotly.colors import qualitative

    uses = comparison.occurrences
    senses = [_UNLABELED if o.sense is None else visible(o.sense) for o in uses]
    colors = qualitative.D3
    figure = _panels([r.name for r in comparison.results])
    for column, r in enumerate(comparison.results, 1):
        points = pca(r.similarity).points
        for i, sense in enumerate(dict.fromkeys(senses)):
            rows = [row for row, s in enumerate(senses) if s == sense]
            figure.add_trace(
                go.Scatter(
                    x=points[rows, 0],
                    y=points[rows, 1],
                    mode="markers",
                    marker={"color": colors[i % len(colors)], "size": 8},
                    text=[_label(uses[row]) for row in rows],
                    hovertemplate="%{text}<extra></extra>",
                    name=_plain(sense),
                    legendgroup=str(i),
                    showlegend=column == 1,
                ),
                row=1,
                col=column,
            )
    figure.update_layout(title=f"{_plain(comparison.word)}: PCA of the cosines")
    return figure


def _panels(names: Sequence[str]) -> go.Figure:
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=1, cols=len(names), subplot_titles=[_plain(n) for n in names])
    figure.update_layout(width=_PANEL * len(names) + 120, height=_PANEL + 120)
    return figure


def _metric(comparison: Comparison, r: Result, name: str) -> Metric:
    known = {metric: None for x in comparison.results for metric in x.metrics}
    if name not in known:
        raise UsageError(f"there is no measure {name!r}", f"there are {', '.join(known)}")
    return r.metrics.get(name, Metric(None))


def _error_bars(metrics: Sequence[Metric]) -> dict[str, object]:
    """Return plotly's error bars: the distances from each value to the ends of its interval."""
    ends = [m.ci95 or (m.value, m.value) for m in metrics]
    spans = [
        (0.0, 0.0) if m.value is None or low is None or high is None
        else (high - m.value, m.value - low)
        for m, (low, high) in zip(metrics, ends, strict=True)
    ]  # fmt: skip
    return {
        "type": "data",
        "symmetric": False,
        "array": [up for up, _ in spans],
        "arrayminus": [down for _, down in spans],
    }


def _label(o: Occurrence) -> str:
    before, after = o.sentence[: o.start], o.sentence[o.end :]
    text = f"{o.id}: {before}[{o.form}]{after}" + (f" ({o.sense})" if o.sense is not None else "")
    return _plain(text)


def _plain(text: str) -> str:
    """Escape text for plotly, which would take <...> for markup."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;")
