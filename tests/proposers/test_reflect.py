import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from runner.core.chat import ChatResponse, Usage
from runner.core.errors import InvalidCandidateError, LoopError
from runner.core.request import ProposeRequest
from runner.core.row import Cost
from runner.core.trial import Trial
from runner.lm.error import LmError, UnansweredError
from runner.lm.params import Endpoint, Scripted
from runner.proposers.choice import declared_model
from runner.proposers.fault import ProposalError
from runner.proposers.history import diff_of
from runner.proposers.meta import Meta
from runner.proposers.reflect.params import Params
from runner.proposers.reflect.proposer import propose, reflect
from runner.trace.file import read_trace
from tests.proposers.desk import (
    PATH,
    RULE,
    SENTINEL,
    SKILL,
    Desk,
    FakeModel,
    added,
    reply,
    trial,
)

MetaOf = Callable[[FakeModel], Meta]
AFTER = SKILL.replace("category is disk.\n", "category is disk.\n" + RULE)
FAILING = trial(
    "t1",
    0.25,
    input="curl: (56) Connection reset by peer",
    output='{"category": "disk"}',
    reasoning="It ends badly.",
    correction='{"category": "network"}',
)
PASSING = trial("t2", 1.0, input={"log": "ENOSPC", "job": 7}, output="{}")


def _tried(number: int, verdict: str, **more: str) -> dict[str, Any]:
    return {"iteration": number, "verdict": verdict, "dev": {"agreement": [0.1, 0.2]}} | more


def _refusal(
    request: ProposeRequest, model: FakeModel, meta_of: MetaOf, params: Params | None = None
) -> ProposalError:
    with pytest.raises(ProposalError) as caught:
        reflect(request, params or Params(), score=None, meta=meta_of(model))
    return caught.value


def test_the_prompt_holds_what_the_meta_model_is_to_know_word_for_word(
    desk: Desk, meta_of: MetaOf
) -> None:
    model = FakeModel([added()])
    plan = {
        "description": "Sort failed jobs.",
        "skip": [{"id": "shout", "why": "capitals\nhelp nobody"}],
        "past": [
            _tried(0, "baseline"),
            _tried(1, "reject", why='say "no"', edit="--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"),
            _tried(2, "error", why="the machine broke"),
        ],
        "feedback": [{"path": PATH, "proposed": "Be loud.\n", "shipped": "Be brief."}],
    }
    reflect(
        desk.request(trials=[PASSING, FAILING], plan=plan),
        Params(),
        score=None,
        meta=meta_of(model),
    )
    system, user = model.asked[0].messages
    assert (system.role, user.role) == ("system", "user")
    assert system.content.startswith(
        "You improve the instructions of another agent.\nIts task: Sort failed jobs.\n"
    )
    assert user.content == (
        f'# Instructions\n<file path="{PATH}">\n{SKILL}</file>\n\n'
        "# Cases\n"
        '<case id="t1" score="0.250">\n'
        "<input>\ncurl: (56) Connection reset by peer\n</input>\n"
        '<output>\n{"category": "disk"}\n</output>\n'
        "<reasoning>\nIt ends badly.\n</reasoning>\n"
        '<correction>\n{"category": "network"}\n</correction>\n'
        "</case>\n"
        '<case id="t2" score="1.000">\n'
        '<input>\n{\n "log": "ENOSPC",\n "job": 7\n}\n</input>\n'
        "<output>\n{}\n</output>\n"
        "</case>\n\n"
        "# Tried before\n"
        '<tried iteration="1" verdict="reject" why="say &quot;no&quot;">\n'
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n</tried>\n\n"
        "# Reviewers\n"
        f'<reviewed path="{PATH}">\n<proposed>\nBe loud.\n</proposed>\n'
        "<shipped>\nBe brief.\n</shipped>\n</reviewed>\n\n"
        "# Answer\n"
        "Propose what helps most. Write rules for cases like these, never one case's answer.\n"
        "Answer with one JSON object and nothing else:\n"
        '{"why": "<one line: what the edits are for>", '
        '"edits": [{"find": "<text of the file>", "replace": "<new text>"}]}\n'
        '- "find" occurs exactly once in the file, to the letter; empty: "replace" is appended.\n'
        "- Edits: at most 1. An edit changes at most 12 lines.\n"
        f"- {PATH} has {len(SKILL)} bytes and may have 16384.\n"
        "- The frontmatter stays valid; its name and description stay to the letter.\n"
        "- Do not try shout: capitals help nobody\n"
        "- Do not repeat what was tried before.\n"
    )


def test_parts_of_which_there_is_nothing_are_left_out(desk: Desk, meta_of: MetaOf) -> None:
    model = FakeModel([added()])
    reflect(desk.request(trials=[FAILING]), Params(), score=None, meta=meta_of(model))
    heads = [line for line in model.prompts[0].split("\n") if line.startswith("# ")]
    assert heads == ["# Instructions", "# Triage", "# Cases", "# Answer"]


def test_the_sections_that_may_change_and_the_path_of_several_files_are_told(
    desk: Desk, meta_of: MetaOf
) -> None:
    model = FakeModel(
        [reply({"path": PATH, "find": "category is disk.", "replace": "category is x."})]
    )
    request = desk.request(trials=[FAILING], surface=(PATH, "skills/triage/other.md"))
    params = Params(sections=("Rules", "frontmatter"))
    reflect(request, params, score=None, meta=meta_of(model))
    prompt = model.prompts[0]
    assert '"edits": [{"path": "<file>", "find": ' in prompt
    assert (
        "- Nothing may change but the text below Rules and the frontmatter, which stays valid.\n"
        in prompt
    )


def test_an_edit_is_made_and_told(desk: Desk, meta_of: MetaOf) -> None:
    model = FakeModel([added()])
    made = reflect(
        desk.request(trials=[FAILING, PASSING]), Params(), score=None, meta=meta_of(model)
    )
    assert desk.text() == AFTER
    assert made.why == "network errors were missed"
    assert made.figures == {
        "failures shown": 1,
        "successes shown": 1,
        "left out": 0,
        "edits": 1,
        "lines changed": 1,
        "broadened": 0,
        "meta_model": "fake",
    }
    assert made.cost == Cost(usd=0.25, tokens_in=10, tokens_out=3)


def test_nothing_but_the_surface_the_plan_and_train_cases_is_read_or_written(
    desk: Desk, meta_of: MetaOf
) -> None:
    before = {path: path.read_bytes() for path in desk.root.rglob("*") if path.is_file()}
    model = FakeModel(["no", added()])
    plan = {"secret": SENTINEL, "past": [_tried(1, "reject", why="w", heldout=SENTINEL)]}
    request = desk.request(trials=[FAILING], plan=plan, check={"notes": SENTINEL})
    reflect(request, Params(), score=None, meta=meta_of(model))
    assert SENTINEL not in model.everything
    changed = {
        path.relative_to(desk.tree).as_posix()
        for path, data in before.items()
        if path.is_relative_to(desk.tree) and path.read_bytes() != data
    }
    assert changed == {PATH}


REFUSED = [
    ("", "the answer is empty"),
    ("Sorry.", 'the answer holds no JSON object with "why" and "edits"'),
    ("x" * (1 << 20), "the answer has 1048576 bytes; at most 262144 are read"),
    (
        reply({"find": "nowhere", "replace": "x"}),
        f'edit 1: find "nowhere" does not occur in {PATH}; it must occur exactly once',
    ),
    (
        reply({"find": "log", "replace": "x"}),
        f'edit 1: find "log" occurs more than once in {PATH}; it must occur exactly once',
    ),
    (
        reply({"path": "README.md", "find": "", "replace": "x"}),
        f'edit 1: "README.md" is outside of the surface; it may change {PATH}',
    ),
    (
        reply({"find": "Be", "replace": "Do be"}, {"find": "Read", "replace": "See"}),
        "2 edits; at most 1 may be made",
    ),
    (
        reply({"find": "", "replace": RULE * 13}),
        f"an edit changes 13 lines of {PATH}; at most 12 may",
    ),
    (
        reply({"find": "", "replace": "x" * 17000}),
        f"{PATH} grows to {len(SKILL) + 17001} bytes; at most 16384 are allowed",
    ),
    (
        reply({"find": "name: triage", "replace": "name: sort"}),
        f"the frontmatter's name in {PATH} differs; it must stay to the letter",
    ),
    (
        reply({"find": "MIT\n---", "replace": "MIT"}),
        f"{PATH} loses its frontmatter, or the closing --- of it",
    ),
    (reply({"find": "Be", "replace": "Be"}), "proposes nothing new: the edits change nothing"),
]


@pytest.mark.parametrize(
    ("answer", "problem"),
    REFUSED,
    ids=[
        "empty",
        "no JSON",
        "a megabyte",
        "not there",
        "twice",
        "outside",
        "edits",
        "lines",
        "bytes",
        "name",
        "frontmatter",
        "no-op",
    ],
)
def test_a_bad_answer_is_sent_back_once_with_what_is_wrong_and_then_refused(
    desk: Desk, meta_of: MetaOf, answer: str, problem: str
) -> None:
    model = FakeModel([answer])
    refused = _refusal(desk.request(trials=[FAILING]), model, meta_of)
    assert str(refused) == problem
    assert isinstance(refused, InvalidCandidateError)
    assert refused.cost == Cost(usd=0.5, tokens_in=20, tokens_out=6)
    first, second = model.prompts
    said = f"<answer>\n{answer}\n</answer>\n" if 0 < len(answer) < 100000 else ""
    assert second == f"{first}\n# Refused\n{said}<problem>\n{problem}\n</problem>\n"
    assert desk.text() == SKILL


def test_a_second_answer_that_is_better_is_taken(desk: Desk, meta_of: MetaOf) -> None:
    model = FakeModel(["Sorry.", added()])
    made = reflect(desk.request(trials=[FAILING]), Params(), score=None, meta=meta_of(model))
    assert desk.text() == AFTER
    assert made.cost.tokens_in == 20


def test_an_answer_that_was_cut_off_says_so(desk: Desk, meta_of: MetaOf) -> None:
    cut = ChatResponse(text='{"why": "w', finish="length", usage=Usage(tokens_out=9))
    refused = _refusal(desk.request(trials=[FAILING]), FakeModel([cut]), meta_of)
    assert str(refused) == (
        'the answer holds no JSON object with "why" and "edits" '
        "(it was cut off at 9 tokens; see decoding.max_tokens)"
    )


def test_a_model_that_sees_nothing_to_improve_is_not_pressed(desk: Desk, meta_of: MetaOf) -> None:
    model = FakeModel([reply(why="all is said")])
    refused = _refusal(desk.request(trials=[FAILING]), model, meta_of)
    assert str(refused) == "proposes nothing new: no edits, for: all is said"
    assert len(model.asked) == 1


@pytest.mark.parametrize("verdict", ["reject", "failed", "keep", "accept"])
def test_an_edit_that_was_tried_before_is_nothing_new(
    desk: Desk, meta_of: MetaOf, verdict: str
) -> None:
    edit = diff_of({PATH: "x\n" * 9 + SKILL}, {PATH: "x\n" * 9 + AFTER})
    request = desk.request(trials=[FAILING], plan={"past": [_tried(4, verdict, edit=edit)]})
    refused = _refusal(request, FakeModel([added()]), meta_of)
    assert str(refused) == (
        f"proposes nothing new: iteration 4 made the same edit, verdict {verdict}"
    )


@pytest.mark.parametrize("verdict", ["error", "superseded"])
def test_an_edit_that_was_never_judged_may_be_tried_again(
    desk: Desk, meta_of: MetaOf, verdict: str
) -> None:
    past = [_tried(4, verdict, edit=diff_of({PATH: SKILL}, {PATH: AFTER}))]
    request = desk.request(trials=[FAILING], plan={"past": past})
    reflect(request, Params(), score=None, meta=meta_of(FakeModel([added()])))
    assert desk.text() == AFTER


@pytest.mark.parametrize(
    ("past", "broadened"),
    [
        ([], 0),
        (["reject"], 0),
        (["reject", "failed"], 1),
        (["reject", "error", "failed"], 1),
        (["reject", "reject", "keep"], 0),
        (["reject", "reject", "accept", "reject"], 0),
        (["baseline", "reject", "superseded", "reject"], 1),
    ],
    ids=["none", "one", "two", "an error between", "kept", "accepted", "a lost race between"],
)
def test_limits_widen_after_so_many_iterations_in_vain(
    desk: Desk, meta_of: MetaOf, past: list[str], broadened: int
) -> None:
    plan = {"past": [_tried(number, verdict) for number, verdict in enumerate(past)]}
    model = FakeModel([added()])
    trials = [trial(f"t{number:02}") for number in range(20)]
    made = reflect(
        desk.request(trials=trials, plan=plan), Params(), score=None, meta=meta_of(model)
    )
    assert made.figures["broadened"] == broadened
    assert made.figures["failures shown"] == (16 if broadened else 8)
    edits, lines = (3, 36) if broadened else (1, 12)
    rule = f"- Edits: at most {edits}. An edit changes at most {lines} lines.\n"
    assert rule in model.prompts[0]


def test_iterations_of_another_line_widen_nothing(desk: Desk, meta_of: MetaOf) -> None:
    past = [_tried(number, "reject", line="other") for number in range(5)]
    made = reflect(
        desk.request(trials=[FAILING], plan={"past": past}),
        Params(),
        score=None,
        meta=meta_of(FakeModel([added()])),
    )
    assert made.figures["broadened"] == 0


def test_limits_never_widen_when_the_spec_says_so(desk: Desk, meta_of: MetaOf) -> None:
    past = [_tried(number, "reject") for number in range(9)]
    request = desk.request(trials=[FAILING], plan={"past": past})
    params = Params(broaden_after=None)
    made = reflect(request, params, score=None, meta=meta_of(FakeModel([added()])))
    assert made.figures["broadened"] == 0


def _shown(prompt: str) -> list[str]:
    return [line.split('"')[1] for line in prompt.split("\n") if line.startswith("<case id=")]


def test_failures_are_spread_over_their_kinds_and_drawn_by_the_seed(
    desk: Desk, meta_of: MetaOf
) -> None:
    kinds = {
        **{f"a{number}": {"category": 0.0, "retry": 1.0} for number in range(9)},
        **{f"b{number}": {"category": 1.0, "retry": 0.0} for number in range(2)},
    }
    trials = [trial(name, 0.5, metrics=metrics) for name, metrics in kinds.items()]
    trials.append(trial("c0", failed=True, metrics={}))

    def shown(seed: int) -> list[str]:
        model = FakeModel([added()])
        (desk.tree / PATH).write_text(SKILL)
        request = desk.request(trials=trials, seed=seed)
        reflect(request, Params(failures=5), score=None, meta=meta_of(model))
        return _shown(model.prompts[0])

    assert [name[0] for name in shown(3)] == ["a", "b", "c", "a", "b"]
    assert shown(3) == shown(3)
    assert len({tuple(shown(seed)) for seed in range(5)}) > 1


def test_feedback_and_fixtures_come_before_all_others(desk: Desk, meta_of: MetaOf) -> None:
    trials = [trial(f"t{number}") for number in range(9)]
    trials += [trial("fixture", slices=["fixtures"])]
    trials += [trial("feedback", slices=["feedback"])]
    model = FakeModel([added()])
    reflect(desk.request(trials=trials), Params(failures=3), score=None, meta=meta_of(model))
    assert _shown(model.prompts[0])[:2] == ["feedback", "fixture"]


def test_a_case_is_shown_once_as_its_worst_repetition(desk: Desk, meta_of: MetaOf) -> None:
    trials = [trial("t1", 1.0, output="good"), trial("t1", 0.5, output="bad")]
    model = FakeModel([added()])
    reflect(desk.request(trials=trials), Params(), score=None, meta=meta_of(model))
    assert _shown(model.prompts[0]) == ["t1"]
    assert "<output>\nbad\n</output>" in model.prompts[0]


def test_a_case_that_is_too_large_is_left_out_whole_and_said(desk: Desk, meta_of: MetaOf) -> None:
    large = trial("large", input="y" * 9000)
    small = [trial(f"t{number}") for number in range(3)]
    model = FakeModel([added()])
    made = reflect(
        desk.request(trials=[large, *small]),
        Params(prompt_bytes=9000),
        score=None,
        meta=meta_of(model),
    )
    assert sorted(_shown(model.prompts[0])) == ["t0", "t1", "t2"]
    assert "yy" not in model.everything
    assert made.figures["left out"] == 1
    size = sum(len(each.content) for each in model.asked[0].messages)
    assert size <= 9000 - 2048


def test_no_room_for_any_failing_case_is_the_specs_fault(desk: Desk, meta_of: MetaOf) -> None:
    large = trial("large", input="y" * 9000)
    with pytest.raises(LoopError) as caught:
        reflect(
            desk.request(trials=[large]),
            Params(prompt_bytes=9000),
            score=None,
            meta=meta_of(FakeModel([])),
        )
    assert str(caught.value) == "none of the failing cases fits in prompt_bytes, 9000; raise it"
    assert not isinstance(caught.value, InvalidCandidateError)


def test_no_room_for_the_instructions_is_the_specs_fault(desk: Desk, meta_of: MetaOf) -> None:
    with pytest.raises(LoopError, match="prompt_bytes is 2500"):
        reflect(
            desk.request(trials=[FAILING]),
            Params(prompt_bytes=2500),
            score=None,
            meta=meta_of(FakeModel([])),
        )


def test_without_a_failing_case_there_is_nothing_to_learn_from(desk: Desk, meta_of: MetaOf) -> None:
    model = FakeModel([])
    refused = _refusal(desk.request(trials=[PASSING]), model, meta_of)
    assert str(refused) == (
        "proposes nothing new: none of 1 train cases fails, so there is nothing to learn from"
    )
    assert model.asked == []


def test_without_a_failing_case_a_spec_can_ask_for_shorter_instructions(
    desk: Desk, meta_of: MetaOf
) -> None:
    longer, shorter = added(), reply({"find": "\n## Notes\n\nBe brief.\n", "replace": ""})
    model = FakeModel([longer, shorter])
    made = reflect(
        desk.request(trials=[PASSING]), Params(shorten=True), score=None, meta=meta_of(model)
    )
    assert "Nothing fails. Make the instructions shorter" in model.prompts[0]
    assert "the edit makes the instructions no shorter" in model.prompts[1]
    assert desk.text() == SKILL.replace("\n## Notes\n\nBe brief.\n", "")
    assert made.figures["failures shown"] == 0


def test_a_metric_of_which_less_is_better_is_turned(desk: Desk, meta_of: MetaOf) -> None:
    def wrong(case: str, rate: float) -> Trial:
        return trial(case, metrics={"errors": rate})

    model = FakeModel([added()])
    plan = {"primary": "errors@hard", "directions": {"errors": "min"}}
    trials = [wrong("bad", 0.75), wrong("good", 0.0)]
    reflect(desk.request(trials=trials, plan=plan), Params(), score=None, meta=meta_of(model))
    assert '<case id="bad" score="0.250">' in model.prompts[0]
    assert '<case id="good" score="1.000">' in model.prompts[0]


@pytest.mark.parametrize(
    ("metrics", "found"), [({}, "is missing"), ({"agreement": 3.5}, "is 3.5")], ids=["none", "3.5"]
)
def test_a_primary_that_is_no_fraction_is_refused(
    desk: Desk, meta_of: MetaOf, metrics: dict[str, float], found: str
) -> None:
    broken = trial("t1").model_copy(
        update={"score": trial("t1").score.model_copy(update={"metrics": metrics})}
    )
    with pytest.raises(LoopError) as caught:
        reflect(desk.request(trials=[broken]), Params(), score=None, meta=meta_of(FakeModel([])))
    assert str(caught.value) == (
        f'the primary agreement of case "t1" {found}; a proposer needs a fraction from 0 to 1'
    )


def test_unknown_trials_are_made_by_the_port_and_paid_for(desk: Desk, meta_of: MetaOf) -> None:
    asked: list[tuple[Mapping[str, str], Sequence[Mapping[str, Any]]]] = []

    def score(files: Mapping[str, str], cases: Sequence[Mapping[str, Any]]) -> list[Trial]:
        asked.append((files, cases))
        paid = FAILING.score.model_copy(update={"cost_usd": 0.5, "tokens_in": 7})
        return [FAILING.model_copy(update={"score": paid})]

    train = [{"id": "t1", "input": "x"}]
    made = reflect(
        desk.request(trials=None, train=train),
        Params(),
        score=score,
        meta=meta_of(FakeModel([added()])),
    )
    assert asked == [({PATH: SKILL}, (train[0],))]
    assert made.cost == Cost(usd=0.75, tokens_in=17, tokens_out=3)


@pytest.mark.parametrize(
    ("train", "problem"),
    [
        (None, "reflect learns from train cases; give the eval a train split"),
        (
            [{"id": "t1"}],
            (
                "reflect learns from the working parent's trials on train cases, and there are "
                "none; use a built-in checker that keeps them"
            ),
        ),
    ],
    ids=["no train split", "no port"],
)
def test_nothing_to_learn_from_is_the_specs_fault(
    desk: Desk, meta_of: MetaOf, train: list[dict[str, Any]] | None, problem: str
) -> None:
    with pytest.raises(LoopError) as caught:
        reflect(
            desk.request(trials=None, train=train),
            Params(),
            score=None,
            meta=meta_of(FakeModel([])),
        )
    assert str(caught.value) == problem


def test_a_model_that_does_not_answer_is_the_machines_fault(desk: Desk, meta_of: MetaOf) -> None:
    with pytest.raises(LmError):
        reflect(
            desk.request(trials=[FAILING]),
            Params(),
            score=None,
            meta=meta_of(FakeModel([UnansweredError("429")])),
        )


def test_line_ends_of_the_file_stay(desk: Desk, meta_of: MetaOf) -> None:
    (desk.tree / PATH).write_bytes(b"one\r\ntwo\r\n")
    answer = reply({"find": "two", "replace": "2"})
    reflect(desk.request(trials=[FAILING]), Params(), score=None, meta=meta_of(FakeModel([answer])))
    assert (desk.tree / PATH).read_bytes() == b"one\r\n2\r\n"


SCRIPT = f"""\
rules:
  - match: {{system: You improve the instructions of another agent., user: '<case id="t1"'}}
    reply: {json.dumps(added())}
"""


def test_a_model_of_the_spec_is_opened_asked_and_traced(desk: Desk) -> None:
    (desk.tree / "meta.yaml").write_text(SCRIPT)
    params = Params.model_validate({"model": {"kind": "scripted", "script": "meta.yaml"}})
    request = desk.request(
        trials=[FAILING], environ={"KEY": "hunter2-hunter2", "LOOP_OFFLINE": "1"}
    )
    made = propose(request, params, None)
    assert desk.text() == AFTER
    assert made.figures["meta_model"] == "scripted:meta.yaml"
    (file,) = (desk.root / "traces").iterdir()
    assert file.name == "meta-3.jsonl.gz"
    trace = read_trace(file.read_bytes(), name=file.name)
    assert trace.whole
    (span,) = trace.spans
    assert span.name == "chat scripted:meta.yaml"
    told = json.dumps(span.attributes)
    assert "Connection reset by peer" in told
    assert "network errors were missed" in told


def test_the_tasks_own_model_is_the_default(desk: Desk) -> None:
    model = {"kind": "endpoint", "name": "m", "key": "LLM_KEY"}
    request = desk.request(trials=[FAILING], check={"model": model, "categorical": ["x"]})
    assert declared_model(Params().model, request) == Endpoint(
        kind="endpoint", name="m", key="LLM_KEY"
    )


def test_a_built_in_script_is_no_file_beside_the_eval(desk: Desk) -> None:
    model = {"kind": "scripted", "script": "clerk"}
    request = desk.request(trials=[FAILING], check={"model": model})
    assert declared_model("same", request) == Scripted(kind="scripted", script="clerk")


def test_only_a_models_own_key_is_a_secret(desk: Desk) -> None:
    (desk.tree / "meta.yaml").write_text(SCRIPT)
    params = Params.model_validate({"model": {"kind": "scripted", "script": "meta.yaml"}})
    propose(desk.request(trials=[FAILING], environ={"SHELL": "Connection"}), params, None)
    (file,) = (desk.root / "traces").iterdir()
    (span,) = read_trace(file.read_bytes(), name=file.name).spans
    assert "Connection reset by peer" in json.dumps(span.attributes)


def _beside(file: str) -> str:
    return (
        f"propose.with.model is same, but the eval's model reads {file} beside the eval, where "
        "a proposer may not look; declare propose.with.model without it"
    )


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ({}, "propose.with.model is same, but the eval's `with` names no model"),
        (
            {"model": {"kind": "scripted", "script": "clerk.yaml"}},
            _beside("clerk.yaml"),
        ),
        (
            {"model": {"kind": "local", "folder": "weights"}},
            _beside("weights"),
        ),
        (
            {"model": {"kind": "endpoint", "name": "m", "cassette": "tape.jsonl"}},
            _beside("tape.jsonl"),
        ),
    ],
    ids=["none", "script", "local", "cassette"],
)
def test_a_task_model_of_files_beside_the_eval_is_refused(
    desk: Desk, check: dict[str, Any], problem: str
) -> None:
    with pytest.raises(LoopError) as caught:
        propose(desk.request(trials=[FAILING], check=check), Params(), None)
    assert str(caught.value) == problem


def test_a_surface_behind_a_link_is_not_read(desk: Desk, meta_of: MetaOf, tmp_path: Path) -> None:
    (desk.tree / PATH).unlink()
    (desk.tree / PATH).symlink_to(desk.tree / "evals/triage/dev.jsonl")
    with pytest.raises(LoopError, match="is no plain file of the repository"):
        reflect(desk.request(trials=[FAILING]), Params(), score=None, meta=meta_of(FakeModel([])))
