"""Opt-in checks beside the gate's test: each may veto, and one that could not run does."""
