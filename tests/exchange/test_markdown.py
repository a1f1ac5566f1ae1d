"""Documents of questions and answers as people write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from faq_component.exchange import Drafts, read_exchange


def read(tmp_path: Path, text: str) -> Drafts:
    path = tmp_path / "f.md"
    path.write_text(text, "utf-8")
    return read_exchange([path])


def contents(drafts: Drafts) -> list[tuple[str, list[str], list[Any]]]:
    assert drafts.faults == []
    return [(draft.title, draft.posts, draft.responses) for draft in drafts.topics]


def test_lists_of_questions_and_quoted_answers(tmp_path: Path) -> None:
    text = "# 客服\n\n## 退货 {#return}\n- 怎么退\n- 想\n  退\n\n> 第一行\n> 第二行\n\n> 另一答\n\n"
    text += "## 发货\n\n* 何时发\n\n明天。\n\n节假日顺延。\n"
    drafts = read(tmp_path, text)
    assert contents(drafts) == [
        ("退货", ["怎么退", "想 退"], ["第一行\n第二行", "另一答"]),
        ("发货", ["何时发"], ["明天。\n\n节假日顺延。"]),
    ]
    assert drafts.topics[0].id == "return"


def test_headings_that_are_questions(tmp_path: Path) -> None:
    text = "# 常见问题\n\n请先看这里。\n\n## 售后\n\n### 怎么退货？\n\n1. 打开订单\n2. 点退货\n\n"
    text += "### Q: 多久到\n\nA: 三天\n\n---\n\n两三天\n"
    drafts = read(tmp_path, text)
    assert contents(drafts) == [
        ("怎么退货？", ["怎么退货？"], ["1. 打开订单\n2. 点退货"]),
        ("多久到", ["多久到"], ["三天", "两三天"]),
    ]
    assert drafts.notes == [f"{tmp_path / 'f.md'}: line 3: not read: text that belongs to no question"]


@pytest.mark.parametrize(
    ("q", "a"),
    [
        ("Q: ", "A: "),
        ("**Q:** ", "**A:** "),
        ("**Q**：", "**A**："),
        ("问：", "答："),
        ("Q1：", "A1："),
        ("**问题：** ", "**回答：** "),
    ],
)
@pytest.mark.parametrize("heading", ["", "## 售后\n\n"])
def test_lines_of_q_and_a(q: str, a: str, heading: str, tmp_path: Path) -> None:
    text = f"{heading}{q}怎么退\n{q}想退\n{a}可以退。\n请看：订单页\n\n第二段\n{a}另一答\n\n{q}多久到\n\n{a}三天\n"
    assert contents(read(tmp_path, text)) == [
        ("怎么退", ["怎么退", "想退"], ["可以退。\n请看：订单页\n\n第二段", "另一答"]),
        ("多久到", ["多久到"], ["三天"]),
    ]


def test_bold_around_the_whole_question(tmp_path: Path) -> None:
    assert contents(read(tmp_path, "**Q：怎么退？**\n\n可以退\n")) == [("怎么退？", ["怎么退？"], ["可以退"])]


def test_headings_inside_code_are_none(tmp_path: Path) -> None:
    text = "## 怎么配置\n\n这样写：\n\n```\n## 不是标题\n```\n"
    assert contents(read(tmp_path, text)) == [("怎么配置", ["怎么配置"], ["这样写：\n\n```\n## 不是标题\n```"])]


def test_faults_are_named_by_line(tmp_path: Path) -> None:
    text = '## 退货 {#Bad}\n- 怎么退\n\n```json\n{"txt": 1}\n```\n\n##\n\n答\n'
    where = f"{tmp_path / 'f.md'}: line"
    faults = read(tmp_path, text).faults
    assert faults[0].startswith(f"{where} 1: id is 'Bad'")
    assert faults[1].startswith(f"{where} 4: unknown key 'txt'")
    assert faults[-1] == f"{where} 8: the heading is empty; write what it is about"
    assert read(tmp_path, "只有文字\n").faults[0].endswith("write `## title`, `- question`, `> answer`")


def test_what_a_topic_lacks(tmp_path: Path) -> None:
    drafts = read(tmp_path, "## 退货\n\n- 怎么退\n\n## 换货\n")
    assert [gap for draft in drafts.topics for gap in draft.gaps()] == [
        f"{tmp_path / 'f.md'}: line 1: topic '退货' has no answer; write a paragraph or a quote, `> ...`",
        f"{tmp_path / 'f.md'}: line 5: topic '换货' has no answer; write a paragraph or a quote, `> ...`",
    ]
