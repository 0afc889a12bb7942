"""A foreign repository with a loop, its workflows, and a forge that runs them."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from runner.forge.server import serve
from runner.repo.repo import Repo
from runner.wiring.clock import SystemClock
from runner.wiring.init_workflow import WORKFLOWS, Fitting, workflow
from tests.conftest import EVAL, SPEC, TRAIN, Workshop
from tests.workflows.front import front
from tests.workflows.harness import Hub

Open = Callable[..., Hub]


@pytest.fixture
def hub(bare_workshop: Workshop) -> Iterator[Open]:
    """Return what opens a hub with the workshop's repository pushed to it."""
    shop = bare_workshop
    shop.git("init", "-q", "-b", "main")
    fitting = Fitting(secrets=("COUNT",))
    files = {f".github/workflows/{name}": workflow(name, fitting) for name in WORKFLOWS}
    files |= {"train.py": TRAIN, "eval.py": EVAL, "levels.json": json.dumps([1, 10])}
    shop.commit(files, "workflows")
    shop.spec(SPEC)
    with ExitStack() as stack:

        def opened(name: str = "hub", **variables: str) -> Hub:
            place = shop.top.parent / name
            place.mkdir()
            bare = Repo.init_bare(place / "origin.git", environ={})
            shop.git("push", "-q", str(bare.top), "main")
            address = stack.enter_context(serve(bare, clock=SystemClock()))
            door = stack.enter_context(front(address.url))
            return Hub(
                place=place,
                origin=Path(bare.top),
                door=door,
                token=address.token,
                repository=address.repository,
                variables=variables,
                secrets={"COUNT": str(shop.count)},
            )

        yield opened
