"""Documents of questions and answers as people write them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


FILES = Path("tests/data/import")


def case(name: str) -> Drafts:
    (path,) = FILES.glob(f"{name}_*")
    return read_exchange([path])


def pairs(drafts: Drafts) -> list[tuple[str, Any]]:
    assert drafts.faults == []
    return [(post, response) for draft in drafts.topics for post in draft.posts for response in draft.responses]


def tags(drafts: Drafts) -> list[list[str]]:
    return [draft.tags for draft in drafts.topics]


BACK, SHIP = "七天内可以退。", "满59元免运费。"


class TestRealDocuments:
    """Documents as people have them give questions and whole answers."""

    def test_boxes_that_open(self) -> None:
        assert pairs(case("l1")) == [("怎么退货？", BACK), ("运费多少？", SHIP)]

    def test_numbered_questions_in_numbered_sections(self) -> None:
        drafts = case("l3")
        assert pairs(drafts) == [
            ("怎么退货？", BACK), ("运费多少？", SHIP), ("怎么开发票？", "在订单页申请。"), ("能开专票吗？", "可以。"),
        ]  # fmt: skip
        assert tags(drafts) == [["售后"], ["售后"], ["发票"], ["发票"]]

    def test_sections(self) -> None:
        drafts = case("l4")
        assert pairs(drafts) == [
            ("怎么退货？", f"{BACK}\n\n- 打开订单页\n- 点“申请退货”"),
            ("运费多少？", "| 地区 | 运费 |\n| --- | --- |\n| 省内 | 8元 |\n| 新疆 | 15元 |"),
            ("怎么开发票？", "1. 打开订单\n2. 点“申请发票”\n\n![示意图](img/invoice.png)"),
        ]
        assert tags(drafts) == [["售后问题"], ["售后问题"], ["发票问题"]]

    def test_a_list_as_the_answer(self) -> None:
        steps = "- 打开订单页\n- 点“申请退货”\n- 寄回商品"
        assert pairs(case("l6")) == [("怎么申请退货？", f"{steps}\n\n{BACK}"), ("运费多少？", SHIP)]

    def test_a_quoted_note_inside_an_answer(self) -> None:
        answer = "七天内可以退，在订单页申请。\n\n**注意：**\n\n生鲜不支持退货。\n\n寄回后三天内退款。"
        assert pairs(case("l7")) == [("怎么退货？", answer), ("运费多少？", SHIP)]

    def test_front_matter(self) -> None:
        drafts = case("l8")
        assert pairs(drafts) == [("怎么退货？", BACK)]
        assert drafts.notes == [f"{FILES / 'l8_front_matter.md'}: line 1: not read: front matter (title, summary)"]

    @pytest.mark.parametrize(("name", "kind"), [("k3_rasa1_nlu", "nlu"), ("k3_rasa1_responses", "nlg")])
    def test_rasa_1(self, name: str, kind: str) -> None:
        (fault,) = read_exchange([FILES / f"{name}.md"]).faults
        assert "is a file of Rasa 1; convert it with Rasa 2" in fault
        assert f"`rasa data convert {kind} --format yaml --data {FILES}/{name}.md" in fault


@pytest.mark.parametrize(
    "text",
    [
        "<details><summary>怎么退？</summary>可以。</details>",
        "<details open>\n  <summary><b>怎么退？</b></summary>\n\n可以。\n\n</details>",
        "<details>\n<summary>售后</summary>\n\n<details>\n<summary>怎么退？</summary>\n\n可以。\n</details>\n</details>",
        "::: details 怎么退？\n可以。\n:::",
        '??? question "怎么退？"\n    可以。\n',
        "**怎么退？**\n\n可以。",
        "**怎么退？**\n可以。",
        "__怎么退__\n\n可以。",
        "**1. 怎么退？**\n\n可以。",
        "1、怎么退？\n可以。",
        "（1）怎么退？\n\n可以。",
        "1. 怎么退？\n\n可以。",
        "1. **怎么退？**\n   可以。",
        "- 怎么退？\n\n  可以。",
        "### **怎么退？**\n\n可以。",
        "### 1. 怎么退？\n\n可以。",
        "### 一、怎么退？\n\n可以。",
        '### <a name="x"></a>怎么退？\n\n可以。',
        "Q1. 怎么退？\n\n可以。",
        "---\ntitle: 题\ntags: [a]\n---\n\n**怎么退？**\n\n可以。",
        "+++\ntitle = '题'\n+++\n\n## 怎么退？\n\n可以。",
        "## 怎么退？\n\n<!-- 草稿 -->\n\n可以。",
    ],
)
def test_ways_to_write_a_question(text: str, tmp_path: Path) -> None:
    found = pairs(read(tmp_path, f"{text}\n"))
    assert [(post.rstrip("？"), answer) for post, answer in found] == [("怎么退", "可以。")]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("> [!WARNING]\n> 生鲜不退。", "可以。\n\n**警告**\n生鲜不退。"),
        ("> **提示：** 生鲜不退。", "可以。\n\n**提示：** 生鲜不退。"),
        ("!!! note\n    生鲜不退。", "可以。\n\n**注意**\n生鲜不退。"),
        ('!!! tip "生鲜"\n    不退。', "可以。\n\n**生鲜**\n不退。"),
        (":::caution\n生鲜不退。\n:::", "可以。\n\n**小心**\n生鲜不退。"),
        ("<details><summary>例外</summary>\n生鲜不退。\n</details>", "可以。\n\n例外\n\n生鲜不退。"),
        ("1. 打开\n2. 点退货", "可以。\n\n1. 打开\n2. 点退货"),
        ("**注意**：生鲜不退。", "可以。\n\n**注意**：生鲜不退。"),
        ("第一行<br>\n第二行", "可以。\n\n第一行\n第二行"),
        ("- 甲\n  - 乙<br>\n", "可以。\n\n- 甲\n  - 乙"),
        ("用`<br>`换行", "可以。\n\n用`<br>`换行"),
    ],
)
def test_what_belongs_to_an_answer(text: str, answer: str, tmp_path: Path) -> None:
    assert pairs(read(tmp_path, f"## 怎么退？\n\n可以。\n\n{text}\n\n## 多久？\n\n三天\n")) == [
        ("怎么退？", answer),
        ("多久？", "三天"),
    ]


def test_quotes_alone_are_an_answer_each_and_a_note_belongs_to_the_one_before(tmp_path: Path) -> None:
    assert pairs(read(tmp_path, "## 怎么退？\n\n> 可以。\n\n> 注意：生鲜不退。\n\n> 能退。\n")) == [
        ("怎么退？", "可以。\n\n注意：生鲜不退。"),
        ("怎么退？", "能退。"),
    ]


@pytest.mark.parametrize(
    ("text", "posts"),
    [
        ("## 退货\n\n- 怎么退\n- 想退\n\n可以。", ["怎么退", "想退"]),
        ("## 怎么退货\n\n- 我要退\n- 退货\n\n> 可以。", ["我要退", "退货"]),
        ("## 怎么退货\n\n- 打开订单页\n- 点退货", ["怎么退货"]),
        ("## 退货步骤\n\n- 打开订单页\n- 填写退多少件", ["退货步骤"]),
        ("## How do I pay?\n\n* Cash\n* Card", ["How do I pay?"]),
    ],
)
def test_lists_of_questions_and_lists_of_steps(text: str, posts: list[str], tmp_path: Path) -> None:
    assert [draft.posts for draft in read(tmp_path, text).topics] == [posts]


def test_the_same_question_in_two_sections_is_two_topics(tmp_path: Path) -> None:
    text = "# 卡\n\n## 金卡\n\n### 年费多少？\n\n300元\n\n## 白金卡\n\n### 年费多少？\n\n800元\n"
    assert contents(read(tmp_path, text)) == [
        ("年费多少？ (金卡)", ["年费多少？"], ["300元"]),
        ("年费多少？ (白金卡)", ["年费多少？"], ["800元"]),
    ]


@pytest.mark.parametrize("heading", ["3.5折怎么用", "404、找不到页面", "2.退货"])
def test_a_number_that_is_no_count_belongs_to_the_heading(heading: str, tmp_path: Path) -> None:
    assert [post for post, _answer in pairs(read(tmp_path, f"## {heading}\n\n好\n"))] == [heading]


def test_stories_of_rasa_1_and_lists_that_look_like_them(tmp_path: Path) -> None:
    assert "`rasa data convert core" in read(tmp_path, "## story\n* greet\n  - utter_greet\n").faults[0]
    assert pairs(read(tmp_path, "## How to pay\n* cash\n  - coins\n")) == [("How to pay", "* cash\n  - coins")]
    assert pairs(read(tmp_path, "## 怎么付\n* 微信/支付宝都行\n  - 也收现金\n")) == [
        ("怎么付", "* 微信/支付宝都行\n  - 也收现金")
    ]


def test_two_files_with_the_same_question(tmp_path: Path) -> None:
    paths = [tmp_path / "a.md", tmp_path / "b.md"]
    for path in paths:
        path.write_text("## 怎么退？\n\n可以。\n", "utf-8")
    assert pairs(read_exchange(paths)) == [("怎么退？", "可以。")]


_STYLES = (
    "### {q}\n\n{a}\n",
    "**{q}**\n\n{a}\n",
    "**{q}**\n{a}\n",
    "<details>\n<summary>{q}</summary>\n\n{a}\n\n</details>\n",
    "::: details {q}\n{a}\n:::\n",
    '??? note "{q}"\n    {a}\n',
    "{n}. {q}\n\n   {a}\n",
    "{n}、{q}\n{a}\n",
    "**{n}. {q}**\n\n{a}\n",
    "Q：{q}\nA：{a}\n",
    "### {n}. {q}\n\n> {a}\n",
)
_BEFORE = ("", "# 常见问题\n\n", "---\nt: 1\n---\n\n", "# 帮助\n\n## 购物\n\n")


@given(st.sampled_from(_STYLES), st.integers(1, 4), st.sampled_from(_BEFORE))
def test_any_style_gives_every_question_and_answer(style: str, count: int, before: str) -> None:
    asked = [(f"第{'甲乙丙丁'[number]}件怎么退？", f"答{number}，可以。") for number in range(count)]
    text = before + "\n".join(style.format(q=q, a=a, n=number) for number, (q, a) in enumerate(asked, 1))
    with tempfile.TemporaryDirectory() as folder:
        assert pairs(read(Path(folder), text)) == asked
