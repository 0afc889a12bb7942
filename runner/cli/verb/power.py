"""`git-loop power [NAME]`."""

import dataclasses
import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from runner.cli.power_text import advice_lines, noise_lines, table_lines
from runner.cli.progress import progress
from runner.core.errors import LoopError
from runner.gate.design import Price, Spread, advise, table
from runner.gate.level import alpha_look
from runner.gate.power import CHURN
from runner.report.number import duration, plural
from runner.wiring.house import enter
from runner.wiring.power import Power, Wish, power

WORTH = 0.05
_PATIENCE = 3


class UnaskedError(LoopError):
    """Arguments that do not go together."""


def run(arguments: Namespace) -> int:
    """Measure a loop's noise and reckon, or reckon with given figures alone.

    Raises:
        LoopError: a flag is for reckoning alone, or the loop cannot be measured.
    """
    if arguments.name is None:
        return _reckon(arguments)
    alone = [name for name in ("reps", "flips", "alpha") if getattr(arguments, name) is not None]
    if alone:
        raise UnaskedError(f"--{alone[0]} is for reckoning without a loop; {arguments.name} has it")
    wish = Wish(
        runs=arguments.runs,
        worth=arguments.worth,
        cases=arguments.cases,
        churn=arguments.churn,
    )
    house = enter(Path.cwd())
    with progress(silent=arguments.json) as told:
        found = power(house, arguments.name, wish, progress=told)
    if arguments.json:
        print(json.dumps(dataclasses.asdict(found)))
        return 0
    for line in _lines(found):
        print(line)
    return 0


def _reckon(arguments: Namespace) -> int:
    """Print what a look of given figures sees; needs no repository."""
    if arguments.cases is None:
        raise UnaskedError("name a loop, or give --cases; git-loop power --help says which is what")
    flips, reps = arguments.flips or 0.0, arguments.reps or 1
    churn = arguments.churn
    if churn is not None and churn < flips:
        raise UnaskedError(
            f"--churn {churn:g} is below --flips {flips:g}: two candidates differ, noise included, "
            "on as many cases as two runs of one do, or more"
        )
    change = CHURN if churn is None else churn - flips
    spread = Spread(change=change, noise=flips / 2)
    alpha = arguments.alpha or alpha_look(patience=_PATIENCE, lines=1, resets=0)
    worth = WORTH if arguments.worth is None else arguments.worth
    if worth > 1:
        raise UnaskedError(f"--worth {worth:g}: scores of 0 and 1 cannot gain more than 1")
    rows = table(arguments.cases, reps, spread=spread, alpha=alpha, price=Price())
    advice = advise(worth, arguments.cases, reps, spread=spread, alpha=alpha, price=Price())
    if arguments.json:
        told = {"spread": spread, "alpha": alpha, "table": rows, "advice": advice}
        print(json.dumps(told, default=dataclasses.asdict))
        return 0
    print(f"scores of 0 and 1, {flips:.0%} flip between two runs, a change turns {change:.0%}")
    print(f"a look accepts at p <= {alpha:.2g}")
    for line in (*table_lines(rows), *advice_lines(advice, spread)):
        print(line)
    print("next: git-loop power NAME, which measures a loop's own noise")
    return 0


def _lines(found: Power) -> Iterator[str]:
    noise, here = found.noise, found.advice.here
    took = duration(found.seconds) + (f", {found.usd:.4f} usd" if found.usd else "")
    yield f"loop {found.loop}: {found.what}, checked {noise.runs} times on dev ({took})"
    yield from noise_lines(noise, metric=found.metric)
    yield _change(found)
    how = f" ({found.counted})" if found.counted else ""
    yield (
        f"  a look: {plural(here.cases, 'held-out case')}{how} x {plural(here.reps, 'rep')}, "
        f"accepted at p <= {found.alpha:.2g}"
    )
    yield from table_lines(found.table)
    if found.price.usd is None:
        yield "  no price: nothing was metered, and the spec has no budget.usd_per_hour"
    yield from advice_lines(found.advice, found.spread)
    yield "  no look was spent and nothing recorded"
    yield f"next: {_next(found)}"


def _change(found: Power) -> str:
    change = found.spread.change
    told = f"moves cases by {change**0.5:.3f} (standard deviation)"
    if not found.spread.graded:
        told = f"turns {change:.1%} of the cases"
    if found.churn is not None:
        how = ", noise included"
        if found.spread.graded:
            how = " of the cases, by two standard deviations of the cases"
        return f"  a change: {told}, as given: {found.churn:.1%}{how}"
    if found.churn_from:
        return f"  a change: {told}, as {plural(found.churn_from, 'look')} showed, noise taken out"
    return f"  a change: {told}, assumed until a look has shown it"


def _next(found: Power) -> str:
    if found.advice.enough:
        return f"git-loop run {found.loop}"
    return f"more held-out cases or other reps in the eval, then git-loop validate {found.loop}"
