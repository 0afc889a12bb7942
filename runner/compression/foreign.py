"""Any other Hugging Face token classifier, by transformers' own class; an optional extra."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from runner.compression.classifier import LONGEST, Classifier
from runner.compression.errors import CompressionError

_RESERVED = 2
"""Positions that encoders of RoBERTa's family keep for padding; harmless to spare elsewhere."""


class Foreign(Classifier):
    """A network of transformers behind our face; its code comes from the library, never a file."""

    def __init__(self, inner: nn.Module, config: dict[str, object]) -> None:
        super().__init__()
        self.inner = inner
        self._config = config
        places = config.get("max_position_embeddings")
        self.window = min(LONGEST, places - _RESERVED) if isinstance(places, int) else LONGEST

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits `(B, T, 2)` of ids `(B, T)` int64 and mask `(B, T)` bool, True = token."""
        return self.inner(input_ids=ids, attention_mask=mask.long()).logits  # type: ignore[no-any-return]

    def config(self) -> dict[str, object]:
        """Return the `config.json` with which the Hugging Face class reads the weights."""
        return self._config

    def weights(self) -> dict[str, Tensor]:
        """Return the weights under the Hugging Face class's names."""
        return {name: tensor.contiguous() for name, tensor in self.inner.state_dict().items()}

    def take(self, weights: dict[str, Tensor]) -> None:
        """Load weights that bear the Hugging Face class's names.

        Raises:
            RuntimeError: a name is missing or too many, or a shape is another.
        """
        self.inner.load_state_dict(weights)


def build_foreign(folder: Path) -> Foreign:
    """Build the network that `folder/config.json` describes, its weights not yet read.

    Raises:
        CompressionError: transformers is not installed, or knows no such model.
    """
    library = transformers()
    try:
        config = library.AutoConfig.from_pretrained(str(folder), local_files_only=True)
        config.num_labels = 2
        inner = library.AutoModelForTokenClassification.from_config(config)
    except (ValueError, KeyError, OSError) as err:
        said = str(err).splitlines()[0]
        raise CompressionError(
            f"{folder}: transformers builds no token classifier: {said}"
        ) from err
    kept = {**config.to_dict(), "architectures": [type(inner).__name__]}
    return Foreign(inner, kept)


def transformers() -> Any:  # noqa: ANN401 - a module whose types are skipped
    """Import transformers.

    Raises:
        CompressionError: it is not installed.
    """
    try:
        import transformers as library  # noqa: PLC0415 - two seconds that the default never pays
    except ImportError as err:
        raise CompressionError(
            "this encoder needs transformers: pip install 'git-loop[hf]'"
        ) from err
    return library
