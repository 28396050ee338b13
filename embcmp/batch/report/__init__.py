"""The report of a batch: a page for all words, and a page for each word."""
