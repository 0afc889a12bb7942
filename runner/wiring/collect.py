"""`gc`: give back the space of what nothing names, here and in a store that machines share."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from runner.core.canonical import digest
from runner.store.bucket import Bucket
from runner.store.folder import Folder
from runner.store.sweep import Findings, carry_out, find
from runner.wiring.house import House
from runner.wiring.lock import only_run
from runner.wiring.look import loops
from runner.wiring.roots import Roots, roots

DAYS = 7.0
"""Days that something must have been condemned for before it is deleted."""
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Collected:
    """What became of one store.

    Attributes:
        where: The folder, or the URL of the shared store.
        found: What is live, condemned and due.
        why: Why nothing of it was touched; "" if that was not so.
    """

    where: str
    found: Findings
    why: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection over all stores of a clone, the folder first."""

    roots: Roots
    stores: tuple[Collected, ...]


def survey(house: House, *, keep_last: int | None, days: float) -> Collection:
    """Say what `collect` would do; changes nothing, and may run beside a loop.

    Args:
        house: The repository.
        keep_last: See `roots`.
        days: Days that something must have been condemned for.

    Raises:
        LoopError: rows, a remote or a store cannot be read.
    """
    named = roots(house, keep_last=keep_last)
    now = house.clock.now().timestamp()
    stores = []
    for bucket in _buckets(house):
        found = find(bucket, named.digests, now=now, grace_s=days * _DAY_S)
        stores.append(Collected(bucket.url, found, _others(house, bucket)))
    return Collection(named, tuple(stores))


def collect(house: House, *, keep_last: int | None, days: float) -> Collection:
    """Condemn what nothing names, and delete what was condemned long enough ago.

    Raises:
        BusyError: a loop is at work here; what it has made and not recorded must stay.
        LoopError: rows, a remote or a store cannot be read; nothing was deleted.
    """
    with _at_rest(house):
        done = survey(house, keep_last=keep_last, days=days)
        for bucket, store in zip(_buckets(house), done.stores, strict=True):
            if not store.why:
                carry_out(bucket, store.found)
        return done


def _buckets(house: House) -> list[Bucket]:
    store = house.store
    folder: Bucket = Folder(store.root)
    shared = getattr(store, "bucket", None)
    return [folder] if shared is None else [folder, shared]


def _others(house: House, bucket: Bucket) -> str:
    """Say who else keeps things in a shared store; "" where nobody does."""
    own = getattr(house.store, "user", "")
    mark = f"users/{digest(own.encode())[:16]}"
    others = [
        each.path for each in bucket.list() if each.path.startswith("users/") and each.path != mark
    ]
    if not others:
        return ""
    names = sorted(b"".join(bucket.read(path) or ()).decode(errors="replace") for path in others)
    return (
        f"also used by {', '.join(names)}, whose rows are not known here; give each repository a "
        "prefix of its own in LOOP_STORE"
    )


@contextmanager
def _at_rest(house: House) -> Iterator[None]:
    """Hold the lock of every loop."""
    locks = house.home / "locks"
    names = {path.name for path in locks.iterdir()} if locks.is_dir() else set()
    with ExitStack() as stack:
        for name in sorted(names | set(loops(house))):
            stack.enter_context(only_run(house.home, name))
        yield
