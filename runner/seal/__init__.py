"""Held-out data sealed with age: the public key writes, only the check's key reads."""
