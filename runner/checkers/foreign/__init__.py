"""Readers of what other eval tools write, one module per format."""
