"""Reading a page as a browser's parser does, with the standard library."""

from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """The elements of a page, its text, its scripts and its policy."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.contents: list[tuple[str, dict[str, str | None], str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.contents.append((tag, dict(attrs), ""))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            tag, attrs, text = self.contents[-1]
            self.contents[-1] = (tag, attrs, text + data)
        else:
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        [text] = [t for _, attrs, t in self.contents if attrs.get("id") == "data"]
        return json.loads(text)

    @property
    def scripts(self) -> list[str]:
        """Inlined ones that a browser would run."""
        return [
            text
            for tag, attrs, text in self.contents
            if tag == "script" and "type" not in attrs and "src" not in attrs
        ]

    @property
    def policy(self) -> dict[str, list[str]]:
        [content] = [
            attrs["content"]
            for tag, attrs in self.elements
            if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
        ]
        parts = [part.split() for part in str(content).split(";")]
        return {name: values for name, *values in parts}

    def words(self) -> str:
        return " ".join(self.text.split())


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def assert_nothing_runs(page: Page) -> None:
    """No element or attribute of a page without scripts that could do something by itself."""
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "iframe", "object"})
    names = {name for _, attrs in page.elements for name in attrs}
    assert not {n for n in names if n.startswith("on") or n in ("style", "src")}
    assert page.policy["default-src"] == ["'none'"]
    assert "script-src" not in page.policy
    [style] = [text for tag, _, text in page.contents if tag == "style"]
    assert page.policy["style-src-elem"] == [digest(style)]
