"""What an endpoint of the embedded forge is given, and what it gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from runner.forge.book import Book, Page
from runner.forge.refusal import Refusal
from runner.forge.shape import Site

T = TypeVar("T")
LOGIN = "git-loop"
"""Whom the server's own token acts as: an App, where all others are people."""
PER_PAGE = 30
PER_PAGE_MAX = 100


@dataclass(frozen=True, slots=True)
class Request:
    """A request, authenticated and parsed.

    Attributes:
        login: Whose token it bore.
        data: The JSON body; an empty object where there was none.
        look: Reads the records to answer from; what a change decides on is read anew.
    """

    method: str
    path: str
    query: Mapping[str, str]
    data: Any
    login: str
    site: Site
    book: Book
    look: Callable[[], Page]

    def text(self, name: str) -> str | None:
        """Return a string of the body, None when it is absent or null.

        Raises:
            Refusal: it is something else.
        """
        value = self.data.get(name) if isinstance(self.data, dict) else None
        if value is not None and not isinstance(value, str):
            raise Refusal(422, f"Invalid request.\n\nFor '{name}', {value!r} is not a string.")
        return value


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; `body` None sends none."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def strings(values: object) -> tuple[str, ...]:
    """Return a list of strings of a body.

    Raises:
        Refusal: it is something else.
    """
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refusal(422, "Invalid request.\n\nA list of strings was expected.")
    return tuple(values)


def paged(request: Request, items: Sequence[T], render: Callable[[T], Any]) -> Answer:
    """Answer with one page of a list, and links to its neighbours."""
    page = max(_number(request.query.get("page"), 1), 1)
    per_page = min(max(_number(request.query.get("per_page"), PER_PAGE), 1), PER_PAGE_MAX)
    last = max(-(-len(items) // per_page), 1)
    near = {"prev": page - 1, "next": page + 1, "first": 1, "last": last}
    wanted = [("prev", "first")] * (page > 1) + [("next", "last")] * (page < last)
    links = [
        f'<{request.site.url}{request.path}?{_query(request.query, near[rel])}>; rel="{rel}"'
        for rel in (rel for pair in wanted for rel in pair)
    ]
    body = [render(item) for item in items[(page - 1) * per_page : page * per_page]]
    return Answer(200, body, {"Link": ", ".join(links)} if links else {})


def _query(query: Mapping[str, str], page: int) -> str:
    return urlencode({**query, "page": str(page)})


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default
