"""Whether two offices hold the same."""

from typing import Any

from runner.core.canonical import canonical as encoded
from runner.worlds.office.state import Office


def canonical(office: Office, *, initial: Office | None = None) -> bytes:
    """Return one byte form for all offices that hold the same.

    The order of records and of attendees means nothing. Nothing refers to a record that an agent
    made, so the ids of those mean nothing, either.

    Args:
        office: What to encode.
        initial: What the agent began with; records with other ids were made by it. None counts
            every id.
    """
    held: dict[str, Any] = {}
    for table in Office.model_fields:
        known = None if initial is None else {each.id for each in getattr(initial, table)}
        records = [each.model_dump(mode="json") for each in getattr(office, table)]
        for record in records:
            if known is not None and record["id"] not in known:
                record["id"] = ""
            if "attendees" in record:
                record["attendees"].sort()
        held[table] = sorted(records, key=encoded)
    return encoded(held)


def same(one: Office, other: Office, *, initial: Office | None = None) -> bool:
    """Whether two offices hold the same, as `canonical` has it."""
    return canonical(one, initial=initial) == canonical(other, initial=initial)
