"""A Comparison as text: one module per form."""
