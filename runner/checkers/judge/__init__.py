"""Lets a second model compare each answer with a reference, blind and in both orders."""
