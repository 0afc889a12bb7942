"""git-loop: model improvement as pull requests."""

__version__ = "0.1.0"
