"""The page of one word: its encoders, uses, measures, maps and matrices."""
