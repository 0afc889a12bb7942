"""Low-rank adapters by peft, imported only when one is trained, and merged before storing."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from runner.compression.classifier import Classifier
from runner.compression.encoder import Encoder
from runner.makers.token_compressor.errors import TokenCompressorError
from runner.makers.token_compressor.network.pretrained import is_fresh

_MODERNBERT = ("Wqkv", "Wo")


@contextmanager
def adapters(network: Classifier, rank: int) -> Iterator[nn.Module]:
    """Give a network adapters that train while its own weights stand still.

    The head is trained as a whole. On leaving, the adapters are merged into the network's weights,
    so that inference needs neither peft nor more arithmetic.

    Args:
        network: Changed in place.
        rank: Rank `r` of each adapter; the update is scaled by 2, as `alpha = 2 r`.

    Raises:
        TokenCompressorError: peft is not installed.
    """
    try:
        import peft  # noqa: PLC0415 - seconds that only this training pays
    except ImportError as err:
        raise TokenCompressorError(
            "low-rank adapters need peft: pip install 'git-loop[hf]', or say base.lora: null"
        ) from err
    settings = peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets(network))
    tuner = peft.inject_adapter_in_model(settings, network)
    for name, weight in network.named_parameters():
        if is_fresh(_plain(name)):
            weight.requires_grad_()
    yield tuner
    _merge(network)
    for weight in network.parameters():
        weight.requires_grad_()


def targets(network: Classifier) -> list[str]:
    """Return the names of the layers that get an adapter: attention of ModernBERT, else all."""
    linear = [name for name, part in network.named_modules() if isinstance(part, nn.Linear)]
    body = [name for name in linear if not is_fresh(_plain(name))]
    if isinstance(network, Encoder):
        return [name for name in body if name.endswith(_MODERNBERT)]
    return body


def _plain(name: str) -> str:
    return name.removeprefix("inner.")


def _merge(network: nn.Module) -> None:
    for name, part in list(network.named_modules()):
        if hasattr(part, "get_base_layer") and hasattr(part, "merge"):
            part.merge()
            owner, _, attribute = name.rpartition(".")
            setattr(network.get_submodule(owner), attribute, part.get_base_layer())
