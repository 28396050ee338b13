"""`embcmp reach`: how much a context word counts, by its distance."""
