"""The eval: metrics, splits and who checks, declared in `evals/<eval>/eval.yaml`."""
