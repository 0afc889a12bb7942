"""Many attempts at once, by whoever holds conversations."""

from collections.abc import Sequence

from runner.core.chat import ChatResponse, Decoding, Message, Player, Unanswered
from runner.core.episode import Episode
from runner.harness.attempt import Attempt, Start
from runner.harness.params import Harness


def run(
    player: Player, starts: Sequence[Start], harness: Harness, *, decoding: Decoding
) -> list[Episode]:
    """Let an agent attempt tasks.

    Args:
        player: The agent.
        starts: Each with a world of its own, which holds what became of it afterwards.
        harness: What the agent is allowed.
        decoding: How answers are drawn; the harness says how long they may be, each start its
            seed.

    Returns:
        An episode per start, in their order, without a mark.

    Raises:
        LoopError: no request can succeed.
    """
    attempts = [Attempt(each, harness, decoding=decoding) for each in starts]
    if harness.mode == "native":
        _native(player, attempts)
    else:
        _one_action(player, attempts)
    return [each.episode(player.name) for each in attempts]


def _native(player: Player, attempts: Sequence[Attempt]) -> None:
    def reply(index: int, answer: ChatResponse | Unanswered) -> Sequence[Message]:
        return attempts[index].hear(answer)

    player.play([each.request() for each in attempts], reply)


def _one_action(player: Player, attempts: Sequence[Attempt]) -> None:
    """Begin a conversation anew for every answer."""
    going = attempts
    while going:
        going = _once(player, going)


def _once(player: Player, going: Sequence[Attempt]) -> list[Attempt]:
    """Let each be answered once; return those that were, and go on."""
    heard: set[int] = set()

    def reply(index: int, answer: ChatResponse | Unanswered) -> Sequence[Message]:
        going[index].hear(answer)
        heard.add(index)
        return ()

    player.play([each.request() for each in going], reply)
    return [each for n, each in enumerate(going) if n in heard and each.ended is None]
