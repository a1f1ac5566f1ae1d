"""Held-out questions as test data for ``rasa test nlu``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from faq_component.knowledge.topics import Faq
from faq_component.support.tsv import read_tsv

_HEADER = """\
# Made by `faq nlu-test` from the held-out questions and messages; edit those instead.
version: "3.1"
nlu:
"""
_NOT_INTENTS = {"faq", "other"}


def nlu_test_yaml(faq: Faq, intents: Mapping[str, Sequence[str]]) -> str:
    """Write NLU examples of the retrieval intents ``faq/<topic id>``, and of other intents, one block each.

    Rasa reports intents only if the test data has at least two.
    """
    blocks = {f"faq/{topic.id}": topic.posts for topic in faq.topics} | dict(intents)
    return _HEADER + "".join(_block(intent, examples) for intent, examples in blocks.items())


def _block(intent: str, examples: Sequence[str]) -> str:
    lines = "".join(f"    - {' '.join(example.split())}\n" for example in examples)
    return f"- intent: {intent}\n  examples: |\n{lines}"


def read_intents(path: str | Path) -> dict[str, list[str]]:
    """Read messages outside of a dialogue, by intent, from a TSV of context, label and message."""
    intents: dict[str, list[str]] = {}
    for row in read_tsv(path):
        if row["context"] == "none" and row["label"] not in _NOT_INTENTS:
            intents.setdefault(row["label"], []).append(row["message"])
    return intents
