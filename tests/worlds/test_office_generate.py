"""Tasks that are drawn: each can be done, none does itself, and no two are one."""

import random
import re
from collections import Counter
from itertools import combinations
from typing import get_args

import pytest

from runner.worlds.office import pool as words
from runner.worlds.office.assertion import InChannel
from runner.worlds.office.draft import Draft
from runner.worlds.office.file import dangling
from runner.worlds.office.generate import GenerateError, draw, faults, tasks
from runner.worlds.office.policy import reference
from runner.worlds.office.score import score
from runner.worlds.office.state import Office
from runner.worlds.office.task import Task
from runner.worlds.office.template import table
from runner.worlds.office.twin import masked_hash, overlap, task_hash

POOLS = get_args(words.Pool)
NAMES = tuple(table.TEMPLATES)
EACH = 12


def size(office: Office) -> int:
    return sum(len(getattr(office, name)) for name in Office.model_fields)


def some(name: str, *, n: int = EACH, pool: words.Pool = "dev") -> list[Task]:
    return [
        draw(table.TEMPLATES[name], pool, name=f"{name}-{seed}", seed=seed) for seed in range(n)
    ]


def test_there_are_enough_kinds_of_tasks_and_no_kind_is_both_trained_on_and_held_out() -> None:
    assert len(table.SEEN_NAMES) >= 14
    assert len(table.UNSEEN_NAMES) >= 4
    assert len(NAMES) == len({*table.SEEN_NAMES, *table.UNSEEN_NAMES, *table.SIMPLE_NAMES})
    assert [table.slice_of(name) for name in ("deal_post", "deal_mailed", "simple_mail")] == [
        "seen",
        "unseen",
        "simple",
    ]


def _wordings(names: tuple[str, ...]) -> set[str]:
    said = " ".join(text for name in names for text in table.TEMPLATES[name].says)
    return set(re.findall(r"\w+", re.sub(r"\{\w+\}", " ", said)))


@pytest.mark.parametrize(
    "names", [table.UNSEEN_NAMES, table.SIMPLE_NAMES], ids=["unseen", "simple"]
)
def test_what_nobody_is_trained_on_is_said_in_words_that_somebody_is(
    names: tuple[str, ...],
) -> None:
    assert _wordings(names) <= _wordings(table.SEEN_NAMES)


@pytest.mark.parametrize("name", table.UNSEEN_NAMES)
def test_what_is_held_out_asks_for_no_tool_that_nobody_learns(name: str) -> None:
    assert _tools((name,)) <= _tools(table.SEEN_NAMES)


def _tools(names: tuple[str, ...]) -> set[str]:
    episodes = [reference(some(name, n=1)[0]) for name in names]
    return {call.name for each in episodes for m in each.messages for call in m.tool_calls}


@pytest.mark.parametrize("names", [words.people, words.companies], ids=["people", "companies"])
def test_a_whole_name_is_of_one_pool_and_every_word_of_all(names: object) -> None:
    assert callable(names)
    found = {pool: names(pool) for pool in POOLS}
    each_word = [{word for name in whole for word in name.split()} for whole in found.values()]

    assert all(not set(one) & set(two) for one, two in combinations(found.values(), 2))
    assert each_word == [each_word[0]] * len(POOLS)
    assert sum(map(len, found.values())) in {64 * 63, 36 * 35}  # any two words, in both orders


def test_no_name_is_found_by_a_part_of_another() -> None:
    for known in ((*words.FIRSTS, *words.LASTS), (*words.HEADS, *words.TAILS, *words.BRANCHES)):
        lower = [word.lower() for word in known]

        assert not [(one, two) for one in lower for two in lower if one != two and one in two]


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_does_every_task_and_doing_nothing_earns_nothing(name: str) -> None:
    assert [fault for task in some(name) for fault in faults(task)] == []
    assert {_idle(task) for task in some(name)} == {0}


def _idle(task: Task) -> float:
    return score(task.assertions, initial=task.world, final=task.world).partial


def test_a_task_that_the_reference_cannot_do_is_none() -> None:
    task = some("simple_post")[0]
    wanted = InChannel(channel="sales", text=("a miracle",))
    worse = task.model_copy(update={"assertions": (*task.assertions, wanted)})

    assert faults(worse) == ["simple_post-0: the reference policy earns 0.5, not 1"]


def test_filler_says_nothing_where_a_template_has_spoken() -> None:
    draft = Draft("dev", random.Random(1))
    for channel in words.CHANNELS:
        draft.post(channel, "all done")
    draft.fill()
    office = draft.office()

    assert len(office.posts) == len(words.CHANNELS)
    assert size(office) >= 14
    assert all(getattr(office, name) for name in Office.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_an_instruction_is_read_back_by_its_own_template_alone(name: str) -> None:
    for task in some(name):
        readers = [
            each.name
            for each in table.TEMPLATES.values()
            if each.slots(task.instruction) is not None
        ]

        assert readers == [name]
        assert len(task.instruction.split()) <= 32


@pytest.mark.parametrize("name", NAMES)
def test_a_world_is_small_sound_and_of_its_pool(name: str) -> None:
    known = {*words.people("heldout"), *words.companies("heldout")}
    for task in some(name, pool="heldout"):
        assert 10 <= size(task.world) <= 25
        assert list(dangling(task.world)) == []
        assert set(task.entities) <= known
        assert {name for name in _names(task.world) if name in known} <= set(task.entities)


def _names(office: Office) -> set[str]:
    people = {each.name for each in office.contacts} | {each.author for each in office.posts}
    firms = {" ".join(each.name.split()[:2]) for each in office.companies}
    return people | firms | {each.sender for each in office.mails}


@pytest.mark.parametrize(
    ("name", "calls"), [("simple_post", 1), ("sheet_amount", 2), ("deal_mailed", 5)]
)
def test_the_reference_is_as_short_as_the_task_allows(name: str, calls: int) -> None:
    assert {reference(task).calls for task in some(name)} == {calls}


@pytest.mark.parametrize("name", [*table.SEEN_NAMES, *table.UNSEEN_NAMES])
def test_a_task_differs_in_difficulty_from_another_of_its_kind(name: str) -> None:
    sizes = {sum(len(m.content) for m in reference(task).messages) // 40 for task in some(name)}

    assert len(sizes) > 1


def test_the_same_seed_draws_the_same_tasks_and_another_draws_others() -> None:
    one, two, three = (
        tasks("train", templates=table.SEEN_NAMES, n=21, seed=seed) for seed in (7, 7, 8)
    )

    assert one == two
    assert not {task_hash(task) for task in one} & {task_hash(task) for task in three}
    assert Counter(task.template for task in one)["contact_role"] == 2
    assert len({task.id for task in one}) == 21


def test_a_task_reads_back_from_its_line() -> None:
    task = tasks("train", templates=["deal_post"], n=1, seed=1)[0]

    assert Task.model_validate_json(task.model_dump_json()) == task
    assert task.slices == ("seen", "deal_post")
    assert task.cluster == task.id == "train-deal_post-0000"


@pytest.mark.parametrize(
    ("templates", "message"),
    [
        ((), "no template to draw tasks from; name at least one"),
        (("deal_pots",), "there is no template deal_pots"),
    ],
    ids=["none", "unknown"],
)
def test_tasks_of_no_template_are_refused(templates: tuple[str, ...], message: str) -> None:
    with pytest.raises(GenerateError, match=message):
        tasks("train", templates=templates, n=1, seed=1)


def test_a_template_that_runs_out_of_tasks_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random.Random, "randrange", lambda *_: 1)

    with pytest.raises(GenerateError, match="deal_post: no new task of dev in 50 tries"):
        tasks("dev", templates=["deal_post"], n=2, seed=1)


def test_a_task_with_other_ids_is_a_twin_and_with_other_words_is_not() -> None:
    task = some("simple_create")[0]
    text = re.sub(r"\b([ACDEMPRT])(\d\d)\b", r"\g<1>3\2", task.model_dump_json())
    moved = Task.model_validate_json(text)
    other = task.model_copy(update={"instruction": f"{task.instruction} Please."})

    assert task_hash(moved) != task_hash(task)
    assert masked_hash(moved) == masked_hash(task) != masked_hash(other)


def test_a_renamed_task_is_a_twin() -> None:
    task = some("deal_post")[0]
    text = task.model_dump_json()
    for number, name in enumerate(task.entities):
        text = text.replace(name, f"Xan{'abcdefghijkl'[number]} Yor")
    renamed = Task.model_validate_json(text)

    assert task_hash(renamed) != task_hash(task)
    assert masked_hash(renamed) == masked_hash(task)
    assert overlap([task], [renamed.model_copy(update={"id": "other"})]) == [
        "deal_post-0 and other have the same task but for names"
    ]


def test_splits_of_two_pools_share_nothing() -> None:
    ours = tasks("train", templates=table.SEEN_NAMES, n=38, seed=1)
    theirs = tasks("heldout", templates=[*table.SEEN_NAMES, *table.UNSEEN_NAMES], n=48, seed=1)

    assert overlap(ours, theirs) == []


def test_what_two_splits_share_is_named() -> None:
    task = tasks("train", templates=["deal_mailed"], n=1, seed=1)[0]
    found = overlap([task], [task])

    assert found[:3] == [
        "train-deal_mailed-0000 and train-deal_mailed-0000 have the id train-deal_mailed-0000",
        "train-deal_mailed-0000 and train-deal_mailed-0000 have the same world and instruction",
        "train-deal_mailed-0000 and train-deal_mailed-0000 have the same task but for names",
    ]
    assert f"{task.id} and {task.id} have the name {task.entities[0]}" in found
    assert found[-1] == f"{task.id} and {task.id} have the held-out template deal_mailed"


@pytest.mark.slow
def test_a_thousand_tasks_are_a_thousand_tasks() -> None:
    found = tasks("train", templates=table.SEEN_NAMES, n=1000, seed=1)

    assert len({masked_hash(task) for task in found}) == 1000
