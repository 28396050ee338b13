"""Where models come from, and whether their files are intact."""
