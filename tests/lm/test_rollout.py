import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from runner.core.chat import (
    ChatRequest,
    ChatResponse,
    Decoding,
    Message,
    Tool,
    ToolCall,
    Unanswered,
)
from runner.lm.error import LmError
from runner.lm.rollout import Rollouts
from runner.lm.template import Template

pytestmark = pytest.mark.slow  # the first of them waits for transformers

WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "a",
    "lazy",
    "dog",
    "while",
    "nobody",
    "looks",
]


def start(text: str, **drawn: object) -> ChatRequest:
    return ChatRequest(
        messages=(Message(role="user", content=text),),
        decoding=Decoding.model_validate({"max_tokens": 9} | drawn),
    )


@dataclass
class Office:
    """Answers each conversation with texts of unlike length, a number of times of its own."""

    turns: int = 4
    answers: dict[int, list[ChatResponse | Unanswered]] = field(default_factory=dict)

    def reply(self, number: int, answer: ChatResponse | Unanswered) -> Sequence[Message]:
        heard = self.answers.setdefault(number, [])
        heard.append(answer)
        return self.told(number, len(heard)) if len(heard) <= (number * 7) % self.turns else ()

    def told(self, number: int, turn: int) -> list[Message]:
        drawn = random.Random(number * 31 + turn)
        return [
            Message(role="tool", content=" ".join(drawn.choices(WORDS, k=drawn.randint(1, 6))))
            for _ in range(drawn.randint(1, 2))
        ]


def played(model: Rollouts, starts: Sequence[ChatRequest], **office: int) -> Office:
    found = Office(**office)
    model.play(starts, found.reply)
    return found


def ragged(count: int, **drawn: object) -> list[ChatRequest]:
    texts = random.Random(4)
    return [
        start(" ".join(texts.choices(WORDS, k=1 + n % 5)), **({"seed": n} | drawn))
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def model(tiny_agent: Path) -> Rollouts:
    return Rollouts(tiny_agent, name="tiny", device="cpu", batch=5)


@dataclass(frozen=True)
class Naive:
    """Holds one conversation as most do: `generate` anew from the first token, turn by turn."""

    tokenizer: Any
    model: Any

    def answers(self, request: ChatRequest, number: int, *, turns: int) -> list[tuple[str, int]]:
        office = Office(turns=turns)
        tokens = self.read(f"<user>{request.messages[0].content}<end><assistant>")
        found = []
        for turn in range(1, 2 + (number * 7) % turns):
            most = request.decoding.max_tokens
            asked = torch.tensor([tokens])
            with torch.inference_mode():
                out = self.model.generate(
                    asked,
                    attention_mask=torch.ones_like(asked),
                    max_new_tokens=most,
                    do_sample=False,
                )
            new = out[0, len(tokens) :].tolist()
            said = new[:-1] if new[-1] in self.model.generation_config.eos_token_id else new
            found.append((self.tokenizer.decode(said, skip_special_tokens=True), len(new)))
            told = "".join(f"<tool>{each.content}<end>" for each in office.told(number, turn))
            tokens += [*said, *self.read(f"<end>{told}<assistant>")]
        return found

    def read(self, text: str) -> list[int]:
        found: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return found


@pytest.fixture(scope="module")
def naive(tiny_agent: Path) -> Naive:
    model = AutoModelForCausalLM.from_pretrained(tiny_agent).eval()
    return Naive(AutoTokenizer.from_pretrained(tiny_agent), model)


def in_short(office: Office) -> dict[int, list[tuple[str, int]]]:
    return {
        number: [(each.text, each.usage.tokens_out) for each in answers]
        for number, answers in office.answers.items()
    }


@pytest.mark.parametrize("batch", [1, 5, 64])
def test_greedy_answers_are_those_of_one_conversation_after_the_other(
    tiny_agent: Path, naive: Naive, batch: int
) -> None:
    starts = ragged(13)
    office = played(Rollouts(tiny_agent, name="tiny", device="cpu", batch=batch), starts)
    wanted = {n: naive.answers(each, n, turns=4) for n, each in enumerate(starts)}
    assert in_short(office) == wanted
    finishes = {each.finish for answers in office.answers.values() for each in answers}
    assert finishes == {"stop", "length"}


def test_conversations_of_very_unlike_length_do_not_disturb_one_another(
    tiny_agent: Path, naive: Naive
) -> None:
    texts = random.Random(8)
    starts = [
        start(" ".join(texts.choices(WORDS, k=1 + n * 7 % 43)), max_tokens=20) for n in range(20)
    ]
    wanted = {n: naive.answers(each, n, turns=3) for n, each in enumerate(starts)}
    longest = max(len(each.messages[0].content) for each in starts)
    assert longest > 150  # tokens, so that some share a region and some do not
    office = played(Rollouts(tiny_agent, name="tiny", device="cpu", batch=9), starts, turns=3)
    assert in_short(office) == wanted


@pytest.mark.parametrize("top_p", [None, 0.8])
def test_a_drawn_conversation_is_the_same_alone_and_among_others(
    tiny_agent: Path, top_p: float | None
) -> None:
    starts = ragged(12, temperature=1.0, top_p=top_p)
    together = in_short(played(Rollouts(tiny_agent, name="x", device="cpu", batch=7), starts))
    model = Rollouts(tiny_agent, name="x", device="cpu", batch=1)
    for number in (3, 5):
        alone: list[ChatResponse | Unanswered] = []

        def reply(
            _: int,
            answer: ChatResponse | Unanswered,
            number: int = number,
            alone: list[ChatResponse | Unanswered] = alone,
        ) -> Sequence[Message]:
            alone.append(answer)
            return Office().told(number, len(alone)) if len(alone) <= (number * 7) % 4 else ()

        model.play([starts[number]], reply)
        assert [(each.text, each.usage.tokens_out) for each in alone] == together[number]


def test_seeds_draw_apart_and_a_seed_the_same(model: Rollouts) -> None:
    starts = [start("the fox", temperature=1.0, seed=seed) for seed in (1, 1, 2)]
    (first, same, other), again = (
        [answers[0].text for _, answers in sorted(played(model, starts, turns=1).answers.items())]
        for _ in range(2)
    )
    assert first == same != other
    assert again == [first, same, other]


def test_greedy_and_drawn_conversations_share_a_batch(model: Rollouts) -> None:
    cold = in_short(played(model, ragged(4), turns=1))
    mixed = [each if n % 2 else start("hot", temperature=2.0, seed=n)
             for n, each in enumerate(ragged(4))]  # fmt: skip
    found = in_short(played(model, mixed, turns=1))
    assert {n: found[n] for n in (1, 3)} == {n: cold[n] for n in (1, 3)}


def test_tokens_are_counted_by_conversation(model: Rollouts, naive: Naive) -> None:
    office = played(model, [start("the fox", max_tokens=3)] * 2)  # the second is told once or more
    first, *later = office.answers[1]
    assert isinstance(first, ChatResponse)
    assert (first.usage.tokens_in, first.usage.cached_tokens) == (len("the fox") + 3, 0)
    assert first.model == "tiny"
    assert first.seconds > 0
    before = first.usage
    for turn, each in enumerate(later, start=1):
        assert isinstance(each, ChatResponse)
        told = "".join(f"<tool>{said.content}<end>" for said in office.told(1, turn))
        follow = len(naive.read(f"<end>{told}<assistant>"))
        ended = office.answers[1][turn - 1].finish == "stop"
        assert each.usage.tokens_in == before.tokens_in + before.tokens_out - ended + follow
        assert each.usage.cached_tokens == before.tokens_in + before.tokens_out - 1
        before = each.usage
    assert len(later) == 3


def test_an_answer_that_is_cut_off_says_so(model: Rollouts) -> None:
    whole = played(model, [start("fox", max_tokens=300)], turns=1).answers[0][0]
    assert isinstance(whole, ChatResponse)
    assert whole.finish == "stop"
    short = start("fox", max_tokens=whole.usage.tokens_out - 1)
    cut = played(model, [short], turns=1).answers[0][0]
    assert isinstance(cut, ChatResponse)
    assert (cut.finish, cut.usage.tokens_out) == ("length", whole.usage.tokens_out - 1)
    assert whole.text.startswith(cut.text)


def test_an_answer_ends_before_its_stop_string(model: Rollouts) -> None:
    whole = played(model, [start("fox", max_tokens=300)], turns=1).answers[0][0]
    assert isinstance(whole, ChatResponse)
    stop = next(each for each in whole.text if each.isascii())
    asked = start("fox", max_tokens=300, stop=("never to be seen", stop))
    found = played(model, [asked], turns=1).answers[0][0]
    assert isinstance(found, ChatResponse)
    assert (found.text, found.finish) == (whole.text[: whole.text.index(stop)], "stop")


def test_a_conversation_that_outgrows_the_window_is_told_apart(model: Rollouts) -> None:
    long = start("x" * 318)  # with three marks of the template, one more than the window
    fits = start("x" * 317)
    office = played(model, [long, fits, start("fox")], turns=1)
    text = "tiny: 321 tokens are more than the model's window of 320"
    outgrown = [Unanswered(error=text, window=True)]
    assert office.answers[0] == office.answers[1] == outgrown
    assert isinstance(office.answers[2][0], ChatResponse)


def test_what_is_told_may_outgrow_the_window(model: Rollouts) -> None:
    heard: list[ChatResponse | Unanswered] = []

    def reply(_: int, answer: ChatResponse | Unanswered) -> Sequence[Message]:
        heard.append(answer)
        return [Message(role="tool", content="x" * 400)]

    model.play([start("fox")], reply)
    assert isinstance(heard[0], ChatResponse)
    assert isinstance(heard[1], Unanswered)
    assert heard[1].window
    assert len(heard) == 2


def test_no_conversations_are_no_work(model: Rollouts) -> None:
    assert played(model, []).answers == {}


def test_calls_are_read_and_their_ids_go_on(tiny_caller: Path) -> None:
    model = Rollouts(tiny_caller, name="caller", device="cpu")
    heard: dict[int, list[ChatResponse | Unanswered]] = {0: [], 1: []}

    def reply(number: int, answer: ChatResponse | Unanswered) -> Sequence[Message]:
        heard[number].append(answer)
        assert isinstance(answer, ChatResponse)
        return [
            Message(role="tool", content="seen", tool_call_id=each.id) for each in answer.tool_calls
        ]

    asked = start("go", max_tokens=80).model_copy(update={"tools": (Tool(name="look"),)})
    model.play([asked, start("go", max_tokens=80)], reply)
    called, done = heard[0]
    assert isinstance(called, ChatResponse)
    assert isinstance(done, ChatResponse)
    call = ToolCall(id="call_0", name="look", arguments='{"at": "</tool_call>"}')
    assert (called.text, called.tool_calls, called.finish) == ("", (call,), "tool_calls")
    assert (done.text, done.tool_calls, done.finish) == ("Done.", (), "stop")
    (plain,) = heard[1]
    assert isinstance(plain, ChatResponse)
    assert (plain.tool_calls, plain.finish) == ((), "stop")
    assert plain.text.startswith("<tool_call>")


def copied(folder: Path, tmp_path: Path) -> Path:
    shutil.copytree(folder, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        pytest.param(
            "{% for m in messages[-2:] %}<{{ m.role }}>{{ m.content }}{% endfor %}",
            "the chat template of x rewrites earlier turns, so that rollouts cannot go on from "
            "their tokens; serve the model and declare an endpoint instead",
            id="forgets",
        ),
        pytest.param(
            "{% for m in messages %}<{{ m.role }}>"
            "{% if m.role == 'assistant' and loop.index > messages | length - 3 %}!{% endif %}"
            "{{ m.content }}<end>{% endfor %}<assistant>",
            "the chat template of x rewrites earlier turns",
            id="marks the latest answer",
        ),
        pytest.param("{{ raise_exception('no tools') }}",
                     "the chat template of x refuses the messages: no tools", id="raises"),
    ],
)  # fmt: skip
def test_a_template_that_is_not_append_only_is_refused(
    tiny_agent: Path, tmp_path: Path, template: str, said: str
) -> None:
    folder = copied(tiny_agent, tmp_path)
    (folder / "chat_template.jinja").write_text(template)
    with pytest.raises(LmError, match=said):
        Rollouts(folder, name="x", device="cpu")


@pytest.mark.parametrize("tells", [True, False])
def test_a_model_is_told_of_tools_by_a_template_that_tells_of_them(
    tiny_agent: Path, tmp_path: Path, *, tells: bool
) -> None:
    folder = copied(tiny_agent, tmp_path)
    head = (
        "{% for t in tools or [] %}<{{ t.function.name }}>{% endfor %}" if tells else "{# tool #}"
    )
    says = "{% for m in messages %}<{{ m.role }}>{{ m.content }}<end>{% endfor %}"
    (folder / "chat_template.jinja").write_text(head + says)
    template = Template(AutoTokenizer.from_pretrained(folder), name="x")
    messages, tools = start("go").messages, (Tool(name="look"), Tool(name="find"))
    silent, told = template.prompt(messages, ()), template.prompt(messages, tools)

    assert (told == silent) is not tells
    assert template.prompt(messages, tools) == told
    assert (template.prompt(messages, tools[:1]) in (silent, told)) is not tells


def test_tools_are_refused_where_the_template_knows_of_none(tiny_chat: Path) -> None:
    model = Rollouts(tiny_chat, name="x", device="cpu")
    asked = start("go").model_copy(update={"tools": (Tool(name="look"),)})
    with pytest.raises(LmError, match="x calls no tools: its chat template names none; serve it"):
        model.play([asked], lambda *_: ())


def test_a_model_with_other_layers_than_full_attention_is_refused(
    tiny_agent: Path, tmp_path: Path
) -> None:
    folder = copied(tiny_agent, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "use_sliding_window": True,
        "sliding_window": 8,
        "max_window_layers": 0,
        "layer_types": ["sliding_attention"] * 2,
    }
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(LmError, match="rollouts need full attention in every layer, found Dynamic"):
        Rollouts(folder, name="x", device="cpu")


def test_torchs_threads_are_left_as_they_were(model: Rollouts) -> None:
    torch.set_num_threads(2)
    try:
        seen = []
        model.play([start("fox")], lambda *_: seen.append(torch.get_num_threads()) or ())  # type: ignore[func-returns-value]
        assert (seen, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(1)
