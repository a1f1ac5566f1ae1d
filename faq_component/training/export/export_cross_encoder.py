"""Export a BERT for sequence classification as the ONNX folder that `CrossEncoder` reads, and check the result."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.errors import EncoderError
from faq_component.language import _, listed
from faq_component.rerank.cross_encoder import INPUTS, LABELS, CrossEncoder, CrossEncoderMetadata
from faq_component.rerank.types import Array
from faq_component.support.model_metadata import MODEL, TOKENIZER
from faq_component.text import normalize
from faq_component.training.checkpoints.saving import in_place_of
from faq_component.training.extras import require_export_packages
from faq_component.training.int8.quantize import quantize as quantize_graph
from faq_component.training.probes import PROBES

OPSET = 17
MASKED = -1e4  # added to the attention scores of padding; exp() of it is 0 in float32
MAX_LOGIT_DIFFERENCE = 1e-4  # float32; relative for logits above 1
MAX_MEAN_SCORE_DIFFERENCE = 0.02  # int8
PAIRS = tuple((normalize(query), normalize(post)) for query in PROBES for post in PROBES[::4])


@dataclass(frozen=True)
class CrossExportReport:
    """Size of the export, and its differences from PyTorch over 100 pairs: greatest of logits, mean of scores."""

    megabytes: float
    max_logit_difference: float
    mean_score_difference: float


def export_cross_encoder(checkpoint_folder: str, target: Path, quantize: bool = True) -> CrossExportReport:
    """Write ``model.onnx``, ``tokenizer.json`` and ``cross_encoder.json`` into `target`, and report the difference.

    `checkpoint_folder` is the folder or name of a BertForSequenceClassification with one or two labels, as
    transformers saves it. The files are written and checked beside `target`. They are put in place only if they are
    close enough: logits within 1e-4 in float32, scores within 0.02 on average in int8 (`quantize`).

    Raises:
        MissingExtraError: torch, transformers or onnx is not installed.
        EncoderError: the checkpoint is not such a model, or the export is too far from it.
    """
    require_export_packages()
    model, tokenizer = _load(checkpoint_folder)
    with in_place_of(target) as folder:
        # Some tokenizers mark the two sides by separators alone, and their models are trained without token types.
        inputs = [name for name in INPUTS if name in tokenizer.model_input_names]
        write_model(_graph(model), inputs, ["logits"], folder, quantize)
        tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        values = {**describe(model.config, checkpoint_folder), "labels": model.config.num_labels}
        CrossEncoderMetadata.write(folder, **values)
        return _compare(model, tokenizer, folder, checkpoint_folder, quantize)


def describe(config: Any, source: str) -> dict[str, Any]:
    """Return the metadata that all rerankers share; of a folder only its name, since the export may be shipped."""
    return {
        "base": Path(source).resolve().name if Path(source).is_dir() else source,
        "layers": config.num_hidden_layers,
        "dim": config.hidden_size,
        "positions": config.max_position_embeddings,
    }


def hidden_states(bert: Any, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
    """Compute the last hidden states of a BERT; transformers' own mask handling would add a hundred nodes.

    *Shape:* all ``(batch, tokens)``, result ``(batch, tokens, dim)``.
    """
    bias = (1.0 - attention_mask[:, None, None, :].float()) * MASKED
    hidden = bert.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
    for layer in bert.encoder.layer:
        output = layer(hidden, bias)
        hidden = output[0] if isinstance(output, tuple) else output
    return hidden


def write_model(module: Any, inputs: Sequence[str], outputs: Sequence[str], folder: Path, quantize: bool) -> None:
    """Write ``model.onnx`` in float32 or int8; every input is int64 ``(batch, tokens)``, and both sizes are dynamic."""
    import torch

    float32 = folder / ("float32.onnx" if quantize else MODEL)
    example = torch.ones(2, 8, dtype=torch.long)
    axes = {name: {0: "batch", 1: "tokens"} for name in inputs} | {name: {0: "batch"} for name in outputs}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the exporter's own deprecations, and its warnings about shapes
        torch.onnx.export(
            module.eval(),
            (example,) * len(inputs),
            str(float32),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,  # the newer exporter fixes dynamic sizes, and needs another package
        )
    if quantize:
        quantize_graph(float32, folder / MODEL)
        float32.unlink()


def _load(source: str) -> tuple[Any, Any]:
    from transformers import AutoConfig, AutoTokenizer, BertForSequenceClassification
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(source)
        if config.model_type != "bert" or config.num_labels not in LABELS:
            raise EncoderError(
                _("{source} is a {kind} with {labels} labels; a cross-encoder is a bert with 1 or 2").format(
                    source=source, kind=config.model_type, labels=config.num_labels
                )
            )
        loaded: Any = BertForSequenceClassification.from_pretrained(
            source, attn_implementation="eager", output_loading_info=True
        )
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True)
    except (OSError, ValueError) as error:
        message = _("{source} cannot be loaded as a BERT for sequence classification: {error}")
        raise EncoderError(message.format(source=source, error=" ".join(str(error).split()))) from error
    model, found = loaded
    if found["missing_keys"]:
        message = _("{source} has no weights for {names}; train it as a cross-encoder first")
        raise EncoderError(message.format(source=source, names=listed(sorted(found["missing_keys"]))))
    return model.float().eval(), tokenizer


def _graph(model: Any) -> Any:
    import torch

    class Graph(torch.nn.Module):
        """The network from tokens to logits."""

        def forward(
            self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor | None = None
        ) -> torch.Tensor:
            types = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
            hidden = hidden_states(model.bert, input_ids, attention_mask, types)
            return model.classifier(model.bert.pooler(hidden))

    graph = Graph()
    graph.classification = model
    return graph


def _compare(model: Any, tokenizer: Any, folder: Path, source: str, quantize: bool) -> CrossExportReport:
    max_length = min(128, model.config.max_position_embeddings)
    ours = CrossEncoder(folder, max_length=max_length)
    original = torch_logits(model, tokenizer, PAIRS, max_length)
    exported = ours.logits(PAIRS)
    greatest = float((np.abs(exported - original) / np.maximum(1.0, np.abs(original))).max())
    scores = float(np.abs(_scores(exported) - _scores(original)).mean())
    found, bound = (scores, MAX_MEAN_SCORE_DIFFERENCE) if quantize else (greatest, MAX_LOGIT_DIFFERENCE)
    if not found <= bound:
        if quantize:
            message = _(
                "the scores of the int8 model differ from those of {source} by {found:.2g} on average, more than "
                "{bound}; nothing was written"
            )
        else:
            message = _(
                "the logits of the float32 model differ from those of {source} by {found:.2g}, more than {bound}; "
                "nothing was written"
            )
        raise EncoderError(message.format(source=source, found=found, bound=bound))
    megabytes = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    return CrossExportReport(megabytes, greatest, scores)


def _scores(logits: Array) -> Array:
    """Turn logits into probabilities. *Shape:* ``(n, labels)`` to ``(n,)``."""
    margin = logits[:, -1] - logits[:, 0] if logits.shape[1] == 2 else logits[:, 0]
    scores: Array = 0.5 * (1.0 + np.tanh(0.5 * margin))
    return scores


def torch_logits(model: Any, tokenizer: Any, pairs: Sequence[tuple[str, str]], max_length: int) -> Array:
    """Compute logits of pairs with transformers, one pair at a time. *Shape:* ``(len(pairs), labels)``."""
    import torch

    rows = []
    for query, post in pairs:
        inputs = tokenizer(query, post, truncation="longest_first", max_length=max_length, return_tensors="pt")
        with torch.inference_mode():
            rows.append(model(**inputs).logits[0].numpy())
    return np.stack(rows)
