"""What an iteration came to, for people and for programs."""

from typing import Any

from runner.core.receipt import Refusal
from runner.iteration.run import Iterated


def tell(done: Iterated | Refusal) -> None:
    """Print one iteration's outcome and the next step."""
    if isinstance(done, Refusal):
        print(f"{done.loop} rests ({done.stop.name}): {done.stop.why}")
        print(f"next: {done.stop.mend}")
        return
    row, stop = done.recorded.row, done.recorded.stop
    print(f"{done.plan.loop} {row.number} {row.verdict}: {row.reason}")
    if row.error is not None and row.error.log_tail:
        print(f"      git-loop logs {done.plan.loop} {row.number} prints what it wrote")
    if done.published is not None:
        word = "opened" if done.published.created else "updated"
        print(f"pull request #{done.published.number} {word}: {done.published.url}")
    if stop is not None:
        print(f"{done.plan.loop} stops ({stop.name}): {stop.why}")
        print(f"next: {stop.mend}")
    elif row.kind == "iteration":
        print(f"next: git-loop run {done.plan.loop}, or git-loop status")


def outcome_json(done: Iterated | Refusal) -> dict[str, Any]:
    """Return the same as a JSON object."""
    if isinstance(done, Refusal):
        return {"loop": done.loop, "stop": done.stop.model_dump(mode="json")}
    recorded, published = done.recorded, done.published
    return {
        "loop": done.plan.loop,
        "row": recorded.row.model_dump(mode="json"),
        "commit": recorded.tip,
        "pull": None if published is None else published.model_dump(mode="json"),
        "stop": None if recorded.stop is None else recorded.stop.model_dump(mode="json"),
    }
