"""The frozen models behind `loops/<loop>.yaml`."""

from typing import Annotated, Any, Literal

from pydantic import (
    Discriminator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Tag,
)

from runner.core.field import (
    Argv,
    Dollars,
    Format,
    HourlyDollars,
    KindName,
    MetricName,
    Minutes,
    Name,
    Network,
    Variable,
)
from runner.core.frozen import Frozen
from runner.spec.gate_check import Checks
from runner.spec.watch import Watch


class CommandMake(Frozen):
    """A maker that is any command."""

    command: Argv
    cwd: str = "."
    env: tuple[Variable, ...] = ()
    network: Network = "none"
    gpus: NonNegativeInt = 0
    minutes: Minutes = 600
    attempts: Annotated[int, Field(ge=1, le=32)] = 1


class PlugInMake(Frozen):
    """A built-in maker, by kind; `with` holds its parameters."""

    kind: KindName
    with_: dict[str, Any] = Field(default={}, alias="with")
    env: tuple[Variable, ...] = ()
    network: Network = "none"
    gpus: NonNegativeInt = 0
    minutes: Minutes = 600
    attempts: Annotated[int, Field(ge=1, le=32)] = 1


class EvalCheck(Frozen):
    """Check with an eval declared under `evals/<eval>/eval.yaml`."""

    eval: Name
    minutes: Minutes = 60


class CommandCheck(Frozen):
    """Check with a foreign command: metric `score`, direction max, split in `LOOP_SPLIT`.

    Attributes:
        format: What the command writes to `LOOP_OUT`; a tool's lone score is taken as `score`.
    """

    command: Argv
    cwd: str = "."
    format: Format = "jsonl"
    env: tuple[Variable, ...] = ()
    network: Network = "none"
    dev: bool = False
    minutes: Minutes = 60


def _branch(value: object, keys: tuple[str, str]) -> str | None:
    """Tell which of two mappings is meant by its keys, misspelt ones too."""
    if not isinstance(value, dict):
        return None
    there = [key for key in keys if key in value]
    if not there:
        from difflib import get_close_matches  # noqa: PLC0415 - only a typo pays for the import

        there = [key for key in keys if get_close_matches(key, map(str, value))]
    return f"<{there[0]}>" if len(there) == 1 else None


def _make(value: object) -> str | None:
    if isinstance(value, CommandMake | PlugInMake):
        return "<command>" if isinstance(value, CommandMake) else "<kind>"
    return "<none>" if isinstance(value, str) else _branch(value, ("command", "kind"))


def _check(value: object) -> str | None:
    if isinstance(value, EvalCheck | CommandCheck):
        return "<eval>" if isinstance(value, EvalCheck) else "<command>"
    return _branch(value, ("eval", "command"))


Make = Annotated[
    Annotated[CommandMake, Tag("<command>")]
    | Annotated[PlugInMake, Tag("<kind>")]
    | Annotated[Literal["none"], Tag("<none>")],
    Discriminator(
        _make,
        custom_error_type="branch",
        custom_error_message="expected {kind: ...}, {command: [...]} or none",
    ),
]
Check = Annotated[
    Annotated[EvalCheck, Tag("<eval>")] | Annotated[CommandCheck, Tag("<command>")],
    Discriminator(
        _check,
        custom_error_type="branch",
        custom_error_message="expected {eval: ...} or {command: [...]}",
    ),
]


ASKING = frozenset({"reflect", "gepa"})
"""Kinds of proposers that ask a model and learn from trials on train."""
EDITORS = ASKING | {"command"}
"""Kinds of proposers that edit the surface by themselves."""


class Propose(Frozen):
    """Where hypotheses come from.

    Attributes:
        kind: `queue` takes the spec's hypotheses in order, `reflect` and `gepa` let a model edit
            the surface, `command` any program, `none` makes the same again with the next seed.
        with_: Parameters of a built-in proposer.
    """

    kind: Literal["queue", "reflect", "gepa", "command", "none"] = "queue"
    with_: dict[str, Any] = Field(default={}, alias="with")
    command: Argv | None = None
    env: tuple[Variable, ...] = ()
    network: Network = "none"
    minutes: Minutes = 60


class Hypothesis(Frozen):
    """One idea: what to change in `make.with`, and why it should help."""

    id: Name
    line: Name = "main"
    why: str = ""
    with_: dict[str, Any] = Field(default={}, alias="with")


class Skip(Frozen):
    """An idea not to try again, and where that was learned."""

    id: Name
    why: str
    source: int | str | None = None


class Guard(Frozen):
    """A condition on a metric that an accept or keep must meet.

    Attributes:
        max: Hard cap on the candidate's point estimate.
        min: Hard floor on the candidate's point estimate.
        tolerance: Vetoes a significant drop against the incumbent that is larger than this.
    """

    max: float | None = None
    min: float | None = None
    tolerance: NonNegativeFloat | None = None


class Gate(Frozen):
    """How a candidate is decided upon.

    Attributes:
        primary: `metric` or `metric@slice` that a gain is claimed on.
        min_delta: Smallest mean gain that is accepted; must be > 0 for graded metrics.
        worth: Gain that would be worth more cases; used by the stop rule `underpowered`.
        seeds: Baseline re-runs for the noise floor of `kind: scalar`.
        confirm: A claimed gain is pending until it held on the eval's lock-box split, once.
        simpler: Accept an equal score with a shorter surface.
        checks: What a candidate must pass beside the test; nothing by default.
    """

    kind: Literal["paired", "fixtures", "scalar"] = "paired"
    primary: MetricName = "score"
    min_delta: NonNegativeFloat = 0
    worth: PositiveFloat = 0.05
    guards: dict[MetricName, Guard] = {}
    seeds: Annotated[int, Field(ge=2, le=32)] = 3
    confirm: bool = False
    simpler: bool = False
    checks: Checks = Checks()


class Target(Frozen):
    """A level of a metric at which the loop has converged, read on the incumbent."""

    min: float | None = None
    max: float | None = None


class StopRule(Frozen):
    """When a line or the loop ends."""

    patience: Annotated[int, Field(ge=1, le=100)] = 3
    target: dict[MetricName, Target] = {}
    max_iterations: PositiveInt = 100


class Budget(Frozen):
    """What the loop may spend over its whole life, all pull requests together."""

    usd: Dollars | None = None
    usd_per_hour: HourlyDollars = 0


class IsolationRule(Frozen):
    """The weakest isolation under which a run may start."""

    min: Literal["open", "sandboxed", "separate"] = "open"


class Publish(Frozen):
    """How outcomes are shown.

    Attributes:
        heldout: `claimed` seals held-out numbers of anything but baseline and accept.
        notify: Names of environment variables that hold webhook URLs.
    """

    base: str = "main"
    heldout: Literal["claimed", "all"] = "claimed"
    reviewers: tuple[str, ...] = ()
    notify: tuple[Variable, ...] = ()


class Spec(Frozen):
    """A loop, whole."""

    version: Literal[1]
    loop: Name
    description: str = ""
    skill: Name | None = None
    surface: tuple[str, ...] = ()
    make: Make
    check: Check
    propose: Propose = Propose()
    hypotheses: tuple[Hypothesis, ...] = ()
    skip: tuple[Skip, ...] = ()
    gate: Gate = Gate()
    stop: StopRule = StopRule()
    budget: Budget = Budget()
    isolation: IsolationRule = IsolationRule()
    publish: Publish = Publish()
    watch: Watch | None = Field(default=None, exclude_if=lambda watch: watch is None)
    seed: NonNegativeInt = 0

    @property
    def edits_text(self) -> bool:
        """Whether a hypothesis is an edit of the surface, and nothing is built of it."""
        return bool(self.surface) and self.make == "none"

    @property
    def monitors(self) -> bool:
        """Whether the loop makes nothing, and checks again what others made."""
        return self.make == "none" and not self.surface

    @property
    def watching(self) -> Watch:
        """What a monitor looks at."""
        return self.watch or Watch()

    @property
    def posts(self) -> tuple[str, ...]:
        """Variables that what is posted needs: addresses of webhooks, and keys that sign."""
        alerts = ((each.webhook, each.secret) for each in self.watching.alert)
        named = [name for pair in alerts for name in pair if name is not None]
        return (*self.publish.notify, *named)

    @property
    def gpus(self) -> int:
        """How many GPUs an iteration is to have for itself."""
        return 0 if self.make == "none" else self.make.gpus

    def lines(self) -> tuple[str, ...]:
        """Return the lines in the order in which their hypotheses appear; `main` if none."""
        return tuple(dict.fromkeys(h.line for h in self.hypotheses)) or ("main",)
