"""Trains a token compressor: silver labels first, then labels of its own making."""
