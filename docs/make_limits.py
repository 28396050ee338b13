"""Write docs/reference/limits.md from the code: what each reader takes at most.

python docs/make_limits.py
"""

from __future__ import annotations

from pathlib import Path

from embcmp import text_file
from embcmp.batch import workers
from embcmp.choices import MOST_DIGITS, MOST_ENCODERS, SENSES_SHOWN
from embcmp.cli import output
from embcmp.encoders.neural import prediction_layer
from embcmp.errors import InputError, ModelError, OutputError, UsageError
from embcmp.models import checkpoint_files, declared_sizes, hub_answers
from embcmp.text import file_patterns, input_files, readers, targets
from embcmp.toml_file import MOST_PARTS
from embcmp.vectors import archives, content, fasttext, file, layout, matrix

HERE = Path(__file__).parent
HEAD = """# Limits

This page is made from the code by `make reference`, and a test keeps it current. Whatever comes
from outside is bounded before it is believed. What is larger ends the command with one line and
the [exit code](commands.md#exit-codes) of the last column; a sentence that is too long is left out
and listed.
"""
USAGE, INPUT, MODEL, OUTPUT = (
    str(kind.exit_code) for kind in (UsageError, InputError, ModelError, OutputError)
)


def _bytes(count: int) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit and count % unit == 0:
            return f"{count // unit:,} {name}"
    return f"{count:,} bytes"


SECTIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Sentences, jobs and expectations": (
        ("a line, or a cell of CSV", _bytes(input_files.LONGEST_LINE), INPUT),
        ("a sentence", _bytes(targets.LONGEST_SENTENCE), "left out"),
        ("marks `[[...]]` in a line", f"{readers.MOST_MARKS:,}", INPUT),
        (
            "uses that `compare`, `senses`, `reach` and `neighbors` keep while they read a text",
            "twice `--max-occurrences`; for `neighbors` at least 2,000",
            "sampled",
        ),
        (
            "rows that cannot be used and are listed one by one",
            f"{targets.MOST_SKIPPED:,}",
            "counted",
        ),
        ("a job, a file of expectations, a saved run", _bytes(text_file.LARGEST_TEXT), INPUT),
        (
            "files and folders that a pattern or a folder looks through",
            f"{file_patterns.MOST_FILES:,}; `**` follows no links to folders",
            INPUT,
        ),
        ("parts of a dotted key in TOML", f"{MOST_PARTS}", INPUT),
        ("encoders of a job", f"{MOST_ENCODERS}", INPUT),
    ),
    "Options": (
        ("senses in the figures of `compare --all`", f"{SENSES_SHOWN}", "left out"),
        ("encoders of a command (`-e`)", f"{MOST_ENCODERS}", USAGE),
        ("digits of a number in `--bins`, `--name` or `--shots`", f"{MOST_DIGITS}", USAGE),
    ),
    "Word vectors": (
        (
            "what a compressed file unpacks to",
            f"{archives.MOST_TIMES} times its size, or {_bytes(archives.SMALL)} if that is more",
            MODEL,
        ),
        (
            "what unpacking leaves free on the disk of the cache",
            f"at least {_bytes(archives.KEPT_FREE)}",
            OUTPUT,
        ),
        ("width of a vector", f"{file.MOST_DIMENSIONS:,} numbers", MODEL),
        ("a line of text", _bytes(content.LONGEST_LINE), MODEL),
        ("a word of a binary file", _bytes(layout.LONGEST_WORD), MODEL),
        ("the header of a numpy array", _bytes(matrix.LARGEST_HEADER), MODEL),
        ("an n-gram of fastText", f"{fasttext.LONGEST_NGRAM} characters", MODEL),
    ),
    "Checkpoints": (
        ("a JSON file", _bytes(checkpoint_files.LARGEST_JSON), MODEL),
        ("layers that config.json declares", f"{declared_sizes.MOST_LAYERS:,}", MODEL),
        ("width of a state that it declares", "that of a tensor of the weights", MODEL),
        (
            "other sizes that it declares",
            f"{declared_sizes.MOST_TIMES} times the largest dimension of the tensors, or"
            f" {declared_sizes.SMALL:,} if that is more",
            MODEL,
        ),
        ("a model with `weights=random`", "the memory of this machine", MODEL),
        ("the vocabulary of a prediction layer", _bytes(prediction_layer._LARGEST), MODEL),
    ),
    "Network": (
        ("a file of a hub or a mirror", "its listed size: not a byte more", MODEL),
        (
            "time for a file",
            f"{hub_answers.FIRST_SECONDS:.0f} seconds, and one more for each"
            f" {hub_answers.SLOWEST:,} bytes",
            MODEL,
        ),
        ("a hub's listing of a model", _bytes(hub_answers.LARGEST_LISTING), MODEL),
        ("time for a listing", f"{hub_answers.LISTING_SECONDS:.0f} seconds", MODEL),
        (
            "an answer that is an error or a redirection",
            _bytes(hub_answers.LARGEST_REFUSAL),
            MODEL,
        ),
        ("time for the answer of a scheduler", f"{workers._PATIENCE} seconds", USAGE),
    ),
    "Messages": (
        ("a message", f"{output.MOST_CHARACTERS:,} characters", "shortened"),
        ("warnings of one kind", f"{output.SHOWN}", "counted"),
    ),
}


def limits() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, rows in SECTIONS.items():
        table = ["| what | at most | beyond it |", "| --- | --- | ---: |"]
        table += [f"| {' | '.join(row)} |" for row in rows]
        parts.append(f"## {title}\n\n" + "\n".join(table) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    (HERE / "reference" / "limits.md").write_text(limits(), encoding="utf-8")
