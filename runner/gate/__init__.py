"""The gate: whether a difference is a gain; pure statistics, no I/O, no clock, no third party."""
