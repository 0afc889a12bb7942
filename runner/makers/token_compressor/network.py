"""The small ModernBERT and its own cased byte-level BPE, both from nothing."""

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import ModernBertConfig, ModernBertForTokenClassification

VOCABULARY = 8192
WINDOW = 512


def train_tokenizer(texts: list[str]) -> Tokenizer:
    """Learn a cased byte-level BPE whose tokens never cross a unit; digits stand alone.

    Whitespace before a word belongs to its token, so that lines and indentation stay visible.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s*\d|\s*[^\W\d]+|\s*[^\w\s]|\s+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["[PAD]"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def new_network() -> ModernBertForTokenClassification:
    """Return 3 layers x 192 with two labels (0 drop, 1 keep), drawn from torch's generator."""
    return ModernBertForTokenClassification(
        ModernBertConfig(
            vocab_size=VOCABULARY,
            hidden_size=192,
            intermediate_size=288,
            num_hidden_layers=3,
            num_attention_heads=3,
            max_position_embeddings=WINDOW,
            local_attention=64,
            num_labels=2,
            pad_token_id=0,
            bos_token_id=None,
            eos_token_id=None,
            cls_token_id=None,
            sep_token_id=None,
        )
    )
