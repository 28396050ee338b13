"""Vectors and labels in, numbers out: numpy in float64."""
