"""A self-check: what is installed, what works, and what to do about what does not."""
