"""JSON as somebody wrote it by hand, read without surprises."""

import json
from collections import Counter
from typing import NoReturn

from runner.core.problem import shown


class NotJsonError(Exception):
    """A text that is no JSON, or JSON that means two things; the message says what."""


def read_json(text: str) -> object:
    """Return the value of a JSON text.

    Raises:
        NotJsonError: it is malformed, nested too deep, has a key twice, a NaN, an infinity, an
            integer of thousands of digits, or half a character.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_once, parse_constant=_number)
        if "\\u" in text or not text.isascii():
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as err:
        raise NotJsonError("nested too deep") from err
    except json.JSONDecodeError as err:
        where = f"line {err.lineno}, column {err.colno}"
        raise NotJsonError(f"{err.msg[:1].lower()}{err.msg[1:]} at {where}") from err
    except UnicodeEncodeError as err:
        raise NotJsonError("half a character, which UTF-8 cannot hold") from err
    except ValueError as err:  # int() of more digits than it converts
        raise NotJsonError("an integer with too many digits") from err
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise NotJsonError(f"the key {shown(twice)} appears twice")
    return found


def _number(name: str) -> NoReturn:
    raise NotJsonError(f"{name} is not a finite number")
