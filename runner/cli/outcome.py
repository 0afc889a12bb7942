"""What an iteration came to, for people and for programs."""

from typing import Any

from runner.cli.say import say
from runner.core.head import Stop
from runner.core.problem import printable, tame
from runner.core.receipt import Refusal
from runner.iteration.run import Iterated


def tell(done: Iterated | Refusal) -> None:
    """Print one iteration's outcome and the next step."""
    tell_outcome(done)
    stop = stop_of(done)
    if stop is not None:
        print(f"next: {stop.mend}")
    elif isinstance(done, Iterated) and done.recorded.row.kind == "iteration":
        print(f"next: git-loop run {done.plan.loop}, {_review(done)}")
    elif isinstance(done, Iterated) and done.recorded.row.verdict in {"steady", "drifted"}:
        print(f"next: git-loop show {done.plan.loop} {done.recorded.row.number}")


def _review(done: Iterated) -> str:
    """Return how to look at what came of it."""
    pull = done.published
    if pull is None or not pull.number or not _embedded(pull.url):
        return "or git-loop status"
    return f"git-loop status, or git-loop forge show {pull.number}"


def _where(url: str) -> str:
    return " on the embedded forge" if _embedded(url) else f": {_line(url)}"


def _embedded(url: str) -> bool:
    """Tell whether an address is the embedded forge's, which no browser opens."""
    return url.startswith("file:")


def stop_of(done: Iterated | Refusal) -> Stop | None:
    """Return why the loop rests from here on, or None where it goes on."""
    return done.stop if isinstance(done, Refusal) else done.recorded.stop


def tell_outcome(done: Iterated | Refusal) -> None:
    """Print one iteration's outcome, for a verb that has a next step of its own."""
    if isinstance(done, Refusal):
        say(f"{done.loop} rests ({done.stop.name}): {_line(done.stop.why)}")
        return
    row, stop, reset = done.recorded.row, done.recorded.stop, done.plan.reset
    if reset is not None:
        why = f"{_line(reset.reason)}; looks have half the level from here on"
        say(f"{done.plan.loop} {reset.number} reset: {why}")
    say(f"{done.plan.loop} {row.number} {row.verdict}: {_line(row.reason)}")
    if row.error is not None and row.error.log_tail:
        print(f"      git-loop logs {done.plan.loop} {row.number} prints what it wrote")
    if done.published is not None and done.published.number:
        word = "opened" if done.published.created else "updated"
        print(f"pull request #{done.published.number} {word}{_where(done.published.url)}")
    if stop is not None:
        say(f"{done.plan.loop} stops ({stop.name}): {_line(stop.why)}")


def outcome_json(done: Iterated | Refusal) -> dict[str, Any]:
    """Return the same as a JSON object."""
    if isinstance(done, Refusal):
        return {"loop": done.loop, "stop": done.stop.model_dump(mode="json")}
    recorded, published = done.recorded, done.published
    return {
        "loop": done.plan.loop,
        "row": recorded.row.model_dump(mode="json"),
        "commit": recorded.tip,
        "pull": None
        if not published or not published.number
        else published.model_dump(mode="json"),
        "stop": None if recorded.stop is None else recorded.stop.model_dump(mode="json"),
    }


def _line(text: str) -> str:
    """Return foreign text as a part of one line that neither a terminal nor a workflow obeys."""
    return tame(printable(text))
