"""Rows of the README's table: stores, audits, power, monitors, pages and the terminal."""

from readme_row import TOLD, Aim, Ask, Results, Row, at_most, claim, span


def store(results: Results) -> Row:
    """Return what sharing candidates takes."""
    way, kills, again = (results.part("store", n)["s3"] for n in ("transfer", "kills", "again"))
    torn, resent = kills["listed_and_torn"], again["second_push_bytes"]
    return Row(
        f"an S3-compatible store on loopback: {way['large_mb']:.0f} MB up, down; {kills['kills']} "
        "uploads killed; a second push of the same candidate",
        f"{way['up_mb_s']:.0f} MB/s, {way['down_mb_s']:.0f} MB/s; {torn} torn; {resent} bytes",
        (TOLD, at_most(torn, 0), at_most(resent, 0)),
    )


def audit(results: Results) -> Row:
    """Return what survives an audit."""
    worthless, real = (
        [each for name, each in results.part("audit", part).items() if name.startswith("n ")]
        for part in ("worthless", "real")
    )
    true = [
        each["survive"]
        for name, each in results.part("audit", "real").items()
        if name.startswith("n 200, gain 0.1,")
    ]
    most = max(each["survive"] for each in worthless)
    return Row(
        "[`git-loop audit`](docs/audit.md): worthless candidates on 50 and 200 cases, 1 to 20 "
        f"looks, {worthless[0]['series']:,} series each: some is ahead, some survives; a true +10 "
        f"points on 200 cases that survives, {real[0]['tries']:,} tries",
        f"{span([each['claimed'] for each in worthless], '.2f')}, at most {most:.3f}; "
        f"{span(true, '.2f')}",
        (at_most(most, 0.05), TOLD),
    )


def power(results: Results) -> Row:
    """Return whether what is said to be seen is seen."""
    seen = [each["seen"] for each in results.part("power", "seen", "figures")]
    noise = [each["mean_over_truth"] for each in results.part("power", "noise", "figures")]
    near = sum(each >= 0.76 for each in seen)  # noqa: PLR2004 - 0.80 less three standard errors
    return Row(
        "`git-loop power`: simulated looks at the gain said to be seen with 80 % power; known "
        "noise, estimated from two runs ([power](docs/power.md))",
        f"{span(seen, '.2f')} of looks, {near} of {len(seen)} designs 0.76 or more; "
        f"{span(noise, '.2f')} of the truth",
        (Aim("0.80; 1"),),
    )


def notebook(results: Results) -> Row:
    """Return what a notebook waits for."""
    found = results.part("power", "rows", "figures")
    took = results.part("power", "rows", "figures", "process_cpu_less_start_s")
    why = "every row is read and checked each time"
    return Row(
        f"`rows()` of {found['rows']:,} rows in Python, CPU, git's included "
        "([notebook](docs/notebook.md))",
        f"{took:.2f} s",
        (at_most(took, 1, "s", why=why),),
    )


def monitors(results: Results) -> Row:
    """Return what a year of checks says."""
    found = results.part("monitor", "alarms")
    rows = found["rows"]
    most = max(row["false_alarms"] for row in rows)
    seen = {
        row["world"]: row["drop"]["first"]
        for row in rows
        if (row["cases"], row["world"], row["reps"]) in {(500, "greedy", 1), (500, "sampled", 4)}
    }
    return Row(
        f"[monitors](docs/monitor.md): years of {found['checks']} checks of an unchanged model "
        "with a false alarm; a drop of 5 points on 500 cases seen at the first check",
        f"at most {most:.3f} in {len(rows)} worlds; {seen['greedy']:.2f} greedily, "
        f"{seen['sampled']:.2f} sampled four times",
        (at_most(most, 0.05), TOLD),
    )


def report(results: Results) -> Row:
    """Return what a browser waits for."""
    opened, written = results.part("report", "opened"), results.part("report", "written")
    each = [
        opened[name]["usable_ms"] / 1000
        for name in ("all rows", "all rows, each drawn", "all cases")
    ]
    rows, cases = results.part("report", "rows"), results.part("report", "cases")
    return Row(
        f"opening a [report](docs/report.md): {rows:,} rows, the same with 1,400 kept ones drawn, "
        f"{cases:,} cases; writing it",
        f"{', '.join(f'{took:.2f} s' for took in each)}; {written['wall_s']:.1f} s",
        (at_most(max(each), opened["bar_ms"] / 1000, "s"), TOLD),
    )


def terminal(results: Results) -> Row:
    """Return what a person at a terminal waits for."""
    start, tab, verbs, shells = (
        results.part("terminal", name) for name in ("start", "tab", "verbs", "shells")
    )
    waits = [each["cpu_ms"] / 1000 for each in (start["help"], tab["rows"], verbs["status"])]
    typed = [
        right
        for found in shells.values()
        if isinstance(found, dict)
        for right in found.values()
        if isinstance(right, bool)
    ]
    return Row(
        "`git-loop --help`, a TAB with 10,000 rows, `status` of them, CPU; completions right in "
        "bash, zsh and fish",
        f"{', '.join(f'{each:.2f} s' for each in waits)}; {sum(typed)} of {len(typed)}",
        (at_most(waits[0], 0.12, "s"), TOLD),
    )


def two_loops(results: Results) -> Row:
    """Return what two loops on one machine save."""
    found = results.part("monitor", "beside")
    return Row(
        "two loops on one machine, beside each other against one after another",
        f"{found['faster']:.2f} x, {found['rows_lost']} rows lost",
        (TOLD, at_most(found["rows_lost"], 0)),
    )


def many_loops(results: Results) -> Row:
    """Return what a firm's number of loops costs, and how that grows."""
    found, asked = results.part("rehearsal", "loops"), results.part("rehearsal", "requests")
    few, many = sorted(map(int, found["costs"]))[-2:]
    verbs = ("status, all loops", "gc", "git clone", "iteration, process")
    took = [found["costs"][str(many)][verb]["cpu_s"] for verb in verbs]
    most = max(found["growth"][verb]["cpu_s"]["exponent"] for verb in found["costs"][str(many)])
    requests = asked["iterations"][-1]
    return Row(
        f"{many:,} loops of 10 rows ([rehearsal](docs/rehearsal.md)): `status` of all, `gc`, `git "
        f"clone`, one iteration, CPU; the steepest growth from {few} loops on, as an exponent; "
        "requests to GitHub of an iteration, those that write",
        f"{', '.join(f'{each:.1f} s' for each in took)}; {most:.1f}; {requests['requests']}, "
        f"{requests['writes']}",
        (TOLD, at_most(most, 1.2)),
    )


def long_loop(results: Results) -> Row:
    """Return what a very long loop costs who reads it whole."""
    found = results.part("rehearsal", "rows", "costs")
    many = max(map(int, found))
    verbs = ("verify, one loop", "gc", "git clone", "status, one loop, elsewhere")
    took = [found[str(many)][verb] for verb in verbs]
    cpus = [each["cpu_s"] for each in took]
    return Row(
        f"one loop of {many:,} rows: `verify`, `gc`, `git clone`, the first `status` on a fresh "
        "machine, CPU; the most memory of these",
        f"{', '.join(f'{cpu:.1f} s' for cpu in cpus)}; "
        f"{max(each['memory_mb'] for each in took):.0f} MB",
        (TOLD,),
    )


def mutants(results: Results) -> Row:
    """Return how many small slips in what decides and records the fast tests notice."""
    rooms = {name: results.part("mutation", name) for name in ("gate", "ledger", "spec", "publish")}
    least = min(each["share_killed"] for each in rooms.values())
    told = ", ".join(
        f"{name} {100 * each['share_killed']:.1f} % of {each['mutants']} of {each['there_are']:,}"
        for name, each in rooms.items()
    )
    return Row(
        "mutants of functions that fast tests kill, of a sample of all (`make mutate`)",
        told,
        (claim("90 % each", least >= 0.9, why="the results name what lives"),),  # noqa: PLR2004 - the bar
    )


TOOL: tuple[Ask, ...] = (
    store,
    audit,
    power,
    notebook,
    monitors,
    report,
    terminal,
    two_loops,
    many_loops,
    long_loop,
    mutants,
)
