"""A Hugging Face folder as a model in this process."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Usage
from runner.lm.error import LmError, UnansweredError


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
        if not (folder / "config.json").is_file():
            raise LmError(f"{folder} is no model folder; expected a config.json in it")
        self._name = name
        self._device = _device(device)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self._model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as err:
            raise LmError(f"the model {folder} cannot be loaded: {_line(err)}") from err
        if not self._tokenizer.chat_template:
            raise LmError(f"the tokenizer in {folder} has no chat template; a chat model has one")
        self._model.to(self._device).eval()
        self._lock = Lock()

    @property
    def name(self) -> str:
        """What the model calls itself."""
        return self._name

    def complete(self, request: ChatRequest) -> ChatResponse:
        """Answer one request.

        Raises:
            UnansweredError: the request does not fit into the model's window or into memory.
            LmError: it has tools, or messages that the chat template does not take.
        """
        if request.tools:
            raise LmError(f"{self._name} calls no tools; serve it and declare an endpoint instead")
        started = time.perf_counter()
        prompt = self._prompt(request.messages)
        self._fit(prompt.shape[1], request.decoding)
        with self._lock, torch.inference_mode(), _seeded(request.decoding, self._device):
            tokens = self._generate(prompt, request.decoding)
        return self._response(request, prompt, tokens, time.perf_counter() - started)

    def _prompt(self, messages: Sequence[Message]) -> torch.Tensor:
        """Return the conversation's tokens, (1, T)."""
        said = [{"role": each.role, "content": each.content} for each in messages]
        try:
            text = self._tokenizer.apply_chat_template(
                said, add_generation_prompt=True, tokenize=False
            )
        except Exception as err:
            # Templates are programs of the folder's; what they raise is theirs to choose.
            text = f"the chat template of {self._name} refuses the messages: {_line(err)}"
            raise LmError(text) from err
        found = self._tokenizer(text, add_special_tokens=False, return_tensors="pt")
        tokens: torch.Tensor = found["input_ids"]
        return tokens

    def _fit(self, asked: int, drawn: Decoding) -> None:
        window = getattr(self._model.config, "max_position_embeddings", None)
        if window is not None and asked + drawn.max_tokens > window:
            raise UnansweredError(
                f"{self._name}: {asked} tokens and max_tokens {drawn.max_tokens} are more than the "
                f"model's window of {window}"
            )

    def _generate(self, prompt: torch.Tensor, drawn: Decoding) -> torch.Tensor:
        """Return the tokens that follow the prompt, (N,)."""
        sampled = {"temperature": drawn.temperature, "top_p": drawn.top_p or 1.0, "top_k": 0}
        greedy = {"temperature": None, "top_p": None, "top_k": None}
        stop = {"stop_strings": list(drawn.stop), "tokenizer": self._tokenizer}
        prompt = prompt.to(self._device)
        try:
            out = self._model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=drawn.max_tokens,
                do_sample=drawn.temperature > 0,
                **(sampled if drawn.temperature else greedy),
                **(stop if drawn.stop else {}),
            )
        except torch.OutOfMemoryError as err:
            raise UnansweredError(f"{self._name}: out of memory; {_line(err)}") from err
        tokens: torch.Tensor = out[0, prompt.shape[1] :].cpu()
        return tokens

    def _response(
        self, request: ChatRequest, prompt: torch.Tensor, tokens: torch.Tensor, seconds: float
    ) -> ChatResponse:
        text = self._tokenizer.decode(tokens, skip_special_tokens=True)
        ends = [at for at in (text.find(each) for each in request.decoding.stop) if at >= 0]
        ended = bool(ends) or int(tokens[-1]) in _ends(self._model.generation_config.eos_token_id)
        full = len(tokens) >= request.decoding.max_tokens
        return ChatResponse(
            text=text[: min(ends)] if ends else text,
            usage=Usage(tokens_in=prompt.shape[1], tokens_out=len(tokens)),
            finish="length" if full and not ended else "stop",
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


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.device(name)
    except RuntimeError as err:
        raise LmError(f'no device "{name}"; expected auto, cpu, cuda or cuda:<n>') from err


def _ends(ids: int | list[int] | None) -> list[int]:
    if ids is None:
        return []
    return [ids] if isinstance(ids, int) else ids


def _line(err: BaseException) -> str:
    return " ".join(str(err).split())[:200]
