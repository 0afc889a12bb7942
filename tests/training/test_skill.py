import json

import pytest

from runner.core.chat import Message, ToolCall
from runner.training.skill import Lesson, SkillError, skill_file


def lesson(template: str, asked: str, *tools: str) -> Lesson:
    messages = [
        Message(role="system", content="Be brief."),
        Message(role="user", content=asked),
    ]
    for tool in tools:
        call = ToolCall(id="c", name=tool, arguments=json.dumps({"id": "D1"}))
        messages += [
            Message(role="assistant", content="", tool_calls=(call,)),
            Message(role="tool", content='{"ok": true}', tool_call_id="c"),
        ]
    return Lesson(template, (*messages, Message(role="assistant", content="Done.")))


def words(text: str) -> int:
    return len(text.split())


CLOSE = lesson("close", "Close D1.", "find", "update")
AGAIN = lesson("close", "Close D1 please.", "find", "update")
ODD = lesson("close", "Close.", "update")
TELL = lesson("tell", "Tell Ann.", "send")


def test_a_skill_has_the_commonest_way_of_each_kind_and_examples_of_it() -> None:
    assert skill_file([ODD, CLOSE, AGAIN, TELL], max_tokens=55, count_tokens=words) == (
        "# How tasks were done before\n"
        "\n"
        "## close\n"
        "\n"
        "Calls: find, update\n"
        "\n"
        "Close D1.\n"
        "<tool_call>\n"
        '{"name": "find", "arguments": {"id": "D1"}}\n'
        "</tool_call>\n"
        '{"ok": true}\n'
        "<tool_call>\n"
        '{"name": "update", "arguments": {"id": "D1"}}\n'
        "</tool_call>\n"
        '{"ok": true}\n'
        "Done.\n"
        "\n"
        "## tell\n"
        "\n"
        "Calls: send\n"
        "\n"
        "Tell Ann.\n"
        "<tool_call>\n"
        '{"name": "send", "arguments": {"id": "D1"}}\n'
        "</tool_call>\n"
        '{"ok": true}\n'
        "Done.\n"
    )


@pytest.mark.parametrize(
    ("most", "calls", "examples"),
    [
        pytest.param(11, 1, 0, id="one-kind"),
        pytest.param(15, 2, 0, id="calls-of-both"),
        pytest.param(35, 2, 1, id="one-example"),
        pytest.param(55, 2, 2, id="an-example-of-each"),
        pytest.param(500, 2, 4, id="all"),
    ],
)
def test_what_fits_is_told_breadth_first(most: int, calls: int, examples: int) -> None:
    page = skill_file([ODD, CLOSE, AGAIN, TELL], max_tokens=most, count_tokens=words)
    assert words(page) <= most
    assert (page.count("Calls:"), page.count("Done.")) == (calls, examples)


def test_equal_conversations_are_one_example() -> None:
    page = skill_file([TELL, TELL, TELL], max_tokens=500, count_tokens=words)
    assert page.count("Tell Ann.") == 1


def test_the_order_of_lessons_does_not_matter() -> None:
    made = {
        skill_file(each, max_tokens=60, count_tokens=words)
        for each in ([ODD, CLOSE, AGAIN, TELL], [TELL, AGAIN, CLOSE, ODD])
    }
    assert len(made) == 1


def test_nothing_learned_and_no_room_are_refused() -> None:
    with pytest.raises(SkillError, match=r"^no lesson to write down; curate at least one"):
        skill_file([], max_tokens=9, count_tokens=words)
    with pytest.raises(SkillError, match=r"^max_tokens 9 holds no lesson; the first takes 11$"):
        skill_file([CLOSE], max_tokens=9, count_tokens=words)
