"""git-loop: model improvement as pull requests."""
