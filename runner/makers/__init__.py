"""Built-in makers, one package each; `params.py` of each imports no torch."""
