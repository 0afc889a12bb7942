"""GitHub Actions as git-loop needs it: start a workflow, and read what a repository permits."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from runner.core.forge import ForgeError

_FORBIDDEN = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the forge said, refusals included.

    Attributes:
        headers: By lower-case name.
        body: Parsed JSON; None where there was none.
    """

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Actions:
    """One repository's Actions, spoken to with a token that is shown nowhere."""

    api_url: str
    token: str
    repository: str

    def read(self, path: str = "") -> Answer:
        """Return what `/repos/OWNER/NAME<path>` holds, whatever the status.

        Raises:
            ForgeError: no answer came.
        """
        try:
            return self._ask("GET", path, None, f"read {path or 'the repository'}")
        except ForgeError as err:
            if err.status is None:
                raise
            return Answer(err.status, {}, None)  # PyGithub raises some refusals, returns others

    def dispatch(self, workflow: str, *, ref: str, inputs: Mapping[str, str]) -> None:
        """Start a workflow; sent once, since a second one would run twice.

        Args:
            workflow: Its file name, such as `loop.yml`.
            ref: Branch that it runs on.
            inputs: What it is given.

        Raises:
            ForgeError: the forge refused.
        """
        path = f"/actions/workflows/{quote(workflow, safe='')}/dispatches"
        sent = {"ref": ref, "inputs": dict(inputs)}
        try:
            answer = self._ask("POST", path, sent, f"start {workflow}")
        except ForgeError as err:
            if err.status not in _FORBIDDEN:
                raise
            answer = Answer(err.status or 0, {}, None)
        if answer.status not in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
            raise ForgeError(
                f"start {workflow} on {ref}: {_reason(answer)} ({answer.status})",
                status=answer.status,
            )

    def _ask(self, verb: str, path: str, sent: dict[str, Any] | None, what: str) -> Answer:
        import json  # noqa: PLC0415 - beside PyGithub it costs nothing

        import github  # noqa: PLC0415 - 0.3 s that only commands which talk to GitHub pay

        from runner.forge.transport import retries, told  # noqa: PLC0415 - imports PyGithub

        api = github.Github(
            auth=github.Auth.Token(self.token.strip()),
            base_url=self.api_url.rstrip("/"),
            retry=retries(),
            user_agent="git-loop",
        )
        with told(what, self.repository):
            status, headers, body = api.requester.requestJson(
                verb, f"/repos/{self.repository}{path}", input=sent
            )
        lower = {str(name).lower(): str(value) for name, value in headers.items()}
        return Answer(status, lower, json.loads(body) if body else None)


def _reason(answer: Answer) -> str:
    if answer.status in _FORBIDDEN:
        return "refused; the job needs permission actions: write, and the workflow must be there"
    said = answer.body.get("message", "") if isinstance(answer.body, dict) else ""
    return str(said).lower().rstrip(".") or "refused"
