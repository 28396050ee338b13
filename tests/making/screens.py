"""The screens in README.md and the tutorial: what their commands print.

    python -m tests.making.screens

prints each command anew and puts its output into the pages. A screen is a block of code below a
comment `<!-- screen: COMMAND -->`.
tests/test_readme.py compares the pages with what is printed, but for times.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.commands import ROOT, run_here

GUIDE = ROOT / "docs" / "guide"
PAGES = (ROOT / "README.md", GUIDE / "tutorial.md", GUIDE / "senses.md", GUIDE / "change.md")
WIDTH = "80"

_SCREEN = re.compile(r"(<!-- screen: (.+?) -->\n```\n)(.*?)(```\n)", re.DOTALL)
_FILE = re.compile(r"^```\w+ ([\w-]+\.\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r" *\b[\d,.]+ m?s\b")


@dataclass(frozen=True)
class Screen:
    """A screen of a page.

    Attributes:
        page: the page.
        command: the command, without `embcmp`.
        text: the output that the page shows.
    """

    page: Path
    command: str
    text: str


def screens(page: Path) -> list[Screen]:
    """Return the screens of a page."""
    text = page.read_text(encoding="utf-8")
    return [Screen(page, match[2], match[3]) for match in _SCREEN.finditer(text)]


def printed(screen: Screen) -> str:
    """Run a screen's command, in a folder with the files that its page asks to save.

    Raises:
        ValueError: the command fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fixtures").symlink_to(ROOT / "fixtures")
        for file, content in _FILE.findall(screen.page.read_text(encoding="utf-8")):
            (folder / file).write_text(content, encoding="utf-8")
        done = run_here(*shlex.split(screen.command), env={"COLUMNS": WIDTH}, cwd=folder)
    if done.returncode:
        raise ValueError(f"embcmp {screen.command}: {done.stderr}")
    return done.stdout


def without_times(text: str) -> str:
    """Return a screen without what a command took, which differs from run to run."""
    return _TIME.sub("", text)


def main() -> None:
    """Write the screens of all pages."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for screen in screens(page):
            new = printed(screen)
            if without_times(new) != without_times(screen.text):
                start = f"<!-- screen: {screen.command} -->\n```\n"
                text = text.replace(f"{start}{screen.text}```\n", f"{start}{new}```\n")
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
