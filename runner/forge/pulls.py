"""The endpoints of repositories and pull requests; `Refusal` where GitHub refuses."""

from collections.abc import Mapping

from runner.forge import act, talk
from runner.forge.book import Changed
from runner.forge.merge import MergeWish, Method
from runner.forge.merge import merge_pull as merge
from runner.forge.pullshape import full_pull, pull
from runner.forge.record import PullRecord
from runner.forge.refusal import invalid, not_found
from runner.forge.request import Answer, Request, paged, strings
from runner.forge.shape import public_user
from runner.forge.shape import repository as repository_shape


def me(request: Request) -> Answer:
    """Give whom the token belongs to."""
    return Answer(200, public_user(request.site, request.login))


def repository(request: Request) -> Answer:
    """Give the one repository that is here."""
    return Answer(200, repository_shape(request.site))


def list_pulls(request: Request) -> Answer:
    """Give pull requests by state, head and base."""
    query = request.query
    state = query.get("state", "open")
    if state not in {"open", "closed", "all"}:
        raise invalid("PullRequest", "state", "invalid")
    chosen = [
        record
        for record in request.look().state.pulls.values()
        if state in {"all", record.state} and _asked_for(record, query, request.site.owner)
    ]
    chosen.sort(key=lambda r: (r.updated_at if query.get("sort") == "updated" else "", r.number))
    default = "desc" if query.get("sort", "created") == "created" else "asc"
    if query.get("direction", default) == "desc":
        chosen.reverse()
    return paged(request, chosen, lambda record: pull(request.site, record))


def _asked_for(record: PullRecord, query: Mapping[str, str], owner: str) -> bool:
    head = query.get("head", "")
    # As on GitHub: a head without its owner is not an error, it is ignored.
    if ":" in head and head != f"{owner}:{record.head_ref}":
        return False
    return query.get("base", record.base_ref) == record.base_ref


def open_pull(request: Request) -> Answer:
    """Open a pull request."""
    for name in ("head", "base"):
        if not request.text(name):
            raise invalid("PullRequest", name, "missing_field")
    wish = act.Wish(
        user=request.login,
        owner=request.site.owner,
        title=request.text("title") or "",
        body=request.text("body"),
        head=request.text("head") or "",
        base=request.text("base") or "",
        draft=bool(request.data.get("draft")),
    )
    book = request.book
    return _pull(request, 201, book.change(lambda page: act.open_pull(page, wish, book.objects)))


def get_pull(request: Request, number: int) -> Answer:
    """Give one pull request, its size and whether it merges."""
    record = act.pull_of(request.look(), number)
    return Answer(200, full_pull(request.site, record, request.book.objects))


def edit_pull(request: Request, number: int) -> Answer:
    """Change title, body, base or state."""
    names = ("title", "body", "base", "state")
    fields = {name: request.text(name) for name in names if name in request.data}
    owner, objects = request.site.owner, request.book.objects
    done = request.book.change(
        lambda page: act.edit_pull(page, number, fields, owner=owner, objects=objects)
    )
    return _pull(request, 200, done)


def _pull(request: Request, status: int, done: Changed) -> Answer:
    record = act.pull_of(done.page, done.number)
    return Answer(status, full_pull(request.site, record, request.book.objects))


def merge_pull(request: Request, number: int) -> Answer:
    """Merge: a merge commit, one squashed commit, or the commits rebased."""
    methods: dict[str, Method] = {"merge": "merge", "squash": "squash", "rebase": "rebase"}
    method = methods.get(request.text("merge_method") or "merge")
    if method is None:
        raise invalid("PullRequest", "merge_method", "invalid")
    wish = MergeWish(
        user=request.login,
        method=method,
        sha=request.text("sha"),
        title=request.text("commit_title"),
        message=request.text("commit_message"),
    )
    book = request.book
    done = book.change(lambda page: merge(page, number, wish, book.objects))
    sha = act.pull_of(done.page, number).merge_commit_sha
    said = "Pull Request successfully merged"
    return Answer(200, {"sha": sha, "merged": True, "message": said})


def is_merged(request: Request, number: int) -> Answer:
    """Answer 204 when it is merged, 404 when it is not."""
    if act.pull_of(request.look(), number).merged_at is None:
        raise not_found()
    return Answer(204)


def add_reviewers(request: Request, number: int) -> Answer:
    """Ask for reviews."""
    names = strings(request.data.get("reviewers", []))
    done = request.book.change(lambda page: talk.add_reviewers(page, number, names))
    return Answer(201, pull(request.site, act.pull_of(done.page, number)))
