"""Many words in one run, which can be resumed: search, encode in shards, measure each word."""
