"""The question `senses`: which uses belong together, and whether there are several senses."""
