"""The ledger: what the rows of a loop add up to. Pure; reads and writes nothing."""
