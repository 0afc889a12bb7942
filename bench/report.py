"""What the report costs: writing it, opening it, and what it weighs.

Run with `python bench/report.py`; `--write` keeps the figures under `bench/results`. A loop of two
tiny commands grows to 10,000 rows through the engine's own fold and push; its newest claim and the
baseline get 2,000 dev cases each, with what was said in them. `git-loop report` is timed as whole
processes. Chromium opens the loop's page and the claim's from files: milliseconds from navigation
until the chart is drawn and the table of all rows can be filtered, medians; the loop's page once
more with a dev score in each row, 1,400 of them kept and drawn. About two minutes.
"""

import dataclasses
import json
import shutil
import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from engine_clock import timed
from engine_ground import NAME, Ground, git_loop, grow, loop_ground
from figure import keep, options
from machine import machine

from runner.core.canonical import canonical
from runner.core.receipt import Attempt, AttemptReceipt
from runner.core.row import Row
from runner.core.score import CaseScore
from runner.iteration.folder import RunFolder
from runner.iteration.journal import ATTEMPTS
from runner.iteration.trace import Shelf, keep_traces
from runner.record.past import read_head, read_tail
from runner.repo.repo import Repo
from runner.report.site.loop import loop_pages
from runner.report.site.record import LoopRecord, SiteRecord
from runner.report.view import recorded_view
from runner.store.store import Store
from runner.trace.file import TraceWriter, trace_name
from runner.trace.span import chat, message, verdict_span
from runner.wiring.declare import declare
from runner.wiring.site_folder import write_site

ROWS, CASES = 10_000, 2_000
OPEN_MS = 1_000
"""Milliseconds until a page can be used, at most."""
PROMPT = "You get the end of a log. Say why the job failed, in one word. " * 20
# Told by the page itself: the first frame after the script has filled the table.
USABLE = """
const look = new MutationObserver(() => {
  const told = document.querySelector("WHERE [role=status]");
  if (!told || !told.textContent) return;
  look.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.usable = performance.now(); }));
});
look.observe(document, { childList: true, subtree: true });
"""


def recorded(ground: Ground) -> LoopRecord:
    """Return the loop with all its rows."""
    repo = Repo.discover(ground.folder, environ=ground.environment)
    authority = repo.resolve(f"refs/loops/{NAME}")
    head, declared = read_head(repo, authority, NAME), declare(repo.top, NAME)
    if authority is None or head is None:
        raise SystemExit("the ground has no rows")
    rows = read_tail(repo, authority, head, count=head.number + 1)
    view = recorded_view(declared.spec, declared.evaluation, head, rows[-50:])
    return LoopRecord(view=view, rows=rows, commit=authority)


def crowded(record: LoopRecord, out: Path) -> None:
    """Write the loop's page once more, as if each row had a dev score and a seventh were kept."""
    rows = tuple(_crowded(row) for row in record.rows)
    full = dataclasses.replace(record, rows=rows)
    write_site(out, islice(loop_pages(SiteRecord(loops=(full,)), full), 2), private=False)


def _crowded(row: Row) -> Row:
    score = 0.4 + row.number * 37 % 101 / 300
    keep = {"verdict": "keep"} if row.verdict == "reject" and row.number % 7 == 0 else {}
    return row.model_copy(update={"dev": {"score": (0.5, score)}, **keep})


def drilled(ground: Ground, rows: Sequence[Row]) -> int:
    """Give the baseline and the newest claim their cases; return the claim's number."""
    repo = Repo.discover(ground.folder, environ=ground.environment)
    home = Path(ground.environment["LOOP_HOME"]) / repo.key
    claim = next(row for row in reversed(rows) if row.verdict == "accept")
    for row, shift in ((rows[0], 0), (claim, 7)):
        _cases(home, row, shift=shift)
    return claim.number


def _cases(home: Path, row: Row, *, shift: int) -> None:
    folder = RunFolder(home / "runs" / NAME / row.run[:16])
    scores = tuple(
        CaseScore(case=f"case-{n:04d}", metrics={"score": (n * 37 + shift) % 101 / 100})
        for n in range(CASES)
    )
    attempt = Attempt(outcome="candidate", candidate=row.candidate, scores=scores)
    receipt = AttemptReceipt(mark=row.mark, attempt=attempt, ended=True, spent=(), seconds=1)
    place = folder.path / ATTEMPTS
    place.mkdir(parents=True, exist_ok=True)
    (place / "1.json").write_bytes(canonical(receipt.model_dump(mode="json")))
    traces = folder.fresh("traces-made")
    for score in scores:
        _trace(traces, score, shift)
    shelf = Shelf(store=Store(home / "store"), folder=folder, recipient=None)
    keep_traces(shelf, [traces], arm="dev/attempt-1", split="dev", candidate=row.candidate)
    shutil.rmtree(traces)


def _trace(folder: Path, score: CaseScore, shift: int) -> None:
    asked = [message("system", PROMPT), message("user", f"log of {score.case}: " + "line\n" * 40)]
    answered = [message("assistant", f"disk {shift}", reasoning="It says that it is full.")]
    with TraceWriter(folder / trace_name(score.case, score.rep)) as trace:
        trace.write(chat("clerk", asked=asked, answered=answered, seconds=0.1))
        trace.write(verdict_span(score, correction="network"))


def written(ground: Ground, out: Path, runs: int) -> dict[str, Any]:
    """Time the verb as whole processes, and weigh what it wrote."""
    took = [timed(ground.command(git_loop(), "report", "--out", str(out))) for _ in range(runs)]
    sizes = {path: path.stat().st_size for path in out.rglob("*") if path.is_file()}
    return {
        "wall_s": round(median(each.wall_s for each in took), 2),
        "cpu_s": round(median(each.cpu_s for each in took), 2),
        "files": len(sizes),
        "megabytes": round(sum(sizes.values()) / 1e6, 1),
    }


def opened(out: Path, full: Path, claim: int, runs: int) -> dict[str, Any]:
    """Open the pages in Chromium and time them until they can be used."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this part needs it

    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("there is no chromium on PATH")
    loop, many = (place / "loops" / NAME for place in (out, full))
    row = f"{claim:06d}"
    pages = {
        "all rows": (loop / "index.html", "#iterations", [loop / "rows.js"]),
        "all rows, each drawn": (many / "index.html", "#iterations", [many / "rows.js"]),
        "all cases": (
            loop / f"rows/{row}.html",
            "#cases-dev",
            [loop / f"rows/{row}/dev-cases.js"],
        ),
    }
    assets = [out / "asset" / name for name in ("report.css", "report.js")]
    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, (path, where, scripts) in pages.items():
            times = [_usable(browser, path, where) for _ in range(runs + 1)][1:]  # one warms up
            parts = [path, *scripts, *assets]
            found[name] = {
                "usable_ms": round(median(times)),
                "worst_ms": round(max(times)),
                "kilobytes": round(sum(part.stat().st_size for part in parts) / 1e3),
            }
        version = browser.version
        browser.close()
    return found | {"chromium": version, "bar_ms": OPEN_MS}


def _usable(browser: Any, path: Path, where: str) -> float:  # noqa: ANN401 - Playwright's own
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(USABLE.replace("WHERE", where))
    page.goto(path.as_uri(), wait_until="commit")
    took = 0.0
    while not took:  # the page's own policy forbids the waiting that Playwright would do inside it
        page.wait_for_timeout(50)
        took = float(page.evaluate("window.usable || 0"))
    context.close()
    return took


def main() -> None:
    """Measure, print, and keep the figures if asked."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, metavar="N", help=f"default: {ROWS}")
    parser.add_argument("--runs", type=int, default=9, metavar="N", help="times a page is opened")
    given = parser.parse_args()
    at = machine("git-loop", "Jinja2", "playwright")
    with tempfile.TemporaryDirectory(prefix="git-loop-bench-") as name:
        ground = loop_ground(Path(name))
        grow(ground, given.rows)
        record, out, full = recorded(ground), Path(name) / "site", Path(name) / "full"
        claim = drilled(ground, record.rows)
        crowded(record, full)
        told = {"written": written(ground, out, 3)}
        told |= {"opened": opened(out, full, claim, given.runs)}
    told = {"machine": at, "rows": given.rows, "cases": CASES} | told
    if given.write:
        keep("report", told)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
