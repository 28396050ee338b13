"""Scripts that make what the package ships: encoders, word lists, digests of known sentences."""
