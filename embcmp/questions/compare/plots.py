"""Plots of a Comparison for notebooks, by plotly."""

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
    """The cosines of all pairs of uses: a heat map an encoder, uses ordered by sense."""
    import plotly.graph_objects as go

    uses = comparison.occurrences
    order = sorted(range(len(uses)), key=lambda i: (uses[i].sense or "", i))
    labels = [_label(uses[i]) for i in order]
    figure = _panels([r.name for r in comparison.results])
    for column, r in enumerate(comparison.results, 1):
        figure.add_trace(
            go.Heatmap(
                z=r.similarity[np.ix_(order, order)],
                # The places, since two uses may read the same.
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
    """A measure of every encoder and control, with its 95 % interval and chance.

    Raises:
        UsageError: there is no such measure.
    """
    import plotly.graph_objects as go

    found = [
        (r.name, m)
        for r in encoders_and_controls(comparison)
        if (m := _metrics(comparison, r, name)).value is not None
    ]
    figure = go.Figure(
        go.Scatter(
            x=[_plain(of) for of, _ in found],
            y=[m.value for _, m in found],
            error_y=_interval([m for _, m in found]),
            mode="markers",
            marker={"size": 10},
            showlegend=False,
        )
    )
    chances = {_plain(of): m.chance for of, m in found if m.chance is not None}
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
    """A measure over the layers of the encoders that have several, with its band.

    Raises:
        UsageError: there is no such measure, or no encoder with several layers.
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
        found = [_metrics(comparison, r, name) for r in results]
        figure.add_scatter(
            x=[r.layer for r in results],
            y=[m.value for m in found],
            error_y=_interval(found),
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
    """The uses in two dimensions, by a PCA of each encoder's cosines, colored by sense."""
    import plotly.graph_objects as go
    from plotly.colors import qualitative

    uses = comparison.occurrences
    senses = [_UNLABELED if o.sense is None else visible(o.sense) for o in uses]
    colors = qualitative.D3
    figure = _panels([r.name for r in comparison.results])
    for column, r in enumerate(comparison.results, 1):
        points = pca(r.similarity).points
        for i, sense in enumerate(dict.fromkeys(senses)):
            rows = [at for at, s in enumerate(senses) if s == sense]
            figure.add_trace(
                go.Scatter(
                    x=points[rows, 0],
                    y=points[rows, 1],
                    mode="markers",
                    marker={"color": colors[i % len(colors)], "size": 8},
                    text=[_label(uses[at]) for at in rows],
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


def _metrics(comparison: Comparison, r: Result, name: str) -> Metric:
    known = {metric: None for x in comparison.results for metric in x.metrics}
    if name not in known:
        raise UsageError(f"there is no measure {name!r}", f"there are {', '.join(known)}")
    return r.metrics.get(name, Metric(None))


def _interval(found: Sequence[Metric]) -> dict[str, object]:
    """Plotly's error bars: from each value up and down to the ends of its interval."""
    ends = [m.ci95 or (m.value, m.value) for m in found]
    spans = [
        (0.0, 0.0) if m.value is None or low is None or high is None
        else (high - m.value, m.value - low)
        for m, (low, high) in zip(found, ends, strict=True)
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
    """Text that plotly shows as it is: it takes <...> for markup."""
    return visible(text).replace("&", "&amp;").replace("<", "&lt;")
