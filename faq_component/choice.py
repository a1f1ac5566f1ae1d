"""What is meant by a typed answer to "您是不是想问：": a number, an ordinal, part of a title, or none of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from faq_component.text import comparison_key

NONE_OF_THESE = "none"
NONE_TITLE = "都不是"

_CHINESE_DIGITS = "一二三四五六七八九"
_BEFORE = re.compile(r"(?:嗯|哦|那)?(?:我)?(?:就|应该)?(?:(?:想|要)?问的?|说的?)?(?:是|选|要|想问|回复)?")
_AFTER = re.compile(r"(?:这个|那个|的问题)?(?:吧|呢|啊|呀|哦|了|的)?(?:谢谢)?$")
_NUMBER = re.compile(rf"(?:第([1-9{_CHINESE_DIGITS}])(?:个|条|项|种|号|点)?|([1-9{_CHINESE_DIGITS}])(?:号|条|项)?)")
_LAST = re.compile(r"(?:最后|末尾)(?:那|这)?(?:一)?(?:个|条|项)")
_FORMER = re.compile(r"前者|(?:前|上)(?:面|边)?(?:那|的|这)?(?:一)?(?:个|条|项)")
_LATTER = re.compile(r"后者|(?:后|下)(?:面|边)?(?:那|的|这)?(?:一)?(?:个|条|项)")
_NONE = frozenset(
    [
        *("都不是", "都不对", "都不", "不是", "不对", "没有", "都没有", "以上都不是", "以上都不对", "上面都不是"),
        *("不是这些", "这些都不是", "没有我要的", "没有我想问的", "没有一个是", "其他", "其它", "none"),
    ]
)


def read_choice(text: str, choices: Sequence[tuple[str, str]]) -> str | None:
    """The id of the topic that a typed answer picks, `NONE_OF_THESE`, or None where it picks nothing.

    Understood are the number of a choice (``2``, ``②``, ``选2``, one more than there are: none of them), its ordinal
    (``第二个``, ``最后一个``, of two ``前者`` and ``后面那个``), and a part of one title alone of two characters or
    more, or a text that holds one title alone. The number must be all there is: ``2个订单`` picks nothing.

    Args:
        text: what the user wrote.
        choices: id and title of each topic that was offered, in the order shown.
    """
    key = comparison_key(text)
    if key in _NONE:
        return NONE_OF_THESE
    for said in dict.fromkeys((key, _bare(key))):
        place = _place(said, len(choices))
        if place is not None:
            return choices[place][0] if place < len(choices) else NONE_OF_THESE
        picked = _by_title(said, choices)
        if picked is not None:
            return picked
    return None


def _bare(key: str) -> str:
    """Without what people put around a choice: 我想问的是…吧."""
    before = _BEFORE.match(key)
    rest = key[before.end() :] if before else key
    return _AFTER.sub("", rest, count=1) or key


def _place(said: str, count: int) -> int | None:
    """The place that is named, from 0; `count` stands for none of them."""
    number = _NUMBER.fullmatch(said)
    if number:
        digit = number.group(1) or number.group(2)
        place = _CHINESE_DIGITS.index(digit) if digit in _CHINESE_DIGITS else int(digit) - 1
        return place if place <= count else None
    if _LAST.fullmatch(said):
        return count - 1
    if count == 2 and _FORMER.fullmatch(said):
        return 0
    if count == 2 and _LATTER.fullmatch(said):
        return 1
    return None


def _by_title(said: str, choices: Sequence[tuple[str, str]]) -> str | None:
    if len(said) < 2:
        return None
    titles = [(topic_id, comparison_key(title)) for topic_id, title in choices]
    for found in (
        [topic_id for topic_id, title in titles if title == said],
        [topic_id for topic_id, title in titles if said in title],
        [topic_id for topic_id, title in titles if title in said],
    ):
        if found:
            return found[0] if len(found) == 1 else None
    return None
