"""Files as people and other programs have them come in whole, or what is wrong is said by row."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from faq_component.exchange import Choices, Did, Drafts, read_exchange
from faq_component.exchange.columns import Kind, heading_key

FILES = Path("tests/data/import")


def read(path: Path, **columns: Kind) -> Drafts:
    return read_exchange([path], Choices({heading_key(heading): kind for heading, kind in columns.items()}))


def case(name: str, **columns: Kind) -> Drafts:
    (path,) = FILES.glob(f"{name}_*")
    return read(path, **columns)


def table(folder: Path, text: str, name: str = "f.csv", **columns: Kind) -> Drafts:
    path = folder / name
    path.write_text(text, "utf-8")
    return read(path, **columns)


def topics(drafts: Drafts) -> dict[str, tuple[list[str], list[Any]]]:
    assert drafts.faults == []
    return {draft.title: (draft.posts, draft.responses) for draft in drafts.topics}


def posts(drafts: Drafts) -> list[list[str]]:
    assert drafts.faults == []
    return [draft.posts for draft in drafts.topics]


def tags(drafts: Drafts) -> list[list[str]]:
    return [draft.tags for draft in drafts.topics]


SHIP, BACK = "满59元免运费。", "七天内可以退。"


class TestCategories:
    """A column that groups different answers is a category; a blank title is not inherited."""

    def test_a_column_of_topics_that_is_a_category(self) -> None:
        drafts = case("a1")
        assert posts(drafts) == [
            ["忘记登录密码怎么办"], ["怎么注销账户"], ["怎么改绑手机号"], ["支持花呗吗"], ["发票怎么开"],
        ]  # fmt: skip
        assert tags(drafts) == [["账户"], ["账户"], ["账户"], ["支付"], ["支付"]]
        assert "column 主题 groups different answers, so it is kept as a tag" in drafts.notes[0]

    def test_the_name_of_a_page(self) -> None:
        drafts = case("a3")
        assert [draft.title for draft in drafts.topics] == [
            "How do I reset my password?", "Can I pay by invoice?", "Where are you located?",
        ]  # fmt: skip
        assert tags(drafts) == [["Frequently Asked Questions"]] * 3

    def test_a_blank_title_is_not_that_of_the_row_above(self) -> None:
        assert list(topics(case("a2"))) == ["密码", "怎么注销账户", "发票怎么开"]

    def test_the_user_may_say_that_a_column_names_topics(self) -> None:
        drafts = case("a1", 主题=Kind.TITLE)
        assert list(topics(drafts)) == ["账户", "支付"]
        assert len(drafts.topics[0].responses) == 3

    def test_merged_cells_and_singletons_are_a_category_too(self, tmp_path: Path) -> None:
        text = "topic,question,answer\nA,q1,a1\nA,q2,a2\nB,q3,a3\nA,q4,a4\n"
        assert tags(table(tmp_path, text)) == [["A"], ["A"], ["B"], ["A"]]

    def test_a_title_that_repeats_over_one_answer_names_the_topic(self, tmp_path: Path) -> None:
        drafts = table(
            tmp_path, "标题,问题,答案\n退货,怎么退,可以\n退货,想退,可以\n发货,几天到,三天\n付款,怎么付,刷卡\n"
        )
        assert topics(drafts) == {
            "退货": (["怎么退", "想退"], ["可以"]),
            "发货": (["几天到"], ["三天"]),
            "付款": (["怎么付"], ["刷卡"]),
        }

    def test_one_title_of_many_that_groups_different_answers(self, tmp_path: Path) -> None:
        rows = "".join(f"题{n},问{n},答{n}\n" for n in range(8))
        drafts = table(tmp_path, f"标题,问题,答案\n{rows}运费,新疆运费,20元\n运费,北京运费,8元\n")
        assert list(topics(drafts))[7:] == ["题7", "新疆运费", "北京运费"]
        assert tags(drafts)[7:] == [[], ["运费"], ["运费"]]
        assert drafts.remarks.counts[Did.APART] == 2

    def test_rows_with_an_id_are_one_topic_whatever_their_answers(self, tmp_path: Path) -> None:
        drafts = table(tmp_path, "标题,id,问题,答案\n晚安,night,睡了,好梦\n晚安,night,困了,早点睡\n")
        assert topics(drafts) == {"晚安": (["睡了", "困了"], ["好梦", "早点睡"])}

    def test_categories_of_several_levels(self) -> None:
        assert tags(case("s2")) == [["售后", "退货"], ["售后", "运费"]]


class TestTheSameQuestion:
    """The same question under two products is two topics."""

    @pytest.mark.parametrize("heading", ["分类", "产品", "标签", "卡种"])
    def test_a_column_tells_them_apart(self, heading: str, tmp_path: Path) -> None:
        text = f"{heading},问题,答案\n金卡,年费多少,300元\n白金卡,年费多少,800元\n金卡,额度多少,5万\n"
        drafts = table(tmp_path, text)
        assert topics(drafts) == {
            "年费多少 (金卡)": (["年费多少"], ["300元"]),
            "年费多少 (白金卡)": (["年费多少"], ["800元"]),
            "额度多少": (["额度多少"], ["5万"]),
        }
        assert tags(drafts) == [["金卡"], ["白金卡"], ["金卡"]]
        assert drafts.remarks.counts[Did.APART] == 2

    def test_without_such_a_column_it_has_several_answers_and_that_is_said(self, tmp_path: Path) -> None:
        drafts = table(tmp_path, "问题,答案\n你好,您好\n你好,在的\n")
        assert topics(drafts) == {"你好": (["你好"], ["您好", "在的"])}
        assert drafts.remarks.counts[Did.SEVERAL] == 1

    def test_the_same_answer_under_two_tags_stays_apart(self, tmp_path: Path) -> None:
        drafts = table(tmp_path, "分类,问题,答案\n金卡,怎么激活,打电话\n白金卡,如何激活,打电话\n")
        assert posts(drafts) == [["怎么激活"], ["如何激活"]]


class TestCellsBeyondTheHeadings:
    """No text vanishes: one beyond the headings is a fault with its row, in a workbook a note with a count."""

    @pytest.mark.parametrize(("name", "row", "text"), [("d4", 3, "偏远加收15元"), ("d7", 2, "退货运费自理。")])
    def test_a_comma_too_many(self, name: str, row: int, text: str) -> None:
        (fault,) = case(name).faults
        assert f"row {row}: has a cell beyond the headings: '{text}'" in fault

    @pytest.mark.parametrize(("delimiter", "name"), [(",", "f.csv"), (";", "f.csv"), ("\t", "f.tsv")])
    def test_with_any_delimiter(self, delimiter: str, name: str, tmp_path: Path) -> None:
        text = "问题,答案\n退,可以\n运费,8元,偏远加收\n".replace(",", delimiter)
        (fault,) = table(tmp_path, text, name).faults
        assert "row 3: has a cell beyond the headings: '偏远加收'" in fault

    def test_empty_cells_beyond_the_headings_are_nothing(self, tmp_path: Path) -> None:
        assert posts(table(tmp_path, "问题,答案\n退,可以,,\n运费,8元, ,\n")) == [["退"], ["运费"]]

    def test_columns_of_a_workbook_without_a_heading(self) -> None:
        drafts = case("d5")
        assert topics(drafts) == {"怎么退货": (["怎么退货"], [BACK]), "运费多少": (["运费多少"], [SHIP])}
        assert drafts.notes[0].endswith(
            "not read: column C has no heading; cells with text: 1, the first in row 2, '退货运费自理。'"
        )
        letters = [note.split("column ")[1][0] + note.split("text: ")[1][0] for note in case("d6").notes]
        assert letters == ["B2", "C1"]

    def test_thousands_of_faults_of_a_kind_fit_a_few_lines(self, tmp_path: Path) -> None:
        from faq_component.errors import FaqDataError
        from faq_component.exchange import merge

        drafts = table(tmp_path, "问题,答案\n" + "".join(f"问{n},答,多\n" for n in range(5000)) + "缺,\n" * 3)
        with pytest.raises(FaqDataError) as raised:
            merge(None, drafts)
        assert len(raised.value.faults) == 5
        assert "and the same in 4,997 more rows: 5, 6, 7" in raised.value.faults[3]


class TestSeveralPhrasingsInACell:
    """A sign divides questions where the heading or the column's cells say so."""

    @pytest.mark.parametrize("name", ["b1", "c1"])
    def test_as_the_heading_announces(self, name: str) -> None:
        drafts = case(name)
        assert topics(drafts) == {
            "忘记登录密码怎么办": (
                ["忘记登录密码怎么办", "密码忘了", "登录不上去"],
                ["点“忘记密码”重设。", "联系客服重设。"],
            ),
            "双十一满减怎么算": (["双十一满减怎么算", "满减规则", "凑单优惠"], ["每满300减50。"]),
        }
        assert [draft.enabled for draft in drafts.topics] == [True, False]
        assert tags(drafts) == [["账户"], ["账户"]]
        assert drafts.remarks.counts[Did.SPLIT] == 3

    def test_a_template_of_another_platform(self) -> None:
        drafts = case("b2")
        assert topics(drafts) == {
            "怎么退货": (["怎么退货", "我要退货", "买错了能退吗"], ["七天内可以退。", "在订单页申请退货。"])
        }
        assert (tags(drafts), drafts.topics[0].enabled) == ([["售后"]], True)

    @pytest.mark.parametrize(
        ("heading", "cell"),
        [
            ("问题", "怎么退货##我要退货"),
            ("问题", "怎么退货|我要退货"),
            ("用户问法", "怎么退货｜我要退货"),
            ("相似问", "怎么退货;我要退货"),
            ("相似问（多个用分号分隔）", "怎么退货；我要退货"),
            ("相似问题（用/隔开）", "怎么退货/我要退货"),
            ("问题（以逗号分隔）", '"怎么退货，我要退货"'),
            ("question (separated by pipes)", "怎么退货|我要退货"),
            ("similar questions, split by commas", "怎么退货，我要退货"),
        ],
    )
    def test_signs(self, heading: str, cell: str, tmp_path: Path) -> None:
        heading = f'"{heading}"' if "," in heading else heading
        drafts = table(tmp_path, f"{heading},答案\n{cell},可以\n")
        assert posts(drafts) == [["怎么退货", "我要退货"]]
        assert drafts.remarks.counts[Did.SPLIT] == 1

    def test_a_pattern_over_the_column(self, tmp_path: Path) -> None:
        text = "问题,答案\n怎么退货；我要退货,可以\n运费多少；包邮吗,8元\n几天能到,三天\n"
        assert posts(table(tmp_path, text)) == [["怎么退货", "我要退货"], ["运费多少", "包邮吗"], ["几天能到"]]

    @pytest.mark.parametrize(
        "cell",
        [
            "3/4寸的水管有吗",
            "退货/换货怎么办",
            "怎么去官网https://a.example/b下载",
            "我想问下；怎么退",
            "C/C++课程",
            "a#b",
        ],
    )
    def test_a_sign_of_the_question_itself(self, cell: str, tmp_path: Path) -> None:
        assert posts(table(tmp_path, f"问题,答案\n{cell},可以\n怎么付,刷卡\n")) == [[cell], ["怎么付"]]

    def test_headings_of_markdown_in_an_answer_are_none(self, tmp_path: Path) -> None:
        text = '问题,相似问,答案\n怎么退,想退##要退,"## 步骤\n先申请"\n怎么付,付款##刷卡,刷卡##现金\n'
        assert [draft.responses for draft in table(tmp_path, text).topics] == [["## 步骤\n先申请"], ["刷卡", "现金"]]


class TestSwitchedOffAndLimited:
    """Columns that switch a topic off or limit it are kept with it."""

    @pytest.mark.parametrize(
        ("heading", "value", "enabled"),
        [
            ("是否停用", "TRUE", False), ("是否停用", "", True), ("停用", "是", False), ("是否禁用", "N", True),
            ("状态", "已下线", False), ("状态", "启用", True), ("启用", "0", False), ("enabled", "yes", True),
            ("Disabled", "1", False), ("status", "draft", False), ("是否啟用", "否", False),
        ],
    )  # fmt: skip
    def test_flags(self, heading: str, value: str, enabled: bool, tmp_path: Path) -> None:
        (draft,) = table(tmp_path, f"问题,答案,{heading}\n退,可以,{value}\n").topics
        assert draft.enabled is enabled

    def test_a_value_that_says_neither(self, tmp_path: Path) -> None:
        (fault,) = table(tmp_path, "问题,答案,是否停用\n退,可以,也许\n").faults
        assert "row 2, column C (是否停用): holds '也许'; write yes or no" in fault

    def test_a_status_of_something_else_is_left_out_and_named(self, tmp_path: Path) -> None:
        drafts = table(tmp_path, "问题,答案,状态\n退,可以,已答复\n换,可以换,启用\n")
        assert [draft.enabled for draft in drafts.topics] == [None, None]
        assert drafts.notes[0].endswith("not read: column 状态")

    @pytest.mark.parametrize(
        ("start", "until", "valid"),
        [
            ("2026/11/1", "2026年11月11日", {"from": "2026-11-01", "until": "2026-11-11"}),
            ("2026-11-01 9:30", "永久", {"from": "2026-11-01T09:30"}),
            ("", "2026-11-11T00:00:00+0800", {"until": "2026-11-11T00:00:00+08:00"}),
            ("", "", {}),
        ],
    )
    def test_moments(self, start: str, until: str, valid: dict[str, str], tmp_path: Path) -> None:
        (draft,) = table(tmp_path, f"问题,答案,生效时间,失效时间\n退,可以,{start},{until}\n").topics
        assert draft.options.valid.to_json() == valid

    @pytest.mark.parametrize(
        "cell", ["2026-11-01至2026-11-11", "2026/11/1 ~ 2026/11/11", "2026年11月1日 到 2026年11月11日"]
    )
    def test_a_period_in_one_cell(self, cell: str, tmp_path: Path) -> None:
        (draft,) = table(tmp_path, f"问题,答案,有效期\n退,可以,{cell}\n").topics
        assert draft.options.valid.to_json() == {"from": "2026-11-01", "until": "2026-11-11"}

    def test_what_is_no_moment(self, tmp_path: Path) -> None:
        (fault,) = table(tmp_path, "问题,答案,失效时间\n退,可以,2026-02-30\n").faults
        assert "holds '2026-02-30', which is no time; write it as 2026-11-01" in fault

    def test_rows_of_one_topic_that_contradict_each_other(self, tmp_path: Path) -> None:
        drafts = table(tmp_path, "标题,id,问题,答案,启用\n退货,back,怎么退,可以,是\n退货,back,想退,,否\n")
        assert "row 3: says 'enabled' otherwise than another row of topic '退货'" in drafts.faults[0]


class TestTheSameAnswer:
    """Rows of one phrasing each with the same answer are one topic."""

    def test_a_row_per_phrasing(self) -> None:
        drafts = case("e3")
        assert list(map(len, posts(drafts))) == [3, 3, 2, 2, 2]
        assert drafts.remarks.counts[Did.MERGED] == 7

    def test_numbers_of_rows_do_not_keep_them_apart(self, tmp_path: Path) -> None:
        text = "序号,问题,答案\n1,怎么退,可以\n2,包邮吗,包邮\n3,想退,可以\n"
        assert posts(table(tmp_path, text)) == [["怎么退", "想退"], ["包邮吗"]]

    def test_in_a_list_of_json(self, tmp_path: Path) -> None:
        pairs = [("怎么退", "可以"), ("包邮吗", "包邮"), ("想退", "可以"), ("怎么退", "可以")]
        text = json.dumps([{"question": question, "answer": answer} for question, answer in pairs])
        assert topics(table(tmp_path, text, "f.json")) == {
            "怎么退": (["怎么退", "想退"], ["可以"]),
            "包邮吗": (["包邮吗"], ["包邮"]),
        }

    @pytest.mark.parametrize("heading", ["QnaId", "知识ID", "问题编号"])
    def test_a_number_joins_rows_of_different_answers(self, heading: str, tmp_path: Path) -> None:
        text = f"{heading},问题,答案\n1,怎么退,可以\n2,包邮吗,包邮\n1,想退,七天内\n"
        assert posts(table(tmp_path, text)) == [["怎么退", "想退"], ["包邮吗"]]

    def test_titles_keep_them_apart(self, tmp_path: Path) -> None:
        text = "标题,问题,答案\n退货,怎么退,联系客服\n发票,开票吗,联系客服\n"
        assert list(topics(table(tmp_path, text))) == ["退货", "发票"]

    def test_similar_questions_show_that_a_row_is_a_topic(self, tmp_path: Path) -> None:
        text = "问题,相似问,答案\n怎么退,想退,联系客服\n开票吗,发票,联系客服\n"
        assert posts(table(tmp_path, text)) == [["怎么退", "想退"], ["开票吗", "发票"]]

    def test_one_that_is_switched_off_is_a_topic_of_its_own(self, tmp_path: Path) -> None:
        text = "问题,答案,停用\n怎么退,可以,否\n想退,可以,是\n要退,可以,否\n"
        drafts = table(tmp_path, text)
        assert posts(drafts) == [["怎么退", "要退"], ["想退"]]
        assert [draft.enabled for draft in drafts.topics] == [True, False]


class TestHeadings:
    """Headings in other words are known, or mapped; a refusal shows those that were seen."""

    @pytest.mark.parametrize("name", ["s1", "s3", "s4"])
    def test_in_other_words(self, name: str) -> None:
        assert topics(case(name)) == {"怎么退货": (["怎么退货"], [BACK])}

    def test_in_traditional_characters(self) -> None:
        assert topics(case("s8")) == {"怎麼退貨": (["怎麼退貨"], ["七天內可以退。"])}

    @pytest.mark.parametrize(
        ("question", "answer"),
        [
            ("Customer Question", "Agent Reply"),
            ("用戶提問", "標準答覆"),
            ("高频问题列表", "推荐回答内容"),
            ("咨询问题", "统一话术"),
            ("Questions", "Answer Text"),
            ("客户问题描述（必填）", "官方解答说明*"),
        ],
    )
    def test_composed_of_known_words(self, question: str, answer: str, tmp_path: Path) -> None:
        assert topics(table(tmp_path, f"{question},{answer}\n退,可以\n")) == {"退": (["退"], ["可以"])}

    def test_mapped_by_the_user(self, tmp_path: Path) -> None:
        text = "文本一,文本二,备注\n退,可以,甲\n"
        assert topics(table(tmp_path, text, 文本一=Kind.QUESTION, 文本二=Kind.ANSWER)) == {"退": (["退"], ["可以"])}

    @pytest.mark.parametrize("name", ["f.csv", "f.tsv"])
    def test_a_refusal_shows_what_was_seen(self, name: str, tmp_path: Path) -> None:
        sign = "\t" if name == "f.tsv" else ","
        (fault,) = table(tmp_path, "文本一,文本二,文本三\n退,可以,甲\n".replace(",", sign), name).faults
        assert "or name them with `--columns question=... answer=...`; seen: 文本一, 文本二, 文本三" in fault

    def test_a_missing_column_is_one_line(self, tmp_path: Path) -> None:
        from faq_component.errors import FaqDataError
        from faq_component.exchange import merge

        drafts = table(tmp_path, "问题,相似问,备注\n退,想退,甲\n换,想换,乙\n修,想修,丙\n")
        with pytest.raises(FaqDataError) as raised:
            merge(None, drafts)
        (fault,) = raised.value.faults
        assert "there is no column of answers" in fault
        assert "the headings are: 问题, 相似问, 备注" in fault

    @pytest.mark.parametrize("name", ["b6", "b7"])
    def test_two_columns_without_headings(self, name: str) -> None:
        drafts = case(name)
        assert topics(drafts) == {"怎么退货": (["怎么退货"], [BACK]), "运费多少": (["运费多少"], [SHIP])}
        assert "no row of headings; column A is read as questions and column B as answers" in drafts.notes[0]

    def test_two_columns_whose_headings_are_not_known(self, tmp_path: Path) -> None:
        (fault,) = table(tmp_path, "顾客说的问题原文,小编写的答\n退,可以\n").faults
        assert "seen: 顾客说的问题原文, 小编写的答" in fault


class TestQuotes:
    """A fault of quoting names its row; in files divided by tabs quotes may be text."""

    def test_in_csv(self) -> None:
        (fault,) = case("d3").faults
        assert "row 2: a quote is not closed, or text stands behind it" in fault
        assert '怎么退货,"七天无理由"退货' in fault

    @pytest.mark.parametrize(
        ("text", "row"),
        [
            ('问题,答案\n甲,"一\n二"\n乙,"三"四\n', 3),
            ('问题,答案\n甲,一\n乙,"二\n丙,三\n', 3),
            ('问题,答案\n甲,"一"x\n', 2),
        ],
    )
    def test_rows_are_counted_as_a_spreadsheet_does(self, text: str, row: int, tmp_path: Path) -> None:
        assert f"row {row}: a quote is not closed" in table(tmp_path, text).faults[0]

    def test_in_tsv(self) -> None:
        drafts = case("d1")
        assert topics(drafts) == {
            "怎么退货": (["怎么退货"], ['"七天无理由"退货，签收起算。']),
            "运费多少": (["运费多少"], ["满59元免运费，"]),
            '"包邮"是什么意思': (['"包邮"是什么意思'], ["不收运费。"]),
            "发票怎么开": (["发票怎么开"], ["在订单页申请。"]),
        }
        assert drafts.notes[0].endswith("quotes are read as text, as not all of them enclose a cell")

    def test_rows_that_a_quote_would_join(self, tmp_path: Path) -> None:
        drafts = table(tmp_path, '问题\t答案\n甲\t"一\n乙\t二\n丙\t三"\n', "f.tsv")
        assert topics(drafts) == {"甲": (["甲"], ['"一']), "乙": (["乙"], ["二"]), "丙": (["丙"], ['三"'])}

    def test_quotes_that_enclose_cells_do(self, tmp_path: Path) -> None:
        target = io.StringIO()
        rows = [["问题", "答案"], ["甲", '一\n"二"'], ["乙\t丙", "三"]]
        csv.writer(target, delimiter="\t").writerows(rows)
        drafts = table(tmp_path, target.getvalue(), "f.tsv")
        assert [draft.responses for draft in drafts.topics] == [['一\n"二"'], ["三"]]


class TestProducts:
    """Exports of other products are recognised by their content."""

    def test_maxkb(self, tmp_path: Path) -> None:
        assert topics(case("b3")) == {
            "退货": (["怎么退货", "我要退货"], [BACK]),
            "运费多少": (["运费多少", "包邮吗"], [SHIP]),
        }
        text = "分段标题（选填）,分段内容（必填）,问题（选填）\n退货,可以退,\n,没有题目,\n"
        drafts = table(tmp_path, text)
        assert topics(drafts) == {"退货": (["退货"], ["可以退"])}
        assert drafts.remarks.examples[Did.LEFT_OUT][0].endswith("row 3: neither question nor title: 没有题目")

    def test_fastgpt(self) -> None:
        assert posts(case("b4")) == [["怎么退货", "我要退货"], ["运费多少", "包邮吗"]]

    @pytest.mark.parametrize("name", ["b5", "b10", "b12", "b13"])
    def test_plain_pairs(self, name: str) -> None:
        assert topics(case(name)) == {"怎么退货": (["怎么退货"], [BACK]), "运费多少": (["运费多少"], [SHIP])}

    def test_chatterbot(self, tmp_path: Path) -> None:
        assert tags(case("b10")) == [["售后"], ["售后"]]
        text = "conversations:\n- - 你好\n  - 您好\n  - 吃了吗\n- - 你好\n  - 在的\n- - 只有一句\n"
        drafts = table(tmp_path, text, "f.yml")
        assert [draft.responses for draft in drafts.topics] == [["您好", "在的"]]
        assert "line 7: is no question with an answer" in drafts.faults[0]
        assert drafts.remarks.counts[Did.LEFT_OUT] == 1

    def test_botpress(self, tmp_path: Path) -> None:
        assert topics(case("b8")) == {"怎么退货": (["怎么退货", "我要退货"], [BACK])}
        data = {"enabled": False, "contexts": ["global", "店"], "answers": {"zh": ["答"]}, "questions": {"zh": ["问"]}}
        drafts = table(tmp_path, json.dumps({"qnas": [{"id": "a", "data": data}]}), "f.json")
        assert (drafts.topics[0].enabled, drafts.topics[0].tags) == (False, ["店"])

    def test_qnabot(self) -> None:
        drafts = case("b9")
        assert topics(drafts) == {"运费多少": (["运费多少", "包邮吗"], [SHIP])}
        assert drafts.notes[0].endswith("not read: column alt")

    def test_qna_maker(self) -> None:
        drafts = case("e1")
        assert topics(drafts) == {
            "怎么退货": (["怎么退货", "我要退货"], ["七天内可以退。\n\n1. 打开订单页\n2. 点“申请退货”"]),
            "运费谁出": (["运费谁出"], ["质量问题我们出。"]),
        }
        assert tags(drafts) == [["售后"], []]
        assert drafts.notes[0].endswith("not read: column Source, SuggestedQuestions, IsContextOnly, Prompts")

    @pytest.mark.parametrize("form", ["qnaDocuments", "qnaList", "Assets"])
    def test_qna_maker_in_json(self, form: str, tmp_path: Path) -> None:
        item: dict[str, Any] = {"id": 1, "answer": BACK, "questions": ["怎么退", "想退"]}
        content: dict[str, Any] = {form: [{**item, "metadata": [{"name": "type", "value": "售后"}]}]}
        if form == "Assets":
            titled = {key.title(): value for key, value in item.items()}
            content = {form: {"Qnas": [{**titled, "Metadata": {"type": "售后"}}]}}
        drafts = table(tmp_path, json.dumps(content), "f.json")
        assert topics(drafts) == {"怎么退": (["怎么退", "想退"], [BACK])}
        assert tags(drafts) == [["售后"]]

    def test_a_qna_file(self, tmp_path: Path) -> None:
        first = "## ? 怎么退\n- 想退\n\n**Filters:**\n- type = 售后\n\n```markdown\n七天内。\n\n- 打开订单页\n```\n"
        second = "**Prompts:**\n- [运费](#2)\n\n# ? 运费谁出\n```\n我们出\n```\n"
        text = f'> !# @kb.name = shop\n\n<a id = "1"></a>\n{first}\n{second}'
        drafts = table(tmp_path, text, "f.qna")
        assert topics(drafts) == {
            "怎么退": (["怎么退", "想退"], ["七天内。\n\n- 打开订单页"]),
            "运费谁出": (["运费谁出"], ["我们出"]),
        }
        assert tags(drafts) == [["售后"], []]
        assert "there is no question in it" in table(tmp_path, "# 题\n", "g.qna").faults[0]

    def test_an_instruction_with_its_input(self, tmp_path: Path) -> None:
        line = json.dumps({"instruction": "翻译", "input": "猫", "output": "cat"})
        assert topics(table(tmp_path, f"{line}\n\n", "f.jsonl")) == {"翻译\n猫": (["翻译\n猫"], ["cat"])}

    @pytest.mark.parametrize(
        ("text", "fault"), [('{"q": 1}\n{\n', ":2: not JSON"), ("[1]\n", "item 1: is not an object")]
    )
    def test_faults_of_json_lines(self, text: str, fault: str, tmp_path: Path) -> None:
        assert fault in "\n".join(table(tmp_path, text, "f.jsonl").faults)

    @pytest.mark.parametrize(("name", "hint"), [("f.ods", "save it as .xlsx"), ("f.docx", "save it as .md")])
    def test_formats_that_can_be_saved_otherwise(self, name: str, hint: str, tmp_path: Path) -> None:
        assert table(tmp_path, "x", name).faults[0].endswith(hint)


class TestWorkbooks:
    """What a workbook hides or strikes out is left out and named; a link is kept."""

    def test_hidden_and_struck_out(self) -> None:
        drafts = case("m1")
        assert topics(drafts) == {
            "怎么退货": (["怎么退货"], [BACK]),
            "运费多少": (["运费多少"], ["满59元免运费，没满每单8元。"]),
            "官网地址": (["官网地址"], ["点这里 https://shop.example.cn/home"]),
        }
        assert drafts.notes[0].endswith("sheet '旧版': not read: the sheet is hidden")
        left_out = [example.split("sheet '问答', ")[1] for example in drafts.remarks.examples[Did.LEFT_OUT]]
        assert left_out == [
            "cell A4: struck out: 能货到付款吗",
            "cell B4: struck out: 可以货到付款。",
            "cell B5: struck out: 没满每单6元",
            "row 3: hidden: 双十一满减怎么算",
        ]
        assert drafts.remarks.counts[Did.LINKED] == 1

    @pytest.mark.parametrize(
        ("text", "link", "answer"),
        [
            ("客服邮箱", "mailto:a@b.example", "客服邮箱 mailto:a@b.example"),
            ("a@b.example", "mailto:a@b.example", "a@b.example"),
            ("见 https://a.example/x", "https://a.example/x", "见 https://a.example/x"),
        ],
    )
    def test_links(self, text: str, link: str, answer: str, tmp_path: Path) -> None:
        from openpyxl import Workbook

        book = Workbook()
        sheet: Any = book.worksheets[0]
        sheet.append(["问题", "答案"])
        sheet.append(["在哪", text])
        sheet["B2"].hyperlink = link
        book.save(tmp_path / "f.xlsx")
        assert topics(read(tmp_path / "f.xlsx")) == {"在哪": (["在哪"], [answer])}

    def test_an_answer_alone_that_is_struck_out_is_missing(self, tmp_path: Path) -> None:
        from openpyxl import Workbook
        from openpyxl.styles import Font

        book = Workbook()
        sheet: Any = book.worksheets[0]
        sheet.append(["问题", "答案"])
        sheet.append(["能退吗", "不能"])
        sheet["B2"].font = Font(strike=True)
        book.save(tmp_path / "f.xlsx")
        (draft,) = read(tmp_path / "f.xlsx").topics
        assert draft.gaps() == [
            f"{tmp_path / 'f.xlsx'}: sheet 'Sheet', row 2, column B (答案): is empty; write an answer"
        ]

    def test_the_same_question_on_two_sheets(self, tmp_path: Path) -> None:
        from openpyxl import Workbook

        book = Workbook()
        book.remove(book.worksheets[0])
        for name, price in (("金卡", "300元"), ("白金卡", "800元")):
            sheet = book.create_sheet(name)
            sheet.append(["问题", "答案"])
            sheet.append(["年费多少", price])
        book.save(tmp_path / "f.xlsx")
        drafts = read(tmp_path / "f.xlsx")
        assert [(draft.title, draft.tags) for draft in drafts.topics] == [
            ("年费多少 (金卡)", ["金卡"]),
            ("年费多少 (白金卡)", ["白金卡"]),
        ]
