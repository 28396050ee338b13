"""Measures of vectors and sense labels, computed by numpy in float64."""
