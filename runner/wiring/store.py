"""Which store a clone works with: its folder, or that and what `LOOP_STORE` names behind it."""

import os
from pathlib import Path

from runner.core.redact import redact
from runner.repo.repo import Repo
from runner.store.store import Store
from runner.wiring.environment import Environment
from runner.wiring.forge import ForgeSite


def store_of(environment: Environment, *, folder: Path, user: str) -> Store:
    """Return the store; nothing is sent yet.

    Args:
        environment: Names the shared store, if there is one.
        folder: This clone's own.
        user: Whose candidates these are, as `user_of` says.

    Raises:
        RemoteError: what `LOOP_STORE` names cannot be used.
    """
    if environment.store is None:
        return Store(folder)
    from runner.store.bucket import opened  # noqa: PLC0415 - few clones share a store
    from runner.store.shared import SharedStore  # noqa: PLC0415 - likewise

    _forget_empty()
    bucket = opened(environment.store, timeout_s=environment.store_timeout_s)
    return SharedStore(root=folder, bucket=bucket, user=user)


def _forget_empty() -> None:
    """Take empty variables of clouds away, which obstore would read as values.

    A workflow sets an empty one for every secret that a repository does not have.
    """
    for name in [name for name, value in os.environ.items() if not value]:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_")):
            del os.environ[name]


def user_of(at: ForgeSite, repo: Repo) -> str:
    """Name whoever shares rows: all clones that push them to one origin, or this clone alone.

    The origin is named without credentials.
    """
    url = None if at.bare is not None else repo.remote_url("origin")
    if url is None:
        return f"clone {repo.key}"
    scheme, found, rest = url.rpartition("://")
    host = rest.rpartition("@")[2] if found else rest
    return redact(f"{scheme}{found}{host}".removesuffix("/").removesuffix(".git"))
