import json
import shutil
import threading
from pathlib import Path

import pytest
import torch

from runner.core.chat import ChatRequest, ChatResponse, Decoding, Message, Tool, ToolCall
from runner.lm.error import LmError, UnansweredError
from runner.lm.local import LocalModel

pytestmark = pytest.mark.slow  # the first of them waits for transformers


@pytest.fixture(scope="module")
def model(tiny_chat: Path) -> LocalModel:
    return LocalModel(tiny_chat, name="tiny", device="cpu")


def ask(text: str = "hello", **drawn: object) -> ChatRequest:
    return ChatRequest(
        messages=(Message(role="user", content=text),),
        decoding=Decoding.model_validate({"max_tokens": 12} | drawn),
    )


def without_time(response: ChatResponse) -> ChatResponse:
    assert response.seconds > 0
    return response.model_copy(update={"seconds": 0})


def test_tokens_are_counted_by_the_models_own_tokenizer(model: LocalModel) -> None:
    found = model.complete(ask("hello"))
    assert found.usage.tokens_in == len("hello") + 3  # <user> hello <end> <assistant>
    assert found.usage.tokens_out == 12
    assert (found.finish, found.model, found.cost_usd) == ("length", "tiny", 0)


def test_greedy_answers_are_the_same_every_time(model: LocalModel) -> None:
    first = without_time(model.complete(ask()))
    torch.manual_seed(99)
    assert without_time(model.complete(ask(seed=1))) == first
    assert without_time(model.complete(ask("other"))) != first


def test_a_seed_draws_the_same_answer_and_another_seed_another(model: LocalModel) -> None:
    texts = [model.complete(ask(temperature=1.5, seed=seed)).text for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert texts[0] != model.complete(ask()).text


def test_a_seed_leaves_everybody_elses_randomness_alone(model: LocalModel) -> None:
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    model.complete(ask(temperature=1.0, seed=1))
    assert torch.rand(1) == expected


def test_a_narrow_nucleus_is_as_good_as_greedy(model: LocalModel) -> None:
    drawn = model.complete(ask(temperature=1.0, top_p=1e-6, seed=3))
    assert drawn.text == model.complete(ask()).text


def test_an_answer_ends_before_its_stop_string(model: LocalModel) -> None:
    whole = model.complete(ask()).text
    stop = whole[3:5]
    found = model.complete(ask(stop=("never to be seen", stop)))
    assert found.text == whole[: whole.index(stop)]
    assert found.finish == "stop"
    assert found.usage.tokens_out < 12


def test_an_answer_that_ends_by_itself_says_so(tiny_chat: Path, tmp_path: Path) -> None:
    folder = tmp_path / "brief"
    shutil.copytree(tiny_chat, folder)
    brief = LocalModel(folder, name="brief", device="cpu")
    first = brief._loaded.tokenizer(brief.complete(ask(max_tokens=1)).text)["input_ids"][0]
    config = json.loads((folder / "generation_config.json").read_text())
    ends = json.dumps(config | {"eos_token_id": [first, 1]})
    (folder / "generation_config.json").write_text(ends)
    brief = LocalModel(folder, name="brief", device="cpu")
    found = brief.complete(ask())
    assert (found.finish, found.usage.tokens_out) == ("stop", 1)


def test_threads_are_answered_as_if_they_were_alone(model: LocalModel) -> None:
    requests = [ask(f"text {seed}", temperature=1.2, seed=seed) for seed in range(6)]
    alone = [model.complete(each).text for each in requests]
    found: dict[int, str] = {}

    def work(index: int) -> None:
        found[index] = model.complete(requests[index]).text

    threads = [threading.Thread(target=work, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[index] for index in range(6)] == alone


def test_a_request_beyond_the_window_is_unanswered(model: LocalModel) -> None:
    with pytest.raises(UnansweredError) as caught:
        model.complete(ask("x" * 250))
    assert str(caught.value) == (
        "tiny: 253 tokens and max_tokens 12 are more than the model's window of 256"
    )


def test_tools_are_refused_where_the_template_knows_of_none(model: LocalModel) -> None:
    request = ask().model_copy(update={"tools": (Tool(name="look"),)})
    with pytest.raises(LmError, match="tiny calls no tools: its chat template names none; serve"):
        model.complete(request)


def test_a_model_that_calls_tools_is_heard_and_told(tiny_caller: Path) -> None:
    model = LocalModel(tiny_caller, name="caller", device="cpu")
    asked = ChatRequest(
        messages=(Message(role="user", content="go"),),
        tools=(Tool(name="look"),),
        decoding=Decoding(max_tokens=80),
    )
    called = model.complete(asked)
    call = ToolCall(id="call_0", name="look", arguments='{"at": "</tool_call>"}')
    assert (called.text, called.tool_calls, called.finish) == ("", (call,), "tool_calls")
    said = Message(role="assistant", content="", tool_calls=(call,))
    told = Message(role="tool", content="seen", tool_call_id="call_0")
    after = asked.model_copy(update={"messages": (*asked.messages, said, told)})
    done = model.complete(after)
    assert (done.text, done.tool_calls, done.finish) == ("Done.", (), "stop")


def test_an_answer_without_tools_leaves_marks_of_calls_in_its_text(tiny_caller: Path) -> None:
    found = LocalModel(tiny_caller, name="caller", device="cpu").complete(ask("go", max_tokens=80))
    assert found.text.startswith('<tool_call>\n{"name": "look"')
    assert found.tool_calls == ()


def copied(tiny_chat: Path, tmp_path: Path) -> Path:
    shutil.copytree(tiny_chat, tmp_path / "copy")
    return tmp_path / "copy"


def test_a_folder_without_a_chat_template_is_one_clear_error(
    tiny_chat: Path, tmp_path: Path
) -> None:
    folder = copied(tiny_chat, tmp_path)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(LmError, match=r"the tokenizer in .*copy has no chat template"):
        LocalModel(folder, name="x", device="cpu")


def test_a_template_that_refuses_the_messages_is_one_clear_error(
    tiny_chat: Path, tmp_path: Path
) -> None:
    folder = copied(tiny_chat, tmp_path)
    (folder / "chat_template.jinja").write_text("{{ raise_exception('no system role') }}")
    model = LocalModel(folder, name="x", device="cpu")
    with pytest.raises(LmError, match="the chat template of x refuses the messages: no system"):
        model.complete(ask())


def test_a_folder_that_is_not_there_or_damaged_is_one_clear_error(
    tiny_chat: Path, tmp_path: Path
) -> None:
    with pytest.raises(LmError, match=r"none is no model folder; expected a config.json in it"):
        LocalModel(tmp_path / "none", name="x")
    folder = copied(tiny_chat, tmp_path)
    (folder / "model.safetensors").write_bytes(b"damaged")
    with pytest.raises(LmError, match=r"the model .*copy cannot be loaded: "):
        LocalModel(folder, name="x", device="cpu")
    with pytest.raises(LmError, match='no device "tpu9"; expected auto, cpu, cuda or cuda:<n>'):
        LocalModel(tiny_chat, name="x", device="tpu9")
