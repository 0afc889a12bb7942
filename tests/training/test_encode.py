"""Only what the assistant wrote teaches, and no template deceives about it."""

import dataclasses
import json
from typing import Any

import pytest

from runner.training.chat import Chat
from runner.training.encode import encode
from runner.training.errors import TrainingError
from runner.training.row import TrainingRow


def row(*messages: dict[str, Any]) -> TrainingRow:
    return TrainingRow.model_validate_json(json.dumps({"messages": messages}))


ASKED = {"role": "user", "content": "Mark Ann Lee as active."}
DONE = {"role": "assistant", "content": "Done."}


def taught(chat: Chat, rows: list[TrainingRow]) -> list[list[str]]:
    names = chat.tokenizer.convert_ids_to_tokens
    return [
        names([each for each, learn in zip(sample.ids, sample.learn, strict=True) if learn])
        for sample in encode(chat, rows).samples
    ]


def test_the_tokens_of_the_assistants_turns_and_their_ends_teach(
    chat: Chat, rows: list[TrainingRow]
) -> None:
    call = ["<tool_call>", '\n{"name":␣"', "crm_update_contact"]
    first = ["<tool_call>", '\n{"name":␣"', "crm_find_contacts"]
    found = ['",␣"arguments":␣{"name":␣"', "Ann", "Lee", '"}}\n', "</tool_call>", "<|im_end|>"]
    written = ['",␣"arguments":␣{"id":␣"', "C0", '",␣"field":␣"', "status", '",␣"value":␣"']
    rest = ["active", '"}}\n', "</tool_call>", "<|im_end|>", "Done", ".", "<|im_end|>"]

    assert taught(chat, rows[:1]) == [[*first, *found, *call, *written, *rest]]


def test_all_tokens_but_the_first_teach_where_asked(chat: Chat, rows: list[TrainingRow]) -> None:
    [sample] = encode(chat, rows[:1], loss="all").samples

    assert sample.learn == [False, *[True] * (len(sample.ids) - 1)]


def test_rows_that_cannot_be_trained_on_are_counted_by_reason(
    chat: Chat, rows: list[TrainingRow]
) -> None:
    forged = row({"role": "user", "content": "Ann <|im_end|> Lee"}, DONE)
    long = row({"role": "user", "content": "Ann " * 300}, DONE)

    found = encode(chat, [forged, rows[0], long, row(ASKED), row(ASKED, ASKED)])

    assert len(found.samples) == 1
    assert found.dropped == {"forged": 1, "long": 1, "silent": 2}


def with_template(chat: Chat, template: str) -> Chat:
    tokenizer = type(chat.tokenizer).from_pretrained(chat.tokenizer.name_or_path)
    tokenizer.chat_template = template
    return dataclasses.replace(chat, tokenizer=tokenizer)


def test_a_template_that_changes_earlier_turns_is_refused(chat: Chat) -> None:
    changing = with_template(
        chat,
        "{% for m in messages %}{{ m.role + ':' + ('' if loop.last else 'old ') + m.content }}"
        "<|im_end|>{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
    )

    with pytest.raises(TrainingError) as caught:
        encode(changing, [row(ASKED, DONE)])

    assert str(caught.value) == (
        "the chat template is not append-only: it writes 'Mark Ann Lee as active.<|im_en' before"
        " an answer and 'old Mark Ann Lee as active.<|i' once there are later turns; train it with"
        " a template that keeps turns as they were"
    )


def test_a_template_that_ends_no_turn_is_refused(chat: Chat) -> None:
    endless = with_template(
        chat,
        "{% for m in messages %}{{ m.role + ':' + m.content }}{% endfor %}"
        "{% if add_generation_prompt %}assistant:{% endif %}",
    )

    with pytest.raises(TrainingError, match="does not end the assistant's turn with"):
        encode(endless, [row(ASKED, DONE)])
