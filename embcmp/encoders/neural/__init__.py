"""Encoders that need torch: the only place, with `training/recurrent.py`, that imports it."""
