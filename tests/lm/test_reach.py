"""A model that is not there is told before anything is asked."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.lm.error import LmError
from runner.lm.params import Endpoint, Local, Scripted
from runner.lm.reach import require_there


@pytest.fixture
def port() -> Iterator[int]:
    """A port of this machine that takes connections, and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def endpoint(port: int, **more: str | None) -> Endpoint:
    return Endpoint.model_validate(
        {"kind": "endpoint", "name": "m", "base_url": f"http://127.0.0.1:{port}/v1", "key": None}
        | more
    )


def test_whoever_takes_a_connection_is_there_and_asked_nothing(port: int, tmp_path: Path) -> None:
    require_there(endpoint(port), folder=tmp_path, environ={})
    with pytest.raises(LmError, match="m needs a key in NO_KEY, which is not set"):
        require_there(endpoint(port, key="NO_KEY"), folder=tmp_path, environ={})


def test_an_address_where_nobody_listens_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    with pytest.raises(LmError, match=f"^m at http://127.0.0.1:{free}/v1: no connection .*refused"):
        require_there(endpoint(free), folder=tmp_path, environ={})


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    declared = Local(kind="local", folder="/no/such")
    with pytest.raises(LmError, match="/no/such is no model folder; expected"):
        require_there(declared, folder=tmp_path, environ={})
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").touch()
    require_there(Local(kind="local", folder="model"), folder=tmp_path, environ={})
    with pytest.raises(LmError, match="LOOP_OFFLINE=1 refuses the local model model"):
        require_there(
            declared.model_copy(update={"folder": "model"}),
            folder=tmp_path,
            environ={"LOOP_OFFLINE": "1"},
        )


def test_offline_nothing_is_connected_to(port: int, tmp_path: Path) -> None:
    with pytest.raises(LmError, match="LOOP_OFFLINE=1 refuses the endpoint of m"):
        require_there(endpoint(port), folder=tmp_path, environ={"LOOP_OFFLINE": "1"})


def test_a_script_with_mistakes_is_told(tmp_path: Path) -> None:
    with pytest.raises(LmError, match='no built-in script "clark"'):
        require_there(Scripted(kind="scripted", script="clark"), folder=tmp_path, environ={})
