"""What a curation did, for whoever asks where a training set comes from."""

from typing import Literal

from pydantic import NonNegativeInt

from runner.core.canonical import canonical, digest
from runner.core.frozen import Frozen
from runner.training.curate.params import Curation


class Step(Frozen):
    """One step, and how many rows it was given and left.

    Attributes:
        name: `answered`, `guards`, `partial`, `normal`, `exact`, `near`, `per_task`, `template`,
            `loops`, `parsed`, `max_tokens`, `cohort`, in this order. `loops` leaves all rows: it
            takes turns out of them, and rows that are equal then were one from `exact` on.
    """

    name: str
    before: NonNegativeInt
    after: NonNegativeInt


class Coverage(Frozen):
    """How far the tasks are solved at all, before anything is left out.

    Attributes:
        tasks: Tasks with a scored episode.
        some: Share of them with an episode of partial > 0, in [0, 1]; higher is better.
        enough: Share of them with an episode of partial >= `min_partial`, in [0, 1].
    """

    tasks: NonNegativeInt
    some: float
    enough: float

    def __str__(self) -> str:
        return (
            f"{self.some:.3g} of {self.tasks} tasks have a partial above 0, "
            f"{self.enough:.3g} reach min_partial"
        )


class CurationManifest(Frozen):
    """Where the rows of a training set come from.

    Attributes:
        rule: By which they were chosen.
        seed: Of its draws.
        steps: In order; each is given what the one before left.
        mended: Turns that steps took out of rows that they kept, by step.
        coverage: Of all episodes; None where none is scored.
        rows: Digest of each row's messages, in the order of the file.
        tokens: Of all rows.
        tasks: Tasks with at least one row, by template.
        mean_partial: Over the scored rows, in [0, 1]; None where no row is scored.
        file: sha256 of the rows as JSON lines.
    """

    v: Literal[1] = 1
    rule: Curation
    seed: int
    steps: tuple[Step, ...]
    mended: dict[str, NonNegativeInt]
    coverage: Coverage | None
    rows: tuple[str, ...]
    tokens: NonNegativeInt
    tasks: dict[str, NonNegativeInt]
    mean_partial: float | None
    file: str

    @property
    def sha256(self) -> str:
        """Digest of everything that it says."""
        return digest(canonical(self.model_dump(mode="json")))

    def record(self) -> dict[str, object]:
        """Return it as a JSON object, its own digest included."""
        return self.model_dump(mode="json") | {"sha256": self.sha256}


def counted(steps: tuple[Step, ...]) -> str:
    """Spell the counts of all steps in one line: `120 episodes, 100 answered, ...`."""
    first = f"{steps[0].before} episodes" if steps else "no step"
    return ", ".join([first, *(f"{step.after} {step.name}" for step in steps)])
