"""An answer's text in a file, as the program that wrote the file means it."""

from __future__ import annotations

from faq_component.exchange.product import Product


def answer_text(text: str, product: Product | None) -> str:
    r"""The text that users read.

    Args:
        text: as it stands in the file.
        product: the program that wrote the file; None where any may have.
    """
    if product is Product.QNA_MAKER:
        return text.replace("\\n", "\n")
    return text
