"""Better and worse tries at one task."""

import pytest

from runner.core.episode import Ended, Episode
from runner.training.curate.pair import Pair, pairs
from runner.training.curate.params import Curation
from tests.training.curate.tries import RUNTIME, TOOLS, calls, episode, says, talk, user

ASKED = user("Write to Ann Lee about the invoice.")
FOUND = ("find", '{"name": "Ann Lee"}', "[]")


def made(
    episodes: list[Episode], rule: Curation | None = None, *, margin: float = 0.5
) -> tuple[Pair, ...]:
    return pairs(episodes, rule or Curation(), runtime=RUNTIME, tools=TOOLS, margin=margin, seed=0)


def worse(partial: float, text: str = "No.", *, ended: Ended = "answered") -> Episode:
    return episode("Ann Lee", partial, messages=[ASKED, says(text)], ended=ended)


def test_the_best_try_is_paired_with_the_worst_of_the_same_task() -> None:
    found = made([episode("Ann Lee", 0.8), worse(0.1), worse(0.2, "Never."), episode("Bob Moss")])
    (first, *_) = found
    assert len(found) == 1
    assert (first.task, round(first.margin, 6)) == ("Ann Lee", 0.7)
    assert first.prompt == (ASKED,)
    assert first.rejected == (says("No."),)
    chosen, rejected = first.rows()
    assert chosen.chat[0] == rejected.chat[0] == ASKED
    assert [each.content for each in chosen.chat] == [each.content for each in talk("Ann Lee")]


@pytest.mark.parametrize(
    ("partial", "count"), [(0.4, 1), (0.5, 1), (0.6, 0)], ids=["above", "equal", "below"]
)
def test_a_margin_is_itself_enough(partial: float, count: int) -> None:
    assert len(made([episode("Ann Lee", 1.0), worse(partial)])) == count


def test_a_pair_begins_alike() -> None:
    other = episode("Ann Lee", 0.0, messages=[user("Another question."), says("No.")])
    assert made([episode("Ann Lee"), other]) == ()


@pytest.mark.parametrize("ended", ["tokens", "window", "truncated", "unanswered"])
def test_what_the_agent_did_not_do_itself_is_not_held_against_it(ended: Ended) -> None:
    assert made([episode("Ann Lee"), worse(0.0, ended=ended)]) == ()


def test_a_try_without_an_end_is_cut_after_its_last_call() -> None:
    messages = [ASKED, *calls(FOUND), *calls(FOUND)]
    looping = episode("Ann Lee", 0.0, messages=messages, ended="loop")
    (found,) = made([episode("Ann Lee"), looping])
    assert [each.role for each in found.rejected] == ["assistant", "tool", "assistant"]


def test_a_better_try_must_be_a_row_of_its_own_right() -> None:
    tries = [episode("Ann Lee", 1.0, broken=1), episode("Ann Lee", 1.0, ended="turns"), worse(0.0)]
    assert made(tries) == ()
    assert len(made(tries, Curation(guards=False))) == 1
    assert made([episode("Ann Lee", 0.4), worse(0.0)], margin=0.1) == ()


def test_a_task_gives_no_more_pairs_than_its_cap() -> None:
    good = [
        episode("Ann Lee", 1.0, messages=[*talk("Ann Lee")[:-1], says(f"Done {n}.")], sample=n)
        for n in range(4)
    ]
    bad = [worse(0.0, f"No {n}.") for n in range(4)]
    assert len(made(good + bad)) == 2
    found = made(good + bad, Curation(per_task=None))
    assert len(found) == 4
    assert len({each.rejected for each in found}) == 4
    assert made(bad + good, Curation(per_task=None)) == found


def test_a_pair_too_long_for_the_model_is_left_out() -> None:
    tries = [episode("Ann Lee"), worse(0.0, "word " * 50)]
    assert len(made(tries)) == 1
    assert made(tries, Curation(max_tokens=40)) == ()


def test_a_record_is_what_trl_calls_preference_with_an_explicit_prompt() -> None:
    (found,) = made([episode("Ann Lee"), worse(0.0)])
    record = found.record()
    assert list(record) == ["prompt", "chosen", "rejected", "tools"]
    assert record["prompt"] == [{"role": "user", "content": ASKED.content}]
    assert record["rejected"] == [{"role": "assistant", "content": "No."}]
    assert record["chosen"][0]["tool_calls"][0]["function"]["name"] == "find"
