"""What a check run is asked to say, and how a token that may not ask is told from trouble."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from runner.core.forge import CheckState, ForgeError

if TYPE_CHECKING:
    from github.CheckRun import CheckRun

CHECKS: Mapping[CheckState, dict[str, str]] = {
    "success": {"status": "completed", "conclusion": "success"},
    "pending": {"status": "in_progress"},
    "neutral": {"status": "completed", "conclusion": "neutral"},
    "failure": {"status": "completed", "conclusion": "failure"},
    "error": {"status": "completed", "conclusion": "failure"},
}
"""Status and conclusion by which GitHub shows a state; one that is pending has no conclusion."""


def asked(run: "CheckRun") -> dict[str, Any]:
    """Return what would have to be asked for to get this check run."""
    ended = {"conclusion": run.conclusion} if run.status == "completed" else {}
    output = {"title": run.output.title, "summary": run.output.summary}
    return {"status": run.status, **ended, "output": output}


def is_barred(err: ForgeError) -> bool:
    """Tell a token that may not, or a forge without check runs, from a limit, a 403 as well."""
    barred = err.status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
    return barred and "rate limit" not in str(err)
