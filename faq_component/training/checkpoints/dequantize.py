"""Convert an encoder folder back to a checkpoint, so that the shipped encoder can be fine-tuned."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faq_component.encoders.metadata import EncoderMetadata
from faq_component.encoders.onnx import OnnxEncoder
from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.support.model_metadata import MODEL, TOKENIZER
from faq_component.training.checkpoints.checkpoint import embed, load_checkpoint, save_tokenizer, write_checkpoint_note
from faq_component.training.checkpoints.saving import in_place_of
from faq_component.training.extras import require_export_packages
from faq_component.training.int8.bert_graph import BertWeights, read_bert
from faq_component.training.probes import PROBES

MIN_MEAN_COSINE = 0.99
_SPECIAL_TOKENS = {
    "pad_token": ("[PAD]", "<pad>"),
    "unk_token": ("[UNK]", "<unk>"),
    "cls_token": ("[CLS]", "<s>"),
    "sep_token": ("[SEP]", "</s>"),
    "mask_token": ("[MASK]", "<mask>"),
    "bos_token": ("<s>",),
    "eos_token": ("</s>",),
}


@dataclass(frozen=True)
class DequantizeReport:
    """Shape of the checkpoint, and mean and least cosine of its vectors with the encoder's on `PROBES`."""

    layers: int
    dim: int
    vocabulary: int
    mean_cosine: float
    min_cosine: float


def dequantize_encoder(folder: str | Path, target: Path) -> DequantizeReport:
    """Write a checkpoint folder with the weights of an encoder folder in float32: a BERT, its tokenizer and the note.

    The weights are the int8 ones, with their rounding. The position table has the rows that the export kept, so longer
    texts cannot be trained on. The files are written and checked beside `target`. They are put in place only if the
    mean cosine to the encoder's own vectors is at least 0.99.

    Raises:
        MissingExtraError: torch, transformers or onnx is not installed.
        EncoderError: the folder is not an encoder, is damaged, or was not exported by this package; `target` is the
            same folder; or the vectors differ.
    """
    require_export_packages()
    folder = Path(folder)
    if target.resolve() == folder.resolve():
        message = _("{target} is the encoder itself; name another folder for the checkpoint")
        raise EncoderError(message.format(target=target))
    encoder = OnnxEncoder(folder)  # verifies the files
    metadata = EncoderMetadata.read(folder, verify=False)
    weights = read_bert(folder / MODEL)
    tokenizer = _tokenizer(folder / TOKENIZER, len(weights.parameters["embeddings.position_embeddings.weight"]))
    with in_place_of(target) as made:
        model = _bert(weights, tokenizer.pad_token_id)
        model.save_pretrained(made)
        save_tokenizer(tokenizer, made)
        write_checkpoint_note(made, base=metadata.base, pooling=metadata.pooling, prefix=metadata.prefix)
        own = embed(load_checkpoint(str(made)), PROBES, prefix=metadata.prefix, max_length=metadata.max_length)
        cosines = (own * encoder.encode(PROBES)).sum(axis=1)
        report = DequantizeReport(
            weights.layers, encoder.dim, model.config.vocab_size, float(cosines.mean()), float(cosines.min())
        )
        if not report.mean_cosine >= MIN_MEAN_COSINE:
            message = _(
                "the checkpoint's vectors are too far from those of {folder}: mean cosine {cosine:.4f}, under {bound}; "
                "{target} is left as it was"
            )
            raise EncoderError(
                message.format(folder=folder, cosine=report.mean_cosine, bound=MIN_MEAN_COSINE, target=target)
            )
    return report


def _bert(weights: BertWeights, pad: int) -> Any:
    import torch
    from transformers import BertConfig, BertModel
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    parameters = weights.parameters
    vocabulary, dim = parameters["embeddings.word_embeddings.weight"].shape
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=dim,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=len(parameters["encoder.layer.0.intermediate.dense.bias"]),
        hidden_act=weights.activation,
        max_position_embeddings=len(parameters["embeddings.position_embeddings.weight"]),
        type_vocab_size=len(parameters["embeddings.token_type_embeddings.weight"]),
        layer_norm_eps=weights.epsilon,
        pad_token_id=pad,
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.from_numpy(values) for name, values in parameters.items()})
    return model.eval()


def _tokenizer(file: Path, positions: int) -> Any:
    """Make a tokenizer for transformers; special tokens are recognised by their usual names.

    Without a known padding token it pads with the first of the vocabulary, as `OnnxEncoder` does.
    """
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer.from_file(str(file))
    special = {token.content for token in tokenizer.get_added_tokens_decoder().values() if token.special}
    known = special or set(tokenizer.get_vocab())
    found = {role: next((name for name in names if name in known), None) for role, names in _SPECIAL_TOKENS.items()}
    found["pad_token"] = found["pad_token"] or tokenizer.id_to_token(0)
    roles = {role: name for role, name in found.items() if name}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=positions, **roles)
