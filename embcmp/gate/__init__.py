"""The CI gate: expectations that fail a build, and saved runs that are computed again."""
