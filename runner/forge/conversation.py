"""The endpoints of labels and comments; `Refusal` where GitHub refuses."""

from collections.abc import Callable, Sequence
from typing import Any

from runner.forge import act, talk
from runner.forge.book import Change, Changed, Page
from runner.forge.pullshape import comment, issue
from runner.forge.request import Answer, Request, paged, strings
from runner.forge.shape import label


def get_issue(request: Request, number: int) -> Answer:
    """Give the conversation side of a pull request."""
    return Answer(200, issue(request.site, act.pull_of(request.look(), number)))


def list_labels(request: Request, number: int) -> Answer:
    """Give the labels."""
    labels = act.pull_of(request.look(), number).labels
    return paged(request, labels, lambda name: label(request.site, name))


def add_labels(request: Request, number: int) -> Answer:
    """Add to the labels."""
    return _labelled(request, number, talk.add_labels)


def replace_labels(request: Request, number: int) -> Answer:
    """Replace all labels."""
    return _labelled(request, number, talk.set_labels)


def _labelled(
    request: Request, number: int, act_on: Callable[[Page, int, Sequence[str]], Change]
) -> Answer:
    data = request.data.get("labels", []) if isinstance(request.data, dict) else request.data
    names = strings(_names(data))
    done = request.book.change(lambda page: act_on(page, number, names))
    return _labels(request, done, number)


def _names(data: object) -> object:
    """Return the names of a list of labels, which may be given as objects."""
    if not isinstance(data, list):
        return data
    return [x.get("name") if isinstance(x, dict) else x for x in data]


def clear_labels(request: Request, number: int) -> Answer:
    """Take all labels away."""
    request.book.change(lambda page: talk.set_labels(page, number, ()))
    return Answer(204)


def remove_label(request: Request, number: int, name: str) -> Answer:
    """Take one label away."""
    done = request.book.change(lambda page: talk.remove_label(page, number, name))
    return _labels(request, done, number)


def _labels(request: Request, done: Changed, number: int) -> Answer:
    labels = act.pull_of(done.page, number).labels
    return Answer(200, [label(request.site, name) for name in labels])


def list_comments(request: Request, number: int) -> Answer:
    """Give the comments, oldest first."""
    record = act.pull_of(request.look(), number)
    return paged(request, record.comments, lambda said: comment(request.site, record, said))


def add_comment(request: Request, number: int) -> Answer:
    """Take a comment."""
    body = request.text("body") or ""
    done = request.book.change(
        lambda page: talk.add_comment(page, number, body, user=request.login)
    )
    return Answer(201, _comment(request, done.page, done.number))


def get_comment(request: Request, ident: int) -> Answer:
    """Give one comment."""
    return Answer(200, _comment(request, request.look(), ident))


def edit_comment(request: Request, ident: int) -> Answer:
    """Replace a comment's text."""
    body = request.text("body") or ""
    done = request.book.change(lambda page: talk.edit_comment(page, ident, body))
    return Answer(200, _comment(request, done.page, ident))


def remove_comment(request: Request, ident: int) -> Answer:
    """Delete a comment."""
    request.book.change(lambda page: talk.remove_comment(page, ident))
    return Answer(204)


def _comment(request: Request, page: Page, ident: int) -> dict[str, Any]:
    record, said = talk.comment_of(page, ident)
    return comment(request.site, record, said)
