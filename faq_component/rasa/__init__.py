"""What Rasa loads: named in ``config.yml`` as ``faq_component.nlu.<Class>``. It translates and decides nothing."""

from faq_component.nlu.action_server_guard import ActionServerGuard
from faq_component.nlu.faq_recall import FaqRecall
from faq_component.nlu.importer import BotImporter
from faq_component.nlu.intent_classifier import IntentClassifier
from faq_component.nlu.memory_locks import MemoryLocks
from faq_component.nlu.redis_locks import RedisLocks
from faq_component.nlu.sentence_featurizer import SentenceFeaturizer
from faq_component.nlu.sqlite_conversations import SqliteConversations
from faq_component.nlu.voice_nlg import VoiceNlg

__all__ = [
    "ActionServerGuard",
    "BotImporter",
    "FaqRecall",
    "IntentClassifier",
    "MemoryLocks",
    "RedisLocks",
    "SentenceFeaturizer",
    "SqliteConversations",
    "VoiceNlg",
]
