"""What an iteration works with; `wiring` puts the real parts together."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

from runner.core.clock import Clock
from runner.core.forge import Forge
from runner.core.lease import Lease
from runner.core.progress import Progress
from runner.core.request import Needs, Role
from runner.core.row import Isolation, Row
from runner.evals.model import Eval
from runner.repo.repo import Repo
from runner.sandbox.mechanism import Mechanism
from runner.spec.model import CommandCheck, Spec
from runner.store.store import Store


@dataclass(frozen=True, slots=True)
class Declared:
    """A loop as declared on the base branch, with the digests that identify it.

    Attributes:
        folder: Folder of the eval's files; the repository's top for a foreign check.
        heldout: Digest of the held-out sources.
    """

    spec: Spec
    evaluation: Eval
    folder: Path
    spec_digest: str
    eval_digest: str
    heldout: str
    reset_digest: str

    @property
    def has_dev(self) -> bool:
        """Tell whether candidates can be compared without a look."""
        check = self.spec.check
        return check.dev if isinstance(check, CommandCheck) else self.evaluation.dev is not None


@dataclass(frozen=True, slots=True)
class PlugIns:
    """Built-in kinds, reached without importing an ML stack.

    Attributes:
        child: Command prefix that runs a built-in maker or checker on a request file.
        package: Folder of the engine's own code, which such a child must be able to read.
        generate: Draws held-out cases: (kind, declaration, n, seed, slices) to cases.
        needs: What the parameters of a kind name, by role: rows, folders, variables, network.
        lasting: Controls of a checker whose scores neither the candidate nor a seed decides.
    """

    child: tuple[str, ...]
    package: Path
    generate: Callable[[str, bytes, int, bytes, tuple[str, ...]], list[dict[str, object]]]
    needs: Callable[[Role, str, Mapping[str, Any]], Needs]
    lasting: Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Parts:
    """The effects of one loop on one machine.

    Attributes:
        home: This repository's folder under `LOOP_HOME`.
        remote: Where both refs are pushed: a URL, or the embedded forge's bare repository.
        forge: Opens the forge; None when nothing is published.
        repository: Names those who push rows to one place: `owner/name` on GitHub.
        pause: Waits that many seconds between two looks at the forge.
        identity: The age identity of the held-out split, or None where only the key-holder's
            machine has it.
        isolation: The level of a make here, as far as it is known before the check.
        sandbox: What the sandbox alone gives, as the probe measured it.
        machine: Names this machine; a make and a check on one share the key.
        environ: Only for the variables that a spec declares.
        lease: Holds the GPUs that the spec asks for, from a make to the end of its check.
        attest: Returns the files that lie beside a row: the statement of an accepted candidate.
        device: The accelerator in words; versions of what the engine itself brings.
    """

    repo: Repo
    store: Store
    home: Path
    remote: str
    clock: Clock
    progress: Progress
    mechanism: Mechanism
    isolation: Isolation
    sandbox: Isolation
    machine: str
    plug_ins: PlugIns
    identity: str | None
    environ: Mapping[str, str]
    lease: Lease
    forge: Callable[[], AbstractContextManager[Forge]] | None
    device: str
    versions: Mapping[str, str]
    repository: str = ""
    pause: Callable[[float], None] = sleep
    attest: Callable[[Row], Mapping[str, bytes]] = lambda _: {}

    @property
    def cells(self) -> Path:
        """Where answers to train and dev cases are kept between runs."""
        return self.home / "cells"

    @property
    def cache(self) -> Path:
        """Where makers keep what is costly to make and follows from its key alone."""
        return self.home / "cache"
