"""Draw tasks, each of which can be done and none of which does itself."""

import random
from collections.abc import Sequence

from runner.core.problem import suggestion
from runner.worlds.error import WorldError
from runner.worlds.office.draft import Draft
from runner.worlds.office.policy import reference
from runner.worlds.office.pool import Pool
from runner.worlds.office.task import Task
from runner.worlds.office.template.table import TEMPLATES, slice_of
from runner.worlds.office.template.template import Template
from runner.worlds.office.twin import masked_hash

_TRIES = 50


class GenerateError(WorldError):
    """Tasks that cannot be drawn."""


def tasks(pool: Pool, *, templates: Sequence[str], n: int, seed: int) -> list[Task]:
    """Draw tasks of some templates in turn; the same arguments, the same tasks.

    A task is rejected where the reference policy does not do all of it, or where it is another's
    twin but for names and ids.

    Args:
        pool: Whose names people and companies have.
        templates: Their names, as in `template/table.py`.
        n: How many; the first templates have one more where it does not come out even.
        seed: Of the whole draw.

    Raises:
        GenerateError: no template, one that there is not, or one that runs out of tasks.
    """
    chosen = [_template(name) for name in templates]
    if not chosen:
        raise GenerateError("no template to draw tasks from; name at least one")
    drawn: set[str] = set()
    found = []
    for number in range(n):
        template = chosen[number % len(chosen)]
        found.append(_fresh(template, pool, number=number, seed=seed, drawn=drawn))
    return found


def draw(template: Template, pool: Pool, *, name: str, seed: int) -> Task:
    """Draw one task, good or not.

    Args:
        template: Its kind.
        pool: Whose names people and companies have.
        name: The task's id.
        seed: Of this task alone.
    """
    rng = random.Random(f"{pool} {template.name} {seed}")  # noqa: S311 - a seed that is published
    draft = Draft(pool, rng)
    scene = template.scene(draft)
    draft.fill()
    return Task(
        id=name,
        template=template.name,
        instruction=rng.choice(template.says).format(**scene.slots),
        world=draft.office(),
        assertions=scene.assertions(),
        slices=(slice_of(template.name), template.name),
        cluster=name,
        entities=draft.entities,
        seed=seed,
    )


def faults(task: Task) -> list[str]:
    """Say why a task is none: the reference policy does not do all of it.

    That doing nothing earns nothing needs no look: it is how `score` counts.
    """
    mark = reference(task).mark
    if mark is not None and mark.strict:
        return []
    return [f"{task.id}: the reference policy earns {mark and mark.partial}, not 1"]


def _template(name: str) -> Template:
    template = TEMPLATES.get(name)
    if template is None:
        raise GenerateError(f"there is no template {name}{suggestion(name, tuple(TEMPLATES))}")
    return template


def _fresh(template: Template, pool: Pool, *, number: int, seed: int, drawn: set[str]) -> Task:
    rng = random.Random(f"{seed} {number}")  # noqa: S311 - a seed that is published
    name = f"{pool}-{template.name}-{number:04d}"
    for _ in range(_TRIES):
        task = draw(template, pool, name=name, seed=rng.randrange(2**31))
        twin = masked_hash(task)
        if twin not in drawn and not faults(task):
            drawn.add(twin)
            return task
    raise GenerateError(f"{template.name}: no new task of {pool} in {_TRIES} tries")
