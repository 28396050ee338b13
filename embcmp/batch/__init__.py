"""Many words at once: found in one pass, encoded in shards, measured word by word, resumable."""
