"""An encoder on Hugging Face transformers and PyTorch, with the poolings of bert-as-service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from faq_component.encoders.onnx import batches_by_length, unit_rows
from faq_component.encoders.types import Vectors
from faq_component.encoders.weights import fingerprint, require_safe_weights
from faq_component.errors import EncoderError, MissingExtraError
from faq_component.language import _, listed, ngettext

POOLINGS = ("mean", "cls", "max", "second_to_last_mean")


class TransformersEncoder:
    """Encodes with any BERT that transformers can load; slower than the ONNX encoder, for comparison and training.

    `pooling` reduces the hidden states of a text's real tokens, including [CLS] and [SEP], to one vector:

    - ``mean``: their mean in the last layer (Reimers and Gurevych 2019);
    - ``cls``: the first;
    - ``max``: their greatest value in each dimension;
    - ``second_to_last_mean``: their mean in the second-to-last layer, the default of bert-as-service (REDUCE_MEAN with
      ``pooling_layer=-2``, since the last layer is biased to the training targets). bert-as-service includes [CLS] and
      [SEP] too, as its ``-mask_cls_sep`` is off by default (bert_serving/server/graph.py, `masked_reduce_mean`), but
      cuts texts at 25 tokens by default, not at 64.

    Args:
        name_or_folder: a folder, or a model's name on the hub.
        pooling: ``mean``, ``cls``, ``max`` or ``second_to_last_mean``.
        prefix: precedes each text.
        max_length: in tokens; longer texts are cut.
        threads: of PyTorch, for the whole process; 0 keeps PyTorch's choice.
        unit_length: scale vectors to length 1.

    Raises:
        MissingExtraError: transformers or torch is not installed.
        EncoderError: the pooling is unknown, the model cannot be loaded, or weights of it are missing.
    """

    def __init__(
        self,
        name_or_folder: str,
        *,
        pooling: str = "mean",
        prefix: str = "",
        max_length: int = 64,
        threads: int = 0,
        unit_length: bool = True,
    ) -> None:
        if pooling not in POOLINGS:
            raise EncoderError(
                _("pooling is '{pooling}'; choose one of {poolings}").format(pooling=pooling, poolings=listed(POOLINGS))
            )
        try:
            import torch
            from safetensors import SafetensorError  # type: ignore[attr-defined]  # is there, its types are not
            from transformers import AutoModel, AutoTokenizer
        except ImportError as error:
            raise MissingExtraError("transformers", "train") from error
        require_safe_weights(name_or_folder)
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(name_or_folder, trust_remote_code=False)
            model, report = AutoModel.from_pretrained(
                name_or_folder, use_safetensors=True, trust_remote_code=False, output_loading_info=True
            )
        except (OSError, ValueError, SafetensorError) as error:
            reason = " ".join(str(error).split())
            raise EncoderError(
                _("{model} cannot be loaded: {reason}").format(model=name_or_folder, reason=reason)
            ) from error
        # transformers initialises missing weights at random; only the pooler, which is unused here, may be missing.
        missing = sorted(name for name in report["missing_keys"] if "pooler" not in name)
        count = len(missing)
        if missing:
            raise EncoderError(
                ngettext(
                    "{model} lacks {count} weight of its model, {first}",
                    "{model} lacks {count} weights of its model, the first is {first}",
                    count,
                ).format(model=name_or_folder, count=count, first=missing[0])
            )
        self._model: Any = model.float().eval()  # transformers 5 keeps 16-bit weights as they are, 4 does not
        if threads:
            torch.set_num_threads(threads)
        self.dim = int(self._model.config.hidden_size)
        options = {"pooling": pooling, "prefix": prefix, "max_length": max_length, "unit_length": unit_length}
        commit = getattr(model.config, "_commit_hash", None)
        self.fingerprint = fingerprint(name_or_folder, "transformers", commit=commit, **options)
        self._torch = torch
        self._pooling, self._prefix, self._max_length, self._unit_length = pooling, prefix, max_length, unit_length

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts, keeping their order; texts of similar length are encoded together.

        *Shape:* ``(len(texts), dim)``.
        """
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        if not texts:
            return vectors
        prefixed = [self._prefix + text for text in texts]
        token_ids = self._tokenizer(prefixed, truncation=True, max_length=self._max_length)["input_ids"]
        by_length = sorted(range(len(texts)), key=lambda index: len(token_ids[index]))
        for batch in batches_by_length(by_length, token_ids):
            vectors[batch] = self._encode_batch([token_ids[index] for index in batch])
        return unit_rows(vectors) if self._unit_length else vectors

    def _encode_batch(self, token_ids: list[list[int]]) -> Vectors:
        torch = self._torch
        rows = [torch.tensor(tokens) for tokens in token_ids]
        padding = self._tokenizer.pad_token_id or 0
        ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=padding)  # (batch, tokens)
        lengths = torch.tensor([len(tokens) for tokens in token_ids])
        mask = (torch.arange(ids.shape[1])[None, :] < lengths[:, None]).long()  # (batch, tokens)
        second_to_last = self._pooling == "second_to_last_mean"
        with torch.inference_mode():
            output = self._model(input_ids=ids, attention_mask=mask, output_hidden_states=second_to_last)
            hidden = output.hidden_states[-2] if second_to_last else output.last_hidden_state
            pooled: Vectors = self._pool(hidden, mask[:, :, None]).float().numpy()
        return pooled

    def _pool(self, hidden: Any, mask: Any) -> Any:
        """Pool hidden states ``(batch, tokens, dim)`` with a mask ``(batch, tokens, 1)``, result ``(batch, dim)``."""
        if self._pooling == "cls":
            return hidden[:, 0]
        if self._pooling == "max":
            return hidden.masked_fill(mask == 0, float("-inf")).max(dim=1).values
        return (hidden * mask).sum(dim=1) / mask.sum(dim=1)
