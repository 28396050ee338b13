"""`embcmp neighbors`: what encoders put near each use of a word."""
