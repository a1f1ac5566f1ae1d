"""A kind of personal data: how it is found, and the word that takes its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

EMAIL, ID_CARD, BANK_CARD, MOBILE, LANDLINE = "[邮箱]", "[身份证号]", "[银行卡号]", "[手机号]", "[电话]"
WECHAT, QQ, PASSWORD, ADDRESS = "[微信号]", "[QQ号]", "[密码]", "[IP地址]"
WORDS = (EMAIL, ID_CARD, BANK_CARD, MOBILE, LANDLINE, WECHAT, QQ, PASSWORD, ADDRESS)

Check = Callable[[str], bool]


@dataclass(frozen=True)
class Kind:
    """What is personal, of what `pattern` finds in plain text: its group ``own``, or all of it, where that `holds`."""

    word: str
    pattern: re.Pattern[str]
    holds: Check = lambda _found: True
