"""How often one iteration asks a forge, counted at the embedded one served as if it were GitHub."""

from pathlib import Path

from engine_clock import output_of
from engine_ground import Ground, git_loop
from rehearsal_ground import environment_of

from runner.forge.server import serve
from runner.repo.repo import Repo
from runner.wiring.clock import SystemClock
from runner.wiring.house import house_of

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def requests(ground: Ground, name: str, *, runs: int = 2) -> list[dict[str, int]]:
    """Run iterations of a loop that publish, and count what each asked of the forge.

    Returns:
        For each iteration its API requests, and those among them that write; the first opens the
        pull request.
    """
    house = house_of(ground.folder, environment_of(ground))
    bare = house.site.bare
    if bare is None:
        raise SystemExit("the ground has no embedded forge")
    with serve(Repo.bare(bare.top, environ=ground.environment), clock=SystemClock()) as address:
        if not ground.git("remote"):
            ground.git("remote", "add", "origin", str(bare.top))
        ground.git("fetch", "--quiet", "origin")
        variables = {
            **ground.environment,
            "GITHUB_API_URL": address.url,
            "GITHUB_TOKEN": address.token,
            "GITHUB_REPOSITORY": address.repository,
        }
        there = Ground(Path(ground.folder), variables)
        counted = []
        for _ in range(runs):
            before = len(address.exchanges)
            output_of(there.command(git_loop(), "run", name))
            asked = address.exchanges[before:]
            writes = sum(each.method in WRITES for each in asked)
            counted.append({"requests": len(asked), "writes": writes})
    return counted
