"""Conversations per second of a tiny model: `generate` turn by turn against the rollout engine.

Both hold the same conversations with the same weights: prompts of 25 to 70 words, 2 to 5 answers of
15 to 35 tokens, tool results of 15 to 50 words; one in 20 goes on for 12 answers. `generate` is
called as most programs do it: for every turn of every conversation, from its first token. They run
in turns, a few conversations of `generate` between halves of the others, in processor seconds.

Run with `python bench/rollout.py`; `--write` keeps the figures under `bench/results`.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from figure import keep, measured, options

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Player, Unanswered
from runner.lm.local import LocalModel
from runner.lm.play import Talk
from runner.lm.rollout import Rollouts
from runner.training.params import SHAPES
from runner.training.scratch import scratch
from runner.training.template import render
from runner.training.vocabulary import write_tokenizer

ROUNDS = 3
NAIVE = 20
"""Conversations of `generate` per round: they take long."""
WORDS = [f"w{n}" for n in range(900)]


@dataclass
class Office:
    """Tells every conversation the same, whoever holds it."""

    offset: int
    answers: dict[int, int] = field(default_factory=dict)
    tokens: int = 0

    def reply(self, index: int, answer: ChatResponse | Unanswered) -> Sequence[Message]:
        """Tell what a tool says, until the conversation has had its answers."""
        if isinstance(answer, Unanswered):
            raise TypeError(answer.error)
        number = index + self.offset
        turn = self.answers[number] = self.answers.get(number, 0) + 1
        self.tokens += answer.usage.tokens_out
        drawn = Random(f"{number} {turn}")
        most = 12 if number % 20 == 0 else Random(number).randint(2, 5)
        return () if turn >= most else (Message(role="tool", content=_words(drawn, 15, 50)),)


def compare(folder: Path, *, conversations: int, batch: int) -> dict[str, Any]:
    """Time both ways in turns.

    Args:
        folder: The model.
        conversations: Of the rollout engine, per round; 4 begin alike.
        batch: Of them, in progress at once.
    """
    starts = [_start(number) for number in range(conversations)]
    engine = Rollouts(folder, name="engine", device="cpu", batch=batch)
    plain = Talk(LocalModel(folder, name="generate", device="cpu"))
    rates: dict[str, list[float]] = {"generate_per_s": [], "rollouts_per_s": [], "times": []}
    for number in range(ROUNDS):
        offset = number * NAIVE
        slow = _rate(plain, starts[offset : offset + NAIVE], offset)
        fast = _rate(engine, starts, 0)
        for key, value in zip(rates, (slow, fast, fast / slow), strict=True):
            rates[key].append(value)
    return {key: round(median(values), 2) for key, values in rates.items()}


def _rate(player: Player, starts: Sequence[ChatRequest], offset: int) -> float:
    office = Office(offset)
    began = time.process_time()
    player.play(starts, office.reply)
    return len(starts) / (time.process_time() - began)


def _start(number: int) -> ChatRequest:
    most = Random(number).randint(15, 35)
    return ChatRequest(
        messages=(Message(role="user", content=_words(Random(number // 4), 25, 70)),),
        decoding=Decoding(temperature=0.8, max_tokens=most, seed=number),
    )


def _words(drawn: Random, least: int, most: int) -> str:
    return " ".join(drawn.choices(WORDS, k=drawn.randint(least, most)))


def _model(folder: Path, shape: str) -> int:
    """Write a model with random weights; return how many it has."""
    said = [{"role": "user", "content": " ".join(WORDS)}, {"role": "tool", "content": '{"a": 1}'}]
    (folder / "words").mkdir()
    write_tokenizer([render(said)] * 3, folder / "words")
    chat = scratch(SHAPES[shape], folder / "words", seed=1)
    chat.save(folder / "model")
    return sum(each.numel() for each in chat.model.parameters())


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    parser = options(__doc__)
    parser.add_argument("--shape", choices=("demo", "benchmark"), default="benchmark")
    parser.add_argument("--conversations", type=int, default=1024, help="per round")
    parser.add_argument("--batch", type=int, default=256, help="of them, in progress at once")
    given = parser.parse_args()
    torch.set_num_threads(1)
    found = measured(lambda: _compared(given), "torch", "transformers")
    print(json.dumps(found, indent=1))
    if given.write:
        keep("rollout", found)


def _compared(given: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        weights = _model(Path(folder), given.shape)
        model = Path(folder) / "model"
        found = compare(model, conversations=given.conversations, batch=given.batch)
    return {"parameters": weights, "batch": given.batch, **found}


if __name__ == "__main__":
    main()
