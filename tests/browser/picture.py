"""The picture of a report's page in the README.

python -m tests.browser.picture man.html docs/images/report.png
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

WIDTH, HEIGHT = 1280, 1100


def main(page_file: Path, picture: Path) -> None:
    """Open a page as `make browser`'s chromium shows it, and keep its upper part."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=shutil.which("chromium"))
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(page_file.resolve().as_uri())
        page.locator("body[data-drawn]").wait_for()
        page.screenshot(path=picture)
        chromium.close()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
