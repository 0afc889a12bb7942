"""What a reviewer does without a server: list, show, merge, close and comment."""

from collections.abc import Callable
from dataclasses import dataclass

from runner.core.clock import Clock
from runner.core.forge import ForgeError, Pull
from runner.forge.act import edit_pull, pull_of
from runner.forge.book import Book, Change, Page
from runner.forge.merge import MergeWish, Method, merge_pull
from runner.forge.record import CommentRecord, PullRecord, StatusRecord
from runner.forge.refusal import Refusal
from runner.forge.talk import add_comment
from runner.repo.repo import Repo


@dataclass(frozen=True, slots=True)
class Shown:
    """A pull request with all that is said about it.

    Attributes:
        statuses: The newest of each context on its head commit.
        merge_commit: Commit that the merge left on the base, None unless merged.
    """

    pull: Pull
    author: str
    comments: tuple[CommentRecord, ...]
    statuses: tuple[StatusRecord, ...]
    reviewers: tuple[str, ...]
    merge_commit: str | None


class Desk:
    """A reviewer's desk over the embedded forge's bare repository.

    Every method raises `ForgeError` with the forge's own words when it refuses.
    """

    def __init__(self, repo: Repo, *, clock: Clock, user: str) -> None:
        self._book = Book(repo, clock=clock)
        self._web = repo.top.resolve().as_uri()
        self._user = user

    def pulls(self) -> tuple[Pull, ...]:
        """Return all pull requests, newest first, any state."""
        records = self._book.page().state.pulls.values()
        return tuple(self._pull(record) for record in reversed(list(records)))

    def show(self, number: int) -> Shown:
        """Return one pull request with its conversation."""
        return self._shown(self._book.page(), number)

    def merge(self, number: int, *, method: Method = "merge") -> Shown:
        """Merge into the base branch, as the button on GitHub does."""
        wish = MergeWish(user=self._user, method=method)
        objects = self._book.objects
        return self._change(number, lambda page: merge_pull(page, number, wish, objects))

    def close(self, number: int) -> Shown:
        """Close without merging: the campaign is declined."""
        return self._turn(number, "closed")

    def reopen(self, number: int) -> Shown:
        """Open again what was closed and not merged."""
        return self._turn(number, "open")

    def _turn(self, number: int, state: str) -> Shown:
        objects = self._book.objects
        return self._change(
            number,
            lambda page: edit_pull(page, number, {"state": state}, owner="local", objects=objects),
        )

    def comment(self, number: int, text: str) -> Shown:
        """Say something in the conversation."""
        return self._change(number, lambda page: add_comment(page, number, text, user=self._user))

    def _change(self, number: int, decide: Callable[[Page], Change]) -> Shown:
        try:
            return self._shown(self._book.change(decide).page, number)
        except Refusal as no:
            raise ForgeError(_words(number, no), status=no.status) from no

    def _shown(self, page: Page, number: int) -> Shown:
        try:
            record = pull_of(page, number)
        except Refusal as no:
            raise ForgeError(_words(number, no), status=no.status) from no
        file = page.state.statuses.get(record.head_sha)
        newest = {status.context: status for status in (file.statuses if file else ())}
        return Shown(
            pull=self._pull(record),
            author=record.user,
            comments=record.comments,
            statuses=tuple(newest.values()),
            reviewers=record.reviewers,
            merge_commit=record.merge_commit_sha,
        )

    def _pull(self, record: PullRecord) -> Pull:
        return Pull(
            number=record.number,
            url=f"{self._web}#pull/{record.number}",
            title=record.title,
            body=record.body or "",
            state=record.state,
            merged=record.merged_at is not None,
            head_ref=record.head_ref,
            head_sha=record.head_sha,
            base_ref=record.base_ref,
            labels=record.labels,
        )


def _words(number: int, no: Refusal) -> str:
    details = [str(e.get("message") or f"{e.get('field')} {e.get('code')}") for e in no.errors]
    said = "; ".join([no.message, *details]).rstrip(".").lower()
    return f"pull request #{number}: {said}"
