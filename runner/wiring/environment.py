"""The environment, read once and here only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.core.errors import LoopError
from runner.fanout.errors import FanoutError
from runner.fanout.place import PROCESSES, require_place
from runner.sandbox.name import NAMES, Name

SIGNING_KEY = "LOOP_SIGNING_KEY"
"""Holds a private key in PEM, or names a file that does."""
FORGE_TIMEOUT_S = 20
STORE_TIMEOUT_S = 60


class VariableError(LoopError):
    """A variable of the environment that cannot be used."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What git-loop takes from the environment.

    Attributes:
        home: `LOOP_HOME`, else the XDG state folder; run directories, the store, the forge.
        api_url: `GITHUB_API_URL`, the only switch between GitHub and the embedded forge.
        token: `GITHUB_TOKEN`.
        repository: `GITHUB_REPOSITORY`, `owner/name`.
        forge_timeout_s: `LOOP_FORGE_TIMEOUT_S`, seconds that a forge may stay silent, else 20.
        offline: `LOOP_OFFLINE` is 1: only scripted models and recorded answers.
        crash_at: `LOOP_CRASH_AT`, where this process kills itself; "" for nowhere.
        sandbox: `LOOP_SANDBOX`: the mechanism to use; without it the best that works.
        store: `LOOP_STORE`, a store that several machines reach; None for this one's folder only.
        store_timeout_s: `LOOP_STORE_TIMEOUT_S`, seconds that it may stay silent, else 60.
        variables: Everything, for what a spec declares by name.
    """

    home: Path
    api_url: str | None
    token: str | None
    repository: str | None
    variables: Mapping[str, str]
    forge_timeout_s: int = FORGE_TIMEOUT_S
    offline: bool = False
    store: str | None = None
    store_timeout_s: int = STORE_TIMEOUT_S
    crash_at: str = ""
    sandbox: Name | None = None


def read_environment() -> Environment:
    """Read the environment of this process.

    Raises:
        VariableError: `LOOP_HOME` is not an absolute path, a number is none, or LOOP_FANOUT names
            no place.
    """
    variables = dict(os.environ)
    state = variables.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    _fanout(variables)
    home = Path(variables.get("LOOP_HOME") or Path(state) / "git-loop").expanduser()
    if not home.is_absolute():
        raise VariableError(f'LOOP_HOME is "{home}", but must be an absolute path')
    return Environment(
        home=home,
        api_url=variables.get("GITHUB_API_URL") or None,
        token=variables.get("GITHUB_TOKEN") or None,
        repository=variables.get("GITHUB_REPOSITORY") or None,
        variables=variables,
        forge_timeout_s=_seconds(variables, "LOOP_FORGE_TIMEOUT_S", FORGE_TIMEOUT_S),
        offline=_switch(variables, "LOOP_OFFLINE"),
        store=variables.get("LOOP_STORE") or None,
        store_timeout_s=_seconds(variables, "LOOP_STORE_TIMEOUT_S", STORE_TIMEOUT_S),
        sandbox=_sandbox(variables),
        crash_at=variables.get("LOOP_CRASH_AT") or "",
    )


def typed(place: str) -> str:
    """Return a path as a person types it into a shell, `~` for their home; a remote as it is."""
    home = str(Path.home())
    return f"~{place.removeprefix(home)}" if place.startswith(f"{home}{os.sep}") else place


def _switch(variables: Mapping[str, str], name: str) -> bool:
    said = variables.get(name) or "0"
    if said not in {"0", "1"}:
        raise VariableError(f'{name} is "{said}", but must be 1 or 0')
    return said == "1"


def _fanout(variables: Mapping[str, str]) -> None:
    """Refuse a place that is none before anything is spent; makers open it."""
    try:
        require_place(variables.get("LOOP_FANOUT") or PROCESSES)
    except FanoutError as err:
        raise VariableError(f"LOOP_FANOUT: {err}") from err


def _sandbox(variables: Mapping[str, str]) -> Name | None:
    said = variables.get("LOOP_SANDBOX")
    if not said:
        return None
    for name in NAMES:
        if said == name:
            return name
    raise VariableError(f'LOOP_SANDBOX is "{said}", but must be one of {", ".join(NAMES)}')


def _seconds(variables: Mapping[str, str], name: str, default: int) -> int:
    said = variables.get(name) or str(default)
    if not said.isdecimal() or int(said) < 1:
        raise VariableError(f'{name} is "{said}", but must be whole seconds, 1 or more')
    return int(said)
