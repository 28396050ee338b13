"""HTML pages in one file, with a security policy that allows their own scripts and styles only."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embcmp import __version__
from embcmp.render.text import excerpt

if TYPE_CHECKING:
    from jinja2 import Environment

PACKAGE = Path(__file__).parent.parent  # templates and scripts are named by their path in it
STYLE = "render/templates/style.css"
SCRIPTS = tuple(f"render/templates/{name}.js" for name in ("theme", "tables", "text", "charts"))
PLOTLY_NAME = "plotly.min.js"
LIST_WIDTH = 110  # characters of a use in a list
Json = Mapping[str, Any]

# plotly adds a style sheet for maps of the earth, unless an element with its id exists.
_STYLE_ID = re.compile(r'getElementById\("([0-9a-f]{64})"\)')
# In JSON these characters occur in strings only, where an escape stands for the same character.
_ESCAPED = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def page(
    template: str,
    context: Mapping[str, object],
    data: Mapping[str, object],
    scripts: Sequence[str],
    *,
    inline_plotly: bool | None,
) -> str:
    """Make a page that opens by double click and loads nothing from the network.

    The policy allows each inlined script and style by its hash. Browsers do not check the hash of a
    script file next to a `file:` page, so in that case plotly's script is allowed by a nonce. The
    nonce is a digest of the page's data, which the author of a sentence in the data cannot know.

    Args:
        template: path of the template in the package, for example `questions/trace/page.html`.
        context: variables of the template.
        data: the data that the scripts draw, written into the page as JSON.
        scripts: paths of scripts in the package, which run after those of every page.
        inline_plotly: whether to inline plotly's script, or to refer to a file next to the page;
            None for a page without figures.
    """
    text = script_json(data)
    inlined = [_asset(name) for name in (*SCRIPTS, *scripts)]
    if inline_plotly:
        inlined.insert(0, plotly_script())
    nonce = hashlib.sha256(text.encode()).hexdigest()
    hashes = [_hash(script) for script in inlined]
    return _rendered(
        template,
        {
            "script-src": [*([f"'nonce-{nonce}'"] if inline_plotly is False else ()), *hashes],
            # plotly's script fills an empty <style> and sets style attributes
            "style-src-elem": [_hash(_asset(STYLE)), _hash("")],
            "style-src-attr": ["'unsafe-inline'"],
            "img-src": ["data:", "blob:"],
        },
        **context,
        style_ids=[] if inline_plotly is None else _STYLE_ID.findall(plotly_script()),
        plotly=PLOTLY_NAME if inline_plotly is False else None,
        nonce=nonce,
        data=text,
        scripts=inlined,
    )


def still(template: str, context: Mapping[str, object]) -> str:
    """Make a page without scripts, which shows text, tables and SVG.

    Args:
        template: path of the template in the package.
        context: variables of the template.
    """
    allowed = {"style-src-elem": [_hash(_asset(STYLE))]}
    return _rendered(template, allowed, **context, style_ids=[], plotly=None, data=None, scripts=[])


def _rendered(template: str, allowed: Mapping[str, Sequence[str]], **context: object) -> str:
    policy = {
        "default-src": ["'none'"],
        **allowed,
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    directives = "; ".join(f"{name} {' '.join(values)}" for name, values in policy.items())
    page = _environment().get_template(template)
    style = _asset(STYLE)
    return page.render(**context, version=__version__, policy=directives, style=style) + "\n"


def in_parts(use: Json) -> dict[str, Any]:
    """Return a use with its sentence in three `parts`, and the same cut for a list as `short`.

    Args:
        use: the use, as in the JSON of a question.
    """
    sentence, start, end = use["sentence"], use["start"], use["end"]
    parts = (sentence[:start], sentence[start:end], sentence[end:])
    return {**use, "parts": parts, "short": excerpt(sentence, start, end, LIST_WIDTH)}


def seen_map(points: Sequence[Sequence[float] | None]) -> Sequence[Sequence[float] | None] | None:
    """Return the points of a map, or None if they lie on top of each other."""
    return points if len({tuple(point) for point in points if point}) > 2 else None


def strip(value: float | None, others: Sequence[float | None]) -> dict[str, Any]:
    """Return where a value and others lie on a strip that is 100 wide.

    Returns:
        low, high: the values at the ends.
        others: the places of the others that are known.
        own: the place of the value, or None.
    """
    known = [v for v in others if v is not None]
    every = [*known, *([] if value is None else [value])]
    low, high = min(every, default=0.0), max(every, default=0.0)

    def place(v: float) -> float:
        return round(2 + 96 * (v - low) / ((high - low) or 1), 2)

    own = None if value is None else place(value)
    return {"low": low, "high": high, "others": list(map(place, known)), "own": own}


def script_json(data: Mapping[str, object]) -> str:
    """Return JSON that cannot end the script element that contains it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPED)


@cache
def plotly_script() -> str:
    """Read plotly's script from the installed package, without importing the package."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("No module named 'plotly'", name="plotly")
    return (Path(spec.origin).parent / "package_data" / PLOTLY_NAME).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _asset(name: str) -> str:
    return (PACKAGE / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from embcmp.render import numbers

    environment = Environment(
        loader=FileSystemLoader(PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(numbers.FILTERS)
    return environment
