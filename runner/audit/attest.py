"""Do the statements beside accepted rows hold, and who signed them?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runner.audit.envelope import Envelope, EnvelopeError, read_envelope
from runner.audit.finding import Check, Tally
from runner.audit.ledger import Ledger
from runner.audit.signer import SignerError, Witness, read_witnesses, signed_by
from runner.audit.statement import (
    CANDIDATE,
    ROW,
    Material,
    digests,
    statement,
    statement_path,
)
from runner.audit.step import Step
from runner.core.canonical import canonical
from runner.core.row import row_digest

SIGNERS = ".git-loop/signers"
"""Folder of the public keys whose statements a repository trusts."""
DEEPEST = 32
"""Objects and lists of a statement inside one another; what git-loop writes has 6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Court:
    """What statements are held against.

    Attributes:
        material: What a row was made from, as far as it is here; a text says why it is not.
        demands: Whether a commit asks for signatures: whether it holds keys.
        keys: Path to bytes of the keys that are trusted now.
    """

    ledger: Ledger
    found: Sequence[Step]
    material: Callable[[Step], Material | str]
    demands: Callable[[str], bool]
    keys: Mapping[str, bytes] = field(default_factory=dict)


def statements(court: Court) -> Check:
    """Check the statement beside each accepted row, and its signature."""
    tally = Tally("statements", "statements beside accepted rows say what the rows say")
    try:
        witnesses: tuple[Witness, ...] | SignerError = read_witnesses(court.keys)
    except SignerError as err:
        witnesses = err
    demanded, signers = False, dict[str, int]()
    for step in court.found:
        # once asked for, always: an older commit in `code` is no way around it
        demanded = demanded or court.demands(step.row.code)
        path = statement_path(step.leaf.path)
        data = court.ledger.repo.read(court.ledger.authority, path)
        if step.row.verdict != "accept":
            if data is not None:
                tally.fault(step.row.number, path, "a statement beside a row that accepts nothing")
            continue
        if data is None:
            _none(tally, step, path, demanded=demanded)
            continue
        who = _one(tally, court, step, data=data, witnesses=witnesses, demanded=demanded)
        if who is not None:
            signers[who] = signers.get(who, 0) + 1
    tally.notes += [f"{count} {who}" for who, count in sorted(signers.items())]
    return tally.done()


def _none(tally: Tally, step: Step, path: str, *, demanded: bool) -> None:
    if demanded:
        text = f"no statement, but {SIGNERS} asks for a signed one"
        tally.fault(step.row.number, path, text)
    else:
        tally.leave(step.row.number, "it has no statement")


def _one(
    tally: Tally,
    court: Court,
    step: Step,
    *,
    data: bytes,
    witnesses: tuple[Witness, ...] | SignerError,
    demanded: bool,
) -> str | None:
    """Check one statement; returns who signed it, in words, if it holds."""
    number, path = step.row.number, statement_path(step.leaf.path)
    try:
        envelope = read_envelope(data)
        wrong = list(_differs(court, step, envelope.statement()))
    except (EnvelopeError, ValueError) as err:
        tally.fault(number, path, f"not a statement as git-loop writes it: {err}")
        return None
    for name, pair in wrong:
        tally.fault(number, path, f"{name} is not that of row {number}", pair=pair)
    if not envelope.signatures:
        if demanded:
            tally.fault(number, path, f"nobody signed it, but {SIGNERS} asks for a signature")
            return None
        tally.hold(not wrong)
        return None if wrong else "unsigned"
    if isinstance(witnesses, SignerError):
        tally.leave(number, str(witnesses))
        return None
    who = _signed(envelope, witnesses)
    if isinstance(who, Witness):
        tally.hold(not wrong)
        return None if wrong else f"signed by {who.name} ({who.path})"
    tally.fault(number, path, who)
    return None


def _signed(envelope: Envelope, witnesses: tuple[Witness, ...]) -> Witness | str:
    """Return who signed an envelope, or what is wrong with its signature."""
    if not witnesses:
        return f"signed, but HEAD holds no public key in {SIGNERS}; commit that of its signer"
    found = signed_by(envelope, witnesses)
    if found is not None:
        return found
    names = ", ".join(each.path for each in witnesses)
    return f"its signature is by none of {names}, or what was signed has changed"


def _differs(
    court: Court, step: Step, found: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each resource and field of a statement that is not what the row leads to.

    What another version of git-loop left out, or added, is no difference.
    """
    named = digests(found)
    yield from _required(step, named)
    material = court.material(step)
    if isinstance(material, str):
        return
    want = statement(court.ledger.loop, step.row, material)
    theirs = digests(want)
    for name in sorted(named.keys() & theirs.keys() - {CANDIDATE, ROW}):
        if named[name] != theirs[name]:
            yield name, (theirs[name], named[name])
    ours, told = (dict(_flat(each["predicate"], "")) for each in (want, found))
    for key in sorted(ours.keys() & told.keys()):
        if ours[key] != told[key]:
            yield key, (ours[key], told[key])


def _required(step: Step, named: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, str]]]:
    own = {CANDIDATE: step.row.candidate or "(none)", ROW: row_digest(step.row)}
    for name, want in own.items():
        if named.get(name) != want:
            yield name, (want, named.get(name, "(none)"))


def _flat(value: object, place: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the leaves of a JSON value by their place; lists of resources are compared by name.

    Raises:
        ValueError: it is nested as no statement is.
    """
    if depth > DEEPEST:
        raise ValueError(f"nested more than {DEEPEST} deep")
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name not in {"resolvedDependencies", "digest"}:
                yield from _flat(each, f"{place}.{name}" if place else str(name), depth + 1)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _flat(each, f"{place}[{index}]", depth + 1)
    else:
        yield place, canonical(value).decode().strip()
