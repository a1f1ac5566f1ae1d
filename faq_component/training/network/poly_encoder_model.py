"""The poly-encoder of Humeau, Shuster, Lachaux and Weston (2020), section 4.4, as a PyTorch module.

https://arxiv.org/abs/1905.01969. Unlike most of this package the module needs torch to be imported.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from faq_component.errors import EncoderError
from faq_component.language import _
from faq_component.training.checkpoints.checkpoint import CODES, save_tokenizer


class PolyEncoderModel(torch.nn.Module):
    """A BERT with learned codes.

    `codes` vectors attend over the states of the question's tokens and give as many query vectors. The post's vector,
    the state of its first token, attends over those. The paper's two BERTs are one here, which halves memory and file.
    `scale` and `bias` turn the product into a probability, ``logistic(scale * product + bias)``; they do not change the
    order, and are fitted (Platt 1999) after the rest is trained.

    Args:
        bert: a transformers BertModel; its pooling layer is not used.
        codes: the paper's m, 16, 64 or 360 there; more codes are slower and better.
    """

    def __init__(self, bert: Any, codes: int = 16) -> None:
        super().__init__()
        if codes < 1:
            raise EncoderError(_("codes is {codes}; a poly-encoder needs at least 1").format(codes=codes))
        dim = bert.config.hidden_size
        self.bert = bert
        # Codes as long as a normalised state would make the softmax pick a single token at the start.
        self.codes = torch.nn.Parameter(torch.randn(codes, dim) / dim**0.5)
        self.scale = torch.nn.Parameter(torch.tensor(dim**-0.5))
        self.bias = torch.nn.Parameter(torch.tensor(0.0))

    def forward(
        self, query_ids: torch.Tensor, query_mask: torch.Tensor, post_ids: torch.Tensor, post_mask: torch.Tensor
    ) -> torch.Tensor:
        """Return the products of every question with every post, for a loss over the posts of the batch.

        *Shape:* ``(queries, tokens)`` twice, ``(posts, tokens)`` twice; result ``(queries, posts)``.
        """
        return self.products(self.query_vectors(query_ids, query_mask), self.post_vectors(post_ids, post_mask))

    def query_vectors(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Encode questions. *Shape:* both ``(batch, tokens)``, result ``(batch, codes, dim)``."""
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.attend(hidden, attention_mask)

    def post_vectors(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Encode posts. *Shape:* both ``(batch, tokens)``, result ``(batch, dim)``."""
        states: torch.Tensor = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return states[:, 0]

    def attend(self, hidden: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Attend with each code over the states of real tokens.

        *Shape:* ``(batch, tokens, dim)`` and ``(batch, tokens)``, result ``(batch, codes, dim)``.
        """
        attention = (hidden @ self.codes.T).transpose(1, 2)  # (batch, codes, tokens)
        padding = (1.0 - attention_mask[:, None, :].float()) * torch.finfo(torch.float32).min
        return torch.softmax(attention + padding, dim=-1) @ hidden

    def products(self, query_vectors: torch.Tensor, post_vectors: torch.Tensor) -> torch.Tensor:
        """Return the product of each post with its attention over each question's vectors.

        *Shape:* ``(queries, codes, dim)`` and ``(posts, dim)``, result ``(queries, posts)``.
        """
        attention = torch.einsum("qcd,pd->qpc", query_vectors, post_vectors)
        gathered = torch.softmax(attention, dim=-1) @ query_vectors  # (queries, posts, dim)
        return torch.einsum("qpd,pd->qp", gathered, post_vectors)

    def save(self, folder: Path, tokenizer: Any) -> None:
        """Write the BERT and the tokenizer as transformers does, and the other parameters as safetensors."""
        folder.mkdir(parents=True, exist_ok=True)
        self.bert.save_pretrained(folder)
        save_tokenizer(tokenizer, folder)
        own = {"codes": self.codes, "scale": self.scale, "bias": self.bias}
        save_file({name: value.detach().float().cpu().contiguous() for name, value in own.items()}, folder / CODES)

    @classmethod
    def load(cls, folder: Path, bert: Any) -> PolyEncoderModel:
        """Load a model that `save` wrote around its loaded BERT, in evaluation mode.

        Raises:
            EncoderError: the codes are missing or do not fit the BERT.
        """
        path = folder / CODES
        if not path.is_file():
            message = _("{folder} has no {name}; give a folder of a trained poly-encoder")
            raise EncoderError(message.format(folder=folder, name=CODES))
        own = load_file(path)
        dim = bert.config.hidden_size
        if set(own) != {"codes", "scale", "bias"} or own["codes"].ndim != 2 or own["codes"].shape[1] != dim:
            shapes = {name: tuple(value.shape) for name, value in own.items()}
            message = _("{path} holds {shapes}; it must hold codes (m, {dim}), scale () and bias ()")
            raise EncoderError(message.format(path=path, shapes=shapes, dim=dim))
        model = cls(bert, codes=len(own["codes"]))
        for name, value in own.items():
            getattr(model, name).data.copy_(value)
        return model.eval()
