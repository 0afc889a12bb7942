"""Turns left out of a conversation, and those that stay."""

from collections.abc import Sequence

import pytest

from runner.core.chat import Message
from runner.training.curate.mend import collapsed, corrected, readable
from runner.training.curate.turn import arguments_of, messages_of, parts_of, refused
from tests.training.curate.tries import calls, says, user

ERROR = '{"error": "no contact c9"}'
FOUND = ("find", '{"name": "Ann"}', '[{"id": "c1"}]')
ASKED = user("Write to Ann.")


def shown(messages: Sequence[Message]) -> list[str]:
    """What a conversation comes to: words, calls and answers."""
    lines = []
    for each in messages:
        made = " ".join(f"{call.name}{call.arguments}" for call in each.tool_calls)
        lines.append(" ".join(part for part in (each.role[0], each.content, made) if part))
    return lines


def mended(step: object, *messages: Message) -> list[str]:
    parts = parts_of(messages)
    assert parts is not None
    return shown(messages_of(step(parts)))  # type: ignore[operator]


def test_a_call_that_nobody_could_read_goes_with_its_answer() -> None:
    turn = calls(("", "{oops", ERROR), FOUND)
    assert mended(readable, ASKED, *turn, says("ok")) == [
        "u Write to Ann.",
        'a find{"name": "Ann"}',
        't [{"id": "c1"}]',
        "a ok",
    ]


def test_arguments_are_spelt_one_way() -> None:
    turn = calls(("find", '{"name":"Grüße",  "n":2}', "[]"), ("find", '{"a": "\\u00fc"}', "[]"))
    assert mended(readable, ASKED, *turn)[1] == 'a find{"name": "Grüße", "n": 2} find{"a": "ü"}'


@pytest.mark.parametrize(
    "arguments",
    ["", "[]", "3", "{", '{"n": NaN}', '{"n": 1e999}', "[" * 99_999],
    ids=["empty", "list", "number", "cut", "nan", "infinite", "deep"],
)
def test_arguments_that_are_no_object_cannot_be_written_as_a_call(arguments: str) -> None:
    (turn, *_) = calls(("find", arguments))
    assert arguments_of(turn.tool_calls[0]) is None


def test_a_turn_of_nothing_but_an_unreadable_call_goes_whole() -> None:
    turn = calls(("", "{oops", ERROR), text="I look.")
    assert mended(readable, ASKED, *turn, says("ok")) == ["u Write to Ann.", "a ok"]


def test_a_refused_call_goes_once_its_tool_was_called_well() -> None:
    wrong = calls(("send", '{"to": "c9"}', ERROR), text="I write.")
    right = calls(("send", '{"to": "c1"}', '{"ok": true}'))
    assert mended(corrected, ASKED, *wrong, *right, says("ok")) == [
        "u Write to Ann.",
        'a send{"to": "c1"}',
        't {"ok": true}',
        "a ok",
    ]


def test_a_refused_call_that_was_never_made_good_stays() -> None:
    wrong = calls(("send", '{"to": "c9"}', ERROR))
    talk = [ASKED, *calls(FOUND), *wrong, says("There is no such contact.")]
    assert mended(corrected, *talk) == shown(talk)


def test_a_call_carried_out_before_a_refused_one_corrects_nothing() -> None:
    talk = [ASKED, *calls(FOUND), *calls(("find", '{"name": "Bob"}', ERROR)), says("ok")]
    assert mended(corrected, *talk) == shown(talk)


def test_the_same_call_with_the_same_result_is_kept_once() -> None:
    talk = [ASKED, *calls(FOUND), *calls(FOUND), *calls(FOUND), says("ok")]
    assert mended(collapsed, *talk) == shown([ASKED, *calls(FOUND), says("ok")])


def test_two_calls_that_alternate_are_kept_once_each() -> None:
    other = ("find", '{"name": "Bob"}', "[]")
    once = [*calls(FOUND), *calls(other)]
    talk = [ASKED, *once, *once, *once, says("ok")]
    assert mended(collapsed, *talk) == shown([ASKED, *once, says("ok")])


def test_the_same_call_with_another_result_stays() -> None:
    first = ("send", '{"to": "c1"}', '{"ok": true, "id": "m1"}')
    second = ("send", '{"to": "c1"}', '{"ok": true, "id": "m2"}')
    talk = [ASKED, *calls(first), *calls(second), says("ok")]
    assert mended(collapsed, *talk) == shown(talk)


def test_a_call_again_after_another_had_its_effect_stays() -> None:
    write = ("send", '{"to": "c1"}', '{"ok": true}')
    talk = [ASKED, *calls(FOUND), *calls(write), *calls(FOUND), says("ok")]
    assert mended(collapsed, *talk) == shown(talk)


def test_the_same_words_twice_are_no_loop() -> None:
    talk = [ASKED, says("Which Ann?"), ASKED, says("Which Ann?"), ASKED, says("Which Ann?")]
    assert mended(collapsed, *talk) == shown(talk)


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        (ERROR, True),
        ('{"error": "x", "id": "c1"}', False),
        ('[{"error": "x"}]', False),
        ("error", False),
        ('"error"', False),
        ('{"error": ', False),
    ],
    ids=["refusal", "more-keys", "list", "word", "string", "cut"],
)
def test_a_refusal_is_an_object_with_an_error_alone(content: str, *, is_one: bool) -> None:
    assert refused(Message(role="tool", content=content)) is is_one


def test_calls_are_numbered_anew_and_answers_follow_them() -> None:
    turn = calls(FOUND, ("find", '{"name": "Bob"}', "[]"))
    parts = parts_of([ASKED, turn[0], turn[2], turn[1], *calls(FOUND), says("ok")])
    assert parts is not None
    messages = messages_of(parts)
    assert [call.id for each in messages for call in each.tool_calls] == [
        "call_0",
        "call_1",
        "call_2",
    ]
    answers = [(each.tool_call_id, each.content) for each in messages if each.role == "tool"]
    assert answers == [("call_0", FOUND[2]), ("call_1", "[]"), ("call_2", FOUND[2])]


def test_a_call_that_nobody_answered_is_left_out() -> None:
    turn = calls(FOUND, ("find", '{"name": "Bob"}'))
    parts = parts_of([ASKED, *turn, says("ok")])
    assert parts is not None
    assert shown(messages_of(parts))[1] == 'a find{"name": "Ann"}'


@pytest.mark.parametrize(
    "messages",
    [
        [Message(role="tool", content="", tool_call_id="x0")],
        [ASKED, Message(role="tool", content="", tool_call_id="x0")],
        [calls(FOUND)[0], Message(role="tool", content="", tool_call_id="other")],
    ],
    ids=["first", "after-user", "unknown-id"],
)
def test_an_answer_to_no_call_has_no_normal_form(messages: list[Message]) -> None:
    assert parts_of(messages) is None
