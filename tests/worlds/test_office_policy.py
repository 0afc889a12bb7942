"""Policies without a model, and the demonstrator that errs."""

import json
import random
from collections import Counter
from collections.abc import Sequence

import pytest

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Player, Unanswered
from runner.core.episode import Mark
from runner.worlds.office.generate import tasks
from runner.worlds.office.hands import Call, Careless, Hands, Hasty, Steady, StopError
from runner.worlds.office.player import Idle, first_hit_player, noisy_player, reference_player
from runner.worlds.office.policy import PolicyError, demonstrate, perform, reference
from runner.worlds.office.score import score
from runner.worlds.office.task import Task
from runner.worlds.office.template.table import SEEN_NAMES, SIMPLE_NAMES, TEMPLATES, UNSEEN_NAMES
from runner.worlds.office.world import ACTIONS, OfficeWorld

TASKS = tasks("dev", templates=[*SEEN_NAMES, *UNSEEN_NAMES], n=96, seed=3)
TOLD = '[{"id": "K1"}, {"id": "K2"}]'


class Table:
    """Deals out conversations to a player, and keeps the worlds."""

    def __init__(self, dealt: Sequence[Task], *, turns: int = 99) -> None:
        self.tasks = dealt
        self.worlds = [OfficeWorld(task.world) for task in dealt]
        self.turns = turns
        self.heard: list[list[ChatResponse | Unanswered]] = [[] for _ in dealt]

    def reply(self, number: int, answer: ChatResponse | Unanswered) -> list[Message]:
        self.heard[number].append(answer)
        if isinstance(answer, Unanswered) or len(self.heard[number]) > self.turns:
            return []
        return [
            Message(
                role="tool",
                content=self.worlds[number].call(call.name, call.arguments).text,
                tool_call_id=call.id,
            )
            for call in answer.tool_calls
        ]

    def play(self, player: Player, *, seed: int = 1) -> list[Mark]:
        starts = [
            ChatRequest(
                messages=(
                    Message(role="system", content="You are at work."),
                    Message(role="user", content=task.instruction),
                ),
                decoding=Decoding(seed=seed),
            )
            for task in self.tasks
        ]
        player.play(starts, self.reply)
        return [
            score(task.assertions, initial=task.world, final=world.state)
            for task, world in zip(self.tasks, self.worlds, strict=True)
        ]


def mean(marks: Sequence[Mark]) -> float:
    return sum(mark.partial for mark in marks) / len(marks)


def marks_of(noise: float, *, seed: int = 1) -> list[Mark]:
    rng = random.Random(seed)
    found = [demonstrate(task, noise=noise, rng=rng).mark for task in TASKS]
    return [mark for mark in found if mark is not None]


def test_an_episode_is_the_conversation_that_a_model_would_have() -> None:
    task = tasks("dev", templates=["sheet_amount"], n=1, seed=1)[0]
    episode = reference(task)
    first, ask, told, write, done, last = episode.messages

    assert first == Message(role="user", content=task.instruction)
    assert (ask.role, ask.content, ask.tool_calls[0].id) == ("assistant", "", "call_1")
    assert ask.tool_calls[0].name == "sheet_find"
    assert (told.role, told.tool_call_id) == ("tool", "call_1")
    assert (write.tool_calls[0].id, write.tool_calls[0].name) == ("call_2", "sheet_update")
    assert json.loads(done.content) == {
        "ok": True,
        "id": json.loads(write.tool_calls[0].arguments)["row"],
    }
    assert last == Message(role="assistant", content="Done.")
    assert (episode.turns, episode.calls, episode.refused, episode.ended) == (3, 2, 0, "answered")
    assert (episode.task, episode.template, episode.agent) == (task.id, "sheet_amount", "reference")


def test_the_reference_uses_most_tools_and_only_such_as_there_are() -> None:
    calls = [call for task in TASKS for m in reference(task).messages for call in m.tool_calls]
    used = {call.name for call in calls}

    assert used <= set(ACTIONS)
    assert len(used) >= 16


def test_the_noisy_demonstrator_without_noise_is_the_reference() -> None:
    task = TASKS[0]
    found = demonstrate(task, noise=0, rng=random.Random(1))

    assert found.model_copy(update={"agent": "reference"}) == reference(task)


def test_the_more_noise_the_less_is_done() -> None:
    partial = [mean(marks_of(noise)) for noise in (0, 0.1, 0.3, 0.6, 1)]

    assert partial[0] == 1
    assert partial == sorted(partial, reverse=True)
    assert len(set(partial)) == 5
    assert partial[-1] < 0.25


def test_noise_breaks_guards_too() -> None:
    assert sum(mark.broken > 0 for mark in marks_of(0.4)) > 5
    assert sum(mark.broken for mark in marks_of(0)) == 0


def test_the_same_chance_makes_the_same_mistakes() -> None:
    one, two = (demonstrate(TASKS[5], noise=0.5, rng=random.Random(4)) for _ in range(2))

    assert one == two


def test_doing_nothing_earns_nothing_but_by_the_plain_mean() -> None:
    marks = [score(task.assertions, initial=task.world, final=task.world) for task in TASKS]

    assert all(mark.partial == 0 and mark.plain > 0.5 for mark in marks)


def test_the_reference_player_does_everything_by_the_conversation_alone() -> None:
    assert mean(Table(TASKS).play(reference_player())) == 1


def test_the_control_set_is_done_by_every_player_but_the_idle_one() -> None:
    simple = tasks("dev", templates=SIMPLE_NAMES, n=30, seed=1)

    assert mean(Table(simple).play(reference_player())) == 1
    assert mean(Table(simple).play(first_hit_player())) == 1
    assert mean(Table(simple).play(Idle())) == 0


def test_who_takes_the_first_hit_falls_into_traps() -> None:
    assert 0.1 < mean(Table(TASKS).play(first_hit_player())) < 0.6


def test_a_noisy_player_errs_by_the_seed_of_its_requests() -> None:
    one, same, other = (Table(TASKS).play(noisy_player(0.3), seed=seed) for seed in (1, 1, 2))

    assert one == same != other
    assert 0.2 < mean(one) < 0.7
    assert [each.name for each in (Idle(), noisy_player(0), first_hit_player())] == [
        "noop",
        "noisy",
        "first_hit",
    ]


def test_a_player_stops_where_the_conversation_was_ended() -> None:
    dealt = Table(TASKS[:3], turns=1)
    dealt.play(reference_player())

    assert [len(heard) for heard in dealt.heard] == [2, 2, 2]


def test_an_instruction_that_no_template_words_stays_unanswered() -> None:
    dealt = Table([TASKS[0].model_copy(update={"instruction": "Make tea."}), TASKS[1]])
    marks = dealt.play(reference_player())

    assert dealt.heard[0] == [Unanswered(error="no template words an instruction like 'Make tea.'")]
    assert [mark.partial for mark in marks] == [0, 1]
    with pytest.raises(PolicyError, match="Make tea"):
        perform("Make tea.", lambda _tool, _arguments: "{}", Steady())


def test_a_plan_that_finds_nothing_stops() -> None:
    slots = {"person": "Ann Lee", "company": "Borel Foods", "role": "buyer"}
    sent: list[str] = []

    def send(tool: str, _arguments: dict[str, object]) -> str:
        sent.append(tool)
        return '{"error": "none"}'

    for habit in (Steady(), Hasty(), Careless(0, random.Random(1))):
        with pytest.raises(StopError):
            TEMPLATES["contact_role"].plan(slots, Hands(send, habit))
    assert sent == ["crm_find_companies"] * 3


def test_every_kind_of_mistake_is_made() -> None:
    call = Call("crm_update_deal", {"id": "D12", "field": "stage", "value": "draft"}, writes=True)
    careless = Careless(1, random.Random(1))
    seen = Counter(_kind(call, careless.calls(call)) for _ in range(400))

    assert set(seen) == {"none", "again", "also", "id", "field", "value"}
    assert min(seen.values()) > 20


def test_a_choice_goes_wrong_half_as_often_as_a_write() -> None:
    careless = Careless(1, random.Random(1))
    right, wrong = {"id": "C1"}, {"id": "C2"}
    picked = Counter(careless.pick([right, wrong], [right])["id"] for _ in range(800))

    assert 0.45 < picked["C2"] / 800 < 0.55


def test_a_look_up_goes_wrong_half_as_often_and_may_end_it_all() -> None:
    call = Call("crm_get_company", {"id": "A12"})
    careless = Careless(1, random.Random(1))
    seen: Counter[str] = Counter()
    for _ in range(800):
        try:
            seen["right" if careless.calls(call) == (call,) else "wrong"] += 1
        except StopError:
            seen["stop"] += 1

    assert 0.42 < (seen["wrong"] + seen["stop"]) / 800 < 0.58
    assert seen["stop"] > 20


def _kind(meant: Call, made: Sequence[Call]) -> str:
    if not made:
        return "none"
    if len(made) > 1:
        return "again" if made[0] == meant else "also"
    changed = [key for key in meant.arguments if made[0].arguments[key] != meant.arguments[key]]
    return changed[0] if changed else "id"


def test_a_number_goes_wrong_as_a_number() -> None:
    call = Call("crm_update_deal", {"id": "D12", "field": "amount", "value": 500}, writes=True)
    careless = Careless(1, random.Random(1))
    values = [made[0].arguments["value"] for made in _all(careless, call) if made]

    assert {type(value) for value in values} == {int}
    assert len(set(values)) > 5


def _all(careless: Careless, call: Call) -> list[Sequence[Call]]:
    found = [careless.calls(call) for _ in range(200)]
    return [made for made in found if made and made[0].tool == call.tool]


def test_a_wrong_pick_is_one_that_was_found() -> None:
    found = json.loads(TOLD)
    careless, steady = Careless(1, random.Random(1)), Careless(0, random.Random(1))

    assert careless.pick(found, found[:1]) == found[1]
    assert careless.pick(found[:1], found[:1]) == found[0]
    assert steady.pick(found, found[1:]) == found[1]
    assert Hasty().pick(found, found[1:]) == found[0]
    with pytest.raises(StopError):
        careless.pick([], [])
