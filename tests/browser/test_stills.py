"""The pages without scripts: of a trace and of a reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from embcmp.questions.reach import page as reach_page
from embcmp.questions.reach.json import to_object as reach_object
from embcmp.questions.reach.reach import reach
from embcmp.questions.trace import json as trace_json
from embcmp.questions.trace.trace import trace
from tests.browser.conftest import Open
from tests.browser.test_pages import undisturbed
from tests.questions.encoders import Made
from tests.questions.reach.test_reach import DIM, around, uses
from tests.questions.trace.test_trace import hand


@pytest.mark.parametrize(("width", "scheme"), [(380, "dark"), (1280, "light")])
def test_a_trace_is_shaded_and_no_wider_than_the_window(
    open_page: Open, tmp_path: Path, width: int, scheme: str
) -> None:
    path = tmp_path / "trace.html"
    path.write_text(trace_json.to_html(trace_json.to_object(trace(hand(), "a man " * 30))))
    seen = open_page(path, width, scheme, still=True)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    cells = seen.page.locator("table.heat tbody tr:nth-child(3) td")
    colors = cells.evaluate_all("cells => cells.map(c => getComputedStyle(c).backgroundColor)")
    assert len(set(colors)) > 3
    undisturbed(seen, tmp_path)


@pytest.mark.parametrize(("width", "scheme"), [(380, "dark"), (1280, "light")])
def test_the_curves_of_a_reach_have_room_and_color(
    open_page: Open, tmp_path: Path, width: int, scheme: str
) -> None:
    path = tmp_path / "reach.html"
    near, far = (
        Made(around(lambda d, w=w: w ** abs(d)), dim=DIM, name=name, layers=(None,))
        for name, w in (("rnn", 0.5), ("lstm", 0.95))
    )
    path.write_text(reach_page.to_html(reach_object(reach(uses(6), [near, far], draws=5))))
    seen = open_page(path, width, scheme, still=True)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    picture = seen.page.locator("svg.curves").first
    box, below = picture.bounding_box(), seen.page.locator("#reach50").bounding_box()
    assert box is not None
    assert below is not None
    assert box["height"] > 100
    assert box["y"] + box["height"] < below["y"]
    table = seen.page.locator("#distances table").bounding_box()
    assert table is not None
    assert table["y"] + table["height"] < below["y"]
    strokes = picture.locator("polyline").evaluate_all(
        "lines => lines.map(line => getComputedStyle(line).stroke)"
    )
    assert len(set(strokes)) == 2
    undisturbed(seen, tmp_path)
