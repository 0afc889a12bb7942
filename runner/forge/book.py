"""Reads and changes the embedded forge's records, by compare-and-swap on one ref.

Any number of threads and processes may hold the same bare repository open: each change is a
commit on top of the state it was decided on, and whoever loses the race decides again.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

from runner.core.clock import Clock
from runner.core.forge import ForgeError
from runner.forge.git import STATE, Objects
from runner.forge.settle import settle
from runner.forge.state import State, changed_files, from_files
from runner.repo.build import Identity
from runner.repo.ref import RefUpdate
from runner.repo.repo import Repo

AUTHOR = Identity("git-loop forge", "forge@git-loop.invalid")
TRIES = 100
"""Changes that may be lost to other processes before giving up; threads of one wait in line."""


@dataclass(frozen=True, slots=True)
class Page:
    """The records and the branches as of one moment.

    Attributes:
        refs: Full ref name to commit, branches only of interest.
        at: The time, ISO 8601, UTC, whole seconds.
    """

    state: State
    refs: Mapping[str, str]
    at: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision comes to.

    Attributes:
        state: The records after it.
        number: The pull request, comment or status that it made or changed.
        moves: Branches to move in the same transaction.
    """

    state: State
    number: int = 0
    moves: tuple[RefUpdate, ...] = ()


class Book:
    """The records of one bare repository."""

    def __init__(self, repo: Repo, *, clock: Clock) -> None:
        self.objects = Objects(repo)
        self._clock = clock
        self._turn = Lock()
        self._read: dict[str, State] = {}

    def page(self) -> Page:
        """Return the records as they are now, pushes since the last look taken in."""
        page = self._load()
        settled = self._settled(page)
        if settled.state is page.state:
            return page
        return self.change(lambda now: Change(now.state)).page

    def stale_page(self) -> Page:
        """Return the records as they were one change ago, as a lagging replica would."""
        page = self.page()
        before = self.objects.known(f"{page.state.commit}^") if page.state.commit else None
        return replace(page, state=self._at(before))

    def change(self, decide: Callable[[Page], Change]) -> "Changed":
        """Apply a decision to the newest records, again whenever another process was faster.

        Args:
            decide: Pure but for new git objects; may raise a `Refusal`, and then nothing changes.

        Raises:
            ForgeError: the race was lost too often.
        """
        with self._turn:
            for attempt in range(TRIES):
                page = self._load()
                change = decide(self._settled(page))
                commit = self._commit(page, change)
                if commit is not None:
                    state = replace(change.state, commit=commit)
                    self._keep(state)
                    refs = {**page.refs, **{m.ref: m.new for m in change.moves if m.new}}
                    return Changed(Page(state, refs, page.at), change.number)
                time.sleep(random.uniform(0, 0.002 * min(attempt + 1, 25)))  # noqa: S311 - jitter
        raise ForgeError(f"the embedded forge lost {TRIES} races for {STATE}; run again")

    def _load(self) -> Page:
        refs = self.objects.refs()
        at = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        return Page(self._at(refs.get(STATE)), refs, at)

    def _settled(self, page: Page) -> Page:
        return replace(page, state=settle(page.state, page.refs, self.objects, at=page.at))

    def _at(self, commit: str | None) -> State:
        if commit is None:
            return State()
        known = self._read.get(commit)
        if known is None:
            repo = self.objects.repo
            files = repo.read_many(commit, repo.list_folder(commit, ""))
            try:
                known = from_files(commit, files)
            except ValueError as err:
                raise ForgeError(
                    f"{STATE} at {commit[:12]} is not a record of this forge; "
                    f"git update-ref {STATE} to an older commit of it"
                ) from err
            self._keep(known)
        return known

    def _keep(self, state: State) -> None:
        """Remember the last states read or written, so that they are parsed once."""
        if state.commit:
            self._read = {**dict(list(self._read.items())[-7:]), state.commit: state}

    def _commit(self, page: Page, change: Change) -> str | None:
        """Write the change; None when another process was faster."""
        files = changed_files(page.state, change.state)
        if not files and not change.moves:
            return page.state.commit or ""
        old = page.state.commit
        new = self.objects.repo.commit(
            parent=old, files=files, message="forge\n", author=AUTHOR, when=self._clock.now()
        )
        moves = (RefUpdate(STATE, new, old), *change.moves)
        return new if self.objects.repo.update_refs(moves) else None


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that is durable: the records after it, and what it was about."""

    page: Page
    number: int
