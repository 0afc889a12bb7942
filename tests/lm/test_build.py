from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from runner.core.request import Needs
from runner.lm.build import needs_of, open_model
from runner.lm.error import LmError
from runner.lm.model import ChatRequest, Message
from runner.lm.params import Endpoint, Local, Model, Scripted

ASK = ChatRequest(messages=(Message(role="user", content="hello"),))


def declare(**what: object) -> Model:
    declared: Model = TypeAdapter(Model).validate_python(what)
    return declared


def test_a_script_beside_the_eval_answers(tmp_path: Path) -> None:
    (tmp_path / "chat.yaml").write_text("rules: [{reply: hi}]\n")
    declared = declare(kind="scripted", script="chat.yaml")
    with open_model(declared, folder=tmp_path, environ={"LOOP_OFFLINE": "1"}) as model:
        assert (model.name, model.complete(ASK).text) == ("scripted:chat.yaml", "hi")


@pytest.mark.parametrize(
    ("script", "with_", "message"),
    [
        ("../chat.yaml", {}, "../chat.yaml is outside the eval's folder; name a file beside"),
        ("/etc/chat.yaml", {}, "/etc/chat.yaml is outside the eval's folder"),
        (
            "clerc",
            {},
            'no built-in script "clerc", and no .yaml file of rules; did you mean "clerk',
        ),
        ("chat.yaml", {"a": 1}, "the script chat.yaml takes no parameters, got a"),
        ("chat.yaml", {}, r"the script .*/chat.yaml cannot be read \(No such file"),
    ],
    ids=["above", "absolute", "unknown", "parameters", "missing"],
)
def test_a_script_that_cannot_be_opened_is_one_clear_error(
    tmp_path: Path, script: str, with_: dict[str, Any], message: str
) -> None:
    declared = declare(kind="scripted", script=script, **{"with": with_})
    with (
        pytest.raises(LmError, match=message),
        open_model(declared, folder=tmp_path, environ={}),
    ):
        pass


@pytest.mark.parametrize(
    ("declared", "needs"),
    [
        (Scripted(kind="scripted", script="clerk"), Needs()),
        (Local(kind="local", folder="model"), Needs()),
        (
            Endpoint(kind="endpoint", name="a"),
            Needs(variables=("OPENAI_API_KEY",), network=("api.openai.com",)),
        ),
        (
            Endpoint(kind="endpoint", name="a", base_url="http://127.0.0.1:8000/v1", key=None),
            Needs(network=("127.0.0.1",)),
        ),
    ],
    ids=["scripted", "local", "endpoint", "loopback"],
)
def test_a_model_needs_its_key_and_its_host_and_no_more(declared: Model, needs: Needs) -> None:
    assert needs_of(declared) == needs
