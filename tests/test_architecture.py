"""The import rules of docs/architecture.md, proved on the syntax tree and by running."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

import embcmp
from embcmp.cli import COMMANDS
from tests.commands import ROOT, run_code

PACKAGE = ROOT / "embcmp"
LEVELS = (
    {"types", "errors", "choices", "deadline", "shortage", "text_file", "threads", "toml_file"},
    {"text"},
    {"vectors", "models", "cache", "manifest"},
    {"encoders", "measures"},
    {"background", "render", "training"},
    {"questions"},
    {"batch", "evaluation", "gate", "doctor"},
    {"cli"},
)
MAY_ASK = {  # a question that builds on another one's answer
    "senses": {"compare"},
    "change": {"compare", "senses"},
    "reach": {"compare"},
    "neighbors": {"compare"},
}
HEAVY = (
    "torch transformers gensim sklearn scipy numpy rich pyarrow plotly jinja2 dask tokenizers"
).split()
ROLES = {  # what a module does in its folder, whatever the folder is about
    "__init__": "the folder itself",
    "json": "the answer as JSON",
    "conclusion": "what follows, in plain sentences",
    "tables": "the answer as CSV and Markdown",
    "terminal": "the answer on the terminal",
    "page": "the answer as a page",
    "figures": "the figures in the answer",
}
NOUNS_IN_ING = {"clustering", "folding", "resampling", "spelling"}
IRREGULAR_PARTICIPLES = (
    "begun built cut done drawn found given held kept known left lost made meant met put read"
    " seen sent set shown split taken told written"
).split()
MAY_IMPORT_TORCH = ("encoders/neural/", "training/recurrent_training.py")
MODULES = sorted(PACKAGE.rglob("*.py"))


def level(part: str) -> int:
    return next(i for i, parts in enumerate(LEVELS) if part in parts)


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found.add(node.module or "")
            if node.module == "embcmp":  # a public name stands for its home
                homes = [embcmp._HOME.get(a.name, f"embcmp.{a.name}") for a in node.names]
                found |= {home for home in homes if home != "embcmp.__version__"}
    return found


def test_every_part_has_a_level() -> None:
    parts = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert parts - set().union(*LEVELS) == {"__init__", "__main__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if part.startswith("__"):
        return  # the package itself hands out names of every level
    used = {m.split(".")[1] for m in imported(path) if m.startswith("embcmp.")}
    above = {u for u in used if level(u) > level(part)}
    assert not above, f"{path} imports from above: {above}"


QUESTIONS = sorted((PACKAGE / "questions").glob("*/"))


@pytest.mark.parametrize("room", QUESTIONS, ids=lambda p: p.name)
def test_a_question_imports_another_only_where_it_builds_on_it(room: Path) -> None:
    for path in room.rglob("*.py"):
        asked = {m.split(".")[2] for m in imported(path) if m.startswith("embcmp.questions.")}
        assert asked <= {room.name, *MAY_ASK.get(room.name, ())}, path


def test_modules_that_share_a_name_do_the_same_for_different_folders() -> None:
    """A command's module in `cli` and the module that answers it share the command's name."""
    shared = {name for name, n in Counter(path.stem for path in MODULES).items() if n > 1}
    assert shared <= {*ROLES, *COMMANDS}
    for name in shared & set(COMMANDS):
        assert [path.stem for path in MODULES].count(name) == 2, name
        assert PACKAGE / "cli" / f"{name}.py" in MODULES


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_module_is_named_by_a_participle_alone(path: Path) -> None:
    """A participle does not say what was stored, measured or seen; the name has to."""
    if path.stem not in NOUNS_IN_ING:
        assert not re.fullmatch("[a-z]+(ed|ing)", path.stem)
        assert path.stem not in IRREGULAR_PARTICIPLES


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nobody_asks_which_family_an_encoder_is_of(path: Path) -> None:
    """What differs by family is on its row of FAMILIES."""
    if path.relative_to(PACKAGE).parts[0] == "encoders":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        compared = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        compared += [node.subject] if isinstance(node, ast.Match) else []
        asked = [x for x in compared if isinstance(x, ast.Attribute) and x.attr == "family"]
        assert not asked, f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_torch_stays_in_its_place(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    uses = any(m.split(".")[0] == "torch" for m in imported(path))
    assert not uses or place.startswith(MAY_IMPORT_TORCH)


@pytest.mark.process("it shows which modules a fresh interpreter imports")
@pytest.mark.parametrize(
    "code",
    [
        "import embcmp.cli",
        "import sys; sys.argv = ['embcmp', '--help']\n"
        "try: import runpy; runpy.run_module('embcmp', run_name='__main__')\n"
        "except SystemExit: pass",
        *(
            f"import sys; sys.argv = ['embcmp', '{command}', '--help']\n"
            "try: import runpy; runpy.run_module('embcmp', run_name='__main__')\n"
            "except SystemExit: pass"
            for command in COMMANDS
        ),
    ],
    ids=["import", "help", *COMMANDS],
)
def test_command_line_loads_nothing_heavy(code: str) -> None:
    code += f"\nimport sys; print('loaded', [m for m in {HEAVY} if m in sys.modules])"
    assert run_code(code).stdout.splitlines()[-1] == "loaded []"


@pytest.mark.process("it shows which modules a fresh interpreter imports")
def test_help_imports_no_command() -> None:
    code = "import sys; from embcmp.cli import main\nsys.argv = ['embcmp', '--help']\n"
    code += "try: main()\nexcept SystemExit: pass\nprint(sorted(sys.modules), file=sys.stderr)"
    done = run_code(code)
    for command in COMMANDS:
        assert f"  {command} " in done.stdout
        assert f"'embcmp.cli.{command}'" not in done.stderr
    assert "'embcmp.encoders'" not in done.stderr


def test_public_names() -> None:
    assert sorted(embcmp.__all__) == [
        "Comparison",
        "Embeddings",
        "Occurrence",
        "__version__",
        "compare",
        "find_occurrences",
        "load_encoder",
        "read_sentences",
        "senses",
    ]
    assert all(getattr(embcmp, name) is not None for name in embcmp.__all__)
    assert dir(embcmp) == sorted(embcmp.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = embcmp.nothing
