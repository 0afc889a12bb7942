import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Usage
from runner.lm.cache import CachedModel, Cells, cached
from runner.lm.error import LmError, UnansweredError
from runner.lm.script import FunctionModel


def ask(text: str = "x", **drawn: object) -> ChatRequest:
    decoding = Decoding.model_validate(drawn)
    return ChatRequest(messages=(Message(role="user", content=text),), decoding=decoding)


class Counting:
    """Counts how often it is asked; answers cost and take something."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def complete(self, request: ChatRequest) -> ChatResponse:
        self.asked.append(request.messages[-1].content)
        return ChatResponse(
            text=f"answer {len(self.asked)}",
            usage=Usage(tokens_in=3, tokens_out=2, cached_tokens=1),
            cost_usd=0.5,
            seconds=1.5,
            raw={"id": "c", "n": [1, None, "ä"]},
        )


def test_a_cell_gives_back_what_was_put(tmp_path: Path) -> None:
    cells = Cells(tmp_path / "not" / "yet")
    key = ["prompt", {"b": 1, "a": None}, 0.5]
    assert cells.get(key) is None
    cells.put(key, b"\x00one")
    assert cells.get(["prompt", {"a": None, "b": 1}, 0.5]) == b"\x00one"
    assert cells.get(["prompt", {"a": None, "b": 2}, 0.5]) is None
    cells.put(key, b"")
    assert cells.get(key) == b""


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "folder"])
def test_a_damaged_cell_is_a_miss_and_can_be_put_again(tmp_path: Path, damage: str) -> None:
    cells = Cells(tmp_path)
    cells.put("key", b"content")
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    data = file.read_bytes()
    match damage:
        case "cut":
            file.write_bytes(data[:-1])
        case "flipped":
            file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "empty":
            file.write_bytes(b"")
        case _:
            file.unlink()
            file.mkdir()
    assert cells.get("key") is None
    if damage != "folder":
        cells.put("key", b"content")
        assert cells.get("key") == b"content"


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LmError, match=r"the cache .*file cannot be written \(Not a directory\)"):
        Cells(tmp_path / "file").put("key", b"x")


def test_threads_and_processes_may_put_the_same_cell(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from runner.lm.cache import Cells\n"
        "for n in range(40): Cells(Path(sys.argv[1])).put(n % 4, sys.argv[2].encode() * 5000)"
    )
    argv = [sys.executable, "-c", program, str(tmp_path)]
    writers = [subprocess.Popen([*argv, letter], cwd=Path(__file__).parents[2]) for letter in "ab"]
    seen: set[bytes | None] = set()
    while any(writer.poll() is None for writer in writers):
        seen |= {Cells(tmp_path).get(n) for n in range(4)}
    assert [writer.returncode for writer in writers] == [0, 0]
    seen |= {Cells(tmp_path).get(n) for n in range(4)}
    assert seen - {None} <= {b"a" * 5000, b"b" * 5000}
    assert seen - {None}
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 4


def test_equal_requests_are_asked_once_and_then_cost_nothing(tmp_path: Path) -> None:
    model = Counting()
    first = cached(model, Cells(tmp_path)).complete(ask())
    second = cached(model, Cells(tmp_path)).complete(ask())
    assert (first.cost_usd, first.seconds) == (0.5, 1.5)
    assert second == first.model_copy(update={"cost_usd": 0.0, "seconds": 0.0})
    assert model.asked == ["x"]


def test_requests_that_differ_in_anything_are_asked_apart(tmp_path: Path) -> None:
    model = Counting()
    kept = cached(model, Cells(tmp_path))
    requests = [
        ask(),
        ask("y"),
        ask(max_tokens=5),
        ask(stop=("a",)),
        ask(temperature=0.5, seed=1),
        ask(temperature=0.5, seed=2),
    ]
    texts = [kept.complete(each).text for each in requests]
    assert len(set(texts)) == len(requests)
    assert [kept.complete(each).text for each in requests] == texts


def test_models_of_one_name_are_told_apart_by_their_identity(tmp_path: Path) -> None:
    model = Counting()
    for identity in (["endpoint", "a"], ["endpoint", "b"], ["endpoint", "a"]):
        CachedModel(model, Cells(tmp_path), identity=identity).complete(ask())
    assert len(model.asked) == 2


def test_what_is_drawn_without_a_seed_is_drawn_anew(tmp_path: Path) -> None:
    model = Counting()
    kept = cached(model, Cells(tmp_path))
    texts = [kept.complete(ask(temperature=1)).text for _ in range(2)]
    assert texts == ["answer 1", "answer 2"]
    assert list(tmp_path.iterdir()) == []


def test_a_cell_that_is_no_answer_is_asked_again(tmp_path: Path) -> None:
    model = Counting()
    cells = Cells(tmp_path)
    cells.put([model.name, None, ask().model_dump(mode="json")], b"{}")
    assert cached(model, cells).complete(ask()).text == "answer 1"
    assert cached(model, cells).complete(ask()).text == "answer 1"


def test_an_error_is_not_kept(tmp_path: Path) -> None:
    failures = iter([UnansweredError("not now")])

    def answer(request: ChatRequest) -> str:
        for error in failures:
            raise error
        return "now"

    kept = cached(FunctionModel(answer), Cells(tmp_path))
    with pytest.raises(UnansweredError, match="not now"):
        kept.complete(ask())
    assert kept.complete(ask()).text == "now"


def test_threads_that_ask_the_same_at_once_ask_once(tmp_path: Path) -> None:
    begun, go = threading.Event(), threading.Event()
    asked: list[str] = []

    def answer(request: ChatRequest) -> str:
        asked.append(request.messages[-1].content)
        begun.set()
        assert go.wait(timeout=10)
        return "slow"

    kept = cached(FunctionModel(answer), Cells(tmp_path))
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(kept.complete(ask()).text)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert begun.wait(timeout=10)
    go.set()
    for thread in threads:
        thread.join()
    assert (asked, texts) == (["x"], ["slow"] * 4)
