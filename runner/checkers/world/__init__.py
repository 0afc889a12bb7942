"""Scores agents by what they leave behind in a simulated world."""
