"""The programs whose exports are recognised."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from faq_component.exchange.columns import Kind, heading_key


class Product(Enum):
    """A program whose exports are recognised by their content; the value is its name."""

    QNA_MAKER = "QnA Maker"
    QNABOT = "QnABot"
    BOTPRESS = "Botpress"
    CHATTERBOT = "ChatterBot"
    ALPACA = "Alpaca"
    MAXKB = "MaxKB"
    FASTGPT = "FastGPT"


_HEADINGS = {
    Product.QNA_MAKER: {"question", "answer", "source", "metadata"},
    Product.MAXKB: {"分段标题", "分段内容"},
    Product.FASTGPT: {"q", "a", "indexes"},
}


# What columns hold in the tables of one program alone.
_COLUMNS = {Product.QNA_MAKER: {"metadata": Kind.TAGS}}


def kind_in(product: Product | None, heading: str) -> Kind | None:
    """What a heading announces in the tables of a program; None where it says no more than elsewhere."""
    return _COLUMNS.get(product, {}).get(heading_key(heading)) if product else None


def product_of(headings: Collection[str]) -> Product | None:
    """The program that writes tables of these headings; None where any may have."""
    keys = {heading_key(heading) for heading in headings}
    return next((product for product, needed in _HEADINGS.items() if needed <= keys), None)
