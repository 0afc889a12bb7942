"""A forge in memory, for what would take a served one thousands of requests."""

from collections import Counter, defaultdict
from dataclasses import replace

from runner.core.forge import CheckState, ForgeError, Pull, StatusState


class Memory:
    """A forge in memory that refuses what GitHub refuses, and loses answers when told to.

    Attributes:
        calls: What it was asked to write, in order: the method, then what was handed over.
        looks: How often one pull request was looked at.
        troubles: What happens to the next writes, the last first: `lost` or `unanswered`.
        refusals: Method to what it raises, the last first, before it does anything.
    """

    def __init__(self) -> None:
        self.held: list[Pull] = []
        self.comments: Counter[tuple[int, str]] = Counter()
        self.status: dict[str, StatusState] = {}
        self.calls: list[tuple[object, ...]] = []
        self.looks = 0
        self.troubles: list[str] = []
        self.refusals: defaultdict[str, list[ForgeError]] = defaultdict(list)
        self.ahead = True

    def _asked(self, method: str, *given: object) -> None:
        self.calls.append((method, *given))
        if self.refusals[method]:
            raise self.refusals[method].pop()

    def _write(self, index: int, pull: Pull) -> Pull:
        trouble = self.troubles.pop() if self.troubles else "none"
        if trouble == "lost":
            raise ForgeError("the request was lost", transient=True)
        self.held[index:] = [pull, *self.held[index + 1 :]]
        if trouble == "unanswered":
            raise ForgeError("the answer was lost", transient=True)
        return pull

    def pulls(self, branch: str) -> tuple[Pull, ...]:
        return tuple(pull for pull in reversed(self.held) if pull.head_ref == branch)

    def pull(self, number: int) -> Pull:
        self.looks += 1
        return self.held[number - 1]

    def create_pull(self, *, branch: str, base: str, title: str, body: str) -> Pull:
        self._asked("create_pull", branch, base, title, body)
        if any(pull.state == "open" for pull in self.held):
            raise ForgeError("A pull request already exists for o:loop/x.", status=422)
        if not self.ahead:
            raise ForgeError("No commits between main and loop/x", status=422)
        number = len(self.held) + 1
        pull = Pull(number, "u", title, body, "open", False, branch, "0", base, ())  # noqa: FBT003
        return self._write(len(self.held), pull)

    def edit_pull(self, number: int, *, title: str, body: str) -> Pull:
        self._asked("edit_pull", number, title, body)
        return self._write(number - 1, replace(self.held[number - 1], title=title, body=body))

    def reopen_pull(self, number: int) -> Pull:
        self._asked("reopen_pull", number)
        return self._write(number - 1, replace(self.held[number - 1], state="open"))

    def set_labels(self, number: int, labels: tuple[str, ...]) -> None:
        self._asked("set_labels", number, labels)
        self.held[number - 1] = replace(self.held[number - 1], labels=labels)

    def set_status(self, sha: str, *, state: StatusState, context: str, description: str) -> None:
        self._asked("set_status", sha, state, context, description)
        self.status[sha] = state

    def set_check(
        self, sha: str, *, name: str, state: CheckState, title: str, summary: str
    ) -> bool:
        self._asked("set_check", sha, name, state, title, summary)
        return False

    def upsert_comment(self, number: int, *, kind: str, text: str) -> None:
        self._asked("upsert_comment", number, kind, text)
        self.comments[number, kind] = 1

    def request_reviewers(self, number: int, reviewers: tuple[str, ...]) -> None:
        self._asked("request_reviewers", number, reviewers)
        raise ForgeError("no such person", status=422)
