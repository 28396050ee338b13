"""Questions built from encoders and measures."""
