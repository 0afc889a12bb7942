"""The five numbers at the top of the README."""

from readme_engine import fooled
from readme_row import Results, span


def five(results: Results) -> str:
    """Return the table: what it is, and the number."""
    gate, naive = fooled(results)
    points, times = (results.part("crash", name) for name in ("points", "times"))
    bad = points["points"] - points["survived"] + times["blocked_or_unlike"]
    jail = results.part("isolation", "users", "root", "bwrap")
    skill = results.part("text", "triage")
    claims = {8: "eight"}.get(n := sum(row[1] == "accept" for row in skill["rows"]), f"{n}")
    own = results.part("engine", "iteration")
    lines = {
        "worthless candidates accepted by a loop before it stops ([gate](docs/gate.md)); by a rule "
        f"that asks whether the mean went up: {span(naive, '.0f')} %": f"{span(gate, '.1f')} %",
        f"rows lost, and runs blocked, by `kill -9` at {points['points']} named points and "
        f"{times['kills']} random times ([crash](docs/crash.md))": f"{bad}",
        "attacks on held-out data, as superuser, that the maker's sandbox stops "
        "([isolation](docs/isolation.md))": f"{jail['stopped']} of {jail['tried']}",
        "a skill file that improved itself: agreement on sealed cases, in "
        f"{claims} claims ([text](docs/text.md))": (
            f"{skill['before']['agreement']:.3f} to {skill['after']['agreement']:.3f}"
        ),
        "what the engine adds to the two commands of an iteration; what `dvc exp run` and `dvc "
        f"metrics diff` add to them: {own['dvc']['wall_s']:.2f} s": (
            f"{own['iteration']['wall_s']:.2f} s"
        ),
    }
    return "| | |\n|---|---|\n" + "".join(f"| {what} | **{n}** |\n" for what, n in lines.items())
