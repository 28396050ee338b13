"""The report of a batch: a page for all words, and the page of each."""
