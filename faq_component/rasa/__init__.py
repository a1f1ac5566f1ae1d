"""Classes that Rasa loads by name: ``faq_component.rasa.<Class>`` in ``config.yml`` and ``endpoints.yml``.

Classes are imported on first use: the action server and the channels never load the components of the pipeline.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from faq_component.rasa.components.action_server_guard import ActionServerGuard
    from faq_component.rasa.components.faq_recall import FaqRecall
    from faq_component.rasa.components.importer import BotImporter, FaqImporter
    from faq_component.rasa.components.intent_classifier import IntentClassifier
    from faq_component.rasa.components.memory_locks import MemoryLocks
    from faq_component.rasa.components.redis_locks import RedisLocks
    from faq_component.rasa.components.sentence_featurizer import SentenceFeaturizer
    from faq_component.rasa.components.sqlite_conversations import SqliteConversations
    from faq_component.rasa.components.voice_nlg import VoiceNlg

__all__ = [
    "ActionServerGuard",
    "BotImporter",
    "FaqImporter",
    "FaqRecall",
    "IntentClassifier",
    "MemoryLocks",
    "RedisLocks",
    "SentenceFeaturizer",
    "SqliteConversations",
    "VoiceNlg",
]
_MODULES = {
    "ActionServerGuard": "action_server_guard",
    "BotImporter": "importer",
    "FaqImporter": "importer",
    "FaqRecall": "faq_recall",
    "IntentClassifier": "intent_classifier",
    "MemoryLocks": "memory_locks",
    "RedisLocks": "redis_locks",
    "SentenceFeaturizer": "sentence_featurizer",
    "SqliteConversations": "sqlite_conversations",
    "VoiceNlg": "voice_nlg",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.components.{_MODULES[name]}"), name)
