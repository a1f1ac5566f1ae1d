"""Export a poly-encoder as the ONNX folder that `PolyEncoder` reads, and check it against the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.rerank.poly_encoder import POST_OUTPUT, QUERY_OUTPUT, PolyEncoder, PolyEncoderMetadata
from faq_component.rerank.types import Array
from faq_component.support.model_metadata import TOKENIZER
from faq_component.text import normalize
from faq_component.training.checkpoints.checkpoint import load_checkpoint
from faq_component.training.checkpoints.saving import in_place_of
from faq_component.training.export.export_cross_encoder import describe, hidden_states, write_model
from faq_component.training.extras import require_export_packages
from faq_component.training.probes import PROBES

MAX_DIFFERENCE = 1e-4  # float32; relative for numbers above 1
MIN_MEAN_COSINE = 0.99  # int8


@dataclass(frozen=True)
class PolyExportReport:
    """Size of the export, and how close its vectors of 20 texts, as questions and as posts, are to PyTorch's."""

    megabytes: float
    max_difference: float
    mean_cosine: float


def export_poly_encoder(checkpoint_folder: str, target: Path, quantize: bool = True) -> PolyExportReport:
    """Write ``model.onnx``, ``tokenizer.json`` and ``poly_encoder.json`` into `target`, and report the difference.

    `checkpoint_folder` is a folder that `PolyEncoderModel.save` wrote. The files are written and checked beside
    `target`. They are put in place only if the vectors are close enough: within 1e-4 in float32, at a mean cosine of at
    least 0.99 in int8 (`quantize`).

    Raises:
        MissingExtraError: torch, transformers or onnx is not installed.
        EncoderError: the checkpoint is not a poly-encoder, or the export is too far from it.
    """
    require_export_packages()
    from faq_component.training.network.poly_encoder_model import PolyEncoderModel

    checkpoint = load_checkpoint(checkpoint_folder)
    model = PolyEncoderModel.load(Path(checkpoint_folder), checkpoint.model)
    with in_place_of(target) as folder:
        write_model(_graph(model), ["input_ids", "attention_mask"], [QUERY_OUTPUT, POST_OUTPUT], folder, quantize)
        checkpoint.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        values = {
            **describe(checkpoint.model.config, checkpoint_folder),
            "codes": len(model.codes),
            "scale": model.scale.item(),
            "bias": model.bias.item(),
        }
        PolyEncoderMetadata.write(folder, **values)
        return _compare(model, checkpoint.tokenizer, folder, checkpoint_folder, quantize)


def _graph(model: Any) -> Any:
    import torch

    class Graph(torch.nn.Module):
        """The network from tokens to the vectors of a question and of a post; one BERT, stored once."""

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            hidden = hidden_states(model.bert, input_ids, attention_mask, torch.zeros_like(input_ids))
            return model.attend(hidden, attention_mask), hidden[:, 0]

    graph = Graph()
    graph.poly_encoder = model
    return graph


def _compare(model: Any, tokenizer: Any, folder: Path, source: str, quantize: bool) -> PolyExportReport:
    max_length = min(64, model.bert.config.max_position_embeddings)
    ours = PolyEncoder(folder, max_length=max_length)
    texts = [normalize(text) for text in PROBES]
    exported = np.concatenate([*(ours.query_vectors(text) for text in texts), ours.post_vectors(texts)])
    original = _torch_vectors(model, tokenizer, texts, max_length)
    greatest = float((np.abs(exported - original) / np.maximum(1.0, np.abs(original))).max())
    lengths = np.linalg.norm(exported, axis=1) * np.linalg.norm(original, axis=1)
    cosine = float(((exported * original).sum(axis=1) / lengths).mean())
    if not (cosine >= MIN_MEAN_COSINE if quantize else greatest <= MAX_DIFFERENCE):
        message = _(
            "the exported vectors are too far from {source}: mean cosine {cosine:.4f} (at least {least} in int8), "
            "greatest difference {greatest:.2g} (at most {most} in float32); nothing was written"
        )
        values = {"cosine": cosine, "least": MIN_MEAN_COSINE, "greatest": greatest, "most": MAX_DIFFERENCE}
        raise EncoderError(message.format(source=source, **values))
    megabytes = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    return PolyExportReport(megabytes, greatest, cosine)


def _torch_vectors(model: Any, tokenizer: Any, texts: Sequence[str], max_length: int) -> Array:
    """Compute the query vectors of all texts, then their post vectors. *Shape:* ``(len(texts) * (codes + 1), dim)``."""
    import torch

    queries, posts = [], []
    for text in texts:
        inputs = tokenizer(text, truncation=True, max_length=max_length, return_tensors="pt")
        with torch.inference_mode():
            queries.append(model.query_vectors(inputs["input_ids"], inputs["attention_mask"])[0].numpy())
            posts.append(model.post_vectors(inputs["input_ids"], inputs["attention_mask"]).numpy())
    return np.concatenate([*queries, *posts])
