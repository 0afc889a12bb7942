"""How an agent is run, as a spec or an eval declares it."""

from typing import Literal

from pydantic import PositiveInt

from runner.core.frozen import Frozen


class Tags(Frozen):
    """How an agent that writes its calls as tags is helped; all switches off is the bare protocol.

    Attributes:
        explain: The system message explains the tags; a model that has them in its weights needs no
            word of it.
        line_ranges: `<read>file:100-200</read>` reads these lines, and files that are cut say so.
        edit: `<edit>` replaces a passage of a file; without it files are written whole.
        fuzzy: An `<edit>` whose passage differs from the file in blanks only, or is one place of it
            but for slips in spelling, and like no other, is carried out.
        strip_fences: Code fences around a call, and sentences before it, are taken off.
        few_shot: The system message shows one short task from beginning to end.
        skip_verification: The system message says that nothing needs to be installed or run.
        loop_detection: An agent that repeats itself is told so instead of the same again.
        prune: Old results are replaced by a line each when the conversation has `prune_tokens`.
        insist: `<done>` before anything was changed is refused, once.
        read_chars: Characters of one result, at most; the rest is cut, and said to be.
        prune_tokens: Length of a conversation that pruning keeps to, in tokens of four characters.

    Source: the fixes of the Looper framework that took its agents from 0.08 to 0.27; `insist` is
    ours.
    """

    explain: bool = True
    line_ranges: bool = False
    edit: bool = False
    fuzzy: bool = False
    strip_fences: bool = False
    few_shot: bool = False
    skip_verification: bool = False
    loop_detection: bool = False
    prune: bool = False
    insist: bool = False
    read_chars: PositiveInt = 8000
    prune_tokens: PositiveInt = 3000


class Harness(Frozen):
    """What an agent is allowed, and how it is spoken to.

    Attributes:
        mode: `native`: one conversation, several calls an answer. `one_action`: each answer is one
            action, in a conversation that holds the task and the latest observation alone. `tags`:
            one conversation, one call an answer, written as a tag such as `<read>file</read>`.
        max_turns: Answers, at most.
        max_tokens: Length at which an episode ends: of its conversation, or in `one_action`, of
            all its conversations together.
        answer_tokens: Tokens of one answer, at most.
        format_errors: Calls that cannot be read with which an episode ends.
        loop_repeats: Times in a row that the same call had the same result with which it ends.
        system: System message; "" for none. With `tags` it stands before what explains them.
        tags: Of mode `tags`: how the agent is helped.

    Source: the write-up on experience: a constrained one-action policy reached 0.16 where the
    agents' own loops reached 0.62.
    """

    mode: Literal["native", "one_action", "tags"] = "native"
    max_turns: PositiveInt = 12
    max_tokens: PositiveInt = 4096
    answer_tokens: PositiveInt = 96
    format_errors: PositiveInt = 3
    loop_repeats: PositiveInt = 3
    system: str = ""
    tags: Tags = Tags()
