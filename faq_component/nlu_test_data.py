"""Held-out questions as test data for ``rasa test nlu``."""

from __future__ import annotations

from faq_component.faq import Faq

_HEADER = """\
# Made from the held-out questions by `faq nlu-test`; edit those instead.
version: "3.1"
nlu:
"""


def nlu_test_yaml(faq: Faq) -> str:
    """NLU examples of the retrieval intents ``faq/<topic id>``, one block per topic."""
    blocks = []
    for topic in faq.topics:
        examples = "".join(f"    - {' '.join(post.split())}\n" for post in topic.posts)
        blocks.append(f"- intent: faq/{topic.id}\n  examples: |\n{examples}")
    return _HEADER + "".join(blocks)
