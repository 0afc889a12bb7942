import threading
from pathlib import Path

import pytest

from runner.core.build import MisfitError
from runner.core.chat import ChatRequest, ChatResponse, Message, ToolCall, Usage
from runner.core.problem import MalformedError
from runner.lm.error import LmError, RateLimitedError, StalledError, UnansweredError
from runner.lm.rule import Call, Match, Pattern, Reply, Rule
from runner.lm.script import FunctionModel, ScriptedModel, read_script


def ask(user: str, *, system: str = "Sort it.") -> ChatRequest:
    return ChatRequest(
        messages=(Message(role="system", content=system), Message(role="user", content=user))
    )


def write(folder: Path, text: str) -> Path:
    path = folder / "chat.yaml"
    path.write_text(text)
    return path


def test_the_first_rule_that_matches_answers(tmp_path: Path) -> None:
    rules = """\
rules:
  - match: {system: improve, user: log}
    reply: improved
  - match: {user: {has: [disk, full]}}
    reply: disk
  - match: {user: disk}
    reply: other
  - reply: anything
"""
    model = read_script(write(tmp_path, rules), name="scripted:chat.yaml")

    answers = [
        model.complete(ask("the log", system="You improve")).text,
        model.complete(ask("the disk is full")).text,
        model.complete(ask("the disk is fine")).text,
        model.complete(ask("the Disk")).text,
    ]
    assert answers == ["improved", "disk", "other", "anything"]


def test_an_answer_fills_in_the_groups_of_its_regex(tmp_path: Path) -> None:
    rules = r"""
rules:
  - match: {user: {regex: '(\w+)_(?P<number>\d+)'}}
    reply:
      text: '{"job": "${1}", "number": ${number}}'
      reasoning: it says ${number}
      tool_calls:
        - {name: look, arguments: {path: ["${1}.log", 1]}}
        - {name: look, arguments: '{"path": ${1', id: mine}
"""
    answer = read_script(write(tmp_path, rules), name="s").complete(ask("lost job_71 now"))

    assert answer == ChatResponse(
        text='{"job": "job", "number": 71}',
        reasoning="it says 71",
        tool_calls=(
            ToolCall(id="call_0", name="look", arguments='{"path": ["job.log", 1]}'),
            ToolCall(id="mine", name="look", arguments='{"path": ${1'),
        ),
        usage=Usage(tokens_in=5, tokens_out=4 + 3 + 3 + 2, reasoning_tokens=3),
        finish="tool_calls",
        model="s",
    )


def test_only_the_last_user_message_counts_as_the_users() -> None:
    model = ScriptedModel(
        [Rule(match=Match(user="first"), reply="old"), Rule(match=Match(whole="first"), reply="ok")]
    )
    words = [("user", "first"), ("assistant", "yes"), ("user", "second")]
    request = ChatRequest.model_validate(
        {"messages": tuple({"role": role, "content": text} for role, text in words)}
    )
    assert model.complete(request).text == "ok"


def test_without_a_regex_a_reply_is_taken_as_it_is() -> None:
    assert ScriptedModel([Rule(reply="echo ${HOME}")]).complete(ask("x")).text == "echo ${HOME}"


def test_a_rule_is_used_up_after_its_times() -> None:
    model = ScriptedModel([Rule(times=2, reply="a"), Rule(reply="b")])
    assert [model.complete(ask("x")).text for _ in range(4)] == ["a", "a", "b", "b"]


def test_threads_never_use_a_rule_more_often_than_its_times() -> None:
    model = ScriptedModel([Rule(times=50, reply="a"), Rule(reply="b")])
    texts: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: texts.extend(model.complete(ask("x")).text for _ in range(25))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (texts.count("a"), texts.count("b")) == (50, 50)


def test_an_unmatched_request_shows_its_start_and_how_many_rules_there_were() -> None:
    rules = [Rule(times=1, reply="a"), Rule(match=Match(user="never"), reply="b")]
    model = ScriptedModel(rules, name="scripted:chat.yaml")
    model.complete(ask("x"))

    with pytest.raises(LmError) as caught:
        model.complete(ask("No space left on device " * 9))
    assert str(caught.value) == (
        "scripted:chat.yaml: none of 2 rules (1 of them used up) matches the request "
        '"No space left on device No space left on device No spac...'
    )
    assert not isinstance(caught.value, UnansweredError)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("unanswered", UnansweredError), ("rate_limit", RateLimitedError), ("stall", StalledError)],
    ids=["unanswered", "rate-limit", "stall"],
)
def test_a_rule_can_raise_after_a_delay(word: str, kind: type[Exception]) -> None:
    waited: list[float] = []
    rule = Rule.model_validate({"raise": word, "delay_s": 2.5})
    model = ScriptedModel([rule], sleep=waited.append)
    with pytest.raises(UnansweredError) as caught:
        model.complete(ask("x"))
    assert type(caught.value) is kind
    assert waited == [2.5]


def test_a_rate_limit_says_how_long_to_wait() -> None:
    with pytest.raises(RateLimitedError) as caught:
        ScriptedModel([Rule(raise_="rate_limit", retry_after_s=3)]).complete(ask("x"))
    assert caught.value.retry_after_s == 3


def test_a_delay_is_what_an_answer_says_it_took() -> None:
    waited: list[float] = []
    model = ScriptedModel([Rule(reply="a", delay_s=0.5)], sleep=waited.append)
    assert (model.complete(ask("x")).seconds, waited) == (0.5, [0.5])


def test_declared_usage_is_reported_even_where_it_is_nothing() -> None:
    some = Usage(tokens_in=9, tokens_out=4, cached_tokens=2)
    model = ScriptedModel([Rule(times=1, reply="a", usage=some), Rule(reply="a", usage=Usage())])
    assert [model.complete(ask("x")).usage for _ in range(2)] == [some, Usage()]


MISTAKES = {
    "unknown key": ("rules:\n  - replay: x\n", '2: rules[0].replay: unknown key; did you mean "re'),
    "both": ("rules:\n  - reply: x\n    raise: stall\n", "2: rules[0]: expected either `reply` or"),
    "neither": ("rules:\n  - times: 1\n", "2: rules[0]: expected either `reply` or `raise`"),
    "regex": (
        "rules:\n  - reply: x\n    match:\n      user: {regex: '('}\n",
        "4: rules[0].match.user.regex: no regular expression: missing ), unterminated",
    ),
    "group": (
        "rules:\n  - match: {user: {regex: x}}\n    reply: ${1}\n",
        "3: rules[0].reply: no regular expression of this rule has a group 1",
    ),
    "wait": (
        "rules:\n  - reply: x\n    retry_after_s: 1\n",
        "3: rules[0].retry_after_s: only `raise: rate_limit` asks to wait",
    ),
    "usage": (
        "rules:\n  - raise: stall\n    usage: {tokens_in: 1}\n",
        "3: rules[0].usage: an error uses no tokens",
    ),
    "times": ("rules:\n  - reply: x\n    times: 0\n", "3: rules[0].times: expected a number > 0"),
    "kind": ("rules:\n  - raise: teapot\n", "2: rules[0].raise: expected one of unanswered, rate"),
    "duplicate": ("rules: []\nrules: []\n", "2: "),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_script_is_told_with_its_line(tmp_path: Path, name: str) -> None:
    text, complaint = MISTAKES[name]
    path = write(tmp_path, text)
    with pytest.raises(MalformedError) as caught:
        read_script(path, name="s")
    assert str(caught.value).startswith(f"{path}:{complaint}")


def test_a_script_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(LmError, match=r"the script .*none.yaml cannot be read \(No such file"):
        read_script(tmp_path / "none.yaml", name="s")


def test_rules_from_python_are_held_to_the_same() -> None:
    with pytest.raises(MisfitError, match=r"rules\[1\]: expected either `reply` or `raise`"):
        ScriptedModel([Rule(reply="a"), Rule()])
    reply = Reply(tool_calls=(Call(name="look"),))
    model = ScriptedModel([Rule(match=Match(user=Pattern(has=("a", "b"))), reply=reply)])
    assert model.complete(ask("ab")).tool_calls[0].arguments == "{}"


def test_a_function_is_a_model() -> None:
    model = FunctionModel(lambda request: request.messages[-1].content.upper(), name="shout")
    assert model.complete(ask("two words")) == ChatResponse(
        text="TWO WORDS", usage=Usage(tokens_in=4, tokens_out=2), model="shout"
    )


def test_what_a_function_says_of_itself_stands() -> None:
    said = ChatResponse(text="x", usage=Usage(tokens_in=7, tokens_out=8), model="inner")
    assert FunctionModel(lambda request: said, name="outer").complete(ask("x")) == said
