"""How a spec or an eval declares a model; importing this imports no client and no ML stack."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Tag,
)

from runner.core.field import Variable
from runner.core.frozen import Frozen


def _below(path: str) -> str:
    parts = path.split("/")
    if not path or path.startswith(("/", "~")) or {"", ".", ".."} & set(parts) or "\\" in path:
        raise ValueError(f"expected a name below the eval's folder, got {path}")
    return path


def _placed(path: str) -> str:
    return path if path.startswith("/") else _below(path)


Below = Annotated[str, AfterValidator(_below)]
"""A file or folder below the eval's folder, or the name of a built-in script; never above it."""


class Scripted(Frozen):
    """A program that answers by rules: the offline default, and what tests are made of.

    Attributes:
        script: `clerk`, the built-in one, or a YAML file of rules beside the eval.
        with_: Parameters of a built-in script.
    """

    kind: Literal["scripted"]
    script: Below
    with_: dict[str, Any] = Field(default={}, alias="with")


class Prices(Frozen):
    """US dollars per million tokens."""

    input: NonNegativeFloat
    output: NonNegativeFloat
    cached: NonNegativeFloat | None = None


class Endpoint(Frozen):
    """A model behind an OpenAI-compatible endpoint.

    Attributes:
        name: The model's name there.
        key: Environment variable that holds the key; None where the endpoint asks for none.
        prices: Without them an answer costs 0 dollars; its tokens are counted anyway.
        timeout_s: Seconds that one try may take.
        retries: Further tries after a 408, 409, 429, 5xx or a lost connection.
        concurrency: Requests in flight at once, at most.
        cassette: JSONL file that answers are recorded to, or replayed from under LOOP_OFFLINE=1.
    """

    kind: Literal["endpoint"]
    name: str
    base_url: str = "https://api.openai.com/v1"
    key: Variable | None = "OPENAI_API_KEY"
    prices: Prices | None = None
    timeout_s: PositiveFloat = 60
    retries: NonNegativeInt = 8
    concurrency: PositiveInt = 16
    cassette: Below | None = None


class Local(Frozen):
    """A Hugging Face folder that runs in this process.

    Attributes:
        folder: Absolute, or below the eval's folder.
    """

    kind: Literal["local"]
    folder: Annotated[str, AfterValidator(_placed)]
    device: str = "auto"


def _kind(value: object) -> str:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return f"<{kind}>"


Model = Annotated[
    Annotated[Scripted, Tag("<scripted>")]
    | Annotated[Endpoint, Tag("<endpoint>")]
    | Annotated[Local, Tag("<local>")],
    Discriminator(
        _kind,
        custom_error_type="branch",
        custom_error_message="expected {kind: scripted | endpoint | local, ...}",
    ),
]
"""A model as declared in YAML: `{kind: endpoint, name: gpt-4o-mini}`."""
