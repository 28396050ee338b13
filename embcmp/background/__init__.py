"""The background sentences, and what is fitted on them to correct a space of vectors."""
