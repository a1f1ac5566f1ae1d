"""JSON exports of other programs, recognised by content: each becomes objects with names of columns as keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from faq_component.exchange.product import Product
from faq_component.exchange.products import alpaca, botpress, qna_maker, qnabot

Objects = list[dict[str, Any]]
_READERS: dict[Product, Callable[[Any], Objects | None]] = {
    Product.BOTPRESS: botpress.objects_of,
    Product.QNABOT: qnabot.objects_of,
    Product.QNA_MAKER: qna_maker.objects_of,
    Product.ALPACA: alpaca.objects_of,
}


def read_product(content: Any) -> tuple[Product, Objects] | None:
    """The program that wrote a JSON value, and its questions and answers; None where no program is recognised."""
    for product, objects_of in _READERS.items():
        if (found := objects_of(content)) is not None:
            return product, found
    return None
