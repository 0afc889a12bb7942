"""Measures what a compressor loses, against spans annotated by the generator of each case."""
