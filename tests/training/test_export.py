"""Rows as TRL and prime-rl take them, tried with TRL and held against prime-rl's documentation."""

from pathlib import Path
from typing import Any

import pytest

from runner.core.chat import Message, ToolCall
from runner.training.row import TrainingRow, mapped, training_row, write_rows
from runner.training.template import TEMPLATE
from runner.worlds.office.state import Office
from runner.worlds.office.world import OfficeWorld

OFFICE = OfficeWorld(Office()).tools
CALL = ToolCall(id="call_0", name="mail_read", arguments='{"id": "M1"}')
CHAT = (
    Message(role="user", content="What does Ann want?"),
    Message(role="assistant", content="", tool_calls=(CALL,)),
    Message(role="tool", content='{"subject": "hello"}', tool_call_id="call_0"),
    Message(role="assistant", content="Done."),
)
ROWS = tuple(training_row(CHAT, tools) for tools in (OFFICE, OFFICE[:1], ()))


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for datasets, and no network."""
    for name in ("HF_HOME", "HF_DATASETS_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    return tmp_path


def dataset(folder: Path) -> Any:  # noqa: ANN401 - of datasets, which mypy does not follow
    import datasets  # noqa: PLC0415 - a second

    path = str(folder / "rows.jsonl")
    return datasets.load_dataset("json", data_files=path, split="train", cache_dir=str(folder))


@pytest.mark.slow
def test_the_file_comes_out_of_datasets_as_it_went_in(hub: Path) -> None:
    write_rows(hub / "rows.jsonl", ROWS)
    assert [dict(each) for each in dataset(hub)] == [mapped(row) for row in ROWS]


@pytest.mark.slow
def test_trl_trains_on_the_file_on_what_the_assistant_wrote_alone(
    hub: Path, words: Path, rows: list[TrainingRow]
) -> None:
    from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM  # noqa: PLC0415 - slow
    from trl import SFTConfig, SFTTrainer  # noqa: PLC0415 - slow

    write_rows(hub / "rows.jsonl", rows[:8])
    tokenizer = AutoTokenizer.from_pretrained(words)
    tokenizer.chat_template = TEMPLATE
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "head_dim": 16}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1}
    model = Qwen3ForCausalLM(Qwen3Config(vocab_size=len(tokenizer), **shape, **heads))
    before = {name: each.detach().clone() for name, each in model.named_parameters()}
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir=str(hub / "out"),
            max_steps=2,
            per_device_train_batch_size=4,
            learning_rate=1e-2,
            assistant_only_loss=True,
            logging_steps=1,
            save_strategy="no",
            report_to="none",
            use_cpu=True,
            bf16=False,
            activation_checkpointing=False,
        ),
        train_dataset=dataset(hub),
        processing_class=tokenizer,
    )
    trainer.train()
    losses = [each["loss"] for each in trainer.state.log_history if "loss" in each]
    assert len(losses) == 2
    assert all(0 < loss < 20 for loss in losses)
    assert any(not each.equal(before[name]) for name, each in model.named_parameters())
    (first, *_) = trainer.train_dataset
    taught = [label for label in first["labels"] if label >= 0]
    assert tokenizer.decode(taught) == (
        '<tool_call>\n{"name": "crm_find_contacts", "arguments": {"name": "Ann Lee"}}\n</tool_call>'
        "<|im_end|>"
        '<tool_call>\n{"name": "crm_update_contact", "arguments": {"id": "C0", "field": "status", '
        '"value": "active"}}\n</tool_call><|im_end|>Done.<|im_end|>'
    )


def rendered(template: str, record: dict[str, Any]) -> str:
    import trl  # noqa: PLC0415 - slow
    from transformers.utils.chat_template_utils import (  # noqa: PLC0415 - slow
        render_jinja_template,
    )

    folder = Path(trl.__file__).parent / "chat_templates"
    said, _ = render_jinja_template(
        [record["messages"]],
        tools=record["tools"],
        chat_template=(folder / f"{template}.jinja").read_text(encoding="utf-8"),
    )
    return str(said[0])


@pytest.mark.slow
@pytest.mark.parametrize("template", ["qwen2_5_training", "qwen3_training"])
def test_templates_of_qwen_write_objects_as_the_model_will(template: str) -> None:
    assert '"arguments": {"id": "M1"}' in rendered(template, mapped(ROWS[1]))


@pytest.mark.slow
@pytest.mark.parametrize("template", ["qwen3_5_nothink_training", "qwen3_8_training"])
def test_a_template_that_lists_arguments_finds_them(template: str) -> None:
    said = rendered(template, mapped(ROWS[1]))
    assert "<parameter=id>\nM1\n</parameter>" in said


@pytest.mark.slow
def test_text_would_be_quoted_once_more_by_a_template_of_trl() -> None:
    assert '"{\\"id\\": \\"M1\\"}"' in rendered("qwen2_5_training", ROWS[1].record())


def test_rows_keep_prime_rls_contract() -> None:
    """Hold rows against what prime-rl documents.

    docs/training.md of PrimeIntellect-ai/prime-rl, "Dataset Format": a `messages` column with a
    list of chat turns, trained on over all assistant turns; a `tools` column in OpenAI's
    function-calling format, a list of dicts or that list as JSON text. Its loader
    (src/prime_rl/trainer/sft/data.py and utils/chat_template.py) reads arguments that are text as
    JSON and takes objects as they are, takes a tool as it is only where `type` is `function`, and
    refuses other roles than these four.
    """
    for record in map(mapped, ROWS):
        assert set(record) == {"messages", "tools"}
        assert record["messages"][-1]["role"] == "assistant"
        for message in record["messages"]:
            assert message["role"] in {"system", "user", "assistant", "tool"}
            assert isinstance(message["content"], str)
            assert None not in message.values()
            for call in message.get("tool_calls", []):
                assert isinstance(call["function"]["arguments"], dict)
        for tool in record["tools"]:
            assert tool["type"] == "function"
            assert set(tool["function"]) == {"name", "description", "parameters"}
