"""Messages from many domains that an FAQ rarely covers, written for this purpose, in Chinese and English."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from faq_component.decision.spoken_languages import languages_of
from faq_component.dialogue.spoken import ENGLISH
from faq_component.knowledge.topics import Faq


def out_of_domain_sentences(faq: Faq | None = None) -> list[str]:
    """Return short messages, in the languages of an FAQ's posts, or in all."""
    return [line for ending in _endings(faq) for line in _lines(f"out_of_domain{ending}.txt")]


def out_of_domain_messages(faq: Faq | None = None) -> list[str]:
    """Return long messages, most with a story around the question, in the same languages."""
    return [line for ending in _endings(faq) for line in _lines(f"out_of_domain_long{ending}.txt")]


def _endings(faq: Faq | None) -> list[str]:
    return ["", "_en"] if faq is None else ["_en" if name == ENGLISH else "" for name in languages_of(faq)]


@lru_cache
def _lines(name: str) -> tuple[str, ...]:
    return tuple(line for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines() if line)
