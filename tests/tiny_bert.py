"""A tiny BERT with random weights, made in a moment; run as a module it writes the one in tests/data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from faq_component.knowledge.checking import load_faq
from faq_component.training.checkpoints.checkpoint import save_tokenizer
from faq_component.training.probes import PROBES

SHIPPED = Path(__file__).parent / "data/tiny_bert"


def make_tiny_bert(
    folder: Path,
    characters: Iterable[str] = "".join(PROBES),
    *,
    layers: int = 3,
    dim: int = 64,
    positions: int = 512,
    activation: str = "gelu",
) -> Path:
    """Save a checkpoint with a vocabulary of single characters."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *sorted(set(characters))]
    vocabulary = {token: index for index, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    save_tokenizer(PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special), folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=dim,
        num_hidden_layers=layers,
        num_attention_heads=4,
        intermediate_size=2 * dim,
        max_position_embeddings=positions,
        hidden_act=activation,
        initializer_range=0.2,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


if __name__ == "__main__":
    counts = Counter(char for topic in load_faq("data/faq").topics for post in topic.posts for char in post)
    frequent = [char for char, _ in counts.most_common(800) if not char.isspace()]
    make_tiny_bert(SHIPPED, frequent, layers=2, dim=32, positions=64)
