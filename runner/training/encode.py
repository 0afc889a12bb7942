"""Training rows as token ids, with a mark at each token that teaches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runner.training.chat import Chat
from runner.training.errors import TrainingError
from runner.training.params import Loss
from runner.training.row import TrainingRow


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
    samples: list[Sample] = []
    dropped: Counter[str] = Counter()
    for row in rows:
        found = _sample(chat, row, loss)
        if isinstance(found, Sample):
            samples.append(found)
        else:
            dropped[found] += 1
    return Encoded(tuple(samples), dict(dropped))


def _sample(chat: Chat, row: TrainingRow, loss: Loss) -> Sample | str:
    record = row.record()
    if _forged(record["messages"], chat.tokenizer.all_special_tokens):
        return "forged"
    prompts = [
        _render(chat, record, upto) for upto, each in enumerate(row.messages) if _speaks(each.role)
    ]
    if not prompts:
        return "silent"
    text = _render(chat, record, None)
    found = chat.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids, offsets = found["input_ids"], found["offset_mapping"]
    if len(ids) > chat.window:
        return "long"
    learn = [False] * len(ids)
    for prompt in prompts:
        _appended(prompt, text)
        _mark_turn(learn, ids, first=_at(offsets, len(prompt)), ending=chat.ending)
    return Sample(ids, learn if loss == "assistant" else [False] + [True] * (len(ids) - 1))


def _speaks(role: str) -> bool:
    return role == "assistant"


def _forged(messages: Sequence[Mapping[str, Any]], control: Sequence[str]) -> bool:
    return any(each in message.get("content", "") for message in messages for each in control)


def _render(chat: Chat, record: Mapping[str, Any], upto: int | None) -> str:
    """Write the conversation, or what the assistant is shown before message `upto`."""
    text = chat.tokenizer.apply_chat_template(
        record["messages"][:upto],
        tools=record["tools"] or None,
        add_generation_prompt=upto is not None,
        tokenize=False,
    )
    return str(text)


def _appended(prompt: str, text: str) -> None:
    if not text.startswith(prompt):
        at = next(n for n, (a, b) in enumerate(zip(prompt, text + "\0", strict=False)) if a != b)
        raise TrainingError(
            f"the chat template is not append-only: it writes {prompt[at : at + 30]!r} before an"
            f" answer and {text[at : at + 30]!r} once there are later turns; train it with a"
            " template that keeps turns as they were"
        )


def _at(offsets: Sequence[tuple[int, int]], place: int) -> int:
    return next((n for n, (begins, _) in enumerate(offsets) if begins >= place), len(offsets))


def _mark_turn(learn: list[bool], ids: Sequence[int], *, first: int, ending: int) -> None:
    if ending not in ids[first:]:
        raise TrainingError(
            "the chat template does not end the assistant's turn with the tokenizer's end token, so"
            " the model would never learn to stop; declare the one that it writes as eos_token"
        )
    for index in range(first, ids.index(ending, first) + 1):
        learn[index] = True
