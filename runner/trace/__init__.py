"""Traces: what models and tools said, one compressed line per span, secrets left out."""
