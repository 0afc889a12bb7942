"""All kinds of tasks, by name."""

from collections.abc import Mapping

from runner.worlds.office.template.contact import CONTACT
from runner.worlds.office.template.deal import DEAL
from runner.worlds.office.template.meeting import MEETING
from runner.worlds.office.template.simple import SIMPLE
from runner.worlds.office.template.template import Template
from runner.worlds.office.template.ticket import TICKET
from runner.worlds.office.template.unseen import UNSEEN

_SEEN = (*CONTACT, *DEAL, *MEETING, *TICKET)

SEEN_NAMES = tuple(each.name for each in _SEEN)
"""Kinds that models are trained on."""
UNSEEN_NAMES = tuple(each.name for each in UNSEEN)
"""Kinds that stand in the held-out split only."""
SIMPLE_NAMES = tuple(each.name for each in SIMPLE)
"""The control set's."""

TEMPLATES: Mapping[str, Template] = {each.name: each for each in (*_SEEN, *UNSEEN, *SIMPLE)}


def slice_of(name: str) -> str:
    """Return the slice of a template's tasks: `seen`, `unseen` or `simple`."""
    if name in UNSEEN_NAMES:
        return "unseen"
    return "simple" if name in SIMPLE_NAMES else "seen"
