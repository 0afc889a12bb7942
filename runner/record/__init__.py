"""Record: one row, one commit per ref, pushed by compare-and-swap."""
