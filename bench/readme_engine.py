"""Rows of the README's table: the engine, the gate, and what holds whatever happens."""

from typing import Any

from readme_row import TOLD, Ask, Results, Row, at_most, claim, fixed, span


def noop_iteration(results: Results) -> Row:
    """Return what one iteration of the engine takes."""
    own = results.part("engine", "iteration", "iteration")
    why = (
        "half of it is Python importing pydantic and our modules, the rest git, two sandboxes "
        "and syncing"
    )
    return Row(
        "one no-op iteration: spec to rendered pull request, two children, one look of 200 cases, "
        "forge excluded",
        f"{own['wall_s']:.2f} s ({own['cpu_s']:.2f} s CPU)",
        (at_most(own["wall_s"], 0.25, "s", why=why),),
    )


def dvc(results: Results) -> Row:
    """Return what DVC takes for the same."""
    one = results.part("engine", "iteration")
    version = results.part("engine", "machine", "dvc")
    ratio = one["ratio"]["wall"]
    return Row(
        f"`dvc exp run` + `dvc metrics diff` of DVC {version}, the same two commands, alternating",
        f"{one['dvc']['wall_s']:.2f} s, ratio {ratio:.1f}",
        (claim("ratio 8", ratio >= 8, why="as above"),),  # noqa: PLR2004 - the bar
    )


def ten_thousand_rows(results: Results) -> Row:
    """Return what a long history adds."""
    ratio = results.part("engine", "rows", "ratio_10000")["wall"]
    return Row(
        "the same iteration at 10,000 recorded rows against 10",
        f"{ratio:.2f} x",
        (at_most(ratio, 1.2, "x"),),
    )


def verbs(results: Results) -> Row:
    """Return what the cheapest verbs take."""
    found = results.part("engine", "verbs")
    each = [found[name]["wall_s"] for name in ("validate", "validate_kompress")]
    heavy = sorted({name for names in found["heavy_imports"].values() for name in names})
    return Row(
        "`git-loop --help`, `validate` of one spec; which of torch, transformers, peft, github, "
        "scipy they import",
        f"{found['help']['wall_s']:.2f} s, {span(each, '.2f')} s; {', '.join(heavy) or 'none'}",
        (
            at_most(found["help"]["wall_s"], 0.12, "s"),
            at_most(max(each), 0.25, "s", why="importing pydantic and our modules is most of it"),
            claim("none", not heavy),
        ),
    )


def fresh_clone(results: Results) -> Row:
    """Return what a newcomer waits for."""
    whole, demo = (results.part("demo", name) for name in ("whole_s", "demo_s"))
    why = "trainings of 14 and 36 s, nine arms of 620 cases one after the other"
    return Row(
        "fresh clone to the demo's pull request: install and demo, package index nearby",
        f"{whole:.0f} s, of it the demo {demo:.0f} s",
        (at_most(whole / 60, 6, "min"), at_most(demo, 90, "s", why=why)),
    )


def false_accepts(results: Results) -> Row:
    """Return how often a loop is fooled."""
    gate, naive = fooled(results)
    return Row(
        "worthless candidates accepted in loops that stop after 3 looks, n = 50 and 200, three "
        "worlds",
        f"{span(gate, '.1f')} % (the mean went up: {span(naive, '.0f')} %)",
        (at_most(max(gate), 5, "%"),),
    )


def fooled(results: Results) -> tuple[list[float], list[float]]:
    """Return percentages of loops that accept something worthless: by the gate, by the mean."""
    rows = [row for row in results.part("gate", "false_accepts") if row["looks"] == 3]  # noqa: PLR2004 - patience
    return [100 * row["gate"] for row in rows], [100 * row["naive"] for row in rows]


def gain(results: Results) -> Row:
    """Return what a loop climbs."""
    ours, naive = _climb(results, 0.09)
    return Row(
        "gain of loops whose ideas are +3 points or -3 by halves, 9 % churn, n = 200",
        f"{100 * ours['gain']:+.1f} points, {100 * ours['nothing']:.0f} % end with nothing "
        f"(accept or discard: {100 * naive['gain']:+.1f}, {100 * naive['nothing']:.0f} %)",
        (
            claim("+5", ours["gain"] >= 0.05),  # noqa: PLR2004 - the bar
            at_most(100 * ours["nothing"], 55, "%"),
        ),
    )


def gain_at_more_churn(results: Results) -> Row:
    """Return what it climbs in more noise."""
    ours, naive = _climb(results, 0.15)
    met = ours["gain"] >= 0.05 and ours["nothing"] <= 0.55  # noqa: PLR2004 - the bars
    return Row(
        "the same at 15 % churn",
        f"+{fixed(100 * ours['gain'], 1)} points, {100 * ours['nothing']:.0f} % "
        f"({100 * naive['gain']:+.1f}, {100 * naive['nothing']:.0f} %)",
        (claim("the same", met, why="see [LEARNINGS](LEARNINGS.md)"),),
    )


def _climb(results: Results, churn: float) -> list[dict[str, Any]]:
    """Return both rules at a churn, ours first."""
    rows = results.part("gate", "climb")
    return [row for row in rows if row["churn"] == churn]


def publishers(results: Results) -> Row:
    """Return what is lost in races."""
    race = results.part("suite", "race")
    return Row(
        "concurrent publishers: rounds, processes, rows lost",
        f"{race['rounds']}, {race['processes']}, {race['lost']} ({race['superseded']} recorded as "
        "superseded)",
        (claim("0 lost", race["lost"] == 0),),
    )


def forge_faults(results: Results) -> Row:
    """Return what the forge did to us."""
    found = results.part("suite", "forge")
    return Row(
        f"faults of the embedded forge, {found['faults']} of {len(found['by_kind'])} kinds, in "
        "tests of client and publishing: tests that met one and ended right",
        f"{found['passed']} of {found['tests']}",
        (claim("all", found["passed"] == found["tests"]),),
    )


def kills(results: Results) -> Row:
    """Return what a kill leaves."""
    points, times = (results.part("crash", name) for name in ("points", "times"))
    bad = points["points"] - points["survived"] + times["blocked_or_unlike"]
    return Row(
        f"`kill -9` at each of {points['points']} named points and at {times['kills']} random "
        "times, half of them of the whole process tree, git's and the store's writes included "
        "([crash](docs/crash.md)): runs that were blocked, lost or doubled a row, made a "
        "stored candidate twice, or ended other than the one that nobody killed",
        f"{bad}",
        (at_most(bad, 0),),
    )


def flips(results: Results) -> Row:
    """Return what a changed byte does."""
    files = results.part("crash", "flips", "files")
    forced = next(each for name, each in files.items() if name.endswith("head.json anew"))
    others = [each for each in files.values() if each is not forced]
    tried = sum(each["bytes"] for each in others)
    through = sum(each["let_through"] for each in others)
    return Row(
        "single-byte flips of rows, heads and arms that a run takes without a word",
        f"{through} of {tried:,}; of heads rewritten by force {forced['let_through']} of "
        f"{forced['bytes']:,} pass a run, `verify` refuses them",
        (at_most(through, 0),),
    )


def attacks(results: Results) -> Row:
    """Return what the sandboxes stop."""
    user = results.part("isolation", "users", "root")
    ways = [user[name] for name in ("bwrap", "landlock", "plain")]
    stopped = ", ".join(f"{each['stopped']} of {each['tried']}" for each in ways)
    price = ", ".join(f"{each['least_ms_beside_plain']:.0f} ms" for each in ways[:2])
    held = all(each["stopped"] == each["tried"] for each in ways[:2])
    return Row(
        "attacks on a canary stopped, of those tried, as superuser: bwrap, Landlock, neither "
        "([isolation](docs/isolation.md)); a child's price, least of 20, machine loaded",
        f"{stopped}; {price}",
        (claim("all", held), claim("the level says `open` where not", ways[2]["level"] == "open")),
    )


def fuzz(results: Results) -> Row:
    """Return what nonsense does."""
    specs = results.part("fuzz", "specs")
    return Row(
        "drawn, spoilt and hostile specs and evals ([robust](docs/robust.md)): without a traceback",
        f"{specs['declarations'] - specs['crashes']:,} of {specs['declarations']:,}; "
        f"{specs['median_ms']:.1f} ms each, worst {specs['worst_ms'] / 1000:.2f} s, "
        f"{specs['worst_mib']:.0f} MiB",
        (
            claim("all", specs["crashes"] == 0),
            at_most(specs["median_ms"], 50, "ms"),
            at_most(specs["worst_ms"] / 1000, 1, "s"),
        ),
    )


def leak(results: Results) -> Row:
    """Return what a talkative checker leaves."""
    found = results.part("suite", "leak")
    return Row(
        f"words of held-out cases in {found['objects']} git objects, store, receipts, logs and "
        "pull request of a campaign whose checker quotes each case",
        f"{found['words']}",
        (at_most(found["words"], 0),),
    )


def verify(results: Results) -> Row:
    """Return what computing all again takes."""
    few, many = (results.part("provenance", name) for name in ("10 rows", "1000 rows"))
    return Row(
        "`git-loop verify` of 10 and 1,000 rows of 200 sealed cases: with the key, without",
        f"{few['verify_s']:.1f} s, {many['verify_s']:.0f} s; {few['verify_without_key_s']:.1f} s, "
        f"{many['verify_without_key_s']:.1f} s",
        (TOLD,),
    )


def long_loops(results: Results) -> Row:
    """Return which step a long history slows."""
    found = results.part("scale", "rows")
    ratio, took = found["cpu"]["ratio"]["10000"], found["cpu"]["seconds"]
    added = 1000 * (took["10000"]["record"] - took["10"]["record"])
    steps = [ratio[step] for step in ("plan", "record", "process")]
    why = f"the record, {added:.0f} ms more, most of it git's own check of the push"
    return Row(
        "planning, recording and a whole process at 10,000 rows against 10, CPU "
        "([scale](docs/scale.md))",
        f"{', '.join(f'{each:.2f}' for each in steps)} x",
        (at_most(max(steps), found["bar"], "x", why=why if max(steps) == steps[1] else ""),),
    )


def parallel(results: Results) -> Row:
    """Return what makes beside one another save."""
    found = results.part("scale", "beside")
    return Row(
        "four makes of 3 s, one after another and by `--parallel 4`",
        f"{found['serial_s']:.1f} s, {found['parallel_s']:.1f} s",
        (TOLD,),
    )


def executors(results: Results) -> Row:
    """Return what a cluster of one node costs."""
    found, version = results.part("fanout", "executors"), results.part("fanout", "machine", "ray")
    return Row(
        f"1,000 pieces of work by processes, and by Ray {version} on the same two cores once "
        "it runs",
        f"{found['processes_s']:.1f} s, {found['ray_again_s']:.1f} s, "
        f"{found['ray_again_over_processes']:.1f} x",
        (TOLD,),
    )


ENGINE: tuple[Ask, ...] = (
    noop_iteration,
    dvc,
    ten_thousand_rows,
    verbs,
    fresh_clone,
    false_accepts,
    gain,
    gain_at_more_churn,
)
HOLDS: tuple[Ask, ...] = (
    publishers,
    forge_faults,
    kills,
    flips,
    attacks,
    fuzz,
    leak,
    verify,
    long_loops,
    parallel,
    executors,
)
