"""The door to pull requests: a client of GitHub's REST API, and an embedded server of a part."""
