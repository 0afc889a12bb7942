"""Training rows as token ids, with a mark at each token that teaches."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers.utils.chat_template_utils import render_jinja_template

from runner.training.chat import Chat
from runner.training.errors import TrainingError
from runner.training.params import Loss
from runner.training.row import TrainingRow
from runner.training.template import TEMPLATE

_Offsets = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One conversation, both of length `T`.

    Attributes:
        ids: Token ids.
        learn: Whether a token is one that the model shall write; never the first.
    """

    ids: list[int]
    learn: list[bool]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows that can be trained on, and those that cannot.

    Attributes:
        samples: In the order of the rows.
        dropped: Reason to number of rows: `long` does not fit into the model's window, `silent` has
            nothing that the assistant said, `forged` holds a control token in its text.
    """

    samples: tuple[Sample, ...]
    dropped: Mapping[str, int]


def encode(chat: Chat, rows: Sequence[TrainingRow], *, loss: Loss = "assistant") -> Encoded:
    """Turn rows into samples by the model's own chat template.

    Args:
        chat: Whose template, tokenizer and window count.
        rows: What to learn from.
        loss: `assistant`: the tokens of its turns, each turn's end included; `all`: every token.

    Raises:
        TrainingError: the template is not append-only, or ends no turn with the end token; the
            mark of an earlier turn would then be wrong, and so would a rollout that goes on.
    """
    control = chat.tokenizer.all_special_tokens
    dropped: Counter[str] = Counter()
    written: list[_Written] = []
    for record in (row.record() for row in rows):
        if not any(each["role"] == "assistant" for each in record["messages"]):
            dropped["silent"] += 1
        elif _forged(record["messages"], control):
            dropped["forged"] += 1
        else:
            written.append(_own(record) if _is_own(chat) else _foreign(chat, record))
    samples = [
        _sample(chat, *each, loss) for each in zip(written, *_read(chat, written), strict=True)
    ]
    fitting = tuple(each for each in samples if len(each.ids) <= chat.window)
    if len(fitting) < len(samples):
        dropped["long"] = len(samples) - len(fitting)
    return Encoded(fitting, dict(dropped))


@dataclass(frozen=True, slots=True)
class _Written:
    """A conversation as text, and at which character each answer begins."""

    text: str
    begins: list[int]


def _forged(messages: Sequence[Mapping[str, Any]], control: Sequence[str]) -> bool:
    return any(each in message.get("content", "") for message in messages for each in control)


def _is_own(chat: Chat) -> bool:
    return bool(chat.tokenizer.chat_template == TEMPLATE)


def _own(record: Mapping[str, Any]) -> _Written:
    """Write by our own template, which is known to append only: five times as fast."""
    said, spans = render_jinja_template(
        [record["messages"]], chat_template=TEMPLATE, return_assistant_tokens_mask=True
    )
    return _Written(said[0], [begin for begin, _ in spans[0]])


def _foreign(chat: Chat, record: Mapping[str, Any]) -> _Written:
    text = _render(chat, record, None)
    prompts = [
        _render(chat, record, upto)
        for upto, each in enumerate(record["messages"])
        if each["role"] == "assistant"
    ]
    for prompt in prompts:
        _check_appended(prompt, text)
    return _Written(text, [len(prompt) for prompt in prompts])


def _read(chat: Chat, written: Sequence[_Written]) -> tuple[list[list[int]], list[_Offsets]]:
    if not written:
        return [], []
    texts = [each.text for each in written]
    found = chat.tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
    return found["input_ids"], found["offset_mapping"]


def _sample(chat: Chat, written: _Written, ids: list[int], offsets: _Offsets, loss: Loss) -> Sample:
    if loss == "all":
        return Sample(ids, [False, *[True] * (len(ids) - 1)])
    learn = [False] * len(ids)
    places = [begin for begin, _ in offsets]
    for begin in written.begins:
        _mark_turn(learn, ids, first=bisect_left(places, begin), ending=chat.ending)
    return Sample(ids, learn)


def _render(chat: Chat, record: Mapping[str, Any], upto: int | None) -> str:
    """Write the conversation, or what the assistant is shown before message `upto`."""
    text = chat.tokenizer.apply_chat_template(
        record["messages"][:upto],
        tools=record["tools"] or None,
        add_generation_prompt=upto is not None,
        tokenize=False,
    )
    return str(text)


def _check_appended(prompt: str, text: str) -> None:
    if not text.startswith(prompt):
        at = next(n for n, (a, b) in enumerate(zip(prompt, text + "\0", strict=False)) if a != b)
        raise TrainingError(
            f"the chat template is not append-only: it writes {prompt[at : at + 30]!r} before an"
            f" answer and {text[at : at + 30]!r} once there are later turns; train it with a"
            " template that keeps turns as they were"
        )


def _mark_turn(learn: list[bool], ids: Sequence[int], *, first: int, ending: int) -> None:
    if ending not in ids[first:]:
        raise TrainingError(
            "the chat template does not end the assistant's turn with the tokenizer's end token, so"
            " the model would never learn to stop; declare the one that it writes as eos_token"
        )
    for index in range(first, ids.index(ending, first) + 1):
        learn[index] = True
