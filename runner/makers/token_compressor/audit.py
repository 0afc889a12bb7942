"""Label-noise audit of the training labels, without a training and without an ML stack."""

from pathlib import Path

from runner.compression.decide import named
from runner.compression.lexer import lex
from runner.compression.noise import label_noise, must_noise
from runner.makers.token_compressor.label.silver import fit_teacher
from runner.makers.token_compressor.text import read_texts


def audit(train: Path) -> dict[str, float]:
    """Return how far the two teachers of the first labels disagree, and what they miss.

    The teachers are self-information (`silver`) and the override's lexer (`lexer`). Figures are
    `label_noise*` between them, and `silver_must_noise*` and `lexer_must_noise*` of each against
    the annotation; see `runner.compression.noise`.

    Args:
        train: The train split, plain JSONL.

    Raises:
        TokenCompressorError: it is no train split.
    """
    texts = read_texts(train)
    teacher = fit_teacher([text.text for text in texts])
    silver = [teacher.labels(text.text) for text in texts]
    lexed = [named(text.pieces, lex(text.text)) for text in texts]
    teachers = {"silver": silver, "lexer": lexed}
    return label_noise(texts, silver, lexed) | {
        f"{name}_{key}": share
        for name, labels in teachers.items()
        for key, share in must_noise(texts, labels).items()
    }
