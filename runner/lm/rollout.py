"""A model in this process that holds many conversations at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from runner.core.chat import ChatRequest, Reply
from runner.lm.crowd import Crowd, Speaker
from runner.lm.error import LmError
from runner.lm.folder import Loaded, device_of, load
from runner.lm.slots import Slots, prepare, with_room
from runner.lm.template import Template

_MOST_ROWS = 256
_CPU_BYTES = 2 << 30
_GPU_SHARE = 0.5
_UNBOUND = 4096  # tokens, where a model names no window


class Rollouts:
    """A Hugging Face folder that holds many conversations at once."""

    def __init__(
        self, folder: Path, *, name: str, device: str = "auto", batch: int | None = None
    ) -> None:
        """Load a folder; nothing is fetched.

        Args:
            folder: Model, tokenizer and chat template, as Hugging Face saves them.
            name: What the model calls itself.
            device: `auto` for a GPU where there is one, or torch's name of a device; on a GPU it
                calculates in bf16.
            batch: Conversations in progress at once, at most; None for what fits into memory.

        Raises:
            LmError: the folder is missing or damaged, its template rewrites earlier turns, or its
                layers are not all of full attention.
        """
        on_cpu = device_of(device).type == "cpu"
        loaded = load(folder, device=device, dtype=torch.float32 if on_cpu else torch.bfloat16)
        template = Template(loaded.tokenizer, name=name)
        template.check_append_only()
        prepare(loaded)
        self._slots = Slots(loaded, count=1)
        self._speaker = Speaker(loaded, template, name, batch or _fitting(loaded))

    @property
    def name(self) -> str:
        """What the model calls itself."""
        return self._speaker.name

    def play(self, starts: Sequence[ChatRequest], reply: Reply) -> None:
        """Hold conversations until each has ended.

        Raises:
            LmError: the chat template does not take the messages, or memory is too small.
        """
        speaker = self._speaker
        with torch.inference_mode(), _one_thread(speaker.loaded.device):
            try:
                # One more slot than conversations holds what all of them begin with.
                self._slots = with_room(self._slots, count=min(speaker.batch, len(starts)) + 1)
                Crowd(speaker, self._slots, starts, reply).play()
            except torch.OutOfMemoryError as err:
                text = f"{speaker.name}: out of memory with {speaker.batch} conversations at once"
                raise LmError(f"{text}; a smaller batch would fit") from err


def _fitting(loaded: Loaded) -> int:
    """Return how many conversations of the window's length fit into the memory for them."""
    config = loaded.model.config.get_text_config()
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    place = config.num_hidden_layers * heads * width * 2 * loaded.model.dtype.itemsize
    free = _CPU_BYTES
    if loaded.device.type == "cuda":
        free = int(torch.cuda.mem_get_info(loaded.device)[0] * _GPU_SHARE)
    fitting = int(free // (place * (loaded.window or _UNBOUND)))
    return max(1, min(_MOST_ROWS, fitting))


@contextmanager
def _one_thread(device: torch.device) -> Iterator[None]:
    """Calculate in one thread on a processor: two on a busy machine are many times slower."""
    before = torch.get_num_threads()
    if device.type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
