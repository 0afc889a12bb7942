"""Nouns, ports and errors that every room shares; imports nothing of the house."""
