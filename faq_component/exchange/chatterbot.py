"""ChatterBot's corpora in YAML: ``conversations`` is a list of lists, each a question and its answer."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from faq_component.exchange.drafts import Drafts
from faq_component.exchange.json_file import read_items
from faq_component.exchange.product import Product
from faq_component.exchange.remarks import Did
from faq_component.exchange.yaml_nodes import compose, items, line_of, pairs, text_of
from faq_component.language import _

_TURNS = 2


def is_chatterbot(data: bytes) -> bool:
    """Whether a YAML file is a corpus of ChatterBot."""
    return re.search(rb"(?m)^conversations\s*:", data) is not None and not re.search(rb"(?m)^(nlu|responses)\s*:", data)


def read_chatterbot(path: Path, data: bytes, drafts: Drafts) -> None:
    """Read a corpus; the turns of a conversation after the first answer are left out."""

    def fault(node: yaml.Node, message: str) -> None:
        drafts.faults.append(_("{path}: line {line}: {message}").format(path=path, line=line_of(node), message=message))

    try:
        root = compose(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        drafts.faults.append(_("{path}: not YAML: {reason}").format(path=path, reason=" ".join(str(error).split())))
        return
    parts = dict(pairs(root, fault))
    tags = [text for node in items(parts.get("categories"), fault) if (text := text_of(node))]
    found = []
    for conversation in items(parts.get("conversations"), fault):
        turns = [text_of(node) for node in items(conversation, fault)]
        if len(turns) < _TURNS or not all(turns[:_TURNS]):
            fault(conversation, _("is no question with an answer; write two texts"))
            continue
        if len(turns) > _TURNS:
            message = _("{path}: line {line}: turns after the first answer: {count}")
            example = message.format(path=path, line=line_of(conversation), count=len(turns) - _TURNS)
            drafts.remarks.add(Did.LEFT_OUT, example, len(turns) - _TURNS)
        found.append({"question": turns[0], "answer": turns[1], "tags": tags})
    if found:
        read_items(path, found, drafts, Product.CHATTERBOT)
