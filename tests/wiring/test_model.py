"""Models as a command line names them."""

import pytest

from runner.wiring.model import Access, ModelNameError, model_of

OPENAI = Access(environ={"OPENAI_API_KEY": "k"})


@pytest.mark.parametrize(
    ("text", "access", "declared"),
    [
        ("gpt-4o-mini", OPENAI, {"kind": "endpoint", "name": "gpt-4o-mini"}),
        ("scripted:clerk", OPENAI, {"kind": "scripted", "script": "clerk"}),
        ("local:/models/small", OPENAI, {"kind": "local", "folder": "/models/small"}),
        (
            "{kind: scripted, script: clerk, with: {attention: 12}}",
            OPENAI,
            {"kind": "scripted", "script": "clerk", "with": {"attention": 12}},
        ),
        (
            "org/model:free",
            Access(environ={}, base_url="https://x.example/v1", key="X_KEY", prices=(0.1, 0.4)),
            {
                "kind": "endpoint",
                "name": "org/model:free",
                "base_url": "https://x.example/v1",
                "key": "X_KEY",
                "prices": {"input": 0.1, "output": 0.4},
            },
        ),
        (
            "m",
            Access(environ={"OPENAI_BASE_URL": "http://127.0.0.1:8000/v1"}),
            {"kind": "endpoint", "name": "m", "base_url": "http://127.0.0.1:8000/v1", "key": None},
        ),
        (
            "m",
            Access(environ={"OPENAI_BASE_URL": "http://localhost:1/v1", "OPENAI_API_KEY": "k"}),
            {"kind": "endpoint", "name": "m", "base_url": "http://localhost:1/v1"},
        ),
    ],
    ids=["name", "built in", "folder", "yaml", "elsewhere", "loopback", "loopback with a key"],
)
def test_a_name_becomes_what_a_spec_would_declare(
    text: str, access: Access, declared: dict[str, object]
) -> None:
    assert model_of(text, access) == declared


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--model: empty; name one, such as"),
        ("{kind: magic}", "expected a name or .* of scripted, endpoint, local"),
        ("{kind: endpoint}", r"--model \{kind: endpoint\}: name: missing"),
        ("{kind: endpoint, name: m, kee: X}", "kee: unknown key"),
    ],
    ids=["empty", "kind", "no name", "typo"],
)
def test_what_names_no_model_is_told(text: str, message: str) -> None:
    with pytest.raises(ModelNameError, match=message):
        model_of(text, OPENAI)


def test_a_key_is_the_name_of_a_variable_never_a_key() -> None:
    with pytest.raises(ModelNameError, match="--key: expected the name of an") as caught:
        model_of("m", Access(environ={}, key="sk-live"))
    assert "sk-live" not in str(caught.value)
