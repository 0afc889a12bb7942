"""Trains chat models on conversations; knows no loop, no world and no harness."""
