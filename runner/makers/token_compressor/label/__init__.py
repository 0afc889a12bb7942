"""Labels: what a compression should keep, by the silver teacher or by a model."""
