"""Whether a text has the form of a question."""

from __future__ import annotations

import re

from faq_component.text import normalize

_CHINESE = (
    r"[?？]|[吗么呢嘛不没冇伐]$|(.)[不没]\1|可不可以|怎|咋|什么|啥|多少|多久|多大|多长|有多|哪|几|谁|为何|何时|如何"
    r"|能否|是否|有木有"
)
_ANYWHERE = re.compile(rf"{_CHINESE}|\b(?:what|how|why|where|when|who|can|do|does|is|are)\b")
_FIRST = re.compile(
    r"[?？][\"”’)）】]?$|[吗么呢嘛]$|(.)[不没]\1|^(?:请问|我?想问)?(?:怎|咋|什么|啥|多少|多久|哪|谁|为何|为什么|何时|如何|能否|是否|几)"
    r"|(?:怎么办|怎么样|怎样|多少|多久|什么|哪里|哪些|几天|几点)$"
    r"|^(?:what|how|why|where|when|who|which|whose|can|could|do|does|did|is|are|am|will|would|should|may)\b"
)


def asks(text: str) -> bool:
    """Whether a text holds what makes a question, wherever it stands."""
    return bool(_ANYWHERE.search(normalize(text)))


def is_question(text: str) -> bool:
    """Whether a text is a question by its beginning or its end: 填写退多少件 is none."""
    return bool(_FIRST.search(normalize(text)))
