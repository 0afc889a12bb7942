"""A server that we did not write: `transformers serve` with a tiny chat model."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import openai
import pytest

from runner.core.chat import ChatModel, ChatRequest, Decoding, Message
from runner.lm.build import open_model
from runner.lm.error import LmError
from runner.lm.local import LocalModel
from runner.lm.params import Endpoint

pytestmark = pytest.mark.slow
WAIT_S = 90
NAME = "tests/tiny-chat"
COMMIT = "c0" * 20


def ask(text: str, **drawn: object) -> ChatRequest:
    return ChatRequest(
        messages=(Message(role="user", content=text),),
        decoding=Decoding.model_validate({"max_tokens": 8} | drawn),
    )


@pytest.fixture(scope="module")
def served(tiny_chat: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("hf")
    cached = home / "hub" / f"models--{NAME.replace('/', '--')}"  # it lists what is there
    shutil.copytree(tiny_chat, cached / "snapshots" / COMMIT)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(COMMIT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = "from transformers.cli.transformers import main; main()"
    argv = [sys.executable, "-c", program, "serve", NAME, "--host", "127.0.0.1"]
    environ = {
        **os.environ,
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
    }
    log = home / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*argv, "--port", str(port), "--device", "cpu"],
            env=environ,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        until = time.monotonic() + WAIT_S
        url = f"http://127.0.0.1:{port}"
        while not answers(url):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        yield f"{url}/v1"
    finally:
        server.terminate()
        server.wait(timeout=30)


def answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


@pytest.fixture
def model(served: str, tmp_path: Path) -> Iterator[ChatModel]:
    declared = Endpoint(kind="endpoint", name=NAME, base_url=served, key=None)
    with open_model(declared, folder=tmp_path, environ={}) as model:
        yield model


def test_its_answer_is_that_of_the_same_model_in_this_process(
    model: ChatModel, tiny_chat: Path
) -> None:
    own = LocalModel(tiny_chat, name="tiny", device="cpu")
    for text in ("hello", "No space left on device"):
        theirs, ours = model.complete(ask(text)), own.complete(ask(text))
        assert theirs.text == ours.text
        assert theirs.usage == ours.usage
        assert theirs.finish == ours.finish == "length"
        assert theirs.seconds > 0


def test_it_draws_by_our_seed(model: ChatModel) -> None:
    texts = [model.complete(ask("hello", temperature=1.5, seed=seed)).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


def test_it_stops_where_we_say(model: ChatModel) -> None:
    whole = model.complete(ask("hello")).text
    found = model.complete(ask("hello", stop=(whole[2:4],)))
    assert found.text.startswith(whole[:2])
    assert found.usage.tokens_out < 8


def test_it_lists_its_models(served: str) -> None:
    with openai.OpenAI(api_key="none", base_url=served) as client:
        assert [each.id for each in client.models.list()] == [NAME]


def test_its_refusal_is_one_clear_error(served: str, tmp_path: Path) -> None:
    declared = Endpoint(kind="endpoint", name="no/such-model", base_url=served, key=None, retries=0)
    with (
        open_model(declared, folder=tmp_path, environ={}) as model,
        pytest.raises(LmError) as caught,
    ):
        model.complete(ask("hello"))
    assert str(caught.value).startswith(f"no/such-model at {served}: ")
    assert "\n" not in str(caught.value)
