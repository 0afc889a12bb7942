"""Proposers: each edits the surface in its own copy of the code; one may not see another."""
