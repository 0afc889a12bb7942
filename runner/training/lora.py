"""Low-rank adapters by peft, imported only when one is trained, and merged before storing."""

from collections.abc import Iterator
from contextlib import contextmanager

from runner.training.chat import Chat
from runner.training.errors import TrainingError
from runner.training.params import Recipe


@contextmanager
def adapters(chat: Chat, recipe: Recipe) -> Iterator[None]:
    """Give a model adapters that train while its own weights stand still.

    On leaving, the adapters are merged into the weights: candidates have one format, whatever
    trained them, and answer without peft and without more arithmetic.

    Raises:
        TrainingError: peft is not installed, or the model has none of the layers that are named.
    """
    try:
        import peft  # noqa: PLC0415 - seconds that only this training pays
    except ImportError as err:
        raise TrainingError(
            "low-rank adapters need peft: pip install 'git-loop[hf]', or say method: full"
        ) from err
    named = [name for name, _ in chat.model.named_modules() if name.endswith(recipe.targets)]
    if not named:
        raise TrainingError(
            f"the model has no layer named {', '.join(recipe.targets)}; say which ones get an"
            " adapter in targets"
        )
    settings = peft.LoraConfig(r=recipe.rank, lora_alpha=recipe.alpha, target_modules=named)
    peft.inject_adapter_in_model(settings, chat.model)
    try:
        yield
    finally:
        _merge(chat)


def _merge(chat: Chat) -> None:
    for name, part in list(chat.model.named_modules()):
        if hasattr(part, "get_base_layer") and hasattr(part, "merge"):
            part.merge()
            owner, _, attribute = name.rpartition(".")
            setattr(chat.model.get_submodule(owner), attribute, part.get_base_layer())
    for weight in chat.model.parameters():
        weight.requires_grad_()
