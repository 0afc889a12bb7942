"""Plan: what the next iteration will be, or why there is none; spends nothing."""
