import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Unanswered
from runner.lm.rollout import Rollouts

pytestmark = pytest.mark.slow  # the first of them waits for transformers

WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "a",
    "lazy",
    "dog",
    "while",
    "nobody",
    "looks",
]


def start(text: str, **drawn: object) -> ChatRequest:
    return ChatRequest(
        messages=(Message(role="user", content=text),),
        decoding=Decoding.model_validate({"max_tokens": 9} | drawn),
    )


@dataclass
class Office:
    """Answers each conversation with texts of unlike length, a number of times of its own."""

    turns: int = 4
    answers: dict[int, list[ChatResponse | Unanswered]] = field(default_factory=dict)

    def reply(self, number: int, answer: ChatResponse | Unanswered) -> Sequence[Message]:
        heard = self.answers.setdefault(number, [])
        heard.append(answer)
        return self.told(number, len(heard)) if len(heard) <= (number * 7) % self.turns else ()

    def told(self, number: int, turn: int) -> list[Message]:
        drawn = random.Random(number * 31 + turn)
        return [
            Message(role="tool", content=" ".join(drawn.choices(WORDS, k=drawn.randint(1, 6))))
            for _ in range(drawn.randint(1, 2))
        ]


def played(model: Rollouts, starts: Sequence[ChatRequest], **office: int) -> Office:
    found = Office(**office)
    model.play(starts, found.reply)
    return found


def ragged(count: int, **drawn: object) -> list[ChatRequest]:
    texts = random.Random(4)
    return [
        start(" ".join(texts.choices(WORDS, k=1 + n % 5)), **({"seed": n} | drawn))
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def model(tiny_agent: Path) -> Rollouts:
    return Rollouts(tiny_agent, name="tiny", device="cpu", batch=5)


@dataclass(frozen=True)
class Naive:
    """Holds one conversation as most do: `generate` anew from the first token, turn by turn."""

    tokenizer: Any
    model: Any

    def answers(self, request: ChatRequest, number: int, *, turns: int) -> list[tuple[str, int]]:
        office = Office(turns=turns)
        tokens = self.read(f"<user>{request.messages[0].content}<end><assistant>")
        found = []
        for turn in range(1, 2 + (number * 7) % turns):
            most = request.decoding.max_tokens
            asked = torch.tensor([tokens])
            with torch.inference_mode():
                out = self.model.generate(
                    asked,
                    attention_mask=torch.ones_like(asked),
                    max_new_tokens=most,
                    do_sample=False,
                )
            new = out[0, len(tokens) :].tolist()
            said = new[:-1] if new[-1] in self.model.generation_config.eos_token_id else new
            found.append((self.tokenizer.decode(said, skip_special_tokens=True), len(new)))
            told = "".join(f"<tool>{each.content}<end>" for each in office.told(number, turn))
            tokens += [*said, *self.read(f"<end>{told}<assistant>")]
        return found

    def read(self, text: str) -> list[int]:
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found


@pytest.fixture(scope="module")
def naive(tiny_agent: Path) -> Naive:
    model = AutoModelForCausalLM.from_pretrained(tiny_agent).eval()
    return Naive(AutoTokenizer.from_pretrained(tiny_agent), model)


def in_short(office: Office) -> dict[int, list[tuple[str, int]]]:
    return {
        number: [(each.text, each.usage.tokens_out) for each in answers]
        for number, answers in office.answers.items()
    }


@pytest.mark.parametrize("batch", [1, 5, 64])
def test_greedy_answers_are_those_of_one_conversation_after_the_other(
    tiny_agent: Path, naive: Naive, batch: int
) -> None:
    starts = ragged(13)
    office = played(Rollouts(tiny_agent, name="tiny", device="cpu", batch=batch), starts)
    wanted = {n: naive.answers(each, n, turns=4) for n, each in enumerate(starts)}
    assert in_short(office) == wanted
    finishes = {each.finish for answers in office.answers.values() for each in answers}
    assert finishes == {"stop", "length"}
