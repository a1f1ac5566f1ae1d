"""Typed replies to the clarifying question "您是不是想问：": a number, an ordinal, part of a title, or none of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from faq_component.chinese import ONE_TO_NINE, numeral_value
from faq_component.text import comparison_key

NONE_OF_THESE = "none"

Choices = Sequence[tuple[str, str]]

_LONGEST = 200  # characters; a longer text is a question, and the patterns below would backtrack for long

_NUMBER = re.compile(rf"第([1-9{ONE_TO_NINE}])(?:个|条|项|种|号|点)?|[-#]?([1-9{ONE_TO_NINE}])号?")
_LAST = re.compile(r"(?:最后|末尾)面?[那这]?一?[个条项]?|倒数第[1一][个条项]?")
_MIDDLE = re.compile(r"中间[的那这]*一?[个条项]?")
_FORMER = re.compile(r"前者|[前上][面边][的那这]*一?[个条项]?|前[那这]?一?[个条项]")
_LATTER = re.compile(r"后者|[后下][面边][的那这]*一?[个条项]?|后[那这]?一?[个条项]")
# Words around a choice: 嗯，我想问的是第二个吧，谢谢.
_BEFORE = re.compile(
    r"(?:嗯+|恩|哦|噢|那|好的?|对|是的|谢谢)*我?(?:就|应该|大概)?(?:想要|想|要)?"
    r"(?:问一下|问|说|选择|选项|选|点|找|看|回复)?的?是?"
)
_PARTICLES = re.compile(r"(?:的?问题|谢谢|[吧呢啊呀哦了啦哈])+$")
_THAT_ONE = re.compile(r"的?(?:[那这]个)?$")

_NONE = frozenset(
    [
        *(
            "都不是",
            "都不对",
            "都不",
            "都不要",
            "不是",
            "不对",
            "没有",
            "都没有",
            "以上都不是",
            "以上都不对",
            "上面都不是",
        ),
        *(
            "一个都不是",
            "两个都不是",
            "三个都不是",
            "不是这些",
            "这些都不是",
            "没有一个是",
            "没有我要的",
            "没有我想要的",
        ),
        *("没有我想问的", "其他", "其它", "none"),
    ]
)
_YES = frozenset(("是", "是的", "对", "对的", "嗯", "没错", "就是", "好", "好的", "可以", "ok"))
# Words that occur in titles of any topic; alone they pick none.
_SAY_NOTHING = frozenset(
    ("什么", "怎么", "怎样", "如何", "为什么", "可以", "能不能", "多久", "多少", "哪里", "哪个", "一下")
)
_NOT = frozenset("不没别除")


def read_choice(text: str, choices: Choices) -> str | None:
    """Return the id of the topic that a typed reply picks, `NONE_OF_THESE`, or None where it picks nothing.

    A reply picks a topic by its number (``2``, ``②``, ``选2``; one more than the last number is none of them), by its
    ordinal (``第二个``, ``最后一个``, of two ``前者`` and ``后面那个``), by at least two characters that occur in one
    title only, by a text that is little more than one title, or by a yes where one topic was offered. A number must
    stand alone: ``2个订单`` picks nothing. A text of more than 200 characters picks nothing.

    Args:
        text: the user's reply.
        choices: id and title of each topic that was offered, in the order shown.
    """
    if not choices or len(text) > _LONGEST:
        return None
    said = list(dict.fromkeys(form for form in _forms(comparison_key(text)) if form))
    if not _NONE.isdisjoint(said):
        return NONE_OF_THESE
    for form in said:
        place = _place(form, len(choices))
        if place is not None:
            return choices[place][0] if place < len(choices) else NONE_OF_THESE
    if len(choices) == 1 and not _YES.isdisjoint(said):
        return choices[0][0]
    return next((picked for form in said if (picked := _by_title(form, choices)) is not None), None)


def _forms(key: str) -> Iterator[str]:
    """Yield the text, and the text without the words around a choice."""
    before = _BEFORE.match(key)
    for rest in (key, key[before.end() :] if before else key):
        yield rest
        plain = _PARTICLES.sub("", rest)
        yield plain
        yield _THAT_ONE.sub("", plain)


def _place(said: str, count: int) -> int | None:
    """Return the place that the text names, from 0; `count` means none of them."""
    number = _NUMBER.fullmatch(said)
    if number:
        digit = number.group(1) or number.group(2)
        place = (numeral_value(digit) if digit in ONE_TO_NINE else int(digit)) - 1
        return place if place <= count else None
    if _LAST.fullmatch(said):
        return count - 1
    if count == 3 and _MIDDLE.fullmatch(said):
        return 1
    if count == 2 and _FORMER.fullmatch(said):
        return 0
    if count == 2 and _LATTER.fullmatch(said):
        return 1
    return None


def _by_title(said: str, choices: Choices) -> str | None:
    if len(said) < 2 or said in _SAY_NOTHING:
        return None
    titles = [(topic_id, key) for topic_id, title in choices if (key := comparison_key(title))]
    for found in (
        [topic_id for topic_id, title in titles if title == said],
        [topic_id for topic_id, title in titles if said in title],
        [topic_id for topic_id, title in titles if _is_mostly(said, title)],
    ):
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _is_mostly(said: str, title: str) -> bool:
    """Whether the title is at least half of the text, without a negation before it."""
    before, found, _ = said.partition(title)
    return bool(found) and 2 * len(title) >= len(said) and _NOT.isdisjoint(before)
