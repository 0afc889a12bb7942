"""What holds of any curation of any episodes."""

import random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.core.episode import Ended, Episode
from runner.training.curate.curate import Curated, curate
from runner.training.curate.error import CurationError
from runner.training.curate.params import Curation
from tests.training.curate.tries import RUNTIME, TOOLS, calls, episode, says, user

Name = Literal["high", "low", "random", "strict"]
ENDED: tuple[Ended, ...] = ("answered", "answered", "answered", "turns", "format")
FOUND = ("find", '{"name": "Ann"}', "[]")


@st.composite
def tries(draw: st.DrawFn) -> Episode:
    task = draw(st.integers(0, 5))
    number = draw(st.integers(0, 4))
    turns = [each for _ in range(draw(st.integers(0, 2))) for each in calls(FOUND)]
    return episode(
        f"t{task}",
        draw(st.none() | st.integers(0, 10).map(lambda tenths: tenths / 10)),
        messages=[user(f"Do {task}."), *turns, says(f"Done {number}.")],
        ended=draw(st.sampled_from(ENDED)),
        template=f"k{task % 2}",
        sample=draw(st.integers(0, 3)),
        broken=draw(st.sampled_from((0, 0, 0, 1))),
    )


rules = st.builds(
    Curation,
    min_partial=st.sampled_from((0.0, 0.3, 0.5, 1.0)),
    per_task=st.none() | st.integers(1, 3),
    balance=st.sampled_from(("none", "template")),
    cohort=st.sampled_from(("high", "low", "random", "strict")),
    rows=st.none() | st.integers(1, 6),
    tokens=st.none() | st.integers(5, 60),
    near=st.none() | st.sampled_from((0.5, 0.9, 1.0)),
    guards=st.booleans(),
    max_tokens=st.none() | st.integers(4, 12),
)


def made(episodes: list[Episode], rule: Curation, *, seed: int = 0) -> Curated | str:
    entities = {each.task: (each.task,) for each in episodes}
    try:
        return curate(episodes, rule, runtime=RUNTIME, entities=entities, tools=TOOLS, seed=seed)
    except CurationError as err:
        return str(err)


@settings(max_examples=80, deadline=None)
@given(st.lists(tries(), max_size=25), rules, st.randoms(use_true_random=False))
def test_a_curation_keeps_its_promises(
    episodes: list[Episode], rule: Curation, chance: random.Random
) -> None:
    done = made(episodes, rule)
    mixed = list(episodes)
    chance.shuffle(mixed)
    assert made(mixed, rule) == done
    if isinstance(done, str):
        return
    steps, manifest = done.steps, done.manifest
    assert steps[0].before == len(episodes)
    assert all(step.after <= step.before for step in steps)
    assert [step.before for step in steps[1:]] == [step.after for step in steps[:-1]]
    assert steps[-1].after == len(done.rows) == len(done.episodes) == len(manifest.rows) > 0
    assert len(set(manifest.rows)) == len(manifest.rows)
    by_task = [each.task for each in done.episodes]
    assert all(by_task.count(task) <= (rule.per_task or 99) for task in by_task)
    assert all(each in episodes and each.ended == "answered" for each in done.episodes)
    assert rule.rows is None or len(done.rows) <= rule.rows
    assert rule.tokens is None or manifest.tokens <= rule.tokens
    lengths = [RUNTIME.count_tokens(row) for row in done.rows]
    assert sum(lengths) == manifest.tokens
    assert rule.max_tokens is None or max(lengths) <= rule.max_tokens
    for mark in (each.mark for each in done.episodes):
        assert mark is not None or rule.cohort == "random"
        if mark is not None:
            assert rule.floor is None or mark.partial >= rule.floor
            assert not (rule.guards and mark.broken)
            assert rule.cohort != "strict" or mark.strict


@pytest.mark.parametrize("balance", ["none", "template"])
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 10), min_size=8, max_size=24), st.integers(1, 4), st.integers(0, 99))
def test_arms_are_of_equal_size_and_high_and_low_share_no_row(
    balance: str, tenths: list[int], rows: int, seed: int
) -> None:
    episodes = [
        episode(
            f"t{at}",
            each / 10,
            messages=[user(f"Do {at}."), says("Done.")],
            template=f"k{at % 3}",
        )
        for at, each in enumerate(tenths)
    ]
    arms: dict[Name, set[str]] = {}
    for cohort in ("high", "low", "random"):
        rule = Curation.model_validate(
            {
                "near": None,
                "min_partial": 0.0,
                "cohort": cohort,
                "rows": rows,
                "balance": balance,
            }
        )
        done = made(episodes, rule, seed=seed)
        assert isinstance(done, Curated)
        arms[cohort] = {each.task for each in done.episodes}
    assert {len(arm) for arm in arms.values()} == {rows}
    if balance == "none":
        assert not arms["high"] & arms["low"]
