"""The endpoints of commits, their statuses, and refs; `Refusal` where GitHub refuses."""

from runner.forge import commitshape as shape
from runner.forge import talk
from runner.forge.record import StatusRecord
from runner.forge.refusal import Refusal, not_found
from runner.forge.request import Answer, Request, paged


def add_status(request: Request, name: str) -> Answer:
    """Report on a commit."""
    sha = _commit(request, name)
    wish = StatusRecord(
        id=1,
        user=request.login,
        state=talk.status_state(request.data.get("state")),
        context=request.text("context") or "default",
        description=request.text("description"),
        target_url=request.text("target_url"),
        created_at="",
    )
    done = request.book.change(lambda page: talk.add_status(page, sha, wish))
    newest = done.page.state.statuses[sha].statuses[-1]
    return Answer(201, shape.status(request.site, sha, newest))


def get_commit(request: Request, name: str) -> Answer:
    """Resolve a branch or sha."""
    facts = request.book.objects.facts(_commit(request, name))
    return Answer(200, shape.commit(request.site, facts))


def combined_status(request: Request, name: str) -> Answer:
    """Give the newest status of each context, and the worst of them."""
    sha = _commit(request, name)
    return Answer(200, shape.combined_status(request.site, sha, request.look()))


def list_statuses(request: Request, name: str) -> Answer:
    """Give every status of a commit, newest first."""
    sha = _commit(request, name)
    file = request.look().state.statuses.get(sha)
    newest_first = tuple(reversed(file.statuses)) if file else ()
    return paged(request, newest_first, lambda one: shape.status(request.site, sha, one))


def _commit(request: Request, name: str) -> str:
    sha = request.book.objects.known(name)
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {name}")
    return sha


def get_ref(request: Request, name: str) -> Answer:
    """Give one branch by its ref without `refs/`."""
    ref = f"refs/{name}"
    sha = shape.branches(request.look()).get(ref)
    if sha is None:
        raise not_found()
    return Answer(200, shape.git_ref(request.site, ref, sha))


def list_refs(request: Request, name: str = "") -> Answer:
    """Give the branches whose ref starts with a prefix; the forge's own refs stay hidden."""
    found = sorted(
        item
        for item in shape.branches(request.look()).items()
        if item[0].startswith(f"refs/{name}")
    )
    return paged(request, found, lambda item: shape.git_ref(request.site, *item))
