"""Forty small faults, each put into a copy of the package alone: do the fast tests notice?

    python -m tests.mutants              # all of them; `make mutants` does this
    python -m tests.mutants --list       # the faults
    python -m tests.mutants 3 17         # two of them, by their number

A fault is known by the text of the line that it changes, so that it is still found when code moves.
Only tests that run the changed line are started, and the first one that fails ends the search:
which tests run which line is told by the coverage of one run of the fast tests, with the name of
each test as its context.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click import echo
from coverage import CoverageData

ROOT = Path(__file__).parent.parent
COVERAGE = ROOT / "build" / "mutants" / "coverage"
PROCESSES = "2"
PATIENCE = 600  # seconds for the tests of one fault
COPIED = ("embcmp", "tests", "fixtures", "docs")


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of the package, and the wrong line that takes its place.

    Attributes:
        line: the text of the line as it stands, without its indentation; it stands there once.
        wrong: the text in its place.
    """

    line: str
    wrong: str


FAULTS = (
    Fault(
        "return values if self._norms is None else values * self._norms[first : first + count]",
        "return values",
    ),
    Fault(
        "[id for id in one.ids if id != self._unknown],",
        "list(one.ids),",
    ),
    Fault(
        "rows = rows * self._weights[chosen][:, None]",
        "rows = rows / self._weights[chosen][:, None]",
    ),
    Fault(
        "elif not np.isnan(vector).any() and (vector != other).any():",
        "elif not np.isnan(vector).any() and (vector == other).all():",
    ),
    Fault(
        "if (other.sentence, other.start, other.end) != (o.sentence, o.start, o.end):",
        "if other.sentence == o.sentence and other.start != o.start:",
    ),
    Fault(
        "elif len(kinds) == len(senses) == len(codes):",
        "elif len(senses) == len(codes):",
    ),
    Fault(
        "and test.p_adjusted < LEVEL",
        "and test.p_adjusted <= 1",
    ),
    Fault("if self._most is not None and number > self._most:", "if False:"),
    Fault("part = use.word, use.group if self._by_group else None", "part = use.word, None"),
    Fault(
        'row["percentile"] = percentile(row["prt"], (r["prt"] for r in rows if r is not row))',
        'row["percentile"] = percentile(row["prt"], (r["prt"] for r in rows))',
    ),
    Fault("and sha256_of(path) == note.sha256", "and note.sha256"),
    Fault("if any(_same(path, output) for path in inputs):", "if False:"),
    Fault(
        "settings.verbosity = int(verbose) - int(quiet)",
        "settings.verbosity = int(verbose)",
    ),
    Fault("if free < _SPARE:", "if free > _SPARE:"),
    Fault(
        "return FAILED_EXIT_CODE if any(check.status == FAILED for check in checks) else 0",
        "return FAILED_EXIT_CODE if any(check.status != OK for check in checks) else 0",
    ),
    Fault(
        "before, after = before[-self._window :], after[: self._window]",
        "before, after = before[: self._window], after[: self._window]",
    ),
    Fault('if "seed" in options and options.get("weights") != "random":', "if False:"),
    Fault(
        "if batch and tokens + lengths[i] > budget:",
        "if batch and tokens + lengths[i] >= budget:",
    ),
    Fault("if vectors.digest != origin.vectors_digest:", "if False:"),
    Fault("if encoder != file_digest(checkpoint):", "if False:"),
    Fault("if len(self._networks) == 1:", "if False:"),
    Fault("return [s[:, :length] for s in states], drawn", "return states, drawn"),
    Fault("module.__dict__.update(attributes)", "pass"),
    Fault("padding = config.get(PADDING)", "padding = None"),
    Fault(
        "backend.encode_special_tokens = made.split_special_tokens",
        "backend.encode_special_tokens = False",
    ),
    Fault("room = limit - head - tail - prompt", "room = limit - head - prompt"),
    Fault("start, end = start - shift, end - shift", "start, end = start, end"),
    Fault("first = span.sentence if self._form.twice else self._left_out", "first = 0"),
    Fault(
        "held = difference >= e.by - _SLACK and difference > 0",
        "held = difference >= e.by - _SLACK",
    ),
    Fault(
        "before[key], after[key] = 0.0, difference",
        "before[key], after[key] = difference, difference",
    ),
    Fault(
        "return next((code for code in (1, 4, 3) if code in codes), 0)",
        "return next((code for code in (3, 4, 1) if code in codes), 0)",
    ),
    Fault(
        "hits[fold.test] = answers & ~np.isnan(x)",
        "hits[fold.test] = answers",
    ),
    Fault("fold_of[unassigned[k]] = len(fold_of) % folds", "fold_of[unassigned[k]] = k % folds"),
    Fault(
        "return Metric(float(wins.sum() / count))",
        "return Metric(float(1 - wins.sum() / count))",
    ),
    Fault(
        "scaled: Floats = np.sqrt(share[uses.strata]) * (without - means[uses.strata])",
        "scaled: Floats = share[uses.strata] * (without - means[uses.strata])",
    ),
    Fault(
        "known = _DIGEST if every else _SHA256",
        "known = _SHA256",
    ),
    Fault(
        "if not reread and (known := _recall(note, before)):",
        "if known := _recall(note, before):",
    ),
    Fault(
        'runs = text.lstrip().startswith(("=", "+", "-", "@")) or text.startswith(("\\t", "\\r"))',
        'runs = text.startswith(("=", "+", "-", "@")) or text.startswith(("\\t", "\\r"))',
    ),
    Fault("matrix = full or n <= LARGEST_MATRIX", "matrix = full or n < LARGEST_MATRIX"),
    Fault('"base-uri": ["\'none\'"],', ""),
    Fault(
        'return f"{value * 1e3:.0f} ms" if value < 1 else f"{value:,.1f} s"',
        'return f"{value * 1e3:.0f} ms" if value < 10 else f"{value:,.1f} s"',
    ),
    Fault(
        "if span and not any(_cuts(sentence, edge) for edge in span):",
        "if span and not inside_word(sentence, span[0]):",
    ),
    Fault(
        "if candidate not in self._used and (candidate == given or candidate not in self._given):",
        "if candidate not in self._used:",
    ),
    Fault(
        'held_out = int.from_bytes(sha256(line).digest()[:8], "big") % 10 == 0',
        'held_out = int.from_bytes(sha256(line).digest()[:8], "big") % 5 == 0',
    ),
    Fault("for words in order[self.batch :]:", "for words in order:"),
    Fault(
        'names = [name for name in names if not name.startswith("__MACOSX/")]  # added by Finder',
        "names = list(names)",
    ),
    Fault(
        "return np.array(sorted(repeated), dtype=np.int64)",
        "return np.array(repeated, dtype=np.int64)",
    ),
    Fault(
        "return tuple(occurrences[i] for i in sorted(drawn))",
        "return tuple(occurrences[i] for i in drawn)",
    ),
    Fault("if view.name in names:", "if False:"),
    Fault("draft.replace(target)", "target.write_bytes(draft.read_bytes())"),
    Fault("draft.chmod(_mode(target))", "pass"),
    Fault(
        'return peak if sys.platform == "darwin" else peak * 1024',
        "return peak",
    ),
    Fault(
        '"revisions": {name: info.revision for name, info in encoders.items() if info.revision},',
        '"revisions": {},',
    ),
    Fault(
        'return f"{self.message}; {self.hint}" if self.hint else self.message',
        "return self.message",
    ),
    Fault(
        'return _view("plots:layers")(self, metric)',
        'return _view("plots:layers")(self)',
    ),
    Fault("if self._file.tell() + len(block) > self._size:", "if False:"),
    Fault("if file_stamp(path.stat()) == stamp:", "if True:"),
    Fault("if is_width and number not in stored:", "if False:"),
    Fault(
        'if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):',
        'if entry.is_dir() and not entry.name.startswith("."):',
    ),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the tests made of a fault.

    Attributes:
        caught: whether a test failed; None where the tests did not end in time.
        says: the test that failed, or why there is none.
        seconds: how long that took.
    """

    caught: bool | None
    says: str
    seconds: float


def main() -> int:
    """Put the faults in, one after the other; 1 if one of them is not noticed."""
    parser = argparse.ArgumentParser(description="Do the fast tests notice forty small faults?")
    parser.add_argument(
        "numbers",
        nargs="*",
        type=fault_number,
        metavar="NUMBER",
        help="numbers of the faults to try (default: all)",
    )
    parser.add_argument("--list", action="store_true", help="list the faults, and stop")
    parser.add_argument("--again", action="store_true", help="use the coverage of the last time")
    options = parser.parse_args()
    chosen = options.numbers or range(1, len(FAULTS) + 1)
    if options.list:
        for number in chosen:
            fault = FAULTS[number - 1]
            path, _ = find(fault, ROOT / "embcmp")
            echo(f"{number:2} {path.relative_to(ROOT)}: {fault.line}\n   -> {fault.wrong}")
        return 0
    if not options.again:
        measure()
    elif not COVERAGE.is_file() or COVERAGE.stat().st_mtime < newest(ROOT / "embcmp"):
        parser.error("the package has changed since its coverage was measured: leave out --again")
    missed = 0
    with copy() as place:
        for number in chosen:
            fault = FAULTS[number - 1]
            outcome = attempt(fault, place)
            missed += not outcome.caught
            word = {True: "caught", False: "MISSED", None: "NO END"}[outcome.caught]
            echo(
                f"{number:2} {word} {outcome.seconds:4.0f} s  {fault.line}\n   {outcome.says}",
            )
    echo(f"{len(chosen) - missed} of {len(chosen)} faults are noticed")
    return int(missed > 0)


def measure() -> None:
    """Run the fast tests once, and keep which test runs which line."""
    COVERAGE.parent.mkdir(parents=True, exist_ok=True)
    command = ["-m", "not slow", "--cov", "--cov-context=test", "--cov-report="]
    done = pytest(ROOT, [*command, "--dist", "worksteal"], COVERAGE_FILE=str(COVERAGE))
    if done.returncode:
        sys.exit(f"the tests fail without any fault:\n{done.stdout[-3000:]}")


def fault_number(text: str) -> int:
    """The number of a fault.

    Raises:
        ValueError: there is no such fault.
    """
    if not 1 <= int(text) <= len(FAULTS):
        raise ValueError(f"there are faults 1 to {len(FAULTS)}")
    return int(text)


def newest(folder: Path) -> float:
    """When the last of a folder's modules was changed."""
    return max(path.stat().st_mtime for path in folder.rglob("*.py"))


@contextmanager
def copy() -> Iterator[Path]:
    """A copy of the project, with the public data beside it where there are any."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        place = Path(folder, "project")
        ignored = shutil.ignore_patterns("__pycache__")
        for name in COPIED:
            shutil.copytree(ROOT / name, place / name, ignore=ignored)
        for file in ROOT.iterdir():
            if file.is_file():
                shutil.copy(file, place)
        if (shared := ROOT.parent / "shared").is_dir():
            Path(folder, "shared").symlink_to(shared)
        yield place


def attempt(fault: Fault, place: Path) -> Outcome:
    """Put a fault into the copy, run the tests of its line, and take it out again."""
    began = time.monotonic()
    path, number = find(fault, place / "embcmp")
    text = path.read_text(encoding="utf-8")
    tests = tests_of(path.relative_to(place), statement(text, number))
    if not tests:
        return Outcome(False, "no test runs this line in its own process", 0)
    lines = text.splitlines(keepends=True)
    lines[number - 1] = lines[number - 1].replace(fault.line, fault.wrong)
    path.write_text("".join(lines), encoding="utf-8")
    try:
        done = pytest(
            place, ["-x", "--no-cov", "-m", "not slow", "--deselect=tests/test_mutants.py", *tests]
        )
    except subprocess.TimeoutExpired:
        return Outcome(None, f"the tests do not end in {PATIENCE} s", PATIENCE)
    finally:
        path.write_text(text, encoding="utf-8")
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    says = failed[0] if failed else f"{len(tests)} tests pass"
    if done.returncode not in (0, 1, 2):
        says = done.stdout[-500:]
    return Outcome(bool(failed), says, time.monotonic() - began)


def find(fault: Fault, package: Path) -> tuple[Path, int]:
    """The module that a fault's line is in, and the line's number.

    Raises:
        LookupError: the line is not there, or several times.
    """
    places = [
        (path, number)
        for path in sorted(package.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.strip() == fault.line
    ]
    if len(places) != 1:
        raise LookupError(f"{len(places)} lines of the package are {fault.line!r}")
    return places[0]


def statement(text: str, number: int) -> range:
    """The lines of the innermost statement around a line; of a block its first lines alone."""
    found = range(number, number + 1)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt) and node.end_lineno is not None:
            body = getattr(node, "body", None)
            end = body[0].lineno if isinstance(body, list) else node.end_lineno + 1
            if node.lineno <= number < end:
                found = range(node.lineno, end)
    return found


def tests_of(path: Path, lines: Iterable[int]) -> list[str]:
    """The tests that run one of these lines.

    Where a fixture runs it, these are all tests of the module that asked for it first.
    """
    data = CoverageData(str(COVERAGE))
    data.read()
    contexts = data.contexts_by_lineno(str(ROOT / path))
    tests = set()
    for context in {name for line in lines for name in contexts.get(line, ())}:
        test, _, phase = context.partition("|")
        if test:
            tests.add(test if phase == "run" else test.partition("::")[0])
    modules = {test for test in tests if "::" not in test}
    return sorted(modules | {test for test in tests if test.partition("::")[0] not in modules})


def pytest(
    place: Path, arguments: list[str], **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the tests of a copy, from a file of arguments: there may be thousands."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(arguments))
        file.flush()
        command = [sys.executable, "-m", "pytest", "-q", "-n", PROCESSES, f"@{file.name}"]
        return subprocess.run(
            command,
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
            timeout=None if place == ROOT else PATIENCE,
            env={**os.environ, "CI": "1", "PYTHONDONTWRITEBYTECODE": "1", **environment},
        )


if __name__ == "__main__":
    sys.exit(main())
