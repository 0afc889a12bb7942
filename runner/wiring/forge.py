"""Which forge a repository publishes to: GitHub, or the embedded one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.core.clock import Clock
from runner.core.errors import LoopError
from runner.core.forge import Forge
from runner.forge.client import connect
from runner.forge.server import serve
from runner.repo.ref import RefUpdate
from runner.repo.repo import Repo
from runner.wiring.environment import Environment


class NoForgeError(LoopError):
    """GitHub was asked for without what it takes."""


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

    Raises:
        NoForgeError: GitHub without a token, a repository name or a remote `origin`.
    """
    if environment.api_url is None:
        return _embedded(environment, home=home, clock=clock)
    token, name = environment.token, environment.repository
    if token is None or name is None:
        missing = "GITHUB_TOKEN" if token is None else "GITHUB_REPOSITORY (owner/name)"
        raise NoForgeError(
            f"GITHUB_API_URL is set but {missing} is not; set it, or unset GITHUB_API_URL to use "
            "the embedded forge"
        )
    if repo.remote_url("origin") is None:
        raise NoForgeError("no remote origin to push to; run git remote add origin URL")
    url = environment.api_url

    @contextmanager
    def opened() -> Iterator[Forge]:
        yield connect(api_url=url, token=token, repository=name)

    return ForgeSite("origin", opened, None)


def _embedded(environment: Environment, *, home: Path, clock: Clock) -> ForgeSite:
    path = home / "forge.git"
    bare = (
        Repo.bare(path, environ=environment.variables)
        if path.is_dir()
        else Repo.init_bare(path, environ=environment.variables)
    )

    @contextmanager
    def opened() -> Iterator[Forge]:
        with serve(bare, clock=clock) as address:
            yield connect(api_url=address.url, token=address.token, repository=address.repository)

    return ForgeSite(str(path), opened, bare)


def offer_base(repo: Repo, at: ForgeSite, *, branch: str, commit: str) -> None:
    """Bring the embedded forge's base branch to where this clone has it.

    The clone is the only one that pushes there, so a rewritten base replaces the old one.
    """
    if at.bare is None:
        return
    ref = f"refs/heads/{branch}"
    held = at.bare.resolve(ref)
    if held != commit:
        repo.push(at.remote, [RefUpdate(ref, commit, held)])
