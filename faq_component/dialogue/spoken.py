"""The language in which a message is written."""

from __future__ import annotations

import re
from collections.abc import Iterable

CHINESE, ENGLISH = "zh", "en"

_CHINESE = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"(?<![a-z0-9_])[a-z]+(?![a-z0-9_])")
_NOT_WRITTEN = ("/", "EXTERNAL: ")  # beginnings of what Rasa keeps of commands and of intents that a program triggers
# Names and codes are written in Latin letters in any language; these words are not.
_FUNCTION_WORDS = """
a an the in on i me my we us our you your he she it its they them their this that these those is are was were be been am
do does did have has had will would can could should may must of at by for from to with about and or but if not no what
which who whose when where why how please thanks thank hi hello hey yes need want there any
"""
# What customers and small talk say without any of these. None is usual in a product's name ("pay", "store"), or in
# Chinese ("bye", "sorry", "good").
_CONTENT_WORDS = """
cancel canceled cancelled cancellation refund refunds refunded return returns returning exchange track tracking ship
shipped shipping deliver delivered delivery parcel package order orders ordered price prices cost costs payment invoice
receipt discount discounts coupon coupons warranty repair sizes colour colours opening hours address password login
account policy customer support human person agent someone somebody complaint broken damaged defective lost late wrong
missing cheap expensive available find contact call talk speak tell show give change reset delete forgot forgotten buy
bought send sent receive received wait stop help weather today tomorrow yesterday joke jokes funny morning night
evening welcome bad love hate bored boring sad happy tired hungry angry stupid
"""
_ENGLISH = frozenset((_FUNCTION_WORDS + _CONTENT_WORDS).split())


def language_of(text: str) -> str | None:
    """Return ``zh`` or ``en``; None for a text that may be of either, such as a number or the name of a product.

    >>> language_of("iPhone 15 多少钱"), language_of("Opening hours?"), language_of("iPhone 15 Pro")
    ('zh', 'en', None)
    """
    if _CHINESE.search(text):
        return CHINESE
    words = _WORD.findall(text.lower())
    return ENGLISH if _ENGLISH.intersection(words) else None


def language_of_last(texts: Iterable[str]) -> str | None:
    """Return the language of the first of these messages, the latest first, that tells it; commands tell nothing."""
    found = (language_of(text) for text in texts if not text.startswith(_NOT_WRITTEN))
    return next((language for language in found if language is not None), None)
