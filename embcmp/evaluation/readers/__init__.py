"""One reader a data set, from its files as they are published to rows."""
