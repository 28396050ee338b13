"""Pictures of a report's page for the README and the guide: of its top, or of one section.

python -m tests.browser.picture man.html docs/images/report.png
python -m tests.browser.picture man.html docs/images/similarity.png similarity
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

WIDTH, HEIGHT = 1280, 1100


def main(page_file: Path, picture: Path, section: str | None = None) -> None:
    """Save what chromium shows of a page: its top, or the section with that id."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=shutil.which("chromium"))
        page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(page_file.resolve().as_uri())
        page.locator("body[data-drawn]").wait_for()
        shown = page if section is None else page.locator(f"#{section}")
        shown.screenshot(path=picture)
        chromium.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
