"""One page: its template, its styles and scripts inlined, and a policy that allows these alone."""

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

if TYPE_CHECKING:
    from jinja2 import Environment

PACKAGE = Path(__file__).parent.parent  # templates and scripts are named by their place in it
STYLE = "render/templates/style.css"
SCRIPTS = tuple(f"render/templates/{name}.js" for name in ("theme", "tables", "text", "charts"))
PLOTLY_NAME = "plotly.min.js"
Json = Mapping[str, Any]

# A style sheet for maps of the earth, which plotly adds unless its id is taken.
_OWN_STYLE = re.compile(r'getElementById\("([0-9a-f]{64})"\)')
# In JSON these stand within strings only; there an escape is the same character.
_ESCAPED = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})


def page(
    template: str,
    context: Mapping[str, object],
    data: Mapping[str, object],
    scripts: Sequence[str],
    *,
    inline_plotly: bool,
) -> str:
    """Make a page that opens by double click and never asks the network for anything.

    The policy names each inlined script and style by its hash. A browser refuses to check the
    hash of a file beside a `file:` page, so that plotly's script is named by a nonce there: a
    digest of the page's own data, since nobody whose sentence is in the data knows that.

    Args:
        template: its place in the package, as `questions/trace/page.html`.
        context: what the template shows.
        data: what its scripts draw, as JSON.
        scripts: places of files in the package, which come after those of every page.
        inline_plotly: put plotly's script into the page, else refer to the file beside it.
    """
    text = script_json(data)
    inlined = [_asset(name) for name in (*SCRIPTS, *scripts)]
    if inline_plotly:
        inlined.insert(0, plotly_script())
    nonce = hashlib.sha256(text.encode()).hexdigest()
    named = [_hash(script) for script in inlined]
    return _rendered(
        template,
        {
            "script-src": named if inline_plotly else [f"'nonce-{nonce}'", *named],
            # plotly fills an empty <style> by script, and sets style attributes
            "style-src-elem": [_hash(_asset(STYLE)), _hash("")],
            "style-src-attr": ["'unsafe-inline'"],
            "img-src": ["data:", "blob:"],
        },
        **context,
        taken=_OWN_STYLE.findall(plotly_script()),
        plotly=None if inline_plotly else PLOTLY_NAME,
        nonce=nonce,
        data=text,
        scripts=inlined,
    )


def still(template: str, context: Mapping[str, object]) -> str:
    """Make a page without scripts: all that it shows is text, tables and SVG.

    Args:
        template: its place in the package.
        context: what the template shows.
    """
    allowed = {"style-src-elem": [_hash(_asset(STYLE))]}
    return _rendered(template, allowed, **context, taken=[], plotly=None, data=None, scripts=[])


def _rendered(template: str, allowed: Mapping[str, Sequence[str]], **context: object) -> str:
    policy = {
        "default-src": ["'none'"],
        **allowed,
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    named = "; ".join(f"{name} {' '.join(values)}" for name, values in policy.items())
    made = _environment().get_template(template)
    style = _asset(STYLE)
    return made.render(**context, version=__version__, policy=named, style=style) + "\n"


def script_json(data: Mapping[str, object]) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPED)


@cache
def plotly_script() -> str:
    """The script of plotly, from the installed package, which is not imported."""
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
