"""The chat template of models from scratch: append-only, few tokens, blind to the tools' schemas.

A turn never changes what stands before it, so that a rollout can go on from the tokens it has.
Calls are written in the Hermes format, as Qwen and vLLM's `hermes` parser have it. Schemas are left
out: 22 of them would be thousands of tokens, and a model from scratch has its tools in its weights.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from transformers.utils.chat_template_utils import render_jinja_template

START, END = "<|im_start|>", "<|im_end|>"
CALL, CALL_END = "<tool_call>", "</tool_call>"
RESPONSE, RESPONSE_END = "<tool_response>", "</tool_response>"

_CALLS = """\
{%- macro arguments(said) -%}
{%- if said is string -%}{{ said }}{%- else -%}{{ said | tojson }}{%- endif -%}
{%- endmacro -%}
{%- macro call(said) -%}
{%- if said.name -%}
{{ '<tool_call>\\n{"name": "' + said.name + '", "arguments": ' + arguments(said.arguments) }}
{{- '}\\n</tool_call>' }}
{%- else -%}
{{ '<tool_call>\\n' + arguments(said.arguments) + '\\n</tool_call>' }}
{%- endif -%}
{%- endmacro -%}
"""
"""A call without a name is one that nobody could read: its arguments stood in the block."""

TEMPLATE = (
    _CALLS
    + """\
{%- for message in messages -%}
{%- if message.role == 'assistant' -%}
{{ '<|im_start|>assistant\\n' }}
{%- generation -%}
{{ message.content or '' }}
{%- for each in message.tool_calls or [] -%}
{%- if message.content or not loop.first %}{{ '\\n' }}{% endif -%}
{{ call(each.function or each) }}
{%- endfor -%}
{{ '<|im_end|>' }}
{%- endgeneration -%}
{%- elif message.role == 'tool' -%}
{{ '<tool_response>' + (message.content or '') + '</tool_response>' }}
{%- else -%}
{{ '<|im_start|>' + message.role + '\\n' + (message.content or '') + '<|im_end|>' }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif -%}
"""
)


def render(messages: Sequence[Mapping[str, Any]]) -> str:
    """Write a conversation in OpenAI chat form as a model from scratch reads it."""
    said, _ = render_jinja_template([list(messages)], chat_template=TEMPLATE)
    return str(said[0])
