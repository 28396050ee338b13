"""Hostile words, labels and names are mere text in whatever any renderer writes.

The renderers are not listed by hand: they are what the source has of functions that write a
format, and of templates. One that no command of `shown.py` runs fails the first test.
"""

from __future__ import annotations

import ast
import csv
import html.parser
import io
import json
import re
from collections.abc import Iterator
from importlib import import_module
from xml.etree import ElementTree

import jsonschema
import pytest
from rich.console import Console

from embcmp.cli.output import FORMS
from embcmp.doctor import terminal as doctor
from embcmp.doctor.checks import FAILED, Check
from tests.hostile.shown import PACKAGE, QUESTIONS, Seen, Shown, everything
from tests.hostile.texts import WORST
from tests.schemas import schema

pytestmark = pytest.mark.slow

# What makes a document of text. Whoever calls one of these is a renderer.
MAKERS = {
    "json_text", "csv_text", "markdown_table", "latex_table", "page", "still", "tostring",
    "spreadsheet_row",
}  # fmt: skip
ELSEWHERE = {  # what no command of `shown.py` calls, and why
    ("doctor/terminal.py", "render"): "shown below",
    ("doctor/terminal.py", "plain"): "shown below",
    ("doctor/terminal.py", "to_json"): "shown below",
    ("questions/compare/notebook.py", "to_pandas"): "a table in memory",
    ("types.py", "to_pandas"): "a table in memory",
    ("evaluation/json.py", "to_json"): "json_text of what the command writes by json_text, too",
    ("cli/progress.py", "render"): "a rate, which has no text of the input",
}
# In a terminal these move the cursor, or change what stands elsewhere. A line ends by \n alone.
ON_A_TERMINAL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff]"
)
IN_A_CELL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
NUMBER = re.compile(r"-?\d[\d.e+-]*")
# The commands that latex_text and latex_table write.
LATEX = {
    "begin", "end", "toprule", "midrule", "bottomrule", "textbackslash", "textless", "textgreater",
    "textasciitilde", "textasciicircum",
}  # fmt: skip
SCHEMAS = {"compare": "comparison", "evaluate": "evaluation"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return everything(tmp_path_factory.mktemp("shown"))


def of(seen: Seen, *forms: str) -> list[Shown]:
    found = [shown for shown in seen.outputs if shown.form in forms]
    assert found
    return found


def renderers() -> Iterator[tuple[str, str]]:
    """The file and the name of each function that writes a format or on the terminal."""
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE).as_posix()
        if file.startswith("render/"):  # what renderers are made of
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                calls = {getattr(x.func, "id", getattr(x.func, "attr", ""))
                         for x in ast.walk(node) if isinstance(x, ast.Call)}  # fmt: skip
                named = re.match(r"to_(?!object)|render|plain$|_repr_", node.name)
                on_console = "console" in {a.arg for a in (*node.args.args, *node.args.kwonlyargs)}
                if named or on_console or calls & MAKERS:
                    yield file, node.name


def test_every_renderer_and_template_is_shown(seen: Seen) -> None:
    found = set(renderers())
    assert len(found) > 50
    assert set(ELSEWHERE) <= found
    assert sorted(found - seen.ran - set(ELSEWHERE)) == []
    templates = {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.html")}
    assert templates
    assert sorted(templates - {file for file, _ in seen.ran}) == []


def test_every_format_of_a_question_is_shown() -> None:
    for command, forms in QUESTIONS.items():
        if command == "evaluate":
            continue
        folder = PACKAGE / "questions" / command
        for form, place in FORMS.items():
            module, _, name = place.partition(".")
            if (folder / f"{module}.py").is_file():
                own = import_module(f"embcmp.questions.{command}.{module}")
                assert hasattr(own, name) <= (form in forms), (command, form)


def test_every_command_ends_as_it_should(seen: Seen) -> None:
    ends = {"check": {0, 4}, "models verify": {4}, "batch": {0, 5}}
    for shown in seen.outputs:
        assert shown.status in ends.get(shown.command, {0}), (shown.command, shown.errors)
        assert shown.text, (shown.command, shown.form)


def test_a_terminal_gets_no_control_character(seen: Seen) -> None:
    for shown in of(seen, "table", "path"):
        assert ON_A_TERMINAL.findall(shown.text) == [], shown.command
    for shown in seen.outputs:
        assert ON_A_TERMINAL.findall(shown.errors) == [], shown.command
        assert all(line.startswith("embcmp: ") for line in shown.errors.splitlines())


@pytest.mark.parametrize(("form", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_a_table_for_programs_has_its_rows_and_columns(
    seen: Seen, form: str, delimiter: str
) -> None:
    for shown in of(seen, form):
        header, *rows = csv.reader(io.StringIO(shown.text, newline=""), delimiter=delimiter)
        assert rows
        assert {len(row) for row in rows} == {len(header)}, shown.command
        cells = [cell for row in rows for cell in row]
        assert any("onerror" in cell for cell in cells)
        for cell in cells:
            assert IN_A_CELL.findall(cell) == [], shown.command
            runs = cell.lstrip().startswith(("=", "+", "-", "@")) and not NUMBER.fullmatch(cell)
            assert not runs, (shown.command, cell)


def test_a_markdown_table_has_its_cells(seen: Seen) -> None:
    for shown in of(seen, "markdown"):
        assert ON_A_TERMINAL.findall(shown.text) == [], shown.command
        cells = None
        for line in shown.text.split("\n"):
            bars = re.sub(r"\\.", "", line).count("|")
            if line.startswith("|"):
                assert cells in (None, bars), (shown.command, line)
                cells = bars
            else:
                assert bars == 0, (shown.command, line)
                cells = None
        bare = re.sub(r"\\.", "", shown.text)
        assert not re.search(r"[<>`\[\]]", bare), shown.command


def test_latex_has_no_command_of_the_input(seen: Seen) -> None:
    for shown in of(seen, "latex"):
        assert ON_A_TERMINAL.findall(shown.text) == [], shown.command
        assert set(re.findall(r"\\([a-zA-Z]+)", shown.text)) <= LATEX
        text = re.sub(r"\\(?:[a-zA-Z]+|[&%$#_{}\\])", "", shown.text)
        assert not re.search(r"[$%#_^~\\]", text), shown.command


class Page(html.parser.HTMLParser):
    """The elements, attributes and scripts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.text = ""
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._in_script = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and the attributes of it that would run something."""
        self.tags.add(tag)
        self.handlers += [
            name
            for name, value in attrs
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:")
        ]
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a script."""
        self._in_script = False

    def handle_data(self, data: str) -> None:
        """Note what stands in a script."""
        if self._in_script:
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data
        else:
            self.text += data


def test_a_page_has_no_element_and_no_handler_of_the_input(seen: Seen) -> None:
    for shown in of(seen, "html"):
        page = Page(shown.text)
        assert "img" not in page.tags, shown.command
        assert page.handlers == [], shown.command
        assert ON_A_TERMINAL.findall(page.text) == [], shown.command
        assert "onerror" in page.text, shown.command
        for attributes, text in page.scripts:
            assert text.strip() != "alert(1)", shown.command
            if attributes.get("type") == "application/json":
                json.loads(text)
                assert ON_A_TERMINAL.findall(text) == [], shown.command


def test_json_loads_and_is_as_its_schema_says(seen: Seen) -> None:
    for shown in of(seen, "json", "lines"):
        lines = shown.text.splitlines() if shown.form == "lines" else [shown.text]
        assert ON_A_TERMINAL.findall(shown.text) == [], shown.command
        for line in lines:
            document = json.loads(line)
            if shown.command in QUESTIONS:
                name = SCHEMAS.get(shown.command, shown.command)
                jsonschema.validate(document, schema(name))
        shown.text.encode("utf-8")


def test_junit_is_xml(seen: Seen) -> None:
    [shown] = of(seen, "junit")
    cases = ElementTree.fromstring(shown.text).iter()
    assert {x.tag for x in cases} <= {
        "testsuites", "testsuite", "testcase", "failure", "error", "system-out"
    }  # fmt: skip
    assert ON_A_TERMINAL.findall(shown.text) == []


def test_doctor() -> None:
    checks = [Check(WORST, FAILED, WORST, WORST)]
    console = Console(file=io.StringIO(), width=80)
    doctor.render(checks, console)
    assert ON_A_TERMINAL.findall(console.file.getvalue()) == []  # type: ignore[attr-defined]  # of StringIO
    assert ON_A_TERMINAL.findall(doctor.plain(checks)) == []
    assert json.loads(doctor.to_json(checks))["checks"][0]["found"] == WORST


def test_files_are_named_by_letters(seen: Seen) -> None:
    names = {shown.file.name for shown in seen.outputs if shown.file}
    assert names
    assert all(re.fullmatch(r"[\w.-]+", name, re.ASCII) for name in names)
