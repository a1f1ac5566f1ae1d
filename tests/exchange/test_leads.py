"""What topics lead on to, and the other keys that people write in columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from faq_component.errors import FaqDataError
from faq_component.exchange import Mode, merge, read_exchange
from faq_component.exchange.lead_cells import read_follow, write_follow
from faq_component.knowledge.leads import Follow
from faq_component.knowledge.options import Options
from faq_component.knowledge.topics import Faq, Topic

CHINESE = """标题,问题,答案,相关主题,后续主题,反例,推荐,转人工
退货,怎么退货,七天内可退。,退款,多久到账 → 退款|运费谁出,押金怎么退,是,
退款,退款多久到账,三天。,,,,,是
运费,运费谁出,店家出。,tui_kuan_x,,,否,否
"""
ENGLISH = CHINESE.replace(
    "标题,问题,答案,相关主题,后续主题,反例,推荐,转人工",
    "title,question,answer,related topics,follow-up topics,must not match,recommended,hand over",
)


def imported(folder: Path, text: str, faq: Faq | None = None, mode: Mode = Mode.ADD) -> Faq:
    path = folder / "faq.csv"
    path.write_text(text, "utf-8")
    return merge(faq, read_exchange([path]), mode).faq


@pytest.mark.parametrize("text", [CHINESE, ENGLISH], ids=["Chinese", "English"])
def test_columns_name_topics_by_title_post_or_id(text: str, tmp_path: Path) -> None:
    known = Faq.of([Topic("tui_kuan_x", "退款", ("退款",), ("好",))])
    by_title = {topic.title: topic for topic in imported(tmp_path, text, known).topics}
    options = by_title["退货"].options
    assert options.related == ("tui_kuan_x",)
    assert options.follow == (Follow("tui_kuan_x", "多久到账"), Follow(by_title["运费"].id))
    assert (options.negatives, options.recommend, options.handoff) == (("押金怎么退",), True, False)
    assert (by_title["退款"].options, by_title["运费"].options.related) == (Options(handoff=True), ("tui_kuan_x",))


def test_a_name_of_no_topic_is_told_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(FaqDataError, match=r"row 4: there is no topic 'tui_kuan_x' to lead on to"):
        imported(tmp_path, CHINESE)


def test_a_lead_to_a_topic_that_goes_is_told(tmp_path: Path) -> None:
    rows = "标题,问题,答案,id\n退货,怎么退货,可以。,a\n"
    known = Faq.of(
        [
            Topic("a", "退货", ("怎么退货",), ("可以。",), Options(related=("b",))),
            Topic("b", "运费", ("运费",), ("好",)),
        ]
    )
    assert imported(tmp_path, rows, known).by_id["a"].options.related == ("b",)
    with pytest.raises(FaqDataError, match=r"topic '退货': related\[0\] is 'b', which no topic has as its id"):
        imported(tmp_path, rows, known, Mode.MIRROR)


def test_an_import_adds_leads_and_replaces_them_on_demand(tmp_path: Path) -> None:
    known = Faq.of(
        [
            Topic("a", "退货", ("怎么退货",), ("可以。",), Options(related=("b",), recommend=True)),
            Topic("b", "运费", ("运费",), ("好",)),
            Topic("c", "退款", ("退款",), ("好",)),
        ]
    )
    rows = "标题,问题,答案,相关问题\n退货,怎么退货,可以。,退款\n"
    assert imported(tmp_path, rows, known).by_id["a"].options == Options(related=("b", "c"), recommend=True)
    replaced = imported(tmp_path, rows, known, Mode.REPLACE).by_id["a"].options
    assert replaced == Options(related=("c",), recommend=True)


def _known(**options: Any) -> Faq:
    others = [Topic(f"t{at}", f"题{at}", (f"问{at}",), ("好",)) for at in range(12)]
    return Faq.of([Topic("a", "退货", ("怎么退货",), ("可以。",), Options(**options)), *others])


@pytest.mark.parametrize(("cell", "title"), [("几天到账 → 题1", "几天到账"), ("题1", "多久到账")])
def test_a_button_that_is_there_gets_the_title_of_the_file(tmp_path: Path, cell: str, title: str) -> None:
    known = _known(follow=(Follow("t1", "多久到账"), Follow("t2")))
    added = imported(tmp_path, f"标题,问题,答案,后续主题\n退货,怎么退货,可以。,{cell}|题3\n", known)
    assert added.by_id["a"].options.follow == (Follow("t1", title), Follow("t2"), Follow("t3"))


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        ("相关主题", "|".join(f"题{at}" for at in range(5, 11)), "related names 11 topics, more than 10"),
        ("后续主题", "|".join(f"题{at}" for at in range(5, 11)), "follow names 11 topics, more than 10"),
        ("相关主题", "退货", "names the topic itself"),
        ("反例", "怎么退货?", "is also a post of the topic"),
    ],
)
@pytest.mark.parametrize("mode", [Mode.ADD, Mode.REPLACE])
def test_what_the_knowledge_base_would_refuse_is_told_before(
    tmp_path: Path, column: str, cell: str, fault: str, mode: Mode
) -> None:
    names = tuple(f"t{at}" for at in range(5))
    known = _known(related=names, follow=tuple(map(Follow, names)))
    rows = f"标题,问题,答案,{column}\n退货,怎么退货,可以。,{cell}\n"
    if mode is Mode.REPLACE and "|" in cell:  # six alone are not too many
        assert imported(tmp_path, rows, known, mode)
        return
    with pytest.raises(FaqDataError) as raised:
        imported(tmp_path, rows, known, mode)
    (told,) = raised.value.faults
    assert told.startswith("after the import: topic '退货': ")
    assert fault in told


FULL: dict[str, Any] = {
    "tags": ("金店",),
    "related": ("t1",),
    "follow": (Follow("t2", "几天"),),
    "negatives": ("押金",),
}


@pytest.mark.parametrize("mode", [Mode.REPLACE, Mode.MIRROR])
@pytest.mark.parametrize(
    ("column", "key"), [("标签", "tags"), ("相关主题", "related"), ("后续主题", "follow"), ("反例", "negatives")]
)
def test_an_emptied_cell_clears_and_a_missing_column_keeps(tmp_path: Path, column: str, key: str, mode: Mode) -> None:
    known = _known(**FULL)
    others = "".join(f"题{at},问{at},好,\n" for at in range(12))
    rows = f"标题,问题,答案,{column}\n退货,怎么退货,可以。,\n{others}"
    assert imported(tmp_path, rows, known, mode).by_id["a"].options == Options(**{**FULL, key: ()})
    assert imported(tmp_path, rows, known).by_id["a"].options == Options(**FULL)


def test_a_json_file_clears_every_list(tmp_path: Path) -> None:
    path = tmp_path / "faq.json"
    path.write_text('{"退货": {"id": "a", "post": ["怎么退货"], "resp": ["可以。"]}}', "utf-8")
    assert merge(_known(**FULL), read_exchange([path]), Mode.REPLACE).faq.by_id["a"].options == Options()
    assert merge(_known(**FULL), read_exchange([path])).faq.by_id["a"].options == Options(**FULL)


@pytest.mark.parametrize("title", ["多久到账", "a → b", "甲;乙", '["x"]', "##", " 空格 ", "两\n行", "{x}"])
def test_a_button_reads_back(title: str) -> None:
    follow = [Follow("refund", title), Follow("other")]
    assert read_follow("\n".join(map(write_follow, follow))) == follow


@pytest.mark.parametrize(
    ("questions", "title"),
    [("退款多久到账", "退款多久到账"), ({"a": "退款"}, None), ([], None), ([7], None), (7, None)],
)
def test_a_prompt_names_a_question_or_is_not_read(tmp_path: Path, questions: Any, title: str | None) -> None:
    items = [
        {"id": 1, "answer": "可以。", "questions": ["怎么退货"], "context": {"prompts": [{"qnaId": 2}]}},
        {"id": 2, "answer": "三天。", "questions": questions},
    ]
    path = tmp_path / "kb.json"
    path.write_text(json.dumps({"qnaDocuments": items}, ensure_ascii=False), "utf-8")
    assert [follow.topic for follow in read_exchange([path]).topics[0].follow] == ([title] if title else [])


def test_the_prompts_of_qna_maker_lead_on(tmp_path: Path) -> None:
    prompts = [
        {"displayOrder": 0, "qnaId": 2, "displayText": "多久到账"},
        {"displayOrder": 1, "qnaId": 9, "displayText": "不在文件里"},
    ]
    items = [
        {"id": 1, "answer": "七天内可退。", "questions": ["怎么退货"], "context": {"prompts": prompts}},
        {"id": 2, "answer": "三天。", "questions": ["退款多久到账", "退款时间"]},
    ]
    path = tmp_path / "kb.json"
    path.write_text(json.dumps({"qnaDocuments": items}, ensure_ascii=False), "utf-8")
    drafts = read_exchange([path])
    first, second = merge(None, drafts).faq.topics
    assert first.options.follow == (Follow(second.id, "多久到账"),)
    assert any("prompts" in note for note in drafts.notes)


def test_the_prompts_of_a_qna_file_lead_on(tmp_path: Path) -> None:
    prompts = "- [多久到账](#2)\n- [运费](#?谁出-运费) `context-only`\n- [不在文件里](#9)\n- 没有链接\n- [自己](#1)\n"
    pairs = ["# ? 怎么退货\n- 想退\n\n```\n七天内可退。\n```", "# ? 退款多久到账\n```\n三天。\n```"]
    first, second = (f'<a id = "{number}"></a>\n{pair}\n' for number, pair in enumerate(pairs, 1))
    path = tmp_path / "kb.qna"
    path.write_text(f"{first}\n**Prompts:**\n{prompts}\n{second}\n# ? 谁出运费\n```\n店家。\n```\n", "utf-8")
    drafts = read_exchange([path])
    returned, refund, freight = merge(None, drafts).faq.topics
    assert returned.options.follow == (Follow(refund.id, "多久到账"), Follow(freight.id, "运费"))
    assert any("prompts" in note for note in drafts.notes)
