"""A bounded search by the `gepa` library, on train cases only."""
