"""A Hugging Face folder as a model in this process."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import torch

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Usage
from runner.lm import hermes
from runner.lm.error import UnansweredError, WindowError
from runner.lm.folder import load, one_line
from runner.lm.template import Template


class LocalModel:
    """A causal language model; one request at a time, whoever asks."""

    def __init__(self, folder: Path, *, name: str, device: str = "auto") -> None:
        """Load a folder; nothing is fetched.

        Args:
            folder: Model, tokenizer and chat template, as Hugging Face saves them.
            name: What the model calls itself.
            device: `auto` for a GPU where there is one, or torch's name of a device.

        Raises:
            LmError: the folder is missing or damaged, or has no chat template.
        """
        self._name = name
        self._loaded = load(folder, device=device)
        self._template = Template(self._loaded.tokenizer, name=name)
        self._lock = Lock()

    @property
    def name(self) -> str:
        """What the model calls itself."""
        return self._name

    def complete(self, request: ChatRequest) -> ChatResponse:
        """Answer one request.

        Raises:
            UnansweredError: the request does not fit into the model's window or into memory.
            LmError: the chat template does not take the messages, or no tools.
        """
        started = time.perf_counter()
        prompt = torch.tensor([self._template.prompt(request.messages, request.tools)])
        self._fit(prompt.shape[1], request.decoding)
        with self._lock, torch.inference_mode(), _seeded(request.decoding, self._loaded.device):
            tokens = self._generate(prompt, request.decoding)
        return self._response(request, prompt, tokens.tolist(), time.perf_counter() - started)

    def _fit(self, asked: int, drawn: Decoding) -> None:
        window = self._loaded.window
        if window is not None and asked + drawn.max_tokens > window:
            raise WindowError(
                f"{self._name}: {asked} tokens and max_tokens {drawn.max_tokens} are more than the "
                f"model's window of {window}"
            )

    def _generate(self, prompt: torch.Tensor, drawn: Decoding) -> torch.Tensor:
        """Return the tokens that follow the prompt, (N,)."""
        sampled = {"temperature": drawn.temperature, "top_p": drawn.top_p or 1.0, "top_k": 0}
        greedy = {"temperature": None, "top_p": None, "top_k": None}
        stop = {"stop_strings": list(drawn.stop), "tokenizer": self._loaded.tokenizer}
        prompt = prompt.to(self._loaded.device)
        try:
            out = self._loaded.model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=drawn.max_tokens,
                do_sample=drawn.temperature > 0,
                **(sampled if drawn.temperature else greedy),
                **(stop if drawn.stop else {}),
            )
        except torch.OutOfMemoryError as err:
            raise UnansweredError(f"{self._name}: out of memory; {one_line(err)}") from err
        tokens: torch.Tensor = out[0, prompt.shape[1] :].cpu()
        return tokens

    def _response(
        self, request: ChatRequest, prompt: torch.Tensor, tokens: list[int], seconds: float
    ) -> ChatResponse:
        tooled = bool(request.tools)
        by_itself = tokens[-1] in self._loaded.ends
        said = tokens[:-1] if by_itself else tokens
        text = self._template.text(said, whole=tooled)
        ends = [at for at in (text.find(each) for each in request.decoding.stop) if at >= 0]
        text = text[: min(ends)] if ends else text
        before = sum(len(each.tool_calls) for each in request.messages)
        parsed = hermes.parse(text, first=before) if tooled else hermes.Parsed(text, ())
        full = len(tokens) >= request.decoding.max_tokens
        finish = "tool_calls" if parsed.calls else "stop"
        return ChatResponse(
            text=parsed.text,
            tool_calls=parsed.calls,
            usage=Usage(tokens_in=prompt.shape[1], tokens_out=len(tokens)),
            finish="length" if full and not ends and not by_itself else finish,
            model=self._name,
            seconds=seconds,
        )


@contextmanager
def _seeded(drawn: Decoding, device: torch.device) -> Iterator[None]:
    """Draw by the request's seed and leave everybody else's randomness alone."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices, enabled=drawn.seed is not None):
        if drawn.seed is not None:
            torch.manual_seed(drawn.seed)
        yield
