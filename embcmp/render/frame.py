"""A Comparison as a pandas data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embcmp.errors import UsageError
from embcmp.types import Comparison

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("word", "encoder", "layer", "metric", "value", "low", "high", "chance", "reason")


def to_pandas(comparison: Comparison) -> pd.DataFrame:
    """A row for each encoder or control, layer and metric; a control that is a result stands once.

    Raises:
        UsageError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as e:
        raise UsageError("pandas is not installed", 'pip install "embcmp[notebook]"') from e
    names = {r.name for r in comparison.results}
    added = [r for r in comparison.controls or () if r.name not in names]
    rows = []
    for r in (*comparison.results, *added):
        for name, m in r.metrics.items():
            reason = m.undefined or m.no_interval
            ends = m.ci95 or (None, None)
            rows.append((comparison.word, r.name, r.layer, name, m.value, *ends, m.chance, reason))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = ["value", "low", "high", "chance"]
    return frame.astype(dict.fromkeys(numbers, "float64"))
