"""Artifacts by content: candidates, sealed scores and traces, on this machine's disk."""
