"""`embcmp trace`: the gates of a recurrent encoder, token by token."""
