"""The spec: a loop declared in one YAML file."""
