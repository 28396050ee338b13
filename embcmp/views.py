"""How a Comparison shows itself in a notebook or a script; what draws is loaded when it is asked.

The data know nothing of renderers: a view is named here by its place, as the encoders are in
their table.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


class Views:
    """The views of a Comparison."""

    def to_json(self, *, full: bool = False) -> str:
        """The comparison as `compare --format json` writes it, `embcmp.comparison/1`.

        Args:
            full: keep the similarity matrices of more than 500 occurrences, else they are null.
        """
        return str(_view("json:to_json")(self, full=full))

    def to_pandas(self) -> pd.DataFrame:
        """A row for each encoder or control, layer and metric.

        The columns are word, encoder, layer, metric, value, low and high (of the 95 % interval),
        chance, and reason (why there is no value or no interval).

        Raises:
            UsageError: pandas is not installed.
        """
        return _view("frame:to_pandas")(self)

    def plot_similarity(self) -> go.Figure:
        """The cosines of all pairs of uses: a heat map an encoder, uses ordered by sense."""
        return _view("plots:similarity")(self)

    def plot_metric(self, metric: str = "auc") -> go.Figure:
        """A measure of every encoder and control, with its 95 % intervals and chance.

        Raises:
            UsageError: there is no such measure.
        """
        return _view("plots:metric")(self, metric)

    def plot_layers(self, metric: str = "auc") -> go.Figure:
        """A measure over the layers of the encoders that were asked for with `@all`.

        Raises:
            UsageError: there is no such measure, or no encoder with several layers.
        """
        return _view("plots:layers")(self, metric)

    def plot_map(self) -> go.Figure:
        """The uses in two dimensions, by a PCA of each encoder's cosines, colored by sense."""
        return _view("plots:map_of_uses")(self)

    def _repr_html_(self) -> str:
        """The encoders' measures and the verdict, for a notebook."""
        return str(_view("notebook:to_html")(self))


def _view(place: str) -> Any:  # noqa: ANN401  a function of a module that is named by a string
    module, _, name = place.partition(":")
    return getattr(import_module(f"embcmp.render.{module}"), name)
