"""A model whose calls cannot be read is no candidate."""

import pytest

from runner.core.chat import Message, ToolCall
from runner.core.errors import InvalidCandidateError
from runner.lm.hermes import parse
from runner.training.chat import Chat
from runner.training.check import Format, check_format, format_of

GOOD = '<tool_call>\n{"name": "crm_find_contacts", "arguments": {"name": "Ann Lee"}}\n</tool_call>'
LOOSE = '<tool_call>{"name":"crm_find_contacts","arguments":{}}</tool_call>'
BAD = "<tool_call>\nactive\n</tool_call>"


def read(text: str) -> Message:
    found = parse(text)
    return Message(role="assistant", content=found.text, tool_calls=found.calls)


def test_the_share_that_is_read_and_the_share_that_is_written_back_are_told(chat: Chat) -> None:
    found = format_of(chat, [GOOD, "Done.", BAD, LOOSE], read)

    assert found == Format(answers=4, readable=0.75, same=0.75)
    check_format(found, least=0.75)


@pytest.mark.parametrize(
    ("answers", "told"),
    [([GOOD, BAD], "of 2 answers of the trained model 1 are in"), ([], "of 0 answers")],
    ids=["too few", "none at all"],
)
def test_too_few_readable_answers_are_the_candidates_fault(
    chat: Chat, answers: list[str], told: str
) -> None:
    with pytest.raises(InvalidCandidateError, match=told):
        check_format(format_of(chat, answers, read), least=0.9)


def test_several_calls_and_words_before_them_are_written_back(chat: Chat) -> None:
    found = format_of(chat, [f"Done.\n{GOOD}\n{GOOD}"], read)

    assert found == Format(answers=1, readable=1.0, same=1.0)
    call = ToolCall(id="c", name="", arguments="active")
    assert read(BAD).tool_calls[0].arguments == call.arguments
