"""The questions that embcmp answers, a room each: computing, showing, schema, page."""
