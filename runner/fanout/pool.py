"""A bounded pool of fresh processes: results in the order of the items, faults by name.

The standard library's pool does it: it bounds the processes, keeps the order, and notices a worker
that dies. joblib's loky, the well-kept alternative, adds a dependency for restarting dead workers,
which would hide what went wrong here.
"""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Generic, TypeVar

from runner.core.errors import LoopError
from runner.fanout.errors import FanoutError

Item = TypeVar("Item")
Result = TypeVar("Result")
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TOKENIZERS_PARALLELISM")


def fan_out(
    work: Callable[[Item], Result], items: Mapping[str, Item], *, processes: int
) -> dict[str, Result]:
    """Do each piece of work in one of `processes` fresh processes, one thread each.

    Processes are spawned, not forked: a fork of a process whose libraries hold threads can hang.

    Args:
        work: A function of a module; with the items and results it goes through pickle, between
            processes of ours only.
        items: Name to piece; the name stands in messages.
        processes: How many at once, at least 1; never more than there are pieces.

    Returns:
        Name to result, in the order of `items`, however long each took.

    Raises:
        FanoutError: a piece failed, the first in order; or a process died, and which pieces were
            not done then.
    """
    if not items:
        return {}
    pool = ProcessPoolExecutor(
        max_workers=min(processes, len(items)),
        mp_context=get_context("spawn"),
        initializer=_one_thread,
    )
    with pool:
        futures = {name: pool.submit(_guarded, work, item) for name, item in items.items()}
        try:
            return {name: _result(name, future) for name, future in futures.items()}
        except BrokenProcessPool as err:
            raise FanoutError(_died(futures)) from err
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Done(Generic[Result]):
    value: Result


@dataclass(frozen=True, slots=True)
class _Fault:
    """What was raised, in words: not every exception survives the way between processes."""

    text: str


def _one_thread() -> None:
    """Let the libraries that the work imports start no threads of their own."""
    for name in _THREADS:
        os.environ[name] = "false" if name == "TOKENIZERS_PARALLELISM" else "1"  # noqa: TID251 - written before they are imported, not read


def _guarded(work: Callable[[Item], Result], item: Item) -> _Done[Result] | _Fault:
    try:
        return _Done(work(item))
    except LoopError as err:
        return _Fault(str(err))
    except Exception as err:  # noqa: BLE001 - the process boundary: told by name on the other side
        return _Fault(f"{type(err).__name__}: {err}")


def _result(name: str, future: Future[_Done[Result] | _Fault]) -> Result:
    found = future.result()
    if isinstance(found, _Fault):
        raise FanoutError(f"{name}: {found.text}")
    return found.value


def _died(futures: Mapping[str, Future[_Done[Result] | _Fault]]) -> str:
    missing = [name for name, future in futures.items() if not _ended_well(future)]
    return (
        f"a process died before {', '.join(missing)} was done: it was killed, or memory ran out; "
        "give it fewer processes"
    )


def _ended_well(future: Future[_Done[Result] | _Fault]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None
