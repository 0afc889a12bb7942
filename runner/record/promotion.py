"""What is in use of a loop, kept on `refs/promoted/<id>`, and the tags beside it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from runner.core.canonical import canonical
from runner.core.errors import LoopError
from runner.core.promotion import Promotion, Promotions
from runner.record.book import AUTHOR
from runner.repo.ref import RefUpdate
from runner.repo.repo import Repo
from runner.repo.tag import annotate

TRIES = 8
_REFS = "refs/promoted/"


class PromotionError(LoopError):
    """What is in use cannot be told, or not be changed."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the promotions of one loop are kept.

    Attributes:
        remote: Where refs are pushed.
    """

    repo: Repo
    remote: str
    loop: str

    @property
    def ref(self) -> str:
        """The list's own ref: append-only, and no part of what was measured."""
        return f"{_REFS}{self.loop}"

    @property
    def path(self) -> str:
        """The list's file."""
        return f"state/{self.loop}/promoted.json"

    def held(self) -> tuple[str | None, Promotions]:
        """Return the remote's commit of the list, brought here, and the list.

        Raises:
            PromotionError: it is malformed.
        """
        sha = self.repo.remote_refs(self.remote, (self.ref,)).get(self.ref)
        if sha is None:
            return None, Promotions(loop=self.loop)
        if self.repo.resolve(sha) is None:
            self.repo.fetch(self.remote, (self.ref,))
        return sha, self.read(sha)

    def read(self, commit: str) -> Promotions:
        """Return the list as a commit holds it.

        Raises:
            PromotionError: it is malformed.
        """
        data = self.repo.read(commit, self.path)
        try:
            return Promotions.model_validate_json(data or b"")
        except ValidationError as err:
            raise PromotionError(
                f"{self.path} on {self.ref} cannot be read; the ref's history has the last good one"
            ) from err

    def add(self, promotion: Promotion, *, message: str, when: datetime) -> Promotions:
        """Append a promotion and set its tag, both in one push.

        Raises:
            PromotionError: the tag names something else, or the list kept moving.
        """
        for _ in range(TRIES):
            sha, known = self.held()
            if known.promotions and _same(known.promotions[-1], promotion):
                updates = self._tag(promotion, message, when)
                if not updates or self.repo.push(self.remote, updates).pushed:
                    return known  # said already, as by a run that was killed later on
                continue
            after = known.model_copy(update={"promotions": (*known.promotions, promotion)})
            new = self.repo.commit(
                parent=sha,
                files={self.path: canonical(after.model_dump(mode="json"))},
                message=message,
                author=AUTHOR,
                when=when,
            )
            updates = [RefUpdate(self.ref, new, sha), *self._tag(promotion, message, when)]
            if self.repo.push(self.remote, updates).pushed:
                self._mirror(updates)
                return after
        raise PromotionError(f"{self.ref} moved {TRIES} times; run again")

    def _mirror(self, updates: Sequence[RefUpdate]) -> None:
        """Move this clone's refs to what was pushed."""
        here = self.repo.local_refs([each.ref for each in updates])
        olds = {ref: found.sha for ref, found in here.items()}
        self.repo.update_refs(
            [RefUpdate(each.ref, each.new, olds.get(each.ref)) for each in updates]
        )

    def _tag(self, promotion: Promotion, message: str, when: datetime) -> list[RefUpdate]:
        """Return what sets the tag; nothing where it is set."""
        ref = f"refs/tags/{promotion.tag}"
        held = self.repo.remote_refs(self.remote, (ref,)).get(ref)
        if held is not None:
            if self.repo.resolve(held) is None:
                self.repo.fetch(self.remote, (ref,))
            if self.repo.resolve(held) != promotion.commit:
                raise PromotionError(
                    f"tag {promotion.tag} is on {(self.repo.resolve(held) or held)[:12]}, not on "
                    f"{promotion.commit[:12]}; choose another with --tag"
                )
            return []
        mine = self.repo.resolve(ref)
        if mine not in {None, promotion.commit}:
            raise PromotionError(
                f"this clone has a tag {promotion.tag} on {str(mine)[:12]}, not on "
                f"{promotion.commit[:12]}; choose another with --tag"
            )
        made = annotate(
            self.repo.git,
            name=promotion.tag,
            commit=promotion.commit,
            message=message,
            author=AUTHOR,
            when=when,
        )
        return [RefUpdate(ref, made, None)]


def promotions(repo: Repo, remote: str, loops: Collection[str]) -> dict[str, Promotions]:
    """Return loop to its list, for those of the loops that have one: one look, one fetch.

    Raises:
        PromotionError: a list is malformed.
    """
    wanted = {f"{_REFS}{loop}" for loop in loops}
    found = repo.remote_refs(remote, (f"{_REFS}*",))
    held = {ref: sha for ref, sha in found.items() if ref in wanted}
    missing = [ref for ref, sha in held.items() if repo.resolve(sha) is None]
    if missing:
        repo.fetch(remote, missing)
    names = {ref.removeprefix(_REFS): sha for ref, sha in held.items()}
    return {loop: Shelf(repo, remote, loop).read(sha) for loop, sha in names.items()}


def _same(one: Promotion, other: Promotion) -> bool:
    return one.model_copy(update={"at": other.at}) == other
