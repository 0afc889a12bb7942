import json
import lzma
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runner.compression.contamination import Overlap
from runner.compression.log import TrafficLog
from runner.core.errors import LoopError
from runner.core.problem import Problem
from runner.seal.box import seal
from runner.seal.key import new_identity, recipient_of
from runner.wiring.data import DataError, open_eval
from runner.wiring.data_build import build
from runner.wiring.data_check import Shared, check
from runner.wiring.ground import Ground
from runner.wiring.validate import validate

WORDS = "alpha beta gamma delta epsilon zeta eta theta"
OTHER = "one two three four five six seven eight"
DECLARATION = """\
v: 1
domain: {0}
sentences: [1, 1]
joiner: "\\n"
fillers: [x]
families: {{{0}: {{class: {0}, forms: ["{0}<int:100-999>"]}}}}
templates: ["{1} {{{0}}}"]
"""
OPEN = "an open text begins with some words that all may know"
SHUT = "what is shut away should never be seen by anyone else"
SCRIPT = """\
import json, lzma, os, sys
from pathlib import Path
if Path("fail").exists():
    sys.exit("the mill is closed")
cases = [{"id": "new", "text": "freshly built " + os.environ["LOOP_HELDOUT_KEY"][:14], "must": [],
          "domain": "log", "slices": ["natural"], "source": "s"}]
lines = "".join(json.dumps(case) + "\\n" for case in cases)
Path(os.environ["LOOP_OUT"], "train.jsonl.xz").write_bytes(lzma.compress(lines.encode()))
"""


def case(name: str, text: str, *slices: str) -> dict[str, object]:
    must = [[0, 3, "name"]] if text else []
    held: dict[str, object] = {"id": name, "text": text, "must": must, "domain": "log"}
    return {**held, "slices": list(slices), "source": "s"}


def lines(*cases: dict[str, object]) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in cases).encode()


class House:
    """An eval of its own with a key that is not published."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "evals" / "e"
        self.identity = new_identity()
        self.folder.mkdir(parents=True)
        (root / "loops").mkdir()
        self.write("eval.yaml", self.declaration().encode())
        self.write("build.py", SCRIPT.encode())
        self.write("open.yaml", DECLARATION.format("open", OPEN).encode())
        self.sealed("shut.yaml.age", DECLARATION.format("shut", SHUT).encode())
        self.write("train.jsonl.xz", lzma.compress(lines(case("t1", WORDS, "natural"))))
        self.write("dev.jsonl", lines(case("d1", "dev text", "natural")))
        self.held(case("h1", "held text", "natural"))

    def declaration(self, **fields: str) -> str:
        given = {
            "eval": "e",
            "version": "1",
            "checker": "must_keep",
            "train": "train.jsonl.xz",
            "dev": "dev.jsonl",
            "heldout": "[{file: held.jsonl.age, slices: [natural]}, "
            "{generate: open.yaml, n: 3, secret: LOOP_HELDOUT_KEY, slices: [open]}, "
            "{generate: shut.yaml.age, n: 2, secret: LOOP_HELDOUT_KEY, slices: [shut]}]",
            "recipient": recipient_of(self.identity),
            "build": "build.py",
            "metrics": "{exact_pct: {direction: max}}",
        }
        return "".join(f"{key}: {value}\n" for key, value in (given | fields).items() if value)

    def write(self, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)

    def sealed(self, name: str, data: bytes) -> None:
        self.write(name, seal(data, recipient_of(self.identity)))

    def held(self, *cases: dict[str, object]) -> None:
        self.sealed("held.jsonl.age", lines(*cases))

    def log(self, *texts: str) -> Path:
        folder = self.root / "log"
        with TrafficLog(folder, consent="flag", clock=Noon()) as log:
            for text in texts:
                log.write(text, domain="prose")
        return folder

    def train(self, folder: Path | None = None) -> list[str]:
        data = lzma.decompress(((folder or self.folder) / "train.jsonl.xz").read_bytes())
        return [json.loads(line)["text"] for line in data.splitlines()]


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def key(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("LOOP_HELDOUT_KEY", house.identity)
    return house


def shared(house: House) -> dict[tuple[str, str], tuple[int, int]]:
    found = check(open_eval(house.root, "e")).contamination
    return {(s.checked, s.known): (s.overlap.tainted, s.overlap.texts) for s in found}


def test_every_pair_of_splits_is_compared_and_clean_ones_say_how_many(key: House) -> None:
    assert shared(key) == {
        ("dev", "train"): (0, 1),
        ("natural", "train"): (0, 1),
        ("open", "train"): (0, 3),
        ("shut", "train"): (0, 2),
        ("natural", "dev"): (0, 1),
        ("open", "dev"): (0, 3),
        ("shut", "dev"): (0, 2),
    }
    assert check(open_eval(key.root, "e")).tainted == ()


def test_held_out_text_in_train_is_counted(key: House) -> None:
    key.held(case("h1", f"so {WORDS} ends", "natural"), case("h2", OTHER, "natural"))
    assert shared(key)["natural", "train"] == (1, 2)
    assert check(open_eval(key.root, "e")).tainted == (
        Shared("train", "natural", Overlap(texts=2, tainted=1, grams=1)),
    )


def test_dev_may_draw_from_a_public_generator_and_not_from_a_sealed_one(key: House) -> None:
    key.write("dev.jsonl", lines(case("d1", OPEN, "open"), case("d2", SHUT, "shut")))
    found = {(s.checked, s.known): s for s in check(open_eval(key.root, "e")).contamination}
    assert found["open", "dev"].overlap.tainted == 0
    assert found["open", "dev"].exempt == 1
    assert found["shut", "dev"].overlap.tainted == 2
    assert found["shut", "dev"].exempt == 0


def test_counts_name_the_classes_of_public_cases_only(key: House) -> None:
    counts = {held.name: held for held in check(open_eval(key.root, "e")).counts}
    assert counts["train"].by == {
        "slice": {"natural": 1},
        "domain": {"log": 1},
        "class": {"name": 1},
    }
    assert counts["open"].by["class"] == {"open": 3}
    assert "class" not in counts["shut"].by
    assert "class" not in counts["natural"].by
    assert (counts["shut"].cases, counts["shut"].classes, counts["shut"].heldout) == (2, 1, True)


def test_without_the_key_the_sealed_sources_are_named_as_closed(house: House) -> None:
    report = check(open_eval(house.root, "e"))
    assert report.closed == ("natural", "shut")
    assert [held.name for held in report.counts] == ["train", "dev", "open"]


def test_another_key_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOP_HELDOUT_KEY", new_identity())
    with pytest.raises(LoopError, match=r"held\.jsonl\.age: .*another key|held\.jsonl\.age"):
        open_eval(house.root, "e")


def test_labels_are_audited_by_the_makers_of_the_evals_loops(key: House) -> None:
    assert check(open_eval(key.root, "e")).noise == {}
    (key.root / "loops" / "a.yaml").write_text(
        "version: 1\nloop: a\nmake: {kind: token_compressor}\ncheck: {eval: e}\n"
        "gate: {primary: exact_pct, min_delta: 0.01}\n"
    )
    noise = check(open_eval(key.root, "e")).noise["token_compressor"]
    assert {"label_noise", "silver_must_noise", "lexer_must_noise"} <= set(noise)
    assert all(0 <= share <= 1 for share in noise.values())


def test_the_build_script_finds_key_and_folder_in_its_environment(key: House) -> None:
    built = build(key.root, "e")
    assert built.files == ("train.jsonl.xz",)
    assert built.folder == key.folder
    assert key.train() == ["freshly built AGE-SECRET-KEY"]


def test_another_folder_leaves_the_eval_as_it_is(key: House, tmp_path: Path) -> None:
    out = tmp_path / "some" / "where"
    built = build(key.root, "e", out=out)
    assert (built.folder, built.files) == (out, ("train.jsonl.xz",))
    assert key.train(out) == ["freshly built AGE-SECRET-KEY"]
    assert key.train() == [WORDS]


def test_logged_texts_join_train_and_replace_those_of_an_earlier_call(key: House) -> None:
    key.write("eval.yaml", key.declaration(build="").encode())
    built = build(key.root, "e", log=key.log(OTHER, WORDS, "too short"))
    assert key.train() == [WORDS, OTHER]
    assert {name: count for name, count in built.traffic.items() if count} == {
        "texts": 3,
        "taken": 1,
        "repeated": 1,
        "short": 1,
    }
    again = build(key.root, "e", log=key.root / "log")
    assert again.traffic == built.traffic
    assert key.train() == [WORDS, OTHER]


def test_a_new_folder_gets_the_train_split_with_the_logged_texts(key: House) -> None:
    key.write("eval.yaml", key.declaration(build="").encode())
    build(key.root, "e", log=key.log(OTHER), out=key.root / "out")
    assert key.train(key.root / "out") == [WORDS, OTHER]
    assert key.train() == [WORDS]


def test_logged_texts_of_the_held_out_split_or_a_sealed_family_stay_out(key: House) -> None:
    key.held(case("h1", OTHER, "natural"))
    log = key.log(f"{OTHER} and more", "we saw shut123 here and it was not so good")
    counts = build(key.root, "e", log=log).traffic
    assert (counts["contaminated"], counts["private"], counts["taken"]) == (1, 1, 0)


@pytest.mark.parametrize(
    ("fields", "log", "message"),
    [
        pytest.param({"build": ""}, None, "names no build script; add build: SCRIPT", id="nothing"),
        pytest.param({"build": "gone.py"}, None, "evals/e/gone.py is missing", id="no script"),
        pytest.param({}, "nowhere", "--log: .*nowhere is no folder", id="no folder"),
        pytest.param({"train": ""}, ".", "has no train split of one file", id="no train"),
    ],
)
def test_what_cannot_be_built_is_told(
    key: House, fields: dict[str, str], log: str | None, message: str
) -> None:
    key.write("eval.yaml", key.declaration(**fields).encode())
    with pytest.raises(DataError, match=message):
        build(key.root, "e", log=None if log is None else key.root / log)


def test_a_failing_script_is_told_with_its_last_line(key: House) -> None:
    (key.root / "fail").touch()
    with pytest.raises(DataError, match=r"^build\.py exited with 1: the mill is closed$"):
        build(key.root, "e")


def test_traffic_needs_the_key_of_what_it_is_held_against(house: House) -> None:
    house.write("eval.yaml", house.declaration(build="").encode())
    with pytest.raises(DataError, match=r"natural, shut cannot be opened.* set LOOP_HELDOUT_KEY"):
        build(house.root, "e", log=house.log(OTHER))


def test_traffic_is_refused_by_a_checker_that_takes_none(key: House) -> None:
    key.write(
        "eval.yaml",
        b"eval: e\nversion: 1\nchecker: {command: [check]}\nmetrics: {m: {direction: max}}\n",
    )
    with pytest.raises(DataError, match="takes no traffic; checkers that do: must_keep"):
        build(key.root, "e", log=key.log(OTHER))


def test_an_unknown_eval_is_told_with_a_suggestion(house: House) -> None:
    (house.root / "evals" / "parity").mkdir()
    (house.root / "evals" / "parity" / "eval.yaml").touch()
    with pytest.raises(LoopError, match=r'evals/party/eval.yaml is missing; did you mean "parity"'):
        open_eval(house.root, "party")


def test_validate_notes_shared_text_where_the_key_is(house: House) -> None:
    house.held(case("h1", f"so {WORDS} ends", "natural"))
    told = validate(["evals/e/eval.yaml"], root=house.root)
    assert (told.notes, told.problems) == ((), ())
    (house.folder / "held.jsonl").write_bytes(lines(case("h1", f"so {WORDS} ends", "natural")))
    opened = Ground(opened=lambda *_: (house.folder / "held.jsonl").read_bytes())
    report = validate(["evals/e/eval.yaml"], root=house.root, ground=opened)
    assert report.problems == ()
    text = "1 of 1 texts of heldout 0 share a run of 8 units with train"
    assert report.notes == (Problem("evals/e/eval.yaml", 1, text),)
