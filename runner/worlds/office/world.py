"""A simulated office that an agent acts on by tools; it knows no assertion of any task."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from runner.core.chat import Tool
from runner.core.problem import shown, suggestion
from runner.core.world import Observation
from runner.worlds.office.desk import Desk
from runner.worlds.office.json_text import NotJsonError, read_json
from runner.worlds.office.state import Office
from runner.worlds.office.tool.action import Action, Arguments, RefusedError, read
from runner.worlds.office.tool.calendar import CALENDAR
from runner.worlds.office.tool.chat import CHAT
from runner.worlds.office.tool.crm import CRM
from runner.worlds.office.tool.mail import MAIL
from runner.worlds.office.tool.sheet import SHEET
from runner.worlds.office.tool.ticket import TICKET

MAX_ARGUMENTS = 64 * 1024
"""Characters of one call's arguments; more are refused unread."""
_MAX_NAME = 200

J = TypeVar("J")

ACTIONS: Mapping[str, Action[Any]] = {
    action.name: action for action in (*CRM, *MAIL, *SHEET, *CALENDAR, *TICKET, *CHAT)
}

_READS = ("find", "get", "read", "search")
WRITING = frozenset(name for name in ACTIONS if name.split("_")[1] not in _READS)
"""Tools that change the office."""


class OfficeWorld:
    """An office between its reset and the end of an episode.

    A pure function of the office and the calls: no clock, no randomness, ids count on.
    """

    __slots__ = ("_desk",)

    def __init__(self, office: Office) -> None:
        self._desk = Desk(office)

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What can be called, the same in every office."""
        return tools()

    @property
    def state(self) -> Office:
        """The office as it is now."""
        return self._desk.office()

    def reset(self, office: Office) -> None:
        """Go on in another office, as a new world would; costs microseconds."""
        self._desk = Desk(office)

    def call(self, name: str, arguments: str) -> Observation:
        """Carry out one call, or refuse it in words and change nothing."""
        try:
            action = _action(name)
            said = action.act(self._desk, read(action.asks, _read(arguments)))
        except RefusedError as err:
            return Observation(text=_text({"error": str(err)}), ok=False)
        return Observation(text=_text(said))


@cache
def tools() -> tuple[Tool, ...]:
    """Return the office's tools with the JSON Schemas of their arguments."""
    return tuple(
        Tool(name=each.name, description=each.does, parameters=_schema(each.asks))
        for each in ACTIONS.values()
    )


def _action(name: str) -> Action[Any]:
    action = ACTIONS.get(name)
    if action is None:
        short = name[:_MAX_NAME]
        raise RefusedError(f"there is no tool {shown(short)}{suggestion(short, tuple(ACTIONS))}")
    return action


def _read(arguments: str) -> dict[str, object]:
    if len(arguments) > MAX_ARGUMENTS:
        raise RefusedError(f"arguments of {len(arguments)} characters; at most {MAX_ARGUMENTS}")
    try:
        found = read_json(arguments)
    except NotJsonError as err:
        raise RefusedError(f"the arguments are no JSON: {err}") from err
    if not isinstance(found, dict):
        raise RefusedError(f"the arguments are {shown(found)}; a JSON object would be right")
    return found


def _text(said: object) -> str:
    return json.dumps(said, ensure_ascii=False)


def _schema(asks: type[Arguments]) -> dict[str, Any]:
    plain: dict[str, Any] = _untitled(asks.model_json_schema())
    return {name: value for name, value in plain.items() if name != "description"}


def _untitled(value: J) -> J | Any:  # noqa: ANN401 - any part of a schema
    """Drop pydantic's titles, which repeat the names."""
    if isinstance(value, list):
        return [_untitled(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: {key: _untitled(each) for key, each in part.items()}
        if name == "properties"
        else _untitled(part)
        for name, part in value.items()
        if name != "title"
    }
