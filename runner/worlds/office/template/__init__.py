"""Kinds of tasks: how each is drawn, worded, checked and done."""
