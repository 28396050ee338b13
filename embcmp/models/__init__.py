"""Where models come from, and whether they are intact."""
