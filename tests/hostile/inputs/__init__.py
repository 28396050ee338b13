"""Hostile inputs, a module for each kind."""
