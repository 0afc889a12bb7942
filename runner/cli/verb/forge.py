"""`git-loop forge ls|show|merge|close|reopen|comment`."""

import dataclasses
import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from runner.cli.answer import hint
from runner.core.frozen import Frozen
from runner.forge.offline import Desk, Shown
from runner.wiring.environment import typed
from runner.wiring.house import enter
from runner.wiring.look import desk

Act = Callable[[Desk, Namespace], Shown]

ACTS: dict[str, Act] = {
    "show": lambda desk, arguments: desk.show(arguments.number),
    "merge": lambda desk, arguments: desk.merge(arguments.number, method=arguments.method),
    "close": lambda desk, arguments: desk.close(arguments.number),
    "reopen": lambda desk, arguments: desk.reopen(arguments.number),
    "comment": lambda desk, arguments: desk.comment(arguments.number, arguments.text),
}


def run(arguments: Namespace) -> int:
    """Look at the embedded forge's pull requests, or act on one as a reviewer would."""
    house = enter(Path.cwd())
    opened = desk(house)
    if arguments.act == "ls":
        return _list(opened, as_json=arguments.json)
    shown = ACTS[arguments.act](opened, arguments)
    if arguments.json:
        print(json.dumps(dataclasses.asdict(shown), default=_record))
    elif arguments.act == "show":
        _show(shown)
    else:
        pull = shown.pull
        state = "merged" if pull.merged else pull.state
        print(f"#{pull.number} {pull.title}: {arguments.act} done, now {state}")
        pulled = f"git pull --no-rebase {typed(house.site.remote)} {pull.base_ref}, or "
        print(f"next: {pulled if pull.merged else ''}git-loop forge show {pull.number}")
    return 0


def _list(opened: Desk, *, as_json: bool) -> int:
    pulls = opened.pulls()
    if as_json:
        print(json.dumps([dataclasses.asdict(pull) for pull in pulls]))
        return 0
    for pull in pulls:
        state = "merged" if pull.merged else pull.state
        print(f"#{pull.number}  {state:<7}{pull.head_ref:<24}{pull.title}")
    if not pulls:
        print("no pull request yet")
    print(f"next: {f'git-loop forge show {pulls[0].number}' if pulls else 'git-loop run NAME'}")
    return 0


def _show(shown: Shown) -> None:
    pull = shown.pull
    state = "merged" if pull.merged else pull.state
    print(f"#{pull.number} {pull.title}  [{state}]  {pull.head_ref} -> {pull.base_ref}")
    print(pull.body)
    for status in shown.statuses:
        print(f"--- {status.context}: {status.state}, {status.description}")
    for comment in shown.comments:
        print(f"--- {comment.user}, {comment.created_at}\n{comment.body}")
    acts = "merge or close" if pull.state == "open" else "reopen" if not pull.merged else ""
    hint(f"git-loop forge {acts} {pull.number}" if acts else "git-loop status")


def _record(record: Frozen) -> object:
    return record.model_dump(mode="json")
