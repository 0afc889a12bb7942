"""Which forge a repository publishes to: GitHub, or the embedded one."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.core.clock import Clock
from runner.core.errors import LoopError
from runner.core.forge import Forge
from runner.repo.ref import RefUpdate
from runner.repo.repo import Repo
from runner.wiring.environment import Environment


class NoForgeError(LoopError):
    """GitHub was asked for without what it takes."""


class ApartError(LoopError):
    """The embedded forge's base branch holds a merge that this clone's does not."""


@dataclass(frozen=True, slots=True)
class ForgeSite:
    """Where both refs are pushed, and how the forge beside them is reached.

    Attributes:
        remote: A remote's name, or the embedded forge's bare repository.
        connect: Opens the forge for the length of a `with` block.
        bare: The embedded forge's repository; None on GitHub.
    """

    remote: str
    connect: Callable[[], AbstractContextManager[Forge]]
    bare: Repo | None


def site(environment: Environment, repo: Repo, *, home: Path, clock: Clock) -> ForgeSite:
    """Return the forge that `GITHUB_API_URL` names, or the embedded one where it is not set.

    A job that only makes or checks has no token: it is asked for when the forge is opened.

    Raises:
        NoForgeError: GitHub without a remote `origin`.
    """
    if environment.api_url is None:
        return _embedded(environment, home=home, clock=clock)
    if repo.remote_url("origin") is None:
        raise NoForgeError("no remote origin to push to; run git remote add origin URL")
    url = environment.api_url

    @contextmanager
    def opened() -> Iterator[Forge]:
        from runner.forge.client import connect  # noqa: PLC0415 - only publishing pays for it

        token, name = credentials(environment)
        seconds = environment.forge_timeout_s
        yield connect(api_url=url, token=token, repository=name, timeout_s=seconds)

    return ForgeSite("origin", opened, None)


def credentials(environment: Environment) -> tuple[str, str]:
    """Return the token and the repository's `owner/name`.

    Raises:
        NoForgeError: one of them is not set.
    """
    token, name = environment.token, environment.repository
    if token is not None and name is not None:
        return token, name
    missing = "GITHUB_TOKEN" if token is None else "GITHUB_REPOSITORY (owner/name)"
    raise NoForgeError(
        f"GITHUB_API_URL is set but {missing} is not; set it, or unset GITHUB_API_URL to use "
        "the embedded forge"
    )


def _embedded(environment: Environment, *, home: Path, clock: Clock) -> ForgeSite:
    path = home / "forge.git"
    bare = Repo.init_bare(path, environ=environment.variables)

    @contextmanager
    def opened() -> Iterator[Forge]:
        from runner.forge.client import connect  # noqa: PLC0415 - only publishing pays for it
        from runner.forge.server import serve  # noqa: PLC0415 - likewise

        _reach_directly("127.0.0.1")
        with serve(bare, clock=clock) as address:
            yield connect(api_url=address.url, token=address.token, repository=address.repository)

    return ForgeSite(str(path), opened, bare)


def _reach_directly(host: str) -> None:
    """Keep a proxy that the shell names from seeing what goes to this machine, token included."""
    for name in ("no_proxy", "NO_PROXY"):
        others = [each for each in os.environ.get(name, "").split(",") if each not in {"", host}]
        os.environ[name] = ",".join([*others, host])


def settle_base(repo: Repo, at: ForgeSite, *, branch: str, commit: str, held: str | None) -> str:
    """Agree with the forge on the base that a campaign starts from.

    On GitHub it is GitHub's. A merge made on the embedded forge is ahead of this clone until the
    clone has pulled it, and is taken; a base that only this clone moved, rewritten or not,
    replaces the forge's.

    Args:
        repo: This clone; a merge that it lacks is brought here.
        at: The forge.
        branch: The base branch.
        commit: Where this clone has it.
        held: Where the forge has it.

    Raises:
        ApartError: both have commits that the other lacks.
    """
    if at.bare is None:
        return held or commit
    if held == commit:
        return commit
    mark = f"refs/git-loop/offered/{branch}"
    offered = at.bare.resolve(mark)
    if held is not None and held != offered:
        if repo.is_ancestor(commit, held):
            return held
        if not repo.is_ancestor(held, commit):
            raise ApartError(
                f"a pull request was merged into {branch} on the embedded forge, and {branch} here "
                f"has other commits; run git pull --no-rebase {at.remote} {branch}"
            )
    updates = [RefUpdate(f"refs/heads/{branch}", commit, held), RefUpdate(mark, commit, offered)]
    repo.push(at.remote, updates)
    return commit
