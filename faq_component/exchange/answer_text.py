r"""Texts of a file as the program that wrote them means them: without HTML, and with line breaks for ``\n``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faq_component.exchange.cells import SEPARATOR, divided, is_json, write_answer, write_line
from faq_component.exchange.escapes import with_line_breaks
from faq_component.exchange.html_text import has_html, plain_text
from faq_component.exchange.product import Product
from faq_component.exchange.remarks import Did
from faq_component.text import normalize

_MAY_HOLD = re.compile(r"[<&]|\\[nr]")


@dataclass(frozen=True)
class Meant:
    """A text as it is meant.

    Args:
        value: the text, or a response with an image, in the form of an FAQ file.
        did: what was done with it.
        struck: texts in it that are struck out, and were left out.
    """

    value: str | Mapping[str, Any]
    did: tuple[Did, ...] = ()
    struck: Sequence[str] = ()


def as_meant(text: str, product: Product | None = None, *, in_markdown: bool = False) -> Meant:
    """Return what users are to read.

    Args:
        text: as it stands in the file.
        product: the program that wrote the file; None where any may have.
        in_markdown: whether line breaks and indents are meant as they stand, also within HTML.
    """
    broken = text if in_markdown else with_line_breaks(text)
    if product is Product.QNA_MAKER:
        broken = text.replace("\\n", "\n")
    did = [Did.UNESCAPED] if broken != text else []
    broken = broken.strip() if did else broken
    if not has_html(broken):
        return Meant(broken, tuple(did))
    plain = plain_text(broken, keep_lines=in_markdown)
    did.append(Did.CONVERTED)
    if len(plain.images) == 1 and plain.images[0] not in plain.text:
        did.append(Did.ILLUSTRATED)
        content = {"text": plain.text, "image": plain.images[0]}
        return Meant({key: value for key, value in content.items() if value}, tuple(did), plain.struck)
    return Meant(plain.text, tuple(did), plain.struck)


def cell_as_meant(cell: str, product: Product | None, *, is_list: bool, of_answers: bool) -> tuple[str, list[Meant]]:
    """Return a cell with its texts as they are meant, and those that were changed.

    Args:
        cell: the text of the cell; what it holds as JSON is exact, and stays as it is.
        product: the program that wrote the file; None where any may have.
        is_list: whether the cell comes from a file in JSON, and so is a JSON list throughout.
        of_answers: whether it holds answers, which may have images; else questions, one a line.
    """
    if not _MAY_HOLD.search(cell):
        return cell, []
    if is_list:
        return _list_as_meant(cell, product, of_answers=of_answers)
    parts = divided(cell) if of_answers else cell.splitlines()
    done, written = [], []
    for part in parts:
        meant = Meant(part) if is_json(part) else as_meant(part, product)
        if not meant.did:
            written.append(part)
            continue
        done.append(meant)
        if of_answers:
            written.append(write_answer(meant.value) if meant.value else "")
        else:
            written += [write_line(text) for text in _text(meant).splitlines() if normalize(text)]
    return (SEPARATOR if of_answers else "\n").join(written) if done else cell, done


def _list_as_meant(cell: str, product: Product | None, *, of_answers: bool) -> tuple[str, list[Meant]]:
    texts = [as_meant(text, product) if isinstance(text, str) else Meant(text) for text in json.loads(cell)]
    values = [meant.value if of_answers or not meant.did else _text(meant) for meant in texts]
    kept = [value for value in values if not isinstance(value, str) or normalize(value)]
    return json.dumps(kept) if kept else "", [meant for meant in texts if meant.did]


def _text(meant: Meant) -> str:
    if isinstance(meant.value, str):
        return meant.value
    return " ".join(str(meant.value[key]) for key in ("text", "image") if key in meant.value)
