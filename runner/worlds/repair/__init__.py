"""Bugs of small programs: rows of tasks, workspaces, grading."""
