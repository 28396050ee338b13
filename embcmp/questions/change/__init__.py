"""The question `change`: whether a word is used differently in two groups of uses."""
