"""What GitHub permits: the token, the settings that forbid bots' pull requests, the runners."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus

from runner.core.errors import LoopError
from runner.forge.action import Actions, Answer
from runner.wiring.declare import declare
from runner.wiring.doctor import Finding, guarded
from runner.wiring.house import House
from runner.wiring.look import loops

API = "https://api.github.com"
GPU = ["self-hosted", "gpu"]
_ADDRESS = re.compile(r"[:/](?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?$")


def github(house: House) -> list[Finding]:
    """Look at the repository on GitHub with the token that is here."""
    token, repository = house.environment.token, _repository(house)
    if token is None:
        mend = "export GITHUB_TOKEN with contents, pull requests and statuses: write"
        return [Finding("token", "broken", "GITHUB_TOKEN is not set", mend)]
    if repository is None:
        text = "neither GITHUB_REPOSITORY nor a remote origin names it"
        return [Finding("GitHub", "broken", text, "export GITHUB_REPOSITORY=owner/name")]
    actions = Actions(house.environment.api_url or API, token, repository)
    return [
        *guarded("token", lambda: _token(actions)),
        *guarded("settings", lambda: _settings(actions)),
        *guarded("runners", lambda: _runners(house, actions)),
    ]


def _repository(house: House) -> str | None:
    if house.environment.repository is not None:
        return house.environment.repository
    found = _ADDRESS.search(house.repo.remote_url("origin") or "")
    return None if found is None else f"{found['owner']}/{found['name']}"


def _token(actions: Actions) -> Iterator[Finding]:
    answer = actions.read()
    if answer.status != HTTPStatus.OK:
        text = f"{actions.repository} cannot be read ({answer.status})"
        mend = "check GITHUB_REPOSITORY, and that the token is valid and may see it"
        yield Finding("token", "broken", text, mend)
        return
    scopes = answer.headers.get("x-oauth-scopes", "").strip()
    given = answer.body.get("permissions") or {}
    if scopes:
        fits = {"repo", "public_repo"} & {scope.strip() for scope in scopes.split(",")}
        text, able = f"scopes {scopes}", bool(fits)
    else:
        text, able = f"permissions {', '.join(k for k, v in given.items() if v)}", "push" in given
        able = able and bool(given["push"])
    mend = "" if able else "use a token with contents, pull requests and statuses: write"
    yield Finding("token", "ok" if able else "broken", text, mend)


def _settings(actions: Actions) -> Iterator[Finding]:
    path = "/actions/permissions/workflow"
    answer = actions.read(path)
    where = "Settings > Actions > General > Workflow permissions"
    if answer.status != HTTPStatus.OK:
        text = f"not readable with this token ({answer.status})"
        mend = f"needs administration: read; or look at {where} yourself"
        yield Finding("settings", "note", text, mend)
        return
    if answer.body.get("can_approve_pull_request_reviews"):
        yield Finding("settings", "ok", "Actions may create pull requests")
    else:
        mend = f'{where}: tick "Allow GitHub Actions to create and approve pull requests"'
        yield Finding("settings", "broken", "Actions may not create pull requests", mend)
    if answer.body.get("default_workflow_permissions") == "write":
        mend = f"{where}: choose read; the workflows name what they need"
        yield Finding("settings", "note", "every workflow's token may write", mend)
    else:
        yield Finding("settings", "ok", "tokens read unless a workflow names more")


def _runners(house: House, actions: Actions) -> Iterator[Finding]:
    wanted = list(_labels(house, actions))
    if not wanted:
        yield Finding("runners", "ok", "no loop asks for a machine of your own")
        return
    answer = actions.read("/actions/runners?per_page=100")
    if answer.status != HTTPStatus.OK:
        text = f"not readable with this token ({answer.status})"
        yield Finding("runners", "note", text, "needs administration: read")
        return
    for labels in wanted:
        yield _runner(labels, answer)


def _runner(labels: list[str], answer: Answer) -> Finding:
    fitting = [
        runner
        for runner in answer.body.get("runners", [])
        if {*labels} <= {str(label["name"]) for label in runner.get("labels", [])}
    ]
    online = [runner for runner in fitting if runner.get("status") == "online"]
    text = f"{len(online)} of {len(fitting)} with labels {', '.join(labels)} online"
    if online:
        return Finding("runners", "ok", text)
    mend = "register one with these labels, or set the repository variable LOOP_MAKE_RUNNER"
    return Finding("runners", "broken", text, mend)


def _labels(house: House, actions: Actions) -> Iterator[list[str]]:
    """Yield the labels of self-hosted machines that a job will ask for."""
    named = actions.read("/actions/variables/LOOP_MAKE_RUNNER")
    if named.status == HTTPStatus.OK:
        labels = _parsed(str(named.body.get("value", "")))
        if "self-hosted" in labels:
            yield labels
        return
    specs = [declare(house.repo.top, name).spec for name in loops(house)]
    if any(spec.make != "none" and spec.make.gpus for spec in specs):
        yield GPU


def _parsed(value: str) -> list[str]:
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if isinstance(found, list) and all(isinstance(each, str) for each in found):
        return found
    raise LoopError(f"variable LOOP_MAKE_RUNNER is {value[:60]!r}; expected a JSON list of labels")
