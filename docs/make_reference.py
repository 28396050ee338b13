"""Write docs/reference/commands.md from the code: every command with its help, exit codes, formats.

python docs/make_reference.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import embcmp
from embcmp import errors
from embcmp.cli import BUG, INTERRUPTED, cli
from embcmp.cli.options import INPUT_FORMATS

HERE = Path(__file__).parent
WIDTH = 100
HEAD = """# Reference

Made from the code by `python docs/make_reference.py`; a test holds it to that. The measures are in
[measures.md](measures.md), the specs of encoders in [encoders.md](encoders.md), files of vectors in
[vectors.md](../guide/vectors.md), files of expectations in [ci.md](../guide/ci.md).
"""
SENTENCES = {
    "txt": "a sentence a line; blank lines and lines that begin with `# ` are passed over;"
    " `[[man]]` marks the use that counts",
    "tsv": "a header line; fields end at tabs; a quotation mark is a character",
    "csv": "as RFC 4180 has it, with a header line",
    "jsonl": "a JSON object a line",
    "parquet": "a table",
}
COLUMNS = """Tables have a column `sentence`, and may have `sense`, `id`, `word`, `start` and `end`
(character offsets, as Python counts them; `end` is the offset after the form). With `word` the
rows of other words are passed over. What is wrong with a file's shape ends the command; a row that
cannot be used is left out and listed, or ends the command with `--strict`."""
OTHERS = {
    0: "done; a closed pipe too",
    1: "an expectation or a verification failed",
    5: "a batch ended with failed items",
    BUG: "a bug: one line, and the traceback with `--debug`",
    INTERRUPTED: "interrupted",
}
VARIABLES = {
    "EMBCMP_ALLOW_PICKLE": "1: as `--allow-pickle`",
    "EMBCMP_CACHE": "the folder for what can be made again",
    "EMBCMP_MIRROR": "another place for gensim-data's files ([models.md](../guide/models.md))",
    "HF_HOME": "where the Hugging Face hub's client keeps checkpoints",
    "HF_ENDPOINT": "another hub",
    "HF_HUB_OFFLINE": "as `--offline`",
    "LOKY_MAX_CPU_COUNT": "1 keeps `compare` to one process ([speed.md](../notes/speed.md))",
    "NO_COLOR": "no colors",
    "OMP_NUM_THREADS": "threads of torch; 1 keeps `compare` to one process, too",
}


def reference() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_commands(), *_exit_codes(), *_sentences(), *_schemas(), *_rest()])


def _commands() -> Iterator[str]:
    yield "## Commands\n"
    yield from _command(click.Context(cli, info_name="embcmp", **_settings()))


def _command(ctx: click.Context) -> Iterator[str]:
    yield f"### {ctx.command_path}\n"
    yield f"```\n{ctx.get_help()}\n```\n"
    if isinstance(ctx.command, click.Group):
        for name in ctx.command.list_commands(ctx):
            command = ctx.command.get_command(ctx, name)
            assert command is not None, name
            yield from _command(click.Context(command, parent=ctx, info_name=name, **_settings()))


def _settings() -> dict[str, Any]:
    return {**cli.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    kinds = vars(errors).values()
    raised = [k for k in kinds if isinstance(k, type) and issubclass(k, errors.EmbcmpError)]
    direct = [k for k in raised if "exit_code" in vars(k) and k is not errors.EmbcmpError]
    table = OTHERS | {k.exit_code: f"{_first(k)} (`{k.__name__}`)" for k in direct}
    yield from _table(("code", "when"), [(str(code), table[code]) for code in sorted(table)])


def _sentences() -> Iterator[str]:
    yield "## Sentence files\n"
    rows = [(f"`.{form}`", SENTENCES[form]) for form in INPUT_FORMATS]
    yield from _table(("ending, or `--input-format`", "what it is"), rows)
    yield f"{COLUMNS}\n"


def _schemas() -> Iterator[str]:
    yield "## JSON\n"
    yield "Numbers are finite or null, and what is null has its reason. A change of meaning is a"
    yield "new number. These are described by JSON Schema, beside the code and in the wheel:\n"
    package = Path(embcmp.__file__).parent
    rows = []
    for path in sorted(package.rglob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        name = schema["properties"]["schema"]["const"]
        place = path.relative_to(package.parent).as_posix()
        rows.append((f"`{name}`", f"[{place}](../../{place})"))
    yield from _table(("schema", "file"), rows)
    named = {name for p in package.rglob("*.py") for name in _schema_names(p)}
    others = ", ".join(f"`{name}`" for name in sorted(named - {row[0].strip("`") for row in rows}))
    yield f"Smaller ones, described on their commands' pages: {others}.\n"


def _schema_names(path: Path) -> list[str]:
    return re.findall(r'"(embcmp\.[a-z-]+/\d+)"', path.read_text(encoding="utf-8"))


def _rest() -> Iterator[str]:
    yield "## Environment\n"
    yield from _table(("variable", "what it says"), [(f"`{k}`", v) for k, v in VARIABLES.items()])


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _first(kind: type) -> str:
    line = (kind.__doc__ or "").partition("\n")[0].rstrip(".")
    return line[0].lower() + line[1:]


if __name__ == "__main__":
    (HERE / "reference" / "commands.md").write_text(reference(), encoding="utf-8")
