"""Each rule on small cases: what it finds, what it leaves alone, and where it says that it stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from faq_component.dialogue.words_file import read_words
from faq_component.language import speaking
from faq_component.lint import Finding, lint
from tests.fakes import CharacterEncoder

TEXT_RULES = ("format", "placeholder", "contradiction", "braces", "slot", "link", "same-post", "one-post")


def check(tmp_path: Path, content: dict[str, Any], *rules: str) -> list[Finding]:
    file = tmp_path / "faq.json"
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    return lint(str(file), CharacterEncoder, rules=rules or TEXT_RULES)


def answers(tmp_path: Path, *responses: Any, rule: str) -> list[Finding]:
    return check(tmp_path, {"店里的事": {"post": ["店里怎么样", "那个店好吗"], "resp": list(responses)}}, rule)


def test_a_finding_names_rule_file_line_topic_and_text(tmp_path: Path) -> None:
    content = {"甲": {"post": ["一", "二"], "resp": ["好", "TODO"]}, "乙": {"resp": ["行"], "post": ["二！", "三"]}}
    found = check(tmp_path, content)
    lines = (tmp_path / "faq.json").read_text("utf-8").splitlines()
    assert [(each.rule, each.severity, each.topic, each.text) for each in found] == [
        ("placeholder", "error", "甲", "TODO"),
        ("same-post", "error", "乙", "二！"),
    ]
    assert [each.file for each in found] == [str(tmp_path / "faq.json")] * 2
    assert [each.text in lines[(each.line or 0) - 1] for each in found] == [True, True]
    assert found[1].sentence == f"the post is also in topic '甲' ({tmp_path}/faq.json:5)"
    assert found[1].edit
    with speaking("zh"):
        assert found[1].sentence == f"这个问法在主题“甲”里也有 ({tmp_path}/faq.json:5)。"


@pytest.mark.parametrize(
    "text",
    [
        "TODO",
        "todo：问仓库",
        "待补充。",
        "xxx",
        "略",
        "测试",
        "Lorem ipsum dolor",
        "……",
        "？？",
        "N/A",
        "答案待补充，先占位",
        "店里怎么样？",
    ],
)
def test_placeholders(tmp_path: Path, text: str) -> None:
    assert [each.text for each in answers(tmp_path, text, "很好。", rule="placeholder")] == [text]


@pytest.mark.parametrize(
    "text", ["好", "哈哈", "666", "👍", "那个店", "请补充您的订单号。", "这道题略难。", "测试通过后会通知您。"]
)
def test_short_answers_are_no_placeholders(tmp_path: Path, text: str) -> None:
    assert answers(tmp_path, text, rule="placeholder") == []


def test_an_empty_answer_is_found_and_the_other_topics_are_looked_at(tmp_path: Path) -> None:
    content = {"甲": {"post": ["一", "二"], "resp": [""]}, "乙": {"post": ["三", "四"], "resp": ["略"]}}
    found = check(tmp_path, content)
    assert [(each.rule, each.topic, each.line) for each in found] == [("format", "甲", 8), ("placeholder", "乙", 17)]
    assert found[0].sentence == "resp[0] is empty; write a text or remove it"


@pytest.mark.parametrize(
    ("text", "bracket"),
    [
        ("满59元包邮（偏远地区除外。", "（"),
        ("满59元包邮偏远地区除外）。", "）"),
        ("点“我的订单就能看到。", "“"),
        ("见【公告。", "【"),
        ("（一（二）", "（"),
        ("说明：（今天有效。", "（"),
    ],
)
def test_brackets_without_a_counterpart(tmp_path: Path, text: str, bracket: str) -> None:
    (found,) = answers(tmp_path, text, rule="braces")
    assert f"'{bracket}'" in found.sentence


@pytest.mark.parametrize(
    "text", ["（甲(乙)丙）", "（甲)", "好的:)", "1）先选。2）再付。", "“点‘我的’”", "a) 甲 b) 乙", "《甲》“乙”"]
)
def test_brackets_that_are_right(tmp_path: Path, text: str) -> None:
    assert answers(tmp_path, text, rule="braces") == []


@pytest.mark.parametrize("slot", ["{name}", "{{ 单号 }}", "${user}", "%(amount)s"])
def test_slots(tmp_path: Path, slot: str) -> None:
    (found,) = answers(tmp_path, f"您好，{slot}，请讲。", rule="slot")
    assert found.sentence.startswith(f"'{slot}'")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("见 www.haowu.cn/help", "link-scheme"),
        ("见 haowu.com.cn 首页", "link-scheme"),
        ("见 htps://haowu.cn", "link-scheme"),
        ("见 http//haowu.cn", "link-scheme"),
        ("见 https:/haowu.cn", "link-scheme"),
        ("见 https：//haowu.cn", "link-wide"),
        ("见 https://haowu。cn/a", "link-wide"),
        ("见 https://haowu.cn/a？id=3", "link-wide"),
        ("见 https://haowu.cn/a b/c.html", "link-space"),
        ("见 https:// haowu.cn", "link-space"),
        ("见 https://example.com/a", "link-host"),
        ("见 http://localhost:80/", "link-host"),
        ("见 http://192.168.0.3/a", "link-host"),
        ("见 https://haowu", "link-host"),
        ("见 https://haowu.cn:八十/", None),
        ("见（https://haowu.cn/a。", "link-bracket"),
        ("见[帮助](https://haowu.cn/a", "link-bracket"),
        ("见 https://haowu.cn/a。OK", None),
        ("见 https://haowu.cn/a?b=c#d，或者 mailto:a@haowu.cn", None),
        ("写信给 help@haowu.com 就行", None),
        ("用 ASP.NET 写的，在 Booking.com 上也有", None),
        ("打开 pinduoduo://home 就到", None),
        ("打开 https://haowu.cn 看 APP 里的说明", None),
        ("时间：9:00，比分 3:2，a/b", None),
        ("见（https://haowu.cn/a）", None),
    ],
)
def test_links(tmp_path: Path, text: str, kind: str | None) -> None:
    assert [each.kind for each in answers(tmp_path, text, rule="link")] == ([kind] if kind else [])


def test_links_and_texts_of_rich_answers(tmp_path: Path) -> None:
    rich = {
        "text": "请看",
        "image": "https://example.com/a.png",
        "buttons": [{"title": "打开{x}", "url": "www.haowu.cn"}],
    }
    content = {"甲": {"post": ["一", "二"], "resp": [rich]}}
    found = check(tmp_path, content, "link", "slot")
    assert sorted((each.rule, each.text) for each in found) == [
        ("link", "https://example.com/a.png"),
        ("link", "www.haowu.cn"),
        ("slot", "打开{x}"),
    ]
    assert {each.line for each in found} == {8}


def test_topics_of_one_post(tmp_path: Path) -> None:
    content = {"甲": {"post": ["一"], "resp": ["好"]}, "乙": ["三", "四"]}
    assert [(each.rule, each.topic) for each in check(tmp_path, content)] == [("one-post", "甲"), ("format", "乙")]


CONTRADICTIONS = [
    ("现货48小时内发出。", "现货三天内发出。", "48小时", "三天"),
    ("人工客服每天9:00–22:00在线。", "人工客服8点到20点在线。", "9:00–22:00", "8点到20点"),
    ("会员享95折。", "会员购物一律九折。", "95折", "九折"),
    ("满59元包邮。", "订单满99块就包邮。", "59元", "99块"),
    ("退款要1–3个工作日。", "退款需要5至7个工作日。", "1–3个工作日", "5至7个工作日"),
    ("服务费是百分之五。", "服务费收8%。", "百分之五", "8%"),
    ("请打400-800-1234。", "电话是400-800-4321。", "400-800-1234", "400-800-4321"),
    ("保修一年。", "保修18个月。", "一年", "18个月"),
    ("每月18号是会员日。", "会员日是每月8号。", "18号", "8号"),
]


@pytest.mark.parametrize(("one", "other", "here", "there"), CONTRADICTIONS)
def test_contradictions(tmp_path: Path, one: str, other: str, here: str, there: str) -> None:
    (found,) = answers(tmp_path, one, other, rule="contradiction")
    assert found.text == other
    assert found.sentence == f"says {there} where another answer says {here}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("现货48小时内发出。", "现货两天内发出。"),
        ("保修1年。", "保修十二个月。"),
        ("会员享95折。", "会员九五折。"),
        ("价格3,000元。", "价格三千块。"),
        ("满59元包邮，偏远地区加15元。", "满59元包邮，发顺丰加12元。"),
        ("1–3天送到。", "最多3天送到。"),
        ("签收后7天内可退。", "签收后7天内可退，15天内可换。"),
        ("审核要24小时。", "退货期限是7天。"),
        ("可能停一两天。", "可能停三四天。"),
        ("客服晚上10点下班。", "客服22:00下班。"),
        ("第一次免费。", "第二次免费。"),
        ("有一点小问题。", "有两个小问题。"),
        ("请打400-800-1234或12356。", "请打400-800-1234。"),
    ],
)
def test_answers_that_agree(tmp_path: Path, one: str, other: str) -> None:
    assert answers(tmp_path, one, other, rule="contradiction") == []


def test_the_answer_that_most_others_contradict_is_named(tmp_path: Path) -> None:
    texts = ["换货期限是10天。", "换货的期限为15天。", "15天内可以换货，期限从签收算。"]
    (found,) = answers(tmp_path, *texts, rule="contradiction")
    assert found.text == texts[0]


def test_answers_for_two_channels_may_differ(tmp_path: Path) -> None:
    one, other = ({"text": f"满{value}元包邮。", "channel": name} for value, name in ((59, "a"), (99, "b")))
    assert answers(tmp_path, one, other, rule="contradiction") == []
    assert len(answers(tmp_path, one, "满99元包邮。", rule="contradiction")) == 1


@pytest.mark.parametrize(
    ("text", "mark", "plain"),
    [
        ("<p>七天内可以退。</p><p>谢谢</p>", "'<p>'", "七天内可以退。 ⏎  ⏎ 谢谢"),
        ("满59元免运费&#65292;谢谢", "'&#65292;'", "满59元免运费，谢谢"),
        ("甲<br/>乙", "'<br/>'", "甲 ⏎ 乙"),
        ("<a href='https://a.cn'>看</a>", "\"'<a href='https://a.cn'>\""[1:-1], "看 https://a.cn"),
        (r"第一步。\n第二步", r"'\n'", "第一步。 ⏎ 第二步"),
        (r"one\ntwo", r"'\n'", "one ⏎ two"),
    ],
)
def test_markup_in_answers(tmp_path: Path, text: str, mark: str, plain: str) -> None:
    (found,) = answers(tmp_path, text, "好", rule="markup")
    assert mark in found.sentence
    assert found.edit.endswith(f": {plain}")


def test_markup_in_posts_titles_and_buttons(tmp_path: Path) -> None:
    rich = {"text": "选", "buttons": [{"title": "去<br>付", "payload": "/pay"}]}
    content = {"怎么&nbsp;退": {"post": ["想退<br>", "退"], "resp": [rich]}}
    assert [each.text for each in check(tmp_path, content, "markup")] == ["怎么&nbsp;退", "想退<br>", "去<br>付"]


@pytest.mark.parametrize(
    "text", ["用`<br>`换行", "a<b且b>c", "AT&T", r"装在C:\new里", r"用 \n 换行", "输入<姓名>", "x&y=1", "填<code>"]
)
def test_what_is_no_markup(tmp_path: Path, text: str) -> None:
    assert answers(tmp_path, text, rule="markup") == []


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("长" * 683, "WeChat (2,048 bytes), WeCom (2,048 bytes)"),
        ("a" * 1601, "Twilio (1,600 characters)"),
        ("a" * 3001, "Slack (3,000 characters)"),
        ("长" * 30_000, "Mattermost (16,383 characters)"),
    ],
)
def test_answers_longer_than_a_message(tmp_path: Path, text: str, channels: str) -> None:
    (found,) = answers(tmp_path, text, "好", rule="long-answer")
    assert f"has {len(text):,} characters" in found.sentence
    assert channels in found.sentence
    assert answers(tmp_path, "长" * 682, "a" * 1600, rule="long-answer") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Refunds arrive within three days.", "Your refund arrives in five days."),
        ("Shipping takes 3 to 5 days.", "Shipping takes seven days."),
        ("The card costs $20 a year.", "The card costs thirty dollars a year."),
        ("We open at 9 am.", "We open at 10 am."),
        ("退款三天到账。", "退款五天到账。"),
        ("退款3天到账。", "退款五天到账。"),
    ],
)
def test_numbers_that_contradict_in_words_and_figures(tmp_path: Path, one: str, other: str) -> None:
    assert len(answers(tmp_path, one, other, rule="contradiction")) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Refunds arrive within three days.", "Your refund arrives in 3 days."),
        ("Refunds take 48 hours.", "A refund takes two days."),
        ("Refunds take three days.", "The warranty lasts five days."),
        ("Refunds take three days.", "Refunds take two business days."),
        ("Refunds arrive in three to five days.", "Refunds arrive in five days."),
        ("退款三天到账。", "退款3天到账。"),
    ],
)
def test_numbers_that_do_not_contradict(tmp_path: Path, one: str, other: str) -> None:
    assert answers(tmp_path, one, other, rule="contradiction") == []


def test_words_that_must_not_pass(tmp_path: Path) -> None:
    content = {
        "店": {
            "post": ["甲", "乙"],
            "resp": ["好", {"text": "看", "buttons": [{"title": "全網最低", "payload": "/x"}]}],
        },
        "最低价": {"post": ["丙"], "resp": ["全网 最低"]},
    }
    file = tmp_path / "faq.json"
    file.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
    (tmp_path / "words.yml").write_text("bot: {refuse: [全网最低, 最低价], mask: [好]}", "utf-8")
    bot = read_words(tmp_path / "words.yml", simplify=True).bot
    found = lint(str(file), CharacterEncoder, rules=["forbidden"], bot=bot)
    assert [(each.topic, each.text, each.severity) for each in found] == [
        ("店", "全網最低", "error"),
        ("最低价", "最低价", "error"),
    ]
    assert [each.kind for each in found] == ["forbidden", "forbidden-title"]
    assert lint(str(file), CharacterEncoder, rules=["forbidden"]) == []


@pytest.mark.parametrize(
    ("tags", "other", "is_told"),
    [(["金店"], ["银店"], False), (["金店"], ["金店 ", "银店"], True), ([], ["银店"], True), (["金店"], [], True)],
)
def test_topics_that_no_scope_holds_together_may_have_the_same_posts(
    tmp_path: Path, tags: list[str], other: list[str], is_told: bool
) -> None:
    topics = {
        "金店几点开": {"post": ["几点开门", "早上几点"], "resp": ["九点。"], "tags": tags},
        "银店几点开": {"post": ["几点开门", "早上几点"], "resp": ["九点。"], "tags": other},
        **{f"别的{n}": {"post": [f"第{n}样的东西怎么卖", f"{n}号多少钱"], "resp": [f"{n}元"]} for n in range(8)},
    }
    file = tmp_path / "faq.json"
    file.write_text(json.dumps(topics, ensure_ascii=False), "utf-8")
    rules = ("same-post", "same-topic", "near-post", "misplaced-post")
    told = {each.topic for each in lint(str(file), CharacterEncoder, rules=rules)}
    assert "银店几点开" in told
    scoped = {each.topic for each in lint(str(file), CharacterEncoder, rules=rules, scoped=True)}
    assert ("银店几点开" in scoped) is is_told


def test_a_remark_is_a_sentence_without_a_place(tmp_path: Path) -> None:
    content = {"甲": {"post": ["一", "二"], "resp": ["好"]}, "乙": {"resp": ["行"], "post": ["二！", "三"]}}
    (found,) = (each for each in check(tmp_path, content) if each.rule == "same-post")
    assert found.remark == "The post is also in topic '甲'."
    with speaking("zh"):
        assert found.remark == "这个问法在主题“甲”里也有。"
