"""Cache of the contrasting word pairs of an FAQ: mined once for each version, so that a restart needs no jieba."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from faq_component.decision.contrast import ContrastCheck, WordPairs, mine_pairs
from faq_component.knowledge.topics import Faq
from faq_component.support.artifacts import ArtifactStore

_VERSION = 5  # to be raised where `mine_pairs` finds other pairs in the same FAQ


def load_or_mine(
    folder: Path,
    made_from: object,
    faq: Faq,
    split: Callable[[str], list[str]],
    rewrite: Callable[[str], str] = str,
) -> ContrastCheck:
    """Build the contrast check of an FAQ from the word pairs kept in a folder, or mine and keep them.

    Args:
        folder: where pairs are kept.
        made_from: the FAQ's fingerprint, and everything that `rewrite` depends on, as JSON values.
        faq: the knowledge base.
        split: splits a text into words.
        rewrite: applied to texts before they are compared, see `ContrastCheck`.
    """

    def mine() -> tuple[WordPairs, WordPairs]:
        return mine_pairs(faq, lambda text: split(rewrite(text)))

    store = ArtifactStore(folder, "list of contrasting words", version=_VERSION)
    return ContrastCheck.with_pairs(faq, *store.load_or_make(made_from, mine, _to_bytes, _from_bytes), rewrite)


def _to_bytes(pairs: tuple[WordPairs, WordPairs]) -> bytes:
    return json.dumps([sorted(some) for some in pairs]).encode()


def _from_bytes(content: memoryview) -> tuple[WordPairs, WordPairs]:
    same, contrasts = json.loads(str(content, "utf-8"))
    return WordPairs(same), WordPairs(contrasts)
