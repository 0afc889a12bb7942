"""A hypothesis' own edit."""
