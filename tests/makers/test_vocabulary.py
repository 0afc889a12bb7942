from runner.compression.unit import overlap, units
from runner.makers.token_compressor.network.vocabulary import train_tokenizer

TEXTS = ["def Run(x):\n    return x_1 != 42", "ERROR at 10:15 in naïve/Path.py"] * 2


def test_tokens_never_cross_a_unit_and_digits_stand_alone() -> None:
    tokenizer = train_tokenizer(TEXTS)
    for text in (*TEXTS, "unseen @ 2026 ∑words_9z"):
        for start, end in tokenizer.encode(text).offsets:
            assert len(overlap(units(text), (start, end))) <= 1
            assert sum(char.isdigit() for char in text[start:end]) <= 1


def test_case_survives_and_every_text_decodes_to_itself() -> None:
    tokenizer = train_tokenizer(TEXTS)
    for text in (*TEXTS, "never seen ÄÖ\t\n  x"):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_the_same_texts_give_the_same_file() -> None:
    assert train_tokenizer(TEXTS).to_str() == train_tokenizer(TEXTS).to_str()
