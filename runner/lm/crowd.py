"""Many conversations of one model in progress.

All of them share one cache and one forward pass per token. What is forced, a prompt or a tool's
result, is read in one piece; what is drawn is read token by token, all conversations together. A
conversation that has ended makes room for the next.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import torch

from runner.core.chat import ChatRequest, Message, Reply, Unanswered
from runner.lm.conversation import Conversation
from runner.lm.draw import draw
from runner.lm.folder import Loaded
from runner.lm.slots import Slots
from runner.lm.template import Template

_REFILL = 0.9
"""Share of the slots that is still taken when others begin."""
_TIDY = 16
"""Tokens after which conversations of like length are put side by side again."""
_PIECE = 4
"""Tokens from which on forced ones are read in one piece of their own."""
_WORTH = 256
"""Tokens of pieces that are worth a forward pass of their own while others could go on."""
_PIECES = 4096
"""Tokens of one forward pass over pieces, padding included, at most; one piece at least."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """What answers.

    Attributes:
        batch: Conversations in progress at once, at most.
    """

    loaded: Loaded
    template: Template
    name: str
    batch: int


class Crowd:
    """Conversations in progress, one per slot from 0 on, and those that wait for a slot."""

    def __init__(
        self, speaker: Speaker, slots: Slots, starts: Sequence[ChatRequest], reply: Reply
    ) -> None:
        """Render what each begins with.

        Args:
            speaker: What answers.
            slots: At least one more than conversations may be in progress: the last of them holds
                what all prompts begin with.
            starts: How each begins.
            reply: Told of every answer.

        Raises:
            LmError: the chat template does not take the messages.
        """
        self._speaker = speaker
        self._starts = starts
        self._reply = reply
        prompts = _prompts(speaker.template, starts)
        # The shortest last, since the next to begin is taken from the end; equal ones together.
        self._waiting = sorted(
            zip(prompts, range(len(starts)), strict=True),
            key=lambda each: (-len(each[0]), each[0], -each[1]),
        )
        self._rows: list[Conversation] = []
        self._count = min(speaker.batch, len(starts))
        self._slots = slots
        window = speaker.loaded.window
        self._shared = _shared([each for each in prompts if window is None or len(each) <= window])
        self._clock_s = 0.0

    def play(self) -> None:
        """Hold conversations until each has ended."""
        if self._shared:
            self._slots.copy(0, [self._count], 0)
            self._slots.feed([self._count], [self._shared])
        for step in count():
            if not self._rows and not self._waiting:
                return
            started = time.perf_counter()
            busy = max(len(self._rows), 1)
            begins = self._waiting and len(self._rows) <= self._count * _REFILL
            if begins:
                self._admit()
            if begins or not step % _TIDY:
                self._rows = [self._rows[n] for n in self._slots.tidy(len(self._rows))]
            self._read_pieces()
            self._read_one()
            self._clock_s += (time.perf_counter() - started) / busy

    def _admit(self) -> None:
        """Let conversations begin, equal prompts read once."""
        began: dict[tuple[int, ...], list[int]] = {}
        while self._waiting and len(self._rows) < self._count:
            prompt, number = self._waiting.pop()
            if self._outgrown(number, len(prompt)):
                continue
            began.setdefault(prompt, []).append(len(self._rows))
            last = list(prompt[-1:])
            self._rows.append(Conversation(number, self._starts[number], last, self._clock_s))
        for slots in began.values():
            self._slots.copy(self._count, slots[:1], len(self._shared))
        firsts = {slots[0]: prompt[len(self._shared) : -1] for prompt, slots in began.items()}
        for piece in _pieces(firsts):
            self._slots.feed(piece, [firsts[slot] for slot in piece])
        for prompt, slots in began.items():
            self._slots.copy(slots[0], slots[1:], len(prompt) - 1)

    def _read_pieces(self) -> None:
        """Let the model read what is long and forced, each in one piece."""
        long = {n: row.pending for n, row in enumerate(self._rows) if len(row.pending) >= _PIECE}
        if len(long) < len(self._rows) and sum(map(len, long.values())) < _WORTH:
            return
        for piece in _pieces(long):
            logits = self._slots.feed(piece, [long[slot] for slot in piece])
            for slot in piece:
                self._rows[slot].pending = []
            self._go_on(piece, logits)
        self._leave()

    def _read_one(self) -> None:
        """Let the model read one token of every conversation."""
        slots = range(len(self._rows))
        if slots:
            logits = self._slots.feed(slots, [[row.pending.pop(0)] for row in self._rows])
            self._go_on(slots, logits)
            self._leave()

    def _go_on(self, slots: Sequence[int], logits: torch.Tensor) -> None:
        """Draw where nothing is forced, and end the answers that are over."""
        free = [n for n, slot in enumerate(slots) if not self._rows[slot].pending]
        if not free:
            return
        rows = [self._rows[slots[n]] for n in free]
        tokens = draw(
            logits if len(free) == len(slots) else logits[free],
            [row.request.decoding for row in rows],
            [row.chances.random() for row in rows],
        )
        for n, row, token in zip(free, rows, tokens, strict=True):
            read = self._slots.lengths[slots[n]]
            row.take(token, read=read)
            self._end(row, read)

    def _end(self, row: Conversation, read: int) -> None:
        """Hand on an answer that is over; nothing is pending where the conversation is, too."""
        speaker = self._speaker
        ends = speaker.loaded.ends
        finish = row.finish(ends, speaker.template)
        if finish is not None:
            answer = row.response(
                finish, ends=ends, template=speaker.template, name=speaker.name, now_s=self._clock_s
            )
            row.since_s = self._clock_s
            told = self._reply(row.number, answer)
            row.pending = [*row.pending, *speaker.template.follow(told)] if told else []
        if self._outgrown(row.number, read + len(row.pending)):
            row.pending = []

    def _outgrown(self, number: int, length: int) -> bool:
        """Tell whether a conversation is longer than the window, and if so, who plays it."""
        window = self._speaker.loaded.window
        if window is None or length <= window:
            return False
        text = f"{self._speaker.name}: {length} tokens are more than the model's window of {window}"
        self._reply(number, Unanswered(error=text, window=True))
        return True

    def _leave(self) -> None:
        """Let the last conversations take the slots of those that are over."""
        over = [n for n, row in enumerate(self._rows) if not row.pending]
        for slot in over:
            while self._rows and not self._rows[-1].pending:
                self._rows.pop()
            if slot >= len(self._rows):
                break
            last = len(self._rows) - 1
            self._slots.copy(last, [slot], self._slots.lengths[last])
            self._rows[slot] = self._rows.pop()


def _pieces(tokens: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """Group slots by how much they have to read, so that little is padding; ascending in each."""
    widths = {slot: len(each) for slot, each in tokens.items() if each}
    groups: list[list[int]] = []
    for slot in sorted(widths, key=widths.__getitem__):
        if not groups or (len(groups[-1]) + 1) * widths[slot] > _PIECES:
            groups.append([])
        groups[-1].append(slot)
    return [sorted(group) for group in groups]


def _prompts(template: Template, starts: Sequence[ChatRequest]) -> list[tuple[int, ...]]:
    """Return what each conversation begins with; equal beginnings are rendered once."""
    known: dict[tuple[tuple[Message, ...], int], tuple[int, ...]] = {}
    found = []
    for start in starts:
        key = (start.messages, id(start.tools))
        if key not in known:
            known[key] = template.prompt(start.messages, start.tools)
        found.append(known[key])
    return found


def _shared(prompts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """Return what all prompts begin with; each has a token left after it."""
    if not prompts:
        return ()
    first, last = min(prompts), max(prompts)
    most = min(map(len, prompts)) - 1
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), most)
    return first[: min(same, most)]
