"""What holds for any answer."""

import json
import random
import time
from collections.abc import Mapping

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from runner.core.chat import ToolCall
from runner.harness.params import Tags
from runner.harness.tag.parse import parse
from runner.harness.tag.said import Called, Done, Nothing, Unreadable

PIECES = [
    *(
        f"<{slash}{name}>"
        for name in ("bash", "read", "write", "edit", "done")
        for slash in ("", "/")
    ),
    *("<old>", "</old>", "<new>", "</new>", "```", "```py", "`", "\n", " ", "a.py", ":1-2", '"'),
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=30).map("".join)
SWITCHES = st.builds(
    Tags,
    line_ranges=st.booleans(),
    edit=st.booleans(),
    fuzzy=st.booleans(),
    strip_fences=st.booleans(),
)
PATHS = st.from_regex(r"[a-z_/]{1,9}\.py", fullmatch=True)
PLAIN = st.text(max_size=200).filter(lambda text: "<" not in text)
CALLS = st.one_of(
    st.builds(lambda path: ("read", {"path": path}), PATHS),
    st.builds(lambda path, content: ("write", {"path": path, "content": content}), PATHS, PLAIN),
    st.builds(
        lambda path, old, new: ("edit", {"path": path, "old": old, "new": new}), PATHS, PLAIN, PLAIN
    ),
    st.builds(lambda command: ("bash", {"command": f"!{command}"}), PLAIN),
    st.builds(lambda text: ("done", {"text": text.strip()}), PLAIN),
)
BARE = Tags(edit=True, line_ranges=True)


def render(name: str, arguments: Mapping[str, object]) -> str:
    """Write a call as agents do; nothing is escaped, since the protocol has no escapes."""
    given = {key: arguments.get(key, "") for key in ("path", "command", "content", "text")}
    match name:
        case "bash":
            return f"<bash>{given['command']}</bash>"
        case "read":
            return f"<read>{given['path']}</read>"
        case "write":
            return f"<write>{given['path']}\n{given['content']}</write>"
        case "edit":
            old, new = (arguments.get(key, "") for key in ("old", "new"))
            passages = f"<old>\n{old}</old>\n<new>\n{new}</new>"
            return f"<edit>{given['path']}\n{passages}\n</edit>"
        case _:
            return f"<done>{given['text']}</done>"


@given(CALLS)
def test_a_call_without_tags_in_it_is_read_back_as_it_was_written(
    call: tuple[str, dict[str, object]],
) -> None:
    name, arguments = call
    found = parse(render(name, arguments), BARE, call_id="c")
    if name == "done":
        assert found == Done(str(arguments["text"]))
    else:
        written = json.dumps(arguments, ensure_ascii=False)
        assert isinstance(found, Called)
        assert found.call == ToolCall(id="c", name=name, arguments=written)


@given(PATHS, TEXTS)
@example("a.py", "</write><read>`<write>`")
def test_a_file_is_written_as_it_stands_or_not_at_all(path: str, content: str) -> None:
    found = parse(f"<write>{path}\n{content}\n</write>", BARE)
    assert isinstance(found, Called | Unreadable)
    if isinstance(found, Called) and not found.more:
        assert json.loads(found.call.arguments) == {"path": path, "content": f"{content}\n"}


@given(TEXTS, SWITCHES)
def test_no_answer_raises_and_only_a_blank_one_is_nothing(text: str, tags: Tags) -> None:
    found = parse(text, tags)
    assert isinstance(found, Nothing) == (not text.strip())
    if isinstance(found, Called):
        assert isinstance(json.loads(found.call.arguments), dict)
        assert "\n" not in found.about


@given(TEXTS)
def test_words_before_a_call_on_a_line_of_its_own_change_nothing(words: str) -> None:
    assume("<" not in words and "`" not in words)
    call = "<write>a.py\nx\n</write>"
    assert parse(f"{words}\n{call}", BARE) == parse(call, BARE)


def mutated(text: str, chance: random.Random) -> str:
    """Return a text with a few pieces cut out, doubled, moved or put in."""
    for _ in range(chance.randint(1, 6)):
        at, to = sorted(chance.randint(0, len(text)) for _ in range(2))
        put = chance.choice(
            [chance.choice(PIECES), text[at:to], chr(chance.randint(0, 0xD7FF)), ""]
        )
        text = text[:at] + put + text[chance.choice([at, to]) :]
    return text


VALID = [
    "<read>src/a.py:1-20</read>",
    "<bash>python -m pytest -q</bash>",
    "Now I fix it.\n<write>src/a.py\ndef f():\n    return '<done>'\n</write>",
    "```xml\n<edit>a.py\n<old>\nx = 1\n</old>\n<new>\nx = 2\n</new>\n</edit>\n```",
    "<done>fixed</done>",
]


def test_ten_thousand_spoilt_answers_are_read_without_a_crash() -> None:
    chance = random.Random(7)
    kinds: dict[str, int] = {}
    for number in range(10_000):
        text = mutated(VALID[number % len(VALID)], chance)
        tags = Tags(
            edit=chance.random() < 0.5,
            line_ranges=chance.random() < 0.5,
            strip_fences=chance.random() < 0.5,
        )
        kind = type(parse(text, tags)).__name__
        kinds[kind] = kinds.get(kind, 0) + 1
    assert sum(kinds.values()) == 10_000
    assert min(kinds["Called"], kinds["Done"], kinds["Unreadable"]) > 300


@pytest.mark.parametrize(
    "text",
    [
        "<write>" * 14_000,
        "<write>a\n" + "</write>" * 12_000,
        "<write>a\n</write>\n" * 6_000,
        "<write>a\n" + "</write>``````" * 8_000 + "x",
        "<write>a\n" + "</write>" + " " * 100_000 + "x",
        "<read>a</read>" + "<write>" * 14_000,
        "<read>a</read>" + "<bash></write>" * 7_000,
        "<edit>a\n<old>" + "</old>   " * 11_000 + "</new></edit>",
        "<edit>a\n<old>" + "</old>" + " " * 100_000 + "</new></edit>",
        "`" * 100_000 + "<read>a</read>",
        "<write>a\n" + "```\n" * 25_000 + "</write>",
        "<read>" + ":1" * 50_000 + "</read>",
        "<read>" + "\n" * 100_000 + "</read>",
    ],
    ids=range(13),
)
def test_a_hundred_kilobytes_of_anything_take_no_time(text: str) -> None:
    since = time.process_time()
    parse(text, Tags(edit=True, line_ranges=True, strip_fences=True))
    assert time.process_time() - since < 3  # 0.04 s, and now and then a collection of garbage
