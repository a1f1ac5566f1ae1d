"""The pairs of words are mined once for each state of the FAQ."""

from __future__ import annotations

from pathlib import Path

import pytest

from faq_component.decision import contrast_store
from faq_component.decision.contrast_store import load_or_mine
from faq_component.knowledge.topics import Faq, Topic


def split(text: str) -> list[str]:
    return [text[:-4], text[-4:-2], text[-2:]]


def test_pairs_are_mined_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    posts = {"a": ("商品怎么申请退款\udc80", "商品怎么申请退货\udc80"), "b": ("商品怎么申请保修\udc80",)}
    faq = Faq.of(Topic(name, name, texts, ()) for name, texts in posts.items())
    mined = load_or_mine(tmp_path, ("1", True), faq, split)
    with monkeypatch.context() as patched:
        patched.setattr(contrast_store, "mine_pairs", None)
        found = load_or_mine(tmp_path, ("1", True), faq, split)
        with pytest.raises(TypeError):
            load_or_mine(tmp_path, ("1", False), faq, split)
    assert vars(found) == vars(mined)
    assert found._same
    assert found._contrasts
