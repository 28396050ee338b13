"""Word-vector files: what they look like, and looking words up in them."""
