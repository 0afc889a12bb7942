"""Conversations by `generate` of transformers, as most programs hold them: turn by turn, anew."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Reply, Unanswered, Usage
from runner.lm import hermes


class Naive:
    """Reads the whole conversation for every answer; `generate` keeps its cache for that long.

    Args:
        folder: The model.
        width: Conversations of one call of `generate`; above one, the shorter ones are padded.
    """

    def __init__(self, folder: Path, *, width: int = 1) -> None:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, padding_side="left")
        self._model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self._width = width
        self._window = int(self._model.config.max_position_embeddings)

    @property
    def name(self) -> str:
        """What it is called."""
        return f"generate, {self._width} at once"

    def play(self, starts: Sequence[ChatRequest], reply: Reply) -> None:
        """Hold conversations until each has ended."""
        for first in range(0, len(starts), self._width):
            numbers = range(first, min(first + self._width, len(starts)))
            self._hold(
                {n: [_plain(each) for each in starts[n].messages] for n in numbers},
                starts[first].decoding,
                reply,
            )

    def _hold(self, said: dict[int, list[dict[str, str]]], drawn: Decoding, reply: Reply) -> None:
        """Hold some conversations, an answer of each at a time."""
        while said:
            prompts = {n: self._prompt(each) for n, each in said.items()}
            for number in [n for n, each in prompts.items() if len(each) > self._window]:
                reply(number, Unanswered(error="longer than the model's window", window=True))
                del said[number], prompts[number]
            if not said:
                return
            answers = self._generate(list(prompts.values()), drawn)
            for (number, prompt), tokens in zip(prompts.items(), answers, strict=True):
                told = self._tell(number, len(prompt), tokens, reply)
                if told:
                    said[number] += told
                else:
                    del said[number]

    def _prompt(self, said: list[dict[str, str]]) -> list[int]:
        text = self._tokenizer.apply_chat_template(said, add_generation_prompt=True, tokenize=False)
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _generate(self, prompts: list[list[int]], drawn: Decoding) -> list[list[int]]:
        """Return each answer's tokens, its end token and what pads it included."""
        padded = self._tokenizer.pad({"input_ids": prompts}, return_tensors="pt")
        sampled = {"temperature": drawn.temperature, "top_p": 1.0, "top_k": 0}
        greedy = {"temperature": None, "top_p": None, "top_k": None}
        with torch.inference_mode():
            out = self._model.generate(
                padded["input_ids"],  # (B, T)
                attention_mask=padded["attention_mask"],
                max_new_tokens=drawn.max_tokens,
                do_sample=drawn.temperature > 0,
                **(sampled if drawn.temperature else greedy),
            )
        answers: list[list[int]] = out[:, padded["input_ids"].shape[1] :].tolist()  # (B, N)
        return answers

    def _tell(
        self, number: int, asked: int, tokens: list[int], reply: Reply
    ) -> list[dict[str, str]]:
        """Hand on an answer; return what the conversation goes on with."""
        end = self._tokenizer.convert_tokens_to_ids(self._tokenizer.eos_token)
        said = tokens[: tokens.index(end)] if end in tokens else tokens
        text = self._tokenizer.decode(said, clean_up_tokenization_spaces=False)
        parsed = hermes.parse(text)
        answer = ChatResponse(
            text=parsed.text,
            tool_calls=parsed.calls,
            usage=Usage(tokens_in=asked, tokens_out=min(len(said) + 1, len(tokens))),
            finish="length" if end not in tokens else "stop",
            model=self.name,
        )
        told = reply(number, answer)
        return [{"role": "assistant", "content": text}, *map(_plain, told)] if told else []


def _plain(message: Message) -> dict[str, str]:
    return {"role": message.role, "content": message.content}
