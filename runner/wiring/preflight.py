"""What a loop can see, what it will set aside and who could cheat: told before any spending."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runner.core.head import Head
from runner.core.row import Level
from runner.evals.count import Counted
from runner.evals.model import CommandChecker, Eval, FileSource, Source
from runner.gate.confirm import LEVEL
from runner.gate.design import ARMS, Spread, cases_for, shown, visible
from runner.gate.power import CHURN, mde, net_wins_needed, reps_needed
from runner.gate.receipt import alpha_of
from runner.gate.watch import level_of
from runner.ledger.budget import left, reserve
from runner.report.number import plural
from runner.spec.model import Spec
from runner.wiring.crosscheck import best_level, has_dev
from runner.wiring.ground import Ground, Past
from runner.wiring.parcel import MOST

FIXTURES = range(3, 21)
_LEVELS: tuple[Level, ...] = ("open", "sandboxed", "separate")
_IN_WORDS: Mapping[Level, str] = {
    "open": "the maker could read the held-out set; treat scores as optimistic",
    "sandboxed": "the maker runs where it cannot reach the held-out set",
    "separate": "only another machine holds the key",
}


def preflight(
    spec: Spec, declared: Eval, counts: Mapping[str, Counted], ground: Ground
) -> list[str]:
    """Return the sentences that `validate` prints for a loop without problems.

    Args:
        spec: The loop.
        declared: Its eval.
        counts: Cases by file, named as in the eval; sealed files may be absent.
        ground: What this machine can give, and what earlier rows counted.
    """
    past = ground.past(spec.loop, declared)
    return [
        *_held_out(spec, declared, counts, past),
        *_lock_box(spec, declared, counts),
        *_money(spec, past.head),
        *_store(spec, ground),
        _isolation(spec, declared, ground),
    ]


def held_out_cases(declared: Eval, counts: Mapping[str, Counted], key: str) -> int | None:
    """Count the held-out cases behind `metric` or `metric@slice`; None where that is unknown.

    Unknown are a sealed file that was not counted, the slices of a source that declares none, and
    the cases of a foreign checker.
    """
    if isinstance(declared.checker, CommandChecker) and not declared.heldout:
        return None
    name = key.partition("@")[2]
    found = [_within(source, counts, name) for source in declared.heldout]
    known = [n for n in found if n is not None]
    return sum(known) if len(known) == len(found) else None


def _within(source: Source, counts: Mapping[str, Counted], name: str) -> int | None:
    """Count a source's cases of a slice, or all of them; None where that is unknown."""
    if isinstance(source, FileSource) and source.file in counts:
        return counts[source.file].within(name, slices=source.slices)
    if name and source.slices and name not in source.slices:
        return 0
    if isinstance(source, FileSource) or (name and not source.slices):
        return None
    return source.n


def _held_out(
    spec: Spec, declared: Eval, counts: Mapping[str, Counted], past: Past
) -> Iterator[str]:
    gate = spec.gate
    if gate.kind == "scalar":
        yield f"noise floor: {gate.seeds} re-runs of the baseline; the training seed is the unit"
        return
    n = held_out_cases(declared, counts, gate.primary)
    if gate.kind == "fixtures":
        yield _fixtures(n)
        return
    if n is not None:
        yield f"held-out cases: {n} for {gate.primary}"
    elif past.gate is not None:
        n = past.gate.n
        yield f"held-out cases: {n} for {gate.primary}, as the incumbent's row counted them"
    else:
        n = 200
        yield f"held-out cases: unknown for {gate.primary}; the baseline counts them"
        yield "the next numbers are for 200 cases"
    yield from _power(spec, declared, n, past)


def _lock_box(spec: Spec, declared: Eval, counts: Mapping[str, Counted]) -> Iterator[str]:
    """Tell what the one look at the lock-box can see."""
    if not spec.gate.confirm or declared.confirm is None:
        return
    counted = counts.get(declared.confirm)
    if counted is None:
        yield "lock-box: sealed, and the key that counts its cases is not here"
        return
    n = counted.within(spec.gate.primary.partition("@")[2])
    seen = mde(n, alpha=LEVEL)
    power = (
        "no gain can show on so few"
        if seen is None
        else f"smallest gain seen with 80 % power: {seen:.3f} for scores of 0 and 1"
    )
    yield f"lock-box: {n} cases, opened once at p <= {LEVEL:g}; {power}"


def _fixtures(n: int | None) -> str:
    """Tell that a gate on visible cases has no significance level to beat."""
    claim = "no claim about cases that nobody has seen"
    if n is None:
        return f"fixtures: visible cases, 3 to 20, that the baseline counts; {claim}"
    fits = "" if n in FIXTURES else "; 3 to 20 are expected"
    return f"fixtures: {n} visible cases{fits}; {claim}"


def _power(spec: Spec, declared: Eval, n: int, past: Past) -> Iterator[str]:
    if spec.monitors:
        yield from _watch(spec, n)
        return
    patience, lines = spec.stop.patience, len(spec.lines())
    alpha = alpha_of(spec, declared, resets=past.resets)
    looks = f"0.05 over {patience * lines} looks ({patience} patience x {lines} lines)"
    if past.resets:
        looks += f", halved by {plural(past.resets, 'reset')}"
    if declared.folds is not None:
        looks += ", lowered since folds share cases"
    yield f"a look accepts at p <= {alpha:.2g}: {looks}; each reset halves it"
    sight = Sight(n=n, alpha=alpha, spread=_spread(past))
    yield _seen(sight, past)
    yield from _more(spec, declared, sight, past)


def _watch(spec: Spec, n: int) -> Iterator[str]:
    """Tell what a monitor's check can see."""
    level, watch = level_of(spec), spec.watching
    yield (
        f"a check every {watch.every_days:g} days alarms at p <= {level:.2g}: a year of false "
        f"alarms has the chance {watch.false_alarms:g} at most"
    )
    seen = mde(n, alpha=level)
    if seen is None:
        yield f"no drop can show on {plural(n, 'case')}; add cases, or check less often"
        return
    yield (
        f"smallest drop that one check sees with 80 % power: {seen:.3f} for scores of 0 and 1, if "
        f"{CHURN:.0%} of the cases differ by chance; less where answers repeat, or with more reps"
    )


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look can see: its cases, its level, and what differences vary by."""

    n: int
    alpha: float
    spread: Spread

    def of(self, cases: int) -> float | None:
        """Return the smallest gain seen on so many cases; the noise is part of the spread."""
        return visible(cases, 1, spread=self.spread, alpha=self.alpha)


def _spread(past: Past) -> Spread:
    """Return what the incumbent's look has shown, else what is assumed of scores of 0 and 1."""
    if past.gate is None or not past.gate.n:
        return Spread(change=CHURN, noise=0)
    return shown(past.gate)


def _seen(sight: Sight, past: Past) -> str:
    wins, seen = net_wins_needed(sight.n, sight.alpha), sight.of(sight.n)
    if wins is None or seen is None:
        return f"net wins needed: more than {sight.n} cases can give; every look would be in vain"
    if past.gate is not None:
        return (
            f"smallest gain seen with 80 % power: {seen:.3f}, as differences spread in the "
            "incumbent's look"
        )
    return (
        f"net wins needed: {wins} of {sight.n} (if {CHURN:.0%} of the cases differ); smallest gain "
        f"seen with 80 % power: {seen:.3f} for scores of 0 and 1, usually less for graded ones"
    )


def _more(spec: Spec, declared: Eval, sight: Sight, past: Past) -> Iterator[str]:
    """Tell what more cases and repetitions would see, and what they cost."""
    twice, look = sight.of(2 * sight.n), _look_usd(spec, past.head)
    if twice is not None:
        price = "" if look is None else f", for at most {look.usd:.2f} usd more ({look.told})"
        yield f"twice the cases would see {twice:.3f}{price}"
    yield from _worth(spec, declared, sight, look)
    if sight.n and has_dev(spec, declared):
        yield f"git-loop power {spec.loop} measures the check's noise, and prices cases and reps"


def _worth(spec: Spec, declared: Eval, sight: Sight, look: "_Look | None") -> Iterator[str]:
    """Tell what it takes to see `gate.worth`."""
    worth, n = spec.gate.worth, sight.n
    if worth > 1 and not sight.spread.graded:
        return
    wanted = cases_for(worth, 1, spread=sight.spread, alpha=sight.alpha)
    if wanted <= n:
        yield f"a gain of gate.worth {worth:g} is seen with {wanted} cases; enough are there"
        return
    price = ""
    if look is not None and n:
        price = f", for at most {(wanted / n - 1) * look.usd:.2f} usd more a look"
    yield f"a gain of gate.worth {worth:g} takes {wanted} cases, {wanted - n} more{price}"
    if n and declared.decoding != "greedy":
        reps = reps_needed(declared.reps, cases=n, wanted=wanted)
        yield f"or at least {reps} reps instead of {declared.reps}, if only sampling makes noise"


@dataclass(frozen=True, slots=True)
class _Look:
    """Dollars that a look costs at most, and in words what says so."""

    usd: float
    told: str


def _look_usd(spec: Spec, head: Head | None) -> _Look | None:
    """Return what a look costs at most: its wall limits, or what whole iterations have cost."""
    bound = ARMS * spec.check.minutes / 60 * spec.budget.usd_per_hour
    costs = [cost.usd for cost in head.recent if cost.usd] if head else []
    if costs and (not bound or max(costs) < bound):
        return _Look(max(costs), "the dearest of the last iterations, its make included")
    if not bound:
        return None
    return _Look(bound, "two arms x check.minutes x usd_per_hour")


def _money(spec: Spec, head: Head | None) -> Iterator[str]:
    needed, usd, rest = reserve(head, spec), spec.budget.usd, left(head, spec)
    if usd is None or rest is None:
        yield f"budget: no limit in usd; {spec.stop.max_iterations} iterations at most"
    elif needed:
        times = int(round(max(rest, 0) / needed, 6))  # 0.3 / 0.1 is 2.9999999999999996
        whole = f"{usd:.2f} in all" if rest == usd else f"{rest:.2f} left of {usd:.2f}"
        yield (
            f"reserve: {needed:.2f} usd set aside before each iteration, {whole}; at "
            f"least {times} iterations even if each runs into its limit"
        )
    else:
        yield f"reserve: nothing known to set aside yet; {usd:.2f} usd in all"
    if head is not None and any(cost.usd for cost in head.recent):
        mean = sum(cost.usd for cost in head.recent) / len(head.recent)
        more = "" if rest is None else f"; what is left is about {max(0, int(rest / mean))} more"
        yield (
            f"spent: {head.spent_usd:.2f} usd; the last {plural(len(head.recent), 'iteration')} "
            f"cost {mean:.2f} each{more}"
        )


def _isolation(spec: Spec, declared: Eval, ground: Ground) -> str:
    reached, why = best_level(declared)
    if reached != "open":
        measured = ground.measured(declared)
        if measured.level is None:
            return f"isolation: not measured here ({measured.why}); a run measures it first"
        reached, why = measured.level, measured.why
    reason = f" ({why})" if why else ""
    text = f"isolation: {reached} - {_IN_WORDS[reached]}{reason}"
    if _LEVELS.index(reached) < _LEVELS.index(spec.isolation.min):
        text += f"; isolation.min is {spec.isolation.min}, so a run would not start here"
    return text


def _store(spec: Spec, ground: Ground) -> Iterator[str]:
    """Tell how candidates get from the make's machine to the check's, where there are two."""
    if spec.isolation.min != "separate":
        return
    if ground.store is not None:
        yield "store: LOOP_STORE is set, so both machines reach what either has made"
        return
    yield (
        f"store: a folder of this machine; candidates travel to the check as parcels of at most "
        f"{MOST >> 20} MiB, and each machine keeps its LOOP_HOME; set LOOP_STORE on both for more"
    )
