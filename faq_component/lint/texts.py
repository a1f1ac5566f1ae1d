"""Rules that read one answer: placeholders, brackets without a counterpart, and slots that nobody fills."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from faq_component.knowledge.question_form import asks
from faq_component.knowledge.responses import said
from faq_component.lint.findings import Finding, finding
from faq_component.lint.places import Entry
from faq_component.text import comparison_key, normalize

# An answer that is nothing but one of these, punctuation and case aside.
_STAND_INS = re.compile(
    r"(?:todo|tbd|tba|tbc|fixme|wip|n/?a|none|null|nil|undefined|placeholder|empty|blank|temp|foo|bar|foobar|asdf\w*|qwer\w*|"
    r"test(?:ing)?[-#]?\d*|(?:answer|response|text|reply|resp)[-#]?\d*|x{2,}|(?P<same>[a-gi-vx-z0-579])(?P=same){2,}|0+|123+4?5?6?|abc|"
    r"略|从略|同上|同前|见上|见下|如上|如题|无|暂无(?:答案|回答|内容|回复)?|空|空白|占位符?|待定|待(?:补充?|写|填写?|完善|更新|确认|回复)|未填写?|"
    r"测试(?:一下|用|数据|回答|内容|文字)?\d*|(?:标准|默认|示例)?(?:答案|回答|答复|回复|内容)[\d一二三四五六七八九十]*)"
)
# What stands in an answer only as long as it is not finished.
_MARKS = re.compile(
    r"(?i:\b(?:todo|tbd|fixme)\b|lorem ipsum)|\bXXX+\b|"
    r"(?:待|请|需要?|有待|尚待)(?:运营|客服|业务|产品|编辑|同事|相关同学)*(?:补充|完善|填写)(?:答案|回答|内容|完整)?(?=[）)】\]。，,.！!]|$)|"
    r"(?:此处|这里|本处)(?:先|请|需|要|应|该|暂时)*(?:填写?|补充?|写上?|空着|放|插入)|(?:先|暂时?)(?:空着|占位|空出来)|占位|答案(?:略|后补|待\w+)|"
    r"(?:以后|回头|之后|稍后|晚点)再(?:写|补|填|改)|(?<![x×*＊ｘＸX])[x×*＊ｘＸX]{2,}(?=[元天小时个年月日号])|_{3,}|＿{2,}"
)
_LEAST_ECHO = 6  # characters of a statement that an answer has to copy: 晚安 answers 晚安
_PAIRS = {"(": ")", "[": "]", "{": "}", "【": "】", "《": "》", "「": "」", "『": "』", "“": "”"}
_CLOSING = {close: bracket for bracket, close in _PAIRS.items()}
_PLAIN = str.maketrans("（）［］｛｝〔〕", "()[]{}()")
# Brackets that need no counterpart: those of an emoticon, and of 1) in a list.
_EMOTICON = re.compile(r"[:;=][-o^']?[()\[\]]+|[()\[\]]{1,9}[-o^']?[:;=]")
_LIST_NUMBER = re.compile(r"(?:^|(?<=[\s,;，。；、？！“]))(?:\d{1,2}|[a-zA-Z]|[一二三四五六七八九十])[)）]")
_SLOT = re.compile(r"\$?\{\{?[^{}\n]{1,40}\}?\}|%\(\w+\)s|<[a-z]+_[a-z_]+>|＜\w+＞")
_LINK_AHEAD = re.compile(r"\s*((?:https?|www)[^\s，。；)）\]】]*)", re.I)


def placeholders(entries: Sequence[Entry]) -> Iterator[Finding]:
    """The rule ``placeholder``: answers that are not written, not finished, or only repeat the question."""
    for entry in entries:
        asked = {entry.topic.title, *entry.topic.posts}
        for number, response in enumerate(entry.topic.responses):
            for text in said(response):
                kind, facts = _placeholder(text, asked)
                if kind:
                    yield finding(kind, entry, text, entry.response_line(number), **facts)


def _placeholder(text: str, asked: set[str]) -> tuple[str, dict[str, str]]:
    key = comparison_key(text)
    if _STAND_INS.fullmatch(key) or all(unicodedata.category(char)[0] in "PZ" for char in normalize(text)):
        return "placeholder", {}
    if match := _MARKS.search(text):
        return "unfinished", {"mark": match[0]}
    copied = text.strip() in asked and len(key) >= _LEAST_ECHO
    if copied or (asks(text) and key in map(comparison_key, asked)):
        return "echo", {}
    return "", {}


def braces(entries: Sequence[Entry]) -> Iterator[Finding]:
    """The rules ``braces``, ``slot``, and ``link`` where a bracket that opens before a link is not closed."""
    for entry in entries:
        for number, response in enumerate(entry.topic.responses):
            for text in said(response):
                line = entry.response_line
                for slot in dict.fromkeys(_SLOT.findall(text)):
                    yield finding("slot", entry, text, line(number), slot=slot)
                for place in unbalanced(text):
                    bracket = text[place]
                    facts = {"bracket": bracket, "missing": _counterpart(bracket)}
                    link = _LINK_AHEAD.match(text, place + 1) if bracket not in _CLOSING else None
                    if link:
                        yield finding("link-bracket", entry, text, line(number), link=link[1], **facts)
                    else:
                        yield finding("braces", entry, text, line(number), **facts)


def unbalanced(text: str) -> list[int]:
    """The places of brackets and quotation marks without a counterpart.

    Full-width and half-width ones match each other. Emoticons and the ``1)`` of lists do not count.
    """
    plain = text.translate(_PLAIN)
    opened: list[int] = []
    alone = []
    for place, char in enumerate(plain):
        if char in _PAIRS:
            opened.append(place)
        elif char in _CLOSING:
            partner = next((at for at in reversed(opened) if plain[at] == _CLOSING[char]), None)
            if partner is None:
                alone.append(place)
            else:
                alone += [at for at in opened if at > partner]
                opened = [at for at in opened if at < partner]
    matches = (match for pattern in (_EMOTICON, _LIST_NUMBER) for match in pattern.finditer(text))
    free = {at for match in matches for at in range(*match.span())}
    return sorted({*alone, *opened} - free)


def _counterpart(bracket: str) -> str:
    wide = {"（": "）", "）": "（", "［": "］", "］": "［", "｛": "｝", "｝": "｛"}
    return (wide | _PAIRS | _CLOSING)[bracket]
