"""Every bench is in the table of what `make bench` runs, and every result has its bench."""

from pathlib import Path

import all as runs
import pytest
from figure import RESULTS, ROOT
from readme import rendered
from readme_engine import false_accepts
from readme_row import Results

SCRIPTS = {
    path.stem
    for path in (ROOT / "bench").glob("*.py")
    if '__name__ == "__main__"' in path.read_text()
}
NAMES = {bench.name for bench in runs.BENCHES}


def test_every_script_is_run_or_says_why_not() -> None:
    listed = {bench.script for bench in runs.BENCHES} | set(runs.ASIDE)
    assert SCRIPTS - listed == set()


def test_every_bench_is_a_script() -> None:
    assert [bench.name for bench in runs.BENCHES if bench.script not in SCRIPTS] == []


def test_every_result_is_of_a_bench_or_shown_in_the_readme() -> None:
    results = Results()
    rendered(results)
    files = {path.name for path in RESULTS.glob("*.json")}
    orphans = {name for name in files - results.used if name[11:-5] not in NAMES | set(runs.ASIDE)}
    assert orphans == set()


def scripts(tmp_path: Path, **texts: str) -> list[runs.Bench]:
    (tmp_path / "bench").mkdir()
    for name, text in texts.items():
        (tmp_path / f"bench/{name}.py").write_text(text)
    return [runs.Bench(name, ("--long",), quick=("--short",)) for name in texts]


def test_a_bench_that_fails_is_told_and_the_others_go_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good = "import sys, pathlib; pathlib.Path('ran').write_text(' '.join(sys.argv[1:]))"
    both = scripts(tmp_path, bad="raise SystemExit('no disk')", good=good)
    assert runs.measure(both, into=tmp_path, root=tmp_path) == ["bad"]
    assert (tmp_path / "ran").read_text() == "--short --write"
    told = capfd.readouterr()
    assert "failed, exit 1" in told.out
    assert "no disk" in told.err


def test_a_bench_without_a_short_form_runs_in_the_long_one_alone(tmp_path: Path) -> None:
    scripts(tmp_path, long="import sys, pathlib; pathlib.Path('ran').write_text(sys.argv[1])")
    only = [runs.Bench("long", ("--long",))]
    assert runs.measure(only, into=tmp_path, root=tmp_path) == []
    assert not (tmp_path / "ran").exists()
    assert runs.measure(only, into=None, root=tmp_path) == []
    assert (tmp_path / "ran").read_text() == "--long"


def test_a_short_form_keeps_its_figures_elsewhere_and_shows_them(tmp_path: Path) -> None:
    told = {"false_accepts": [{"looks": 3, "gate": 0.011, "naive": 0.5}]}
    text = f"import sys; sys.path.append({str(ROOT / 'bench')!r})\nimport figure\n"
    gate = scripts(tmp_path, gate=f"{text}figure.keep('gate', {told!r})\n")
    before = {path: path.read_bytes() for path in RESULTS.iterdir()}
    assert runs.measure(gate, into=tmp_path / "kept", root=tmp_path) == []
    assert {path: path.read_bytes() for path in RESULTS.iterdir()} == before
    short = Results(folder=tmp_path / "kept", examples=tmp_path)
    shown = runs.side_by_side(short, Results()).splitlines()
    assert shown[1:] == [
        "    now     1.1 % (the mean went up: 50 %)",
        f"    README  {false_accepts(Results()).measured}",
    ]
