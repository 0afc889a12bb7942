"""Put the real parts of one repository together."""

import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

from runner import __version__
from runner.core.crash import arm
from runner.core.errors import LoopError
from runner.core.progress import Progress
from runner.core.request import Needs, Role
from runner.core.row import Row
from runner.evals.check import key_variable
from runner.iteration.parts import Declared, Parts, PlugIns
from runner.repo.repo import Repo
from runner.sandbox.mechanism import detect_once
from runner.store.store import Store
from runner.wiring.child import generate
from runner.wiring.clock import SystemClock
from runner.wiring.environment import SIGNING_KEY, Environment, read_environment
from runner.wiring.forge import ForgeSite, site
from runner.wiring.isolation import machine, measure, places, sandbox
from runner.wiring.lease import Leases
from runner.wiring.store import store_of, user_of
from runner.wiring.table import CHECKERS, needs_of


class NoBaseError(LoopError):
    """The base branch that a spec names is not there."""


@dataclass(frozen=True, slots=True)
class House:
    """A repository with its folder under `LOOP_HOME` and its forge.

    Attributes:
        home: This clone's folder: store, run directories, embedded forge, locks.
    """

    environment: Environment
    repo: Repo
    home: Path
    clock: SystemClock
    site: ForgeSite

    @property
    def store(self) -> Store:
        """This clone's store, shared with other machines where `LOOP_STORE` says so.

        Raises:
            RemoteError: what `LOOP_STORE` names cannot be used.
        """
        user = user_of(self.site, self.repo)
        return store_of(self.environment, folder=self.home / "store", user=user)


def enter(folder: Path) -> House:
    """Find the repository around a folder and open what belongs to it.

    Raises:
        LoopError: no repository, or `LOOP_HOME` cannot be written.
    """
    return house_of(folder, read_environment())


def house_of(folder: Path, environment: Environment) -> House:
    """Open what belongs to the repository around a folder, in a given environment.

    Raises:
        LoopError: no repository, `LOOP_HOME` cannot be written, or `LOOP_CRASH_AT` names no point.
    """
    arm(environment.crash_at)
    clock = SystemClock()
    repo = Repo.discover(folder, environ=environment.variables)
    home = environment.home / repo.key
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as err:
        raise LoopError(f"{home}: {err.strerror}; set LOOP_HOME to a folder you may write") from err
    at = site(environment, repo, home=home, clock=clock)
    return House(environment, repo, home, clock, at)


def parts_of(house: House, declared: Declared, *, progress: Progress, publish: bool) -> Parts:
    """Return what an iteration of a loop works with on this machine.

    Raises:
        LoopError: the published key cannot be read, or the probe cannot be run.
    """
    variables = house.environment.variables
    mechanism = detect_once(variables, folder=house.home, wanted=house.environment.sandbox)
    identity = identity_of(house, declared)
    alone = sandbox(mechanism, home=house.home, real=places(variables, house.repo))
    store = house.store
    return Parts(
        repo=house.repo,
        store=store,
        home=house.home,
        remote=house.site.remote,
        clock=house.clock,
        progress=progress,
        mechanism=mechanism,
        isolation=measure(alone, declared.evaluation, key_here=identity is not None),
        sandbox=alone,
        machine=machine(),
        plug_ins=PlugIns(
            child=(sys.executable, "-m", "runner.cli", "stage"),
            package=Path(__file__).parents[1],
            generate=generate,
            needs=_needs(house.environment),
            lasting=lambda kind: CHECKERS[kind].lasting,
        ),
        identity=identity,
        environ=house.environment.variables,
        lease=Leases(declared.spec.loop, environ=variables, clock=house.clock, progress=progress),
        forge=house.site.connect if publish else None,
        device=platform.machine(),
        versions={"python": platform.python_version(), "git-loop": __version__},
        repository=repository_of(house),
        pause=_pause(house.environment.forge_timeout_s / 10),
        attest=_attester(house, store, declared, progress),
    )


def _attester(
    house: House, store: Store, declared: Declared, progress: Progress
) -> Callable[[Row], Mapping[str, bytes]]:
    """Return what attests a row; a key that cannot be used is told before anything is made."""
    variables = house.environment.variables

    def real() -> Callable[[Row], Mapping[str, bytes]]:
        from runner.wiring.attest import attester  # noqa: PLC0415 - few rows are accepted

        return attester(house.repo, store, variables, declared, progress)

    if variables.get(SIGNING_KEY):
        return real()
    return lambda row: real()(row) if row.verdict == "accept" else {}


def repository_of(house: House) -> str:
    """Name the repository that rows are pushed to: `owner/name`, or else its address or clone."""
    named = None if house.site.bare is not None else house.environment.repository
    return named or user_of(house.site, house.repo)


def _needs(environment: Environment) -> Callable[[Role, str, Mapping[str, Any]], Needs]:
    """Return what says what a kind needs; offline no key and no network is needed."""

    def asked(role: Role, kind: str, params: Mapping[str, Any]) -> Needs:
        found = needs_of(role, kind, params)
        if not environment.offline:
            return found
        return found.model_copy(update={"variables": (), "network": "none"})

    return asked


def _pause(most_s: float) -> Callable[[float], None]:
    """Return what waits between two looks at a forge, never longer than `most_s` at once."""
    return lambda seconds: sleep(min(seconds, most_s))


def identity_of(house: House, declared: Declared) -> str | None:
    """Return the age identity that opens the held-out split: the eval's published one, or ours."""
    return identity_in(house.environment.variables, declared)


def identity_in(variables: Mapping[str, str], declared: Declared) -> str | None:
    """Return the age identity of an eval in a given environment; see `identity_of`.

    Raises:
        LoopError: the published one cannot be read.
    """
    demo = declared.evaluation.demo_identity
    if demo is None:
        return variables.get(key_variable(declared.evaluation)) or None
    try:
        return _key_line((declared.folder / demo).read_text())
    except OSError as err:
        raise LoopError(f"{declared.folder / demo}: {err.strerror}") from err


def _key_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if line.startswith("AGE-SECRET-KEY-")), text.strip())


def base_of(house: House, branch: str) -> str:
    """Return the commit of the base branch: the remote's on GitHub, else this clone's.

    Raises:
        NoBaseError: there is no such branch.
    """
    places = (
        ["refs/remotes/origin"]
        if house.site.bare is None
        else ["refs/heads", "refs/remotes/origin"]
    )
    found = (house.repo.resolve(f"{place}/{branch}") for place in places)
    commit = next((sha for sha in found if sha is not None), None)
    if commit is None:
        house.repo.head()  # no commit at all is told first
        have = house.repo.current_branch() or "a detached HEAD"
        raise NoBaseError(
            f'publish.base: branch "{branch}" is not here (checked out: {have}); '
            f"create it, or set publish.base in the spec"
        )
    return commit
