"""Pages for a browser, from the JSON of comparisons: one file of a word, or a batch's report."""
