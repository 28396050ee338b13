"""Gold standards: a reader for each data set, and the scores that the literature gives on them."""
