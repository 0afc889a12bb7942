"""Comparisons of ways to learn from experience, on train and dev alone."""
