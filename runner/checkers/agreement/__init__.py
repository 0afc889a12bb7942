"""Asks a model for a verdict on each case and measures how far it agrees with the gold label."""
