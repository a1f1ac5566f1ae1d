"""The hint that an FAQ has too few posts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from faq_component.cli import main
from faq_component.knowledge.sparse import sparse_hint
from faq_component.knowledge.topics import Faq, Topic


def faq_of(*sizes: int) -> Faq:
    return Faq.of(
        Topic(f"t{number}", f"题{number}", tuple(f"问{number}之{place}" for place in range(size)), ("好",))
        for number, size in enumerate(sizes)
    )


def test_topics_of_one_post_are_named() -> None:
    hint = sparse_hint(faq_of(1, 1, 2, 1, 1))
    assert hint is not None
    assert hint.startswith("4 topics have only one post")
    assert "题0, 题1, 题3" in hint
    assert (sparse_hint(faq_of(1, 3)) or "").startswith("1 topic has only one post")
    assert sparse_hint(faq_of(1, 2, 2, 2, 2)) is None
    assert sparse_hint(faq_of(2, 3)) is None
    assert sparse_hint(Faq.of([])) is None


def test_faq_check_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "faq.json"
    file.write_text(json.dumps({"退货": {"post": ["怎么退货"], "resp": ["七天内。"]}}, ensure_ascii=False), "utf-8")
    assert main(["check", str(file)]) == 0
    assert "hint: 1 topic has only one post" in " ".join(capsys.readouterr().out.split())
