"""Which kinds of task a turn helped, and which it did not."""

from collections.abc import Collection, Sequence

from runner.core.frozen import Frozen
from runner.report.escape import escape
from runner.report.estimate import Estimate, difference, estimate
from runner.report.experience import figure
from runner.report.experience.attempt import Attempts, Turn, scored
from runner.report.experience.cell import changed, estimated
from runner.report.table import folded

_SHOWN = 12


class Kind(Frozen):
    """One template's tasks before and after.

    Attributes:
        unseen: Whether nobody was ever trained on it.
        base: What the base scores on its tasks, higher is better.
        candidate: What the candidate scores.
        gain: Candidate less base, task by task.
    """

    template: str
    unseen: bool
    base: Estimate
    candidate: Estimate
    gain: Estimate


def kinds(
    candidate: Turn, base: Turn, *, unseen: Collection[str] = (), seed: int = 0
) -> tuple[Kind, ...]:
    """Compare two agents template by template, in the order of their names.

    Args:
        candidate: What one did.
        base: What the other did with the same tasks.
        unseen: Templates that nobody was trained on.
        seed: Of the intervals.

    Raises:
        ReportError: a template of which the two share no task.
    """
    found = []
    for template in sorted({template_of(task) for task in candidate.tasks}):
        ours, theirs = (
            scored([task for task in turn.tasks if template_of(task) == template], figure.partial)
            for turn in (candidate, base)
        )
        found.append(
            Kind(
                template=template,
                unseen=template in unseen,
                base=estimate(theirs, seed=seed),
                candidate=estimate(ours, seed=seed),
                gain=difference(ours, theirs, seed=seed),
            )
        )
    return tuple(found)


def template_of(task: Attempts) -> str:
    """Return the template that a task is of; "" where it has none."""
    return task.episodes[0].template


def kind_table(found: Sequence[Kind]) -> str:
    """Return a row per template, the least helped first; "" without one."""
    rows = [
        (
            escape(each.template) + (" (unseen)" if each.unseen else ""),
            str(each.candidate.cases),
            estimated(each.base),
            estimated(each.candidate),
            changed(each.gain),
        )
        for each in sorted(found, key=lambda each: (each.gain.mean, each.template))
    ]
    header = ("template", "tasks", "base (95 %)", "candidate (95 %)", "gain (95 %)")
    return folded(header, rows, first=_SHOWN, noun="templates")
