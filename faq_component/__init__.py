"""Answers for a Rasa assistant: frequently asked questions and chit-chat, found by meaning.

    from faq_component import Assistant

    with Assistant("data/faq") as assistant:
        print(assistant.answer("运费怎么算").response)

Names are imported when they are asked for: ``import faq_component`` alone loads nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faq_component.assistant.answer import Answer
    from faq_component.assistant.assistant import Assistant
    from faq_component.errors import (
        EncoderError,
        FaqDataError,
        FaqError,
        MissingExtraError,
        ReviewError,
        ScopeError,
        ServiceError,
        ServiceRefusedError,
        SettingsError,
        StartError,
        UsageLogError,
        VoiceError,
    )
    from faq_component.knowledge.checking import load_faq
    from faq_component.knowledge.topics import Faq, Topic
    from faq_component.settings import Settings

    __version__: str

__all__ = [
    "Answer",
    "Assistant",
    "EncoderError",
    "Faq",
    "FaqDataError",
    "FaqError",
    "MissingExtraError",
    "ReviewError",
    "ScopeError",
    "ServiceError",
    "ServiceRefusedError",
    "Settings",
    "SettingsError",
    "StartError",
    "Topic",
    "UsageLogError",
    "VoiceError",
    "__version__",
    "load_faq",
]
_ELSEWHERE = {
    "Answer": "assistant.answer",
    "Assistant": "assistant.assistant",
    "Faq": "knowledge.topics",
    "Settings": "settings",
    "Topic": "knowledge.topics",
    "load_faq": "knowledge.checking",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("rasa-faq")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ELSEWHERE.get(name, 'errors')}"), name)
