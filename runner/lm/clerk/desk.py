"""One set of instructions, read once: it answers any number of inputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from runner.lm.clerk.answer import (
    Fields,
    Trigger,
    conclude,
    heeded,
    read_part,
    ready,
    shaped,
    text_of,
)
from runner.lm.clerk.grammar import Fault, read
from runner.lm.clerk.order import GUARD, obeyed
from runner.lm.clerk.params import Params
from runner.lm.clerk.rule import Rule, write


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said, and what was thought before."""

    text: str
    reasoning: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Rules made ready for one reader.

    Attributes:
        instructions: The text that they stand in.
        heard: The rules that fire on a condition, each with what it looks for.
        otherwise: The rules without a condition.
        remarks: What there is to say before any input: bullets that cannot be read, rules that are
            not heeded.
    """

    params: Params
    instructions: str
    fields: Fields
    heard: tuple[tuple[Rule, Trigger], ...]
    otherwise: tuple[Rule, ...]
    remarks: tuple[str, ...]

    @classmethod
    def of(cls, instructions: str, fields: Fields, params: Params) -> "Desk":
        """Read instructions; `fields` is what an answer is asked to name."""
        sheet = read(instructions)
        heard = heeded(sheet.rules, params)
        return cls(
            params=params,
            instructions=instructions,
            fields=fields,
            heard=tuple((rule, ready(rule.condition, params)) for rule in heard if rule.condition),
            otherwise=tuple(rule for rule in heard if rule.condition is None),
            remarks=_remarks(sheet.faults, len(sheet.rules) - len(heard)),
        )

    def answer(self, asked: str) -> Reply:
        """Answer one input by the rules that fire."""
        if self.params.gullible and GUARD.lower() not in self.instructions.lower():
            order = obeyed(asked, self.instructions)
            if order is not None:
                return Reply(order, "the input orders it, and nothing says not to obey")
        text = read_part(asked, self.params)
        weighed = [(trigger.weight(text), rule) for rule, trigger in self.heard]
        fired = [each for each in weighed if each[0]]
        said = shaped(conclude(fired, self.otherwise), self.fields)
        thoughts = [f"line {rule.line} holds: {_told(rule)}" for _, rule in fired]
        missing = [name for name in self.fields.names if name not in said]
        if missing:
            thoughts.append(f"no rule says {', '.join(missing)}")
        return Reply(
            text_of(said, self.fields), "\n".join((*thoughts, *self.remarks) or ("no rule holds",))
        )


def _remarks(faults: Sequence[Fault], unheeded: int) -> tuple[str, ...]:
    told = [f"line {each.line} is no rule that I can read: {each.text}" for each in faults]
    if unheeded:
        told.append(f"{unheeded} rules at the end are more than I heed")
    return tuple(told)


@lru_cache(maxsize=1 << 12)
def _told(rule: Rule) -> str:
    return write(rule).removeprefix("- ")
