"""The table of the embedded forge's endpoints."""

import re
from collections.abc import Callable
from urllib.parse import unquote

from runner.forge import checks, commits, conversation, pulls
from runner.forge.refusal import not_found
from runner.forge.request import Answer, Request

Handler = Callable[..., Answer]

_R = r"/repos/(?P<repository>[^/]+/[^/]+)"
_TABLE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/user", pulls.me),
    ("GET", _R, pulls.repository),
    ("GET", _R + "/pulls", pulls.list_pulls),
    ("POST", _R + "/pulls", pulls.open_pull),
    ("GET", _R + r"/pulls/(?P<number>\d+)", pulls.get_pull),
    ("PATCH", _R + r"/pulls/(?P<number>\d+)", pulls.edit_pull),
    ("PUT", _R + r"/pulls/(?P<number>\d+)/merge", pulls.merge_pull),
    ("GET", _R + r"/pulls/(?P<number>\d+)/merge", pulls.is_merged),
    ("POST", _R + r"/pulls/(?P<number>\d+)/requested_reviewers", pulls.add_reviewers),
    ("GET", _R + r"/issues/(?P<number>\d+)", conversation.get_issue),
    ("GET", _R + r"/issues/(?P<number>\d+)/labels", conversation.list_labels),
    ("POST", _R + r"/issues/(?P<number>\d+)/labels", conversation.add_labels),
    ("PUT", _R + r"/issues/(?P<number>\d+)/labels", conversation.replace_labels),
    ("DELETE", _R + r"/issues/(?P<number>\d+)/labels", conversation.clear_labels),
    ("DELETE", _R + r"/issues/(?P<number>\d+)/labels/(?P<name>[^/]+)", conversation.remove_label),
    ("GET", _R + r"/issues/(?P<number>\d+)/comments", conversation.list_comments),
    ("POST", _R + r"/issues/(?P<number>\d+)/comments", conversation.add_comment),
    ("GET", _R + r"/issues/comments/(?P<ident>\d+)", conversation.get_comment),
    ("PATCH", _R + r"/issues/comments/(?P<ident>\d+)", conversation.edit_comment),
    ("DELETE", _R + r"/issues/comments/(?P<ident>\d+)", conversation.remove_comment),
    ("POST", _R + r"/statuses/(?P<name>[^/]+)", commits.add_status),
    ("GET", _R + r"/statuses/(?P<name>[^/]+)", commits.list_statuses),
    ("GET", _R + r"/commits/(?P<name>[^/]+)", commits.get_commit),
    ("GET", _R + r"/commits/(?P<name>[^/]+)/status", commits.combined_status),
    ("GET", _R + r"/commits/(?P<name>[^/]+)/statuses", commits.list_statuses),
    ("GET", _R + r"/commits/(?P<name>[^/]+)/check-runs", checks.list_checks),
    ("POST", _R + "/check-runs", checks.add_check),
    ("PATCH", _R + r"/check-runs/(?P<ident>\d+)", checks.edit_check),
    ("GET", _R + r"/git/refs?/(?P<name>.+)", commits.get_ref),
    ("GET", _R + r"/git/refs", commits.list_refs),
    ("GET", _R + r"/git/matching-refs/(?P<name>.+)", commits.list_refs),
)
ROUTES = tuple((method, re.compile(pattern), handler) for method, pattern, handler in _TABLE)


def answer(request: Request) -> Answer:
    """Answer a request.

    Raises:
        Refusal: GitHub would refuse it too, or this part of its API is not here.
    """
    for method, pattern, handler in ROUTES:
        match = pattern.fullmatch(request.path) if method == request.method else None
        if match:
            return _called(handler, request, match.groupdict())
    raise not_found()


def _called(handler: Handler, request: Request, parts: dict[str, str]) -> Answer:
    repository = parts.pop("repository", request.site.repository)
    if repository.lower() != request.site.repository.lower():
        raise not_found()
    numbers = ("number", "ident")
    arguments = {k: int(v) if k in numbers else unquote(v) for k, v in parts.items()}
    return handler(request, **arguments)
