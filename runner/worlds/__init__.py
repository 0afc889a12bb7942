"""Simulated worlds that agents act on; a world knows no assertion, and no loop."""
