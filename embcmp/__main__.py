"""`python -m embcmp` and the command `embcmp` are the command line."""

from __future__ import annotations

import sys
from typing import NoReturn

INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line; Control-C ends it with one line also while it is being imported."""
    try:
        from embcmp.cli import main as run

        run()
    except KeyboardInterrupt:
        print("embcmp: interrupted", file=sys.stderr)  # noqa: T201  click may not be imported
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
