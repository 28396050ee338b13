"""Sentences in, occurrences out."""
