r"""HTML, entities and literal ``\n`` in files: read as they are meant, counted, and never cut."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq_component.exchange import Did, Drafts, read_exchange, write_exchange
from faq_component.exchange.escapes import with_line_breaks
from faq_component.exchange.html_text import has_html, plain_text
from faq_component.knowledge.responses import RichResponse
from faq_component.knowledge.topics import Faq, Topic


def read(folder: Path, answer: str, question: str = "怎么退货") -> Drafts:
    target = io.StringIO()
    csv.writer(target).writerows([["问题", "答案"], [question, answer]])
    path = folder / "f.csv"
    path.write_text(target.getvalue(), "utf-8")
    return read_exchange([path])


def test_html_in_answers() -> None:
    drafts = read_exchange([Path("tests/data/import/e2_html_answers.csv")])
    assert (drafts.faults, drafts.notes) == ([], [])
    assert [draft.responses for draft in drafts.topics] == [
        ["七天内可以退。\n\n在退货页 https://shop.test/return 申请 即可\n谢谢"],
        ["满59元免运费，偏远加收15元\n谢谢"],
    ]
    assert drafts.remarks.counts == {Did.CONVERTED: 2}
    assert "row 2, column B (答案): <p>七天内可以退。" in drafts.remarks.examples[Did.CONVERTED][0]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<ul><li>打开<b>订单</b></li><li><p>点“退货”</p></li></ul>再等", "- 打开订单\n- 点“退货”\n\n再等"),
        ("<ol><li>打开订单<li>点退货</ol>", "1. 打开订单\n2. 点退货"),
        ('<ol start="3"><li>寄回</li></ol>', "3. 寄回"),
        (
            "<table><tr><th>地区</th><th>运费</th></tr><tr><td>省内</td><td>8元</td></tr></table>",
            "地区 | 运费\n省内 | 8元",
        ),
        ("<div>甲<div>乙</div></div>丙", "甲\n乙\n丙"),
        ("<p>甲\n乙</p>", "甲乙"),
        ("<p>one\n  two</p>", "one two"),
        ("<b>注意</b>：\n第二行", "注意：\n第二行"),
        ("<p>甲<p>乙", "甲\n\n乙"),
        ("10<sup>2</sup> m<sup>2</sup> H<sub>2</sub>O 4<sup>th</sup>", "10² m² H₂O 4^(th)"),
        ('见<a href="https://a.test/x">a.test/x</a>', "见a.test/x"),
        ('<a href="mailto:a@b.test">邮箱</a>', "邮箱 a@b.test"),
        ('<a href="#top">回到顶部</a>', "回到顶部"),
        ('<img src="img/a.png" alt="示意图">看图', "示意图 img/a.png 看图"),
        ("甲<script>alert(1)</script><style>p{}</style><!-- 注 -->乙<br>", "甲乙"),
        ("<姓名>您好，填<name>即可<br>谢谢", "<姓名>您好，填<name>即可\n谢谢"),
        ("a&lt;b &amp;&amp; c&nbsp;&#39;d&#x27;", "a<b && c 'd'"),
        ("<p>?a=1&reg=2&copy=3</p>", "?a=1&reg=2&copy=3"),
        ("<P CLASS='x'>甲</P>\r\n<BR/>乙", "甲\n\n乙"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("写`<br>`，<br>再写", "写`<br>`，\n再写"),
    ],
)
def test_as_a_browser_shows_it(text: str, plain: str, tmp_path: Path) -> None:
    drafts = read(tmp_path, text)
    assert [draft.responses for draft in drafts.topics] == [[plain]]
    assert drafts.remarks.counts[Did.CONVERTED] == 1


@pytest.mark.parametrize(
    "text",
    [
        "输入<code>后点确定",
        "a<b且c>d",
        "AT&T",
        "x&copy=1",
        "用`<br>`换行",
        "```\n<p>甲</p>\n```",
        "<姓名>",
        "<3",
        "&nope;",
    ],
)
def test_what_is_no_html(text: str, tmp_path: Path) -> None:
    drafts = read(tmp_path, text)
    assert [draft.responses for draft in drafts.topics] == [[text]]
    assert drafts.remarks.counts == {}


def test_struck_out_text_is_left_out_and_named(tmp_path: Path) -> None:
    drafts = read(tmp_path, "运费<del>6元</del><b>8元</b>")
    assert drafts.topics[0].responses == ["运费8元"]
    assert drafts.remarks.examples[Did.LEFT_OUT][0].endswith("row 2, column B (答案): struck out: 6元")


def test_one_image_is_the_image_of_the_answer(tmp_path: Path) -> None:
    drafts = read(tmp_path, '<p>看图</p><img src="https://a.test/x.png">')
    assert drafts.topics[0].responses == [RichResponse(text="看图", image="https://a.test/x.png")]
    assert drafts.remarks.counts[Did.ILLUSTRATED] == 1
    two = '一<img src="https://a.test/1.png">二<img src="https://a.test/2.png">'
    assert read(tmp_path, two).topics[0].responses == ["一 https://a.test/1.png 二 https://a.test/2.png"]


def test_several_answers_of_a_cell_stay_several(tmp_path: Path) -> None:
    assert read(tmp_path, "<p>甲</p>\n---\n<p>乙</p>\n---\n丙").topics[0].responses == ["甲", "乙", "丙"]


def test_html_in_questions(tmp_path: Path) -> None:
    drafts = read(tmp_path, "可以", "<p>怎么&nbsp;退货</p>\n想退&amp;换")
    assert drafts.topics[0].posts == ["怎么 退货", "想退&换"]


def test_an_answer_of_nothing_but_tags_is_missing(tmp_path: Path) -> None:
    (draft,) = read(tmp_path, "<p><br></p>").topics
    assert draft.gaps()[0].endswith("row 2, column B (答案): is empty; write an answer")


def test_lists_in_json(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text(json.dumps([{"question": "怎么退<br>", "answer": ["<p>可以</p>", r"甲。\n乙"]}]), "utf-8")
    drafts = read_exchange([path])
    assert [(draft.posts, draft.responses) for draft in drafts.topics] == [(["怎么退"], ["可以", "甲。\n乙"])]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (r"七天内可以退。\n\n1. 打开订单\n2. 点退货", "七天内可以退。\n\n1. 打开订单\n2. 点退货"),
        (r"One day.\nThen wait.", "One day.\nThen wait."),
        (r"好\r\n谢谢\n", "好\n谢谢\n"),
        (r"Steps:\n- open\n- click", "Steps:\n- open\n- click"),
        (r"装在C:\new里", r"装在C:\new里"),
        (r"D:\nas\好", r"D:\nas\好"),
        (r"\\server\name", r"\\server\name"),
        (r"用 \n 换行", r"用 \n 换行"),
        (r"写“\n”换行", r"写“\n”换行"),
        (r"print('a\nb')", r"print('a\nb')"),
        (r"写`a。\n`", r"写`a。\n`"),
    ],
)
def test_literal_line_breaks(text: str, meant: str, tmp_path: Path) -> None:
    assert with_line_breaks(text) == meant
    drafts = read(tmp_path, text)
    assert drafts.topics[0].responses == [meant.strip()]
    assert drafts.remarks.counts.get(Did.UNESCAPED, 0) == (text != meant)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".md", ".json", ".yml"])
def test_an_faq_about_html_comes_back_as_it_is(suffix: str, tmp_path: Path) -> None:
    faq = Faq.of([Topic("br", "怎么用<br>换行", ("写<br>吗", r"甲。\n乙"), ("<p>写<br></p>", "&amp;", r"甲。\n乙"))])
    drafts = read_exchange(write_exchange(faq, tmp_path / f"f{suffix}"))
    assert Faq.of(draft.topic for draft in drafts.topics) == faq


_words = st.text("甲乙丙丁abc<&>", min_size=1, max_size=5)
_names = st.sampled_from(["p", "div", "b", "i", "span", "li", "ul", "ol", "td", "tr", "h3"])
_trees: st.SearchStrategy[Any] = st.recursive(
    _words,
    lambda inner: st.tuples(
        st.sampled_from(["p", "div", "b", "i", "span", "li", "ul", "ol", "td", "tr", "h3"]), st.lists(inner)
    ),
    max_leaves=9,
)


def _written(tree: Any) -> str:
    if isinstance(tree, str):
        return html.escape(tree)
    name, inner = tree
    return f"<{name}>{''.join(map(_written, inner))}</{name}>"


def _shown(tree: Any) -> str:
    return tree if isinstance(tree, str) else "".join(map(_shown, tree[1]))


@given(_trees.filter(lambda tree: not isinstance(tree, str)))
def test_no_word_is_lost(tree: Any) -> None:
    written = f"<div>{_written(tree)}</div>"
    assert has_html(written)
    assert re.sub(r"[-\s|\d.]", "", plain_text(written).text) == re.sub(r"[-\s|\d.]", "", _shown(tree))


@given(st.text())
def test_texts_without_html_stay(text: str) -> None:
    if not has_html(text):
        assert plain_text(text).text == text
    plain_text(f"<p>{text}</p>")


@pytest.mark.parametrize("text", ["<p>a</p><![foo]>", "<p>a</p><![ if x]>b", "<p>a</p><!-- b", "<p>a</p> 3 < 4"])
def test_what_only_begins_like_markup_is_a_text(text: str) -> None:
    shown = plain_text(text).text
    assert shown.startswith("a")
    assert shown != "a"


@pytest.mark.parametrize("part", ["<a ", "<!--", "<![", "<p <", "</"])
def test_brackets_that_open_nothing_are_read_in_time_that_grows_with_the_text(part: str) -> None:
    text = "<p>a</p>" + part * 20_000  # not done in minutes before
    assert plain_text(text).text.startswith("a")
