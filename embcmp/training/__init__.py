"""Training the baselines on a corpus."""
