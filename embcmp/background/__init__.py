"""The background sentences, and the corrections of vector spaces that are fitted on them."""
