"""One narrow edit from raw train traces."""
