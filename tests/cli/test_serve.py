"""`git-loop serve`: a model behind OpenAI's API, for agents that are started by hand."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runner.cli.main import main

RULES = "rules: [{match: {user: ping}, reply: pong}, {reply: what}]\n"


@pytest.mark.slow
def test_an_agent_asks_the_model_until_it_is_interrupted(tmp_path: Path) -> None:
    from openai import OpenAI  # noqa: PLC0415 - a second that other tests need not pay

    (tmp_path / "rules.yaml").write_text(RULES)
    with subprocess.Popen(
        [sys.executable, "-m", "runner.cli", "serve", "scripted:rules.yaml", "--json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        at = json.loads(process.stdout.readline())
        with OpenAI(base_url=at["url"], api_key=at["key"], max_retries=0) as client:
            asked = [{"role": "user", "content": "ping"}]
            answer = client.chat.completions.create(model=at["model"], messages=asked)  # type: ignore[arg-type]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
    assert answer.choices[0].message.content == "pong"
    assert at["url"].startswith("http://127.0.0.1:")


def test_a_model_that_cannot_be_served_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "scripted:none.yaml"]) == 1
    assert "none.yaml cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_is_none_is_one_clear_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    port: str,
) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "scripted:rules.yaml", f"--port={port}"]) == 1
    assert f"port {port} cannot be served (expected 0 to 65535)" in capsys.readouterr().err
