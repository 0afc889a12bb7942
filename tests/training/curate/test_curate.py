"""The pipeline step by step, on episodes whose counts are known."""

import hashlib
import json
from pathlib import Path

import pytest

from runner.core.episode import Ended, Episode
from runner.training.curate.curate import Curated, curate
from runner.training.curate.error import EmptyCohortError, NothingSolvedError
from runner.training.curate.params import Curation
from runner.training.row import write_rows
from tests.training.curate.tries import RUNTIME, TOOLS, calls, episode, says, talk, user

PEOPLE = ("Ann Lee", "Bob Moss", "Cara Nash", "Dan Orr", "Eve Pike", "Finn Reed")


def made(episodes: list[Episode], rule: Curation | None = None, *, seed: int = 0) -> Curated:
    entities = {each.task: (each.task,) for each in episodes}
    chosen = Curation(near=None) if rule is None else rule
    return curate(episodes, chosen, runtime=RUNTIME, entities=entities, tools=TOOLS, seed=seed)


def left(done: Curated) -> dict[str, int]:
    return {step.name: step.after for step in done.steps}


def test_every_step_says_what_it_left() -> None:
    longer = [*talk("Ann Lee")[:-1], says("Done, and more words than a window holds.")]
    broken_text = [user("x"), says('<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call>')]
    looped = [*talk("Bob Moss")[:3], *talk("Bob Moss")[1:]]
    episodes = [
        episode("Ann Lee"),
        episode("Ann Lee", sample=1),  # the same again
        episode("Ann Lee", 0.6, messages=longer),
        episode("Bob Moss", messages=looped),
        episode("Bob Moss", sample=1),  # the same once collapsed
        episode("Cara Nash", 0.9),
        episode("Cara Nash", 0.8, messages=[*talk("Cara Nash")[:-1], says("Sent it.")]),
        episode("Cara Nash", 0.7, messages=[*talk("Cara Nash")[:-1], says("Yes.")]),
        episode("Dan Orr", 0.3),
        episode("Eve Pike", broken=1),
        episode("Finn Reed", ended="turns"),
        episode("Finn Reed", messages=broken_text),
        episode("Finn Reed", messages=talk("Finn Reed")[:-1]),  # no last word
        episode("Finn Reed", None),
    ]
    done = made(episodes, Curation(near=None, max_tokens=23, rows=4))
    assert [(step.name, step.before, step.after) for step in done.steps] == [
        ("answered", 14, 13),
        ("guards", 13, 12),
        ("partial", 12, 10),
        ("normal", 10, 9),
        ("exact", 9, 7),
        ("near", 7, 7),
        ("per_task", 7, 6),
        ("template", 6, 6),
        ("loops", 6, 6),
        ("parsed", 6, 5),
        ("max_tokens", 5, 4),
        ("cohort", 4, 4),
    ]
    assert done.manifest.mended == {"normal": 0, "loops": 1}
    assert {each.task for each in done.episodes} == {"Ann Lee", "Bob Moss", "Cara Nash"}


@pytest.mark.parametrize(
    "ended",
    ["turns", "tokens", "window", "truncated", "format", "loop", "unanswered"],
)
def test_only_an_episode_that_the_agent_ended_teaches_it_to_end(ended: Ended) -> None:
    done = made([episode("Ann Lee", ended=ended), episode("Bob Moss")])
    assert [each.task for each in done.episodes] == ["Bob Moss"]
    assert left(done)["answered"] == 1


@pytest.mark.parametrize(
    ("partial", "kept"), [(0.4, 1), (0.5, 2), (0.6, 2)], ids=["below", "equal", "above"]
)
def test_min_partial_is_a_floor_and_itself_enough(partial: float, kept: int) -> None:
    assert len(made([episode("Ann Lee"), episode("Bob Moss", partial)]).rows) == kept


def test_a_broken_guard_leaves_an_episode_out_unless_asked() -> None:
    episodes = [episode("Ann Lee"), episode("Bob Moss", broken=1)]
    assert len(made(episodes).rows) == 1
    assert len(made(episodes, Curation(near=None, guards=False)).rows) == 2


def test_strict_takes_what_solved_its_task_whole() -> None:
    episodes = [
        episode("Ann Lee"),
        episode("Bob Moss", 0.9),
        episode("Cara Nash", broken=1),
    ]
    done = made(episodes, Curation(near=None, cohort="strict", guards=False))
    assert [each.task for each in done.episodes] == ["Ann Lee"]


@pytest.mark.parametrize(
    ("cohort", "partials"),
    [("high", [1.0, 0.8]), ("low", [0.1, 0.2])],
)
def test_a_cohort_takes_its_end_of_the_ranking(cohort: str, partials: list[float]) -> None:
    episodes = [
        episode(who, partial)
        for who, partial in zip(PEOPLE, (0.8, 0.1, 1.0, 0.2, 0.6, 0.5), strict=True)
    ]
    rule = Curation.model_validate({"near": None, "cohort": cohort, "rows": 2})
    marks = [each.mark for each in made(episodes, rule).episodes]
    assert [mark.partial for mark in marks if mark is not None] == partials


def test_random_takes_by_seed_and_nothing_else() -> None:
    episodes = [episode(who, 0.1 * at) for at, who in enumerate(PEOPLE)]
    rule = Curation(near=None, cohort="random", rows=3)
    drawn = {
        tuple(sorted(each.task for each in made(episodes, rule, seed=seed).episodes))
        for seed in range(20)
    }
    assert made(episodes, rule, seed=3) == made(episodes[::-1], rule, seed=3)
    assert len(drawn) > 5


def test_rows_that_nobody_scored_pass_at_random_only() -> None:
    episodes = [episode("Ann Lee", None), episode("Bob Moss")]
    assert len(made(episodes).rows) == 1
    done = made(episodes, Curation(near=None, cohort="random"))
    assert len(done.rows) == 2
    assert done.manifest.mean_partial == 1.0
    alone = made(episodes[:1], Curation(near=None, cohort="random")).manifest
    assert (alone.mean_partial, alone.coverage) == (None, None)


def test_templates_take_turns_until_the_bound() -> None:
    episodes = [episode(who, 1.0, template="a") for who in PEOPLE[:4]]
    episodes += [episode(who, 0.6, template="b") for who in PEOPLE[4:]]
    done = made(episodes, Curation(near=None, balance="template", rows=4))
    assert done.manifest.tasks == {"a": 2, "b": 2}
    done = made(episodes, Curation(near=None, balance="template", rows=5))
    assert done.manifest.tasks == {"a": 3, "b": 2}
    assert made(episodes, Curation(near=None, rows=4)).manifest.tasks == {"a": 4}


def test_without_a_bound_templates_are_cut_to_an_even_share() -> None:
    episodes = [episode(who, 1.0, template="a") for who in PEOPLE[:5]]
    episodes += [episode(PEOPLE[5], 0.6, template="b")]
    done = made(episodes, Curation(near=None, balance="template"))
    assert done.manifest.tasks == {"a": 3, "b": 1}


def test_tokens_bound_the_whole_set_and_what_does_not_fit_is_passed_over() -> None:
    long = [*talk("Ann Lee")[:-1], says("word " * 30)]
    episodes = [
        episode("Ann Lee", messages=long),
        episode("Bob Moss", 0.9),
        episode("Cara Nash", 0.8),
    ]
    done = made(episodes, Curation(near=None, tokens=45))
    assert [each.task for each in done.episodes] == ["Bob Moss", "Cara Nash"]
    assert done.manifest.tokens <= 45


def test_near_duplicates_are_the_same_calls_in_the_same_words_but_for_entities() -> None:
    other = [user("Please drop Eve Pike a line, and be quick about it!"), *talk("Eve Pike")[1:]]
    third = [*talk("Dan Orr")[:3], says("No.")]
    episodes = [
        episode("Ann Lee"),
        episode("Bob Moss"),
        episode("Eve Pike", messages=other),
        episode("Dan Orr", messages=third),
    ]
    done = made(episodes, Curation(near=0.9))
    assert left(done)["near"] == 3
    assert len({"Ann Lee", "Bob Moss"} & {each.task for each in done.episodes}) == 1


def test_without_entities_other_names_are_another_row() -> None:
    episodes = [episode("Ann Lee"), episode("Bob Moss")]
    done = curate(episodes, Curation(), runtime=RUNTIME, entities={}, tools=TOOLS, seed=0)
    assert len(done.rows) == 2


def test_a_base_that_solves_nothing_is_refused_with_coverage() -> None:
    with pytest.raises(NothingSolvedError) as caught:
        made([episode("Ann Lee", 0.0), episode("Bob Moss", 0.0)])
    assert str(caught.value) == (
        "the base solves nothing: coverage 0 on 2 tasks with 2 episodes; pretrain it longer, "
        "roll out more samples, or begin with easier tasks"
    )


def test_a_cohort_that_asks_for_no_score_is_made_of_a_base_that_solves_nothing() -> None:
    done = made([episode("Ann Lee", 0.0)], Curation(near=None, cohort="random"))
    assert done.manifest.mean_partial == 0.0


def test_an_empty_cohort_shows_the_count_of_every_step() -> None:
    with pytest.raises(EmptyCohortError) as caught:
        made(
            [episode("Ann Lee", 0.4), episode("Bob Moss", 0.0), episode("Cara Nash", ended="loop")]
        )
    assert str(caught.value) == (
        "empty cohort: 3 episodes, 2 answered, 2 guards, 0 partial, 0 normal, 0 exact, 0 near, "
        "0 per_task, 0 template, 0 loops, 0 parsed, 0 max_tokens, 0 cohort (0.667 of 3 tasks have "
        "a partial above 0, 0.333 reach min_partial); loosen the curation where it falls to 0, or "
        "roll out more"
    )
    with pytest.raises(EmptyCohortError, match="no episode is scored"):
        made([])


def test_the_manifest_says_where_the_rows_come_from(tmp_path: Path) -> None:
    done = made([episode("Ann Lee", template="a"), episode("Bob Moss", 0.5, template="b")])
    write_rows(tmp_path / "rows.jsonl", done.rows)
    record = json.loads(json.dumps(done.manifest.record()))
    assert record["file"] == hashlib.sha256((tmp_path / "rows.jsonl").read_bytes()).hexdigest()
    assert record["rows"] == [row.digest() for row in done.rows]
    assert record["tasks"] == {"a": 1, "b": 1}
    assert record["mean_partial"] == 0.75
    assert record["coverage"] == {"tasks": 2, "some": 1.0, "enough": 1.0}
    assert record["steps"][0] == {"name": "answered", "before": 2, "after": 2}
    assert record["sha256"] == done.manifest.sha256
    other = made([episode("Ann Lee", template="a")]).manifest
    assert other.sha256 != done.manifest.sha256


def test_a_turn_that_reads_back_as_another_call_is_left_out() -> None:
    sly = [user("x"), *calls(("find", '{"name": "x"}', "[]"), text="<tool_call>\n{"), says("ok")]
    done = made([episode("Ann Lee", messages=sly), episode("Bob Moss")])
    assert [each.task for each in done.episodes] == ["Bob Moss"]
    assert (left(done)["loops"], left(done)["parsed"]) == (2, 1)


def test_tools_may_differ_by_task() -> None:
    done = curate(
        [episode("Ann Lee"), episode("Bob Moss")],
        Curation(near=None),
        runtime=RUNTIME,
        entities={},
        tools={"Bob Moss": TOOLS},
        seed=0,
    )
    names = {each.task: len(row.tools) for each, row in zip(done.episodes, done.rows, strict=True)}
    assert names == {"Ann Lee": 0, "Bob Moss": 2}
