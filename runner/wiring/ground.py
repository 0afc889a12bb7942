"""What this machine and this clone can tell of a loop before it runs; nothing here is needed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runner.core.errors import LoopError
from runner.core.head import Head
from runner.core.row import GateNumbers, Level
from runner.evals.check import key_variable
from runner.evals.model import Eval
from runner.repo.repo import Repo
from runner.wiring.environment import Environment, read_environment


@dataclass(frozen=True, slots=True)
class Measured:
    """The isolation that a run would have here.

    Attributes:
        level: None where it was not measured.
        why: What the level rests on, or why there is none; may be "".
    """

    level: Level | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What a loop's rows say before its next run.

    Attributes:
        head: Their fold; None before the first.
        resets: Resets and forced baselines on the present held-out split.
        gate: The numbers of the incumbent's look; None of a baseline.
    """

    head: Head | None = None
    resets: int = 0
    gate: GateNumbers | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """Questions to the machine and to git; the defaults are those of a bare folder.

    Attributes:
        measured: The isolation of a run of an eval.
        has_branch: Whether a branch is here; None where git does not know.
        opened: The plain bytes of a sealed file of an eval; None without its key.
        past: What the rows of a loop say of its cost and its looks, by the eval that judges now.
        row: What is wrong with a row of a loop as an input of a maker; "" for nothing, None where
            it is not recorded here.
        store: `LOOP_STORE`: a store that a make and a check on two machines reach.
    """

    measured: Callable[[Eval], Measured] = lambda _: Measured(None, "not asked")
    has_branch: Callable[[str], bool | None] = lambda _: None
    opened: Callable[[Eval, bytes], bytes | None] = lambda *_: None
    past: Callable[[str, Eval], Past] = lambda *_: Past()
    row: Callable[[str, int], str | None] = lambda *_: None
    store: str | None = None


def survey(root: Path) -> Ground:
    """Return what can be asked at a work tree's root; where it is no clone, not much."""
    try:
        environment = read_environment()
        repo = Repo.discover(root, environ=environment.variables)
    except LoopError as err:
        why = str(err)
        return Ground(measured=lambda _: Measured(None, why))
    return Ground(
        measured=lambda evaluation: _measured(environment, repo, evaluation),
        has_branch=lambda name: _has_branch(repo, name),
        opened=lambda evaluation, data: _opened(environment, repo, evaluation, data),
        past=lambda loop, evaluation: past_of(repo, loop, evaluation),
        row=lambda loop, number: _row(repo, loop, number),
        store=environment.store,
    )


def _measured(environment: Environment, repo: Repo, evaluation: Eval) -> Measured:
    """Ask the probe as a run does: it is remembered per boot, below LOOP_HOME."""
    from runner.sandbox.mechanism import detect_once  # noqa: PLC0415 - few loops are measured
    from runner.wiring.isolation import measure, places, sandbox  # noqa: PLC0415 - likewise

    home = environment.home / repo.key
    key_here = bool(environment.variables.get(key_variable(evaluation)))
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        variables = environment.variables
        mechanism = detect_once(variables, folder=home, wanted=environment.sandbox)
        alone = sandbox(mechanism, home=home, real=places(variables, repo))
        found = measure(alone, evaluation, key_here=key_here)
    except OSError as err:
        return Measured(None, f"LOOP_HOME {environment.home}: {err.strerror}")
    except LoopError as err:
        return Measured(None, str(err))
    if found.level == "separate":
        return Measured("separate", f"{key_variable(evaluation)} is not set here")
    return Measured(found.level, found.probe)


def _has_branch(repo: Repo, name: str) -> bool | None:
    if repo.resolve("HEAD") is None:
        return None
    places = ("refs/heads", "refs/remotes/origin")
    return any(repo.resolve(f"{place}/{name}") is not None for place in places)


def _opened(environment: Environment, repo: Repo, evaluation: Eval, data: bytes) -> bytes | None:
    identity = environment.variables.get(key_variable(evaluation)) or _published(repo, evaluation)
    if not identity:
        return None
    from runner.seal.box import unseal  # noqa: PLC0415 - few machines hold a key

    try:
        return unseal(data, identity)
    except LoopError:
        return None  # told by `doctor`, whose subject the key is


def _published(repo: Repo, evaluation: Eval) -> str | None:
    """Return the key that an eval publishes, for demonstrations."""
    if evaluation.demo_identity is None:
        return None
    path = repo.top / "evals" / evaluation.eval / evaluation.demo_identity
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None  # told by `crosscheck`, which asks for the file


def past_of(repo: Repo, loop: str, evaluation: Eval) -> Past:
    """Return what this clone's rows of a loop say; nothing where they cannot be read."""
    from runner.evals.heldout import heldout_digest  # noqa: PLC0415 - few loops have rows
    from runner.record.past import read_head, read_rows  # noqa: PLC0415 - likewise

    try:
        authority = repo.resolve(f"refs/loops/{loop}")
        head = read_head(repo, authority, loop)
        if authority is None or head is None:
            return Past()
        heldout = heldout_digest(evaluation, lambda path: (repo.top / path).read_bytes())
        resets = head.resets.get(heldout, 0)
        if head.incumbent_row is None:
            return Past(head, resets)
        (row,) = read_rows(repo, authority, head, numbers=(head.incumbent_row,))
    except LoopError:
        return Past()  # told by `status` and `doctor`, whose subject it is
    return Past(head, resets, row.gate)


def _row(repo: Repo, loop: str, number: int) -> str | None:
    from runner.record.past import read_head, read_rows  # noqa: PLC0415 - few loops name rows

    try:
        authority = repo.resolve(f"refs/loops/{loop}")
        head = read_head(repo, authority, loop)
        if authority is None or head is None or number > head.number:
            return None
        (row,) = read_rows(repo, authority, head, numbers=(number,))
    except LoopError:
        return None  # told by `status` and `doctor`, whose subject it is
    return "" if row.candidate else f"made no candidate ({row.verdict or row.kind})"
