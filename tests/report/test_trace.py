"""What a person reads of a trace: all of it, once, and nothing that acts on a terminal."""

from runner.core.score import CaseScore
from runner.report.trace import CUT, Line, conversation, outcome
from runner.trace.file import Trace
from runner.trace.span import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    SEED,
    Span,
    chat,
    message,
    tool,
    verdict_span,
)

ASKED = [message("system", "be brief\nand kind"), message("user", "why?")]
CALLING = {
    "role": "assistant",
    "parts": [{"type": "tool_call", "id": "1", "name": "ls", "arguments": {"path": "."}}],
}
CAME = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "1", "response": "a b"}]}
ANSWER = message("assistant", '{"retry": true}', reasoning="it may pass")


def text(*spans: Span, whole: bool = True) -> str:
    lines = conversation(Trace(spans, whole=whole))
    return "\n".join(line.text if line.kind == "heading" else f"  {line.text}" for line in lines)


def test_a_conversation_is_shown_whole_and_each_message_once() -> None:
    spans = (
        chat("m", asked=ASKED, answered=[CALLING], more={SEED: 3}),
        tool("ls", arguments={"path": "."}, result="a b"),
        chat(
            "m",
            asked=[*ASKED, CALLING, CAME],
            answered=[ANSWER],
            more={INPUT_TOKENS: 90, OUTPUT_TOKENS: 12},
            seconds=0.25,
        ),
        verdict_span(CaseScore(case="t17", metrics={"agreement": 1 / 3}), correction="so"),
    )
    shown = text(*spans)
    assert shown.startswith(
        "-- chat m\n"
        "system:\n"
        "  be brief\n"
        "  and kind\n"
        "user:\n"
        "  why?\n"
        "assistant calls ls:\n"
        "  {\n"
        '    "path": "."\n'
        "  }\n"
        "  gen_ai.request.seed: 3\n"
        "-- execute_tool ls\n"
    )
    assert (
        "-- chat m\n"
        "  (3 messages as above)\n"
        "tool answers:\n"
        "  a b\n"
        "assistant, reasoning:\n"
        "  it may pass\n"
        "assistant:\n"
        '  {"retry": true}\n'
        "usage: 90 tokens in, 12 out, 0.25 s\n"
        "-- verdict\n"
        "scores: agreement 0.333333\n"
        "correction:\n"
        "  so\n"
    ) in shown
    assert shown.count("why?") == 1


def test_a_changed_history_is_shown_again_from_where_it_changed() -> None:
    other = [ASKED[0], message("user", "how?")]
    spans = (chat("m", asked=ASKED, answered=[]), chat("m", asked=other, answered=[]))
    shown = text(*spans)
    assert shown.endswith("-- chat m\n  (1 message as above)\nuser:\n  how?")


def test_long_text_is_never_cut() -> None:
    long = "\n".join(f"line {n} {'x' * 500}" for n in range(300))
    assert long.replace("\n", "\n  ") in text(chat("m", asked=[message("user", long)], answered=[]))


def test_foreign_text_neither_acts_nor_poses_as_a_heading() -> None:
    said = "\x1b[2Jred\x07\r\n-- verdict\nscores: agreement 1\u202e\ud800"
    lines = list(
        conversation(Trace((chat("m", asked=[message("user", said)], answered=[]),), whole=True))
    )
    assert [line.text for line in lines if line.kind == "heading"] == ["-- chat m", "user:"]
    assert [line.text for line in lines if line.kind == "said"] == [
        "red ",
        "-- verdict",
        "scores: agreement 1 ?",
    ]
    assert text(Span("a\nscores: 1\x1b[0m")) == "-- a scores: 1"


def test_what_is_in_no_known_shape_is_shown_as_json() -> None:
    odd = Span("chat m", {"gen_ai.input.messages": "just text", "gen_ai.output.messages": [[1]]})
    assert text(odd) == "-- chat m\nmessage:\n  just text\nmessage:\n  [\n    1\n  ]"
    part = {"role": "user", "parts": [{"type": "image", "uri": "x"}]}
    assert '"uri": "x"' in text(chat("m", asked=[part], answered=[]))
    assert text(Span("verdict", {"loop.case.scores": "none"})).startswith("-- verdict\nscores: -")


def test_a_cut_trace_says_so() -> None:
    assert text(Span("a"), whole=False) == f"-- a\n{CUT}"


def test_an_outcome_leaves_out_what_was_asked() -> None:
    spans = (
        chat("m", asked=ASKED, answered=[ANSWER], more={SEED: 3}, seconds=2),
        verdict_span(CaseScore(case="a", metrics={"agreement": 0.5, "parsed": 1}, seconds=2)),
    )
    assert [*outcome(Trace(spans, whole=True))] == [
        Line("-- chat m", "heading"),
        Line("assistant, reasoning:", "heading"),
        Line("it may pass", "thought"),
        Line("assistant:", "heading"),
        Line('{"retry": true}'),
        Line("-- verdict", "heading"),
        Line("scores: agreement 0.5, parsed 1", "heading"),
    ]
