"""The endpoints of check runs, which GitHub lets only Apps write; others meet a `Refusal`.

Source: GitHub's REST description, `checks/create`, `checks/update` and `checks/list-for-ref`.
"""

from typing import Any

from runner.forge import checkshape as shape
from runner.forge.book import Change, Page
from runner.forge.record import CheckRecord
from runner.forge.refusal import Refusal, invalid, not_found
from runner.forge.request import LOGIN, Answer, Request, paged

SUMMARY_MAX = 65_535
"""Characters that GitHub takes in a check run's summary."""
STATUSES = ("queued", "in_progress", "completed")
CONCLUSIONS = (
    "action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale",
    "timed_out",
)  # fmt: skip


def list_checks(request: Request, name: str) -> Answer:
    """Give a commit's check runs, newest first; of each name the newest unless all are wanted."""
    sha = _known(request, name)
    file = request.look().state.checks.get(sha)
    records = file.checks if file else ()
    if request.query.get("filter") != "all":
        records = tuple({record.name: record for record in records}.values())
    wanted = request.query.get("check_name")
    found = [record for record in reversed(records) if wanted in {None, record.name}]
    page = paged(request, found, lambda one: shape.check_run(request.site, sha, one))
    body = {"total_count": len(found), "check_runs": page.body}
    return Answer(page.status, body, page.headers)


def add_check(request: Request) -> Answer:
    """Report on a commit as an App does."""
    _only_apps(request)
    sha = _known(request, request.text("head_sha") or "")
    name = request.text("name") or ""
    if not name.strip():
        raise invalid("CheckRun", "name", "missing_field")
    update = _update(request)

    def decide(page: Page) -> Change:
        ident = page.state.counter.next_id
        blank = CheckRecord(id=ident, user=request.login, name=name, started_at=page.at)
        return Change(page.state.with_check(sha, _timed(blank, update, page)).counted(), ident)

    done = request.book.change(decide)
    return Answer(201, _shown(request, done.page, done.number))


def edit_check(request: Request, ident: int) -> Answer:
    """Change what a check run says."""
    _only_apps(request)
    update = _update(request)

    def decide(page: Page) -> Change:
        sha, record = _found(page, ident)
        return Change(page.state.with_check(sha, _timed(record, update, page)), ident)

    done = request.book.change(decide)
    return Answer(200, _shown(request, done.page, ident))


def _only_apps(request: Request) -> None:
    """Refuse everyone but the server's own login: other tokens stand for people's."""
    if request.login != LOGIN:
        raise Refusal(403, "You must authenticate via a GitHub App.")


def _known(request: Request, name: str) -> str:
    sha = request.book.objects.known(name)
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {name}")
    return sha


def _update(request: Request) -> dict[str, Any]:
    """Return the fields of a record that a request's body sets."""
    status, conclusion = request.text("status"), request.text("conclusion")
    if status not in {None, *STATUSES}:
        raise invalid("CheckRun", "status", "invalid")
    if conclusion not in {None, *CONCLUSIONS}:
        raise invalid("CheckRun", "conclusion", "invalid")
    if status == "completed" and conclusion is None:
        raise invalid("CheckRun", "conclusion", "missing_field")
    update: dict[str, Any] = {}
    if conclusion is not None:  # a conclusion completes a check run, whatever else is said
        update = {"status": "completed", "conclusion": conclusion}
    elif status is not None:
        update = {"status": status, "conclusion": None}
    return {**update, **_output(request.data.get("output"))}


def _output(output: object) -> dict[str, str]:
    if output is None:
        return {}
    title, summary = (
        (output.get("title", ""), output.get("summary")) if isinstance(output, dict) else ("", None)
    )
    if not isinstance(title, str) or not isinstance(summary, str) or len(summary) > SUMMARY_MAX:
        raise invalid("CheckRun", "output", "invalid")
    return {"title": title, "summary": summary}


def _timed(record: CheckRecord, update: dict[str, Any], page: Page) -> CheckRecord:
    after = record.model_copy(update=update)
    ended = after.status == "completed"
    return after.model_copy(update={"completed_at": page.at if ended else None})


def _found(page: Page, ident: int) -> tuple[str, CheckRecord]:
    for sha, file in page.state.checks.items():
        for record in file.checks:
            if record.id == ident:
                return sha, record
    raise not_found()


def _shown(request: Request, page: Page, ident: int) -> dict[str, Any]:
    return shape.check_run(request.site, *_found(page, ident))
