"""Documentation that cannot rot: links lead somewhere, commands parse, the reference is current."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import click
import pytest

from embcmp.cli import Settings, cli
from embcmp.encoders import parse_spec
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES += sorted((ROOT / "docs").rglob("*.md"))
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
IDS = [page.relative_to(ROOT).as_posix() for page in PAGES]


def prose(text: str) -> str:
    """The text without blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """The anchors that Markdown renderers make of the headings."""
    heads = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(TEXTS[page])):
        place, _, anchor = target.partition("#")
        if "://" in place:
            continue
        to = (page.parent / place).resolve() if place else page
        assert to.exists(), target
        assert ROOT in to.parents, target
        if anchor:
            assert anchor in anchors(to.read_text(encoding="utf-8")), target


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_each_path_in_the_text_exists(page: Path) -> None:
    named = re.findall(r"(?<![\w./-])(?:embcmp|tests|fixtures|docs)/[\w./-]*\w", TEXTS[page])
    for path in named:
        assert (ROOT / path).exists(), path


def test_every_page_is_linked_from_the_readme() -> None:
    reached, new = {PAGES[0]}, [PAGES[0]]
    while new:
        page = new.pop()
        for target in re.findall(r"\]\(([^)\s#]+)", prose(page.read_text(encoding="utf-8"))):
            to = (page.parent / target).resolve()
            if to.suffix == ".md" and to not in reached:
                reached.add(to)
                new.append(to)
    assert {page.name for page in PAGES} - {page.name for page in reached} == {"CHANGELOG.md"}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_no_page_has_more_than_3000_words(page: Path) -> None:
    if (ROOT / "docs" / "reference") not in page.parents:  # it is looked up, not read
        assert len(TEXTS[page].split()) <= 3000


def commands(text: str) -> list[str]:
    """The commands in indented blocks and consoles, but for those with a placeholder."""
    lines = re.findall(r"^(?: {4,7}|\$ )embcmp (.+)$", text.replace("\\\n", " "), re.MULTILINE)
    without_comments = [re.sub(r"\s+#.*", "", line) for line in lines]
    return [c for c in without_comments if not re.search(r"\[|\]|\b[A-Z]{3,}\b|\.\.\.|[<>]", c)]


EVERY = [(page.name, command) for page in PAGES for command in commands(TEXTS[page])]


@pytest.mark.parametrize(("page", "command"), EVERY, ids=[f"{p}: {c}" for p, c in EVERY])
def test_commands_parse(page: str, command: str) -> None:
    args = shlex.split(command)
    ctx = cli.make_context("embcmp", args, obj=Settings())
    inner: click.Context = ctx
    while isinstance(inner.command, click.Group):
        name, sub, rest = inner.command.resolve_command(
            inner, [*inner._protected_args, *inner.args]
        )
        assert sub is not None, command
        inner = sub.make_context(name, list(rest), parent=inner, resilient_parsing=False)
    given = inner.params.get("encoders") or inner.params.get("specs") or ()
    for spec in (*given, *([inner.params["spec"]] if "spec" in inner.params else [])):
        parse_spec(spec)


def test_there_are_commands_to_parse() -> None:
    assert len(EVERY) > 30


def test_the_reference_is_current() -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs/make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    current = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert module.reference() == current, "run `make reference`"


def test_each_schema_is_on_the_page_of_json() -> None:
    page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    modules = (path.read_text(encoding="utf-8") for path in (ROOT / "embcmp").rglob("*.py"))
    schemas = set(re.findall(r'"(embcmp\.[a-z-]+/\d+)"', "\n".join(modules)))
    assert len(schemas) > 10
    for schema in schemas:
        assert f"`{schema}`" in page, schema
    for path in (ROOT / "embcmp").rglob("*.schema.json"):
        assert f"(../../{path.relative_to(ROOT).as_posix()})" in page, path.name


def test_no_page_says_that_an_index_has_the_package() -> None:
    for page, text in TEXTS.items():
        assert not re.search(r"pip install\b[^\n`]* [\"']?embcmp", text), page.name
        assert "PyPI" not in text, page.name


def test_the_citation_names_this_version() -> None:
    import embcmp

    assert f"\nversion: {embcmp.__version__}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"## {embcmp.__version__}" in TEXTS[ROOT / "CHANGELOG.md"]
