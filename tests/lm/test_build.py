import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from runner.core.chat import ChatRequest, Message
from runner.core.request import Needs
from runner.lm.build import SCRIPTS, needs_of, open_model
from runner.lm.error import LmError, UnansweredError
from runner.lm.params import Endpoint, Local, Model, Scripted
from runner.lm.rule import Rule
from runner.lm.script import FunctionModel, ScriptedModel
from runner.lm.server import serve

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
        (
            "clerc",
            {},
            'no built-in script "clerc", and no .yaml file of rules; did you mean "clerk',
        ),
        ("chat.yaml", {"a": 1}, "the script chat.yaml takes no parameters, got a"),
        ("chat.yaml", {}, r"the script .*/chat.yaml cannot be read \(No such file"),
    ],
    ids=["unknown", "parameters", "missing"],
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
        (Scripted(kind="scripted", script="rules.yaml"), Needs(files=("rules.yaml",))),
        (Local(kind="local", folder="model"), Needs(files=("model",))),
        (Local(kind="local", folder="/models/small"), Needs()),
        (
            Endpoint(kind="endpoint", name="a"),
            Needs(variables=("OPENAI_API_KEY",), network=("api.openai.com",)),
        ),
        (
            Endpoint(kind="endpoint", name="a", base_url="http://127.0.0.1:8000/v1", key=None),
            Needs(network=("127.0.0.1",)),
        ),
    ],
    ids=["built in", "rules", "beside the eval", "elsewhere", "endpoint", "loopback"],
)
def test_a_model_needs_its_key_and_its_host_and_no_more(declared: Model, needs: Needs) -> None:
    assert needs_of(declared) == needs


def opened(declared: Model, folder: Path, **environ: str) -> str:
    with open_model(declared, folder=folder, environ=environ) as model:
        return model.complete(ASK).text


def test_an_endpoint_answers_with_the_key_that_it_names(tmp_path: Path) -> None:
    with serve(ScriptedModel([Rule(reply="hi")], name="toy"), token="k-12345") as address:
        declared = Endpoint(kind="endpoint", name="toy", base_url=address.url, key="TOY_KEY")
        assert opened(declared, tmp_path, TOY_KEY="k-12345\n") == "hi"
        assert opened(declared, tmp_path, TOY_KEY="k-12345", LOOP_OFFLINE="0") == "hi"
        with pytest.raises(LmError, match=r"Incorrect API key provided. \(401\); check TOY_KEY"):
            opened(declared, tmp_path, TOY_KEY="k-54321")


@pytest.mark.parametrize("environ", [{}, {"TOY_KEY": " "}], ids=["unset", "blank"])
def test_a_key_that_is_not_set_is_told_by_its_name(tmp_path: Path, environ: dict[str, str]) -> None:
    declared = Endpoint(kind="endpoint", name="toy", key="TOY_KEY")
    with pytest.raises(LmError, match="toy needs a key in TOY_KEY, which is not set"):
        opened(declared, tmp_path, **environ)


REFUSED = "LOOP_OFFLINE=1 refuses"
OFFLINE = [
    (
        Endpoint(kind="endpoint", name="toy", key=None),
        f"{REFUSED} the endpoint of toy; use a recorded cassette, or unset LOOP_OFFLINE",
    ),
    (
        Endpoint(kind="endpoint", name="toy", key=None, cassette="toy.jsonl"),
        f"{REFUSED} the endpoint of toy; use a recorded cassette, or unset LOOP_OFFLINE",
    ),
    (
        Local(kind="local", folder="model"),
        f"{REFUSED} the local model model; use a scripted one, or unset LOOP_OFFLINE",
    ),
]


@pytest.mark.parametrize(
    ("declared", "message"), OFFLINE, ids=["endpoint", "nothing-recorded", "local"]
)
def test_offline_only_scripts_and_cassettes_answer(
    tmp_path: Path, declared: Model, message: str
) -> None:
    with pytest.raises(LmError) as caught:
        opened(declared, tmp_path, LOOP_OFFLINE="1")
    assert str(caught.value) == message


def test_what_an_endpoint_said_is_replayed_offline_without_a_key(tmp_path: Path) -> None:
    with serve(ScriptedModel([Rule(reply="hi")], name="toy"), token="k-12345") as address:
        declared = Endpoint(
            kind="endpoint",
            name="toy",
            base_url=address.url,
            key="TOY_KEY",
            cassette="toy.jsonl",
        )
        assert opened(declared, tmp_path, TOY_KEY="k-12345") == "hi"
    assert opened(declared, tmp_path, LOOP_OFFLINE="1") == "hi"
    assert "k-12345" not in (tmp_path / "toy.jsonl").read_text()
    with pytest.raises(UnansweredError):
        opened(declared.model_copy(update={"retries": 0}), tmp_path, TOY_KEY="k-12345")


def test_a_cassette_is_below_the_evals_folder(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"below the eval's folder, got \.\./toy.jsonl"):
        Endpoint(kind="endpoint", name="toy", key=None, cassette="../toy.jsonl")
    unchecked = Endpoint.model_construct(name="toy", key=None, cassette="../toy.jsonl")
    with pytest.raises(LmError, match=r"\.\./toy.jsonl is outside the eval's folder"):
        opened(unchecked, tmp_path)


def test_an_endpoints_answers_are_kept_where_a_cache_is_given(tmp_path: Path) -> None:
    asked: list[ChatRequest] = []

    def answer(request: ChatRequest) -> str:
        asked.append(request)
        return f"answer {len(asked)}"

    def ask(name: str) -> str:
        declared = Endpoint(kind="endpoint", name=name, base_url=address.url, key=None)
        with open_model(declared, folder=tmp_path, environ={}, cache=tmp_path / "c") as model:
            return model.complete(ASK).text

    with serve(FunctionModel(answer, name="toy"), token="") as address:
        assert [ask("toy"), ask("toy")] == ["answer 1", "answer 1"]
    with serve(FunctionModel(answer, name="toy"), token="") as address:
        assert ask("toy") == "answer 2"  # of the same name, at another address
    assert len(asked) == 2


def test_a_scripts_answers_are_never_kept(tmp_path: Path) -> None:
    (tmp_path / "chat.yaml").write_text("rules: [{reply: a, times: 1}, {reply: b}]\n")
    declared = Scripted(kind="scripted", script="chat.yaml")
    with open_model(declared, folder=tmp_path, environ={}, cache=tmp_path / "c") as model:
        assert [model.complete(ASK).text for _ in range(2)] == ["a", "b"]
    assert not (tmp_path / "c").exists()


@pytest.mark.slow
def test_a_folder_answers_in_this_process(tiny_chat: Path, tmp_path: Path) -> None:
    declared = Local(kind="local", folder="tiny", device="cpu")
    (tmp_path / "tiny").symlink_to(tiny_chat)
    texts = []
    for folder in ("tiny", str(tiny_chat)):
        local = declared.model_copy(update={"folder": folder})
        with open_model(local, folder=tmp_path, environ={}, cache=tmp_path / "c") as model:
            assert model.name == folder
            short = ASK.model_copy(
                update={"decoding": ASK.decoding.model_copy(update={"max_tokens": 4})}
            )
            texts.append(model.complete(short).text)
            again = model.complete(short)
            assert (again.text, again.seconds) == (texts[-1], 0)
    assert texts[0] == texts[1]


def test_every_built_in_script_is_there_and_says_what_it_takes(tmp_path: Path) -> None:
    for script in SCRIPTS:
        with open_model(
            Scripted(kind="scripted", script=script), folder=tmp_path, environ={}
        ) as model:
            assert model.name == f"scripted:{script}"
        wrong = Scripted.model_validate(
            {"kind": "scripted", "script": script, "with": {"no_such": 1}}
        )
        with pytest.raises(LmError, match=f"{script}.*no_such"):
            opened(wrong, tmp_path)


IMPORTS = """
import sys
sys.modules["openai"] = None
from pathlib import Path
import runner.lm.build as build
from runner.lm.params import Endpoint
for name in ("torch", "transformers", "httpx2"):
    assert name not in sys.modules, name
try:
    with build.open_model(
        Endpoint(kind="endpoint", name="toy", key=None), folder=Path(), environ={}
    ):
        pass
except build.LmError as err:
    print(err)
"""


def test_a_client_is_imported_only_where_it_is_used_and_missed_by_its_extra() -> None:
    told = subprocess.run(
        [sys.executable, "-c", IMPORTS],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout == ("import of openai halted; None in sys.modules; install git-loop[lm]\n")


@pytest.mark.parametrize("path", ["/etc/x.yaml", "../x.yaml", "a/../../x.yaml", ".", "~/x.yaml"])
def test_a_model_is_made_of_nothing_above_its_eval(path: str) -> None:
    for declared in ({"kind": "scripted", "script": path}, {"kind": "local", "folder": path}):
        if declared["kind"] == "local" and path.startswith("/"):
            continue  # weights may lie anywhere; rules and recordings may not
        with pytest.raises(ValidationError, match="below the eval's folder"):
            TypeAdapter(Model).validate_python(declared)


def test_an_iteration_records_no_answer(tmp_path: Path) -> None:
    with serve(FunctionModel(lambda _: "hi", name="toy"), token="") as address:
        declared = Endpoint(
            kind="endpoint", name="toy", base_url=address.url, key=None, cassette="toy.jsonl"
        )
        assert opened(declared, tmp_path, LOOP_RECORD="0") == "hi"
        assert not (tmp_path / "toy.jsonl").exists()
        assert opened(declared, tmp_path) == "hi"
        assert (tmp_path / "toy.jsonl").exists()
