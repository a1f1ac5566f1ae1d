"""Knowledge base, voice, settings and usage log of the action server, each created on first use."""

from __future__ import annotations

import random
from functools import lru_cache

from rasa_sdk import Tracker

from faq_component.dialogue.spoken import language_of_last
from faq_component.dialogue.voice import Voice, Voices
from faq_component.dialogue.words_file import LiveWords
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.following import FollowedFaq
from faq_component.rasa.actions.messages import metadata_of
from faq_component.settings import Settings, load_settings
from faq_component.usage.recorder import Recorder, open_recorder


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of `config.yml`, which `FaqRecall` shares."""
    return load_settings()


@lru_cache(maxsize=1)
def _followed() -> FollowedFaq:
    return FollowedFaq(settings(), "actions")


def faq(version: str | None = None) -> Faq:
    """Return the current knowledge base, or the version of a decision, so that no reply mixes two."""
    return _followed().of(version)


def voice(tracker: Tracker) -> Voice:
    """Return the bot's voice, in the language that the latest message names or is written in.

    A message that may be of any language, such as a button's, is of the language of those before it.
    """
    return _voices().of(language(tracker))


def language(tracker: Tracker) -> str | None:
    """Return the language that the latest message names or is written in, or those before it; None where none tells."""
    named = metadata_of(tracker).get("language")
    if isinstance(named, str):
        return named
    said = (str(event.get("text") or "") for event in reversed(tracker.events) if event.get("event") == "user")
    return language_of_last(said)


@lru_cache(maxsize=1)
def _voices() -> Voices:
    return Voices(settings().voice)


@lru_cache(maxsize=1)
def draw() -> random.Random:
    """Return the random generator for responses, seeded by the setting `seed`."""
    return random.Random(settings().seed)  # noqa: S311 (the draw is not a secret)


@lru_cache(maxsize=1)
def recorder() -> Recorder:
    """Return the recorder of choices and ratings, for the log of decisions."""
    return open_recorder(settings().log, words().hide)


@lru_cache(maxsize=1)
def words() -> LiveWords:
    """Return the words that must not pass."""
    return LiveWords(settings().words, simplify=settings().simplify)
