"""`python -m embcmp` is the command line."""

from embcmp.cli import main

main()
