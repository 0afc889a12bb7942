"""Sessions of coding agents, in the shapes that they write."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runner.core.chat import Message
from runner.training.foreign import claude_code, codex
from runner.training.foreign.source import Imported, Source

KEY = "sk-" + "a1B2" * 8


def lines(*records: Mapping[str, Any] | str) -> Source:
    text = [each if isinstance(each, str) else json.dumps(each) for each in records]
    return Source("s.jsonl", ("\n".join(text) + "\n").encode())


def shown(messages: Sequence[Message]) -> list[str]:
    found = []
    for each in messages:
        calls = " ".join(f"{call.id}={call.name}{call.arguments}" for call in each.tool_calls)
        answers = f"[{each.tool_call_id}]" if each.tool_call_id else ""
        found.append(" ".join(part for part in (each.role, answers, each.content, calls) if part))
    return found


def user(content: object, uuid: str = "", parent: str = "", **more: object) -> dict[str, Any]:
    message = {"role": "user", "content": content}
    head = {"type": "user", "sessionId": "s1", "isSidechain": False, "uuid": uuid}
    return {**head, "parentUuid": parent, "message": message, **more}


def answer(*content: Mapping[str, Any], id_: str = "m1", **more: object) -> dict[str, Any]:
    message = {"id": id_, "role": "assistant", "model": "opus", "content": list(content)}
    return {"type": "assistant", "sessionId": "s1", "message": message, **more}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def use(id_: str, **given: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": id_, "name": "Read", "input": given}


def result(id_: str, content: object, **more: object) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": id_, "content": content, **more}


def read_claude(*records: Mapping[str, Any] | str) -> Imported:
    return claude_code.read(lines(*records))


def test_an_answer_written_block_by_block_is_one_turn() -> None:
    found = read_claude(
        {"type": "summary", "summary": "A session", "leafUuid": "u9"},
        user("Look at a and b."),
        answer({"type": "thinking", "thinking": "Hm.", "signature": "x"}),
        answer(text("I look.")),
        answer(use("t1", path="a")),
        user([result("t1", "A")]),
        answer(use("t2", path="b")),
        user([result("t2", [text("B"), {"type": "image", "source": {}}])]),
        answer(text("They differ."), id_="m2"),
    )
    (episode,) = found.episodes
    assert shown(episode.messages) == [
        "user Look at a and b.",
        'assistant I look. t1=Read{"path": "a"} t2=Read{"path": "b"}',
        "tool [t1] A",
        "tool [t2] B",
        "assistant They differ.",
    ]
    assert (episode.task, episode.agent, episode.ended) == ("claude-code:s1", "opus", "answered")
    assert (episode.turns, episode.calls, episode.mark) == (2, 2, None)
    assert found.skipped == {
        "part of type image": 1,
        "part of type thinking": 1,
        "record of type summary": 1,
    }


def test_what_a_helper_did_on_the_side_is_left_out_aloud() -> None:
    side = [user("Search.", isSidechain=True), answer(text("Found."), isSidechain=True)]
    found = read_claude(user("Do it."), *side, answer(text("Done."), id_="m2"))
    assert shown(found.episodes[0].messages) == ["user Do it.", "assistant Done."]
    assert found.skipped == {"sidechain record": 2}
    assert shown(read_claude(*side).episodes[0].messages) == ["user Search.", "assistant Found."]


def test_a_compacted_session_goes_on_as_another_conversation() -> None:
    found = read_claude(
        user("Do it."),
        answer(text("Half done.")),
        user("This session continues: half is done.", isCompactSummary=True),
        answer(text("All done."), id_="m2"),
    )
    assert [(each.sample, shown(each.messages)) for each in found.episodes] == [
        (0, ["user Do it.", "assistant Half done."]),
        (1, ["user This session continues: half is done.", "assistant All done."]),
    ]


def test_what_the_user_took_back_is_left_out_aloud() -> None:
    found = read_claude(
        user("One.", "u1"),
        answer(text("1."), uuid="a1", parentUuid="u1"),
        user("Two.", "u2", "a1"),
        answer(text("2?"), id_="m2", uuid="a2", parentUuid="u2"),
        user("Two, please.", "u3", "a1"),
        answer(text("2."), id_="m3", uuid="a3", parentUuid="u3"),
    )
    assert shown(found.episodes[0].messages) == [
        "user One.",
        "assistant 1.",
        "user Two, please.",
        "assistant 2.",
    ]
    assert found.skipped == {"message that the user took back": 2}


def test_a_resumed_session_tells_its_records_once() -> None:
    again = user("One.", "u1")
    found = read_claude(again, again, answer(text("1.")))
    assert shown(found.episodes[0].messages) == ["user One.", "assistant 1."]
    assert found.skipped == {"record told twice": 1}


def test_notes_of_the_program_are_nobodys_words() -> None:
    found = read_claude(
        user("<caveat>", isMeta=True),
        user("One."),
        answer(text("API Error"), isApiErrorMessage=True),
        answer(text("1."), id_="m2"),
    )
    assert shown(found.episodes[0].messages) == ["user One.", "assistant 1."]
    assert found.skipped == {"note of the program": 2}


def test_an_answer_cut_off_and_a_session_without_its_last_word_are_told_apart() -> None:
    cut = answer(text("1"))
    cut["message"]["stop_reason"] = "max_tokens"
    assert read_claude(user("One."), cut).episodes[0].ended == "truncated"
    open_call = [user("One."), answer(use("t1", path="a")), user([result("t1", "A")])]
    assert read_claude(*open_call).episodes[0].ended == "truncated"
    late = read_claude(user("One."), answer(text("1.")), user("Two."))
    assert late.episodes[0].ended == "answered"
    assert late.skipped == {"prompt without an answer": 1}


def test_damaged_lines_are_named_and_the_rest_is_read() -> None:
    found = read_claude(
        '{"type": "user", ',
        user("One."),
        "[1]",
        {"type": "assistant", "sessionId": "s1"},
        answer(text("1.")),
        "[" * 99_999,
    )
    assert shown(found.episodes[0].messages) == ["user One.", "assistant 1."]
    assert {each.partition(": ")[0] for each in found.damaged} == {
        "s.jsonl:1",
        "s.jsonl:3",
        "s.jsonl:4",
        "s.jsonl:6",
    }
    assert "s.jsonl:4: assistant record without a message" in found.damaged


def test_secrets_are_masked_and_arguments_stay_json() -> None:
    found = read_claude(
        user(f"Use {KEY}."),
        answer(use("t1", header=f"Bearer {KEY}", password="hunter2hunter2")),
        user([result("t1", f"export API_KEY={KEY}")]),
        answer(text("Done."), id_="m2"),
    )
    told = json.dumps([each.model_dump() for each in found.episodes])
    assert KEY not in told
    assert "hunter2" not in told
    (call,) = found.episodes[0].messages[1].tool_calls
    assert set(json.loads(call.arguments)) == {"header", "password"}
    assert found.redacted == 3


def test_a_mask_that_would_run_past_its_text_leaves_arguments_json() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIabc"
    found = read_claude(
        user("Save it."),
        answer(use("t1", content=key, path="key.pem"), use("t2", path="b")),
        user([result("t1", "ok"), result("t2", "ok")]),
        answer(text("Saved."), id_="m2"),
    )
    first, second = found.episodes[0].messages[1].tool_calls
    assert json.loads(first.arguments) == {"content": "[redacted]", "path": "key.pem"}
    assert json.loads(second.arguments) == {"path": "b"}


def item(kind: str, **more: object) -> dict[str, Any]:
    payload = {"type": kind, **more}
    return {"timestamp": "2026-01-02T03:04:05Z", "type": "response_item", "payload": payload}


def said(role: str, words: str, kind: str = "input_text") -> dict[str, Any]:
    return item("message", role=role, content=[{"type": kind, "text": words}])


def record(kind: str, **payload: object) -> dict[str, Any]:
    return {"timestamp": "2026-01-02T03:04:05Z", "type": kind, "payload": payload}


HEAD = record("session_meta", id="r1", base_instructions={"text": "Be brief."})


def test_a_rollout_is_read_with_its_instructions_calls_and_outputs() -> None:
    found = codex.read(
        lines(
            HEAD,
            record("turn_context", model="gpt-5", cwd="/w"),
            said("developer", "Stay in /w."),
            said("user", "List it."),
            record("event_msg", type="user_message", message="List it."),
            item("reasoning", summary=[], encrypted_content="x"),
            said("assistant", "I list.", "output_text"),
            item("function_call", name="shell", arguments='{"cmd": "ls"}', call_id="c1"),
            item("custom_tool_call", name="apply_patch", input="*** Begin", call_id="c2"),
            item("function_call_output", call_id="c1", output="a b"),
            item("custom_tool_call_output", call_id="c2", output={"content": "ok"}),
            item("web_search_call", status="completed"),
            said("assistant", "a and b.", "output_text"),
        )
    )
    (episode,) = found.episodes
    assert shown(episode.messages) == [
        "system Be brief.",
        "system Stay in /w.",
        "user List it.",
        'assistant I list. c1=shell{"cmd": "ls"} c2=apply_patch{"input": "*** Begin"}',
        "tool [c1] a b",
        "tool [c2] ok",
        "assistant a and b.",
    ]
    assert (episode.task, episode.agent, episode.ended) == ("codex:r1", "gpt-5", "answered")
    assert found.skipped == {
        "item of type reasoning": 1,
        "item of type web_search_call": 1,
        "record of type event_msg": 1,
    }


def test_a_rollout_of_the_first_versions_has_its_items_bare() -> None:
    bare = [{"id": "r1", "timestamp": "2025-05-07T00:00:00Z", "instructions": "Be brief."}]
    bare += [said("user", "Hi.")["payload"], said("assistant", "Hello.", "output_text")["payload"]]
    (episode,) = codex.read(lines(*bare)).episodes
    assert shown(episode.messages) == ["system Be brief.", "user Hi.", "assistant Hello."]


def test_outputs_in_pieces_are_joined_and_pictures_counted() -> None:
    pieces = [{"type": "input_text", "text": "note"}, {"type": "input_image", "image_url": "data:"}]
    found = codex.read(
        lines(
            HEAD,
            said("user", "Look."),
            item("local_shell_call", call_id="c1", action={"type": "exec", "command": ["ls"]}),
            item("function_call_output", call_id="c1", output=pieces),
            said("assistant", "Seen.", "output_text"),
        )
    )
    assert shown(found.episodes[0].messages)[3] == "tool [c1] note"
    assert found.skipped == {"part of type input_image": 1}


def test_a_compacted_rollout_goes_on_from_what_the_model_was_told() -> None:
    history = [said("user", "List it.")["payload"], said("user", "So far: a.")["payload"]]
    found = codex.read(
        lines(
            HEAD,
            said("user", "List it."),
            said("assistant", "a", "output_text"),
            record("compacted", message="", replacement_history=history),
            said("assistant", "b", "output_text"),
        )
    )
    assert [shown(each.messages) for each in found.episodes] == [
        ["system Be brief.", "user List it.", "assistant a"],
        ["user List it.", "user So far: a.", "assistant b"],
    ]


def test_a_record_of_a_rollout_that_nobody_knows_is_counted() -> None:
    found = codex.read(
        lines(
            HEAD,
            record("world_state", x=1),
            {"type": "response_item", "payload": 3},
            said("robot", "beep"),
            said("user", "Hi."),
            said("assistant", "Hello.", "output_text"),
            HEAD,
        )
    )
    assert found.skipped == {
        "message of robot": 1,
        "record of type session_meta": 1,
        "record of type world_state": 1,
    }
    assert found.damaged == ("s.jsonl:3: response_item without a payload",)
