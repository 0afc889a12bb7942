"""Built-in checkers, one package each; `params.py` of each imports no torch."""
