"""The knowledge base as the action server sees it."""

from __future__ import annotations

import random
from functools import lru_cache

from rasa_sdk import Tracker

from faq_component.dialogue.voice import Voice, Voices
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.following import FollowedFaq
from faq_component.settings import Settings, load_settings
from faq_component.usage.recorder import Recorder, open_recorder


@lru_cache(maxsize=1)
def settings() -> Settings:
    """What `config.yml` gives the recall component, so that both work on the same FAQ."""
    return load_settings()


@lru_cache(maxsize=1)
def _followed() -> FollowedFaq:
    return FollowedFaq(settings(), "actions")


def faq(version: str | None = None) -> Faq:
    """The knowledge base as it is now; or in the version in which the recall decided, so that no reply mixes two."""
    return _followed().of(version)


def voice(tracker: Tracker) -> Voice:
    """What the bot itself says, in the language that came with the message."""
    language = (tracker.latest_message.get("metadata") or {}).get("language")
    return _voices().of(language if isinstance(language, str) else None)


@lru_cache(maxsize=1)
def _voices() -> Voices:
    return Voices(settings().voice)


@lru_cache(maxsize=1)
def draw() -> random.Random:
    """Where responses are drawn from; repeatable with the setting `seed`."""
    return random.Random(settings().seed)  # noqa: S311 (which answer is given is no secret)


@lru_cache(maxsize=1)
def recorder() -> Recorder:
    """What writes choices and ratings to the log that the bot writes decisions to."""
    return open_recorder(settings().log)
