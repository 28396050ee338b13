"""`embcmp compare`: how well encoders separate the senses of a word, and whether it is real."""
