"""Runs an agent on tasks: its conversation, its limits, and what it did."""
