"""Rasa's responses in the bot's voice, as `endpoints.yml` names it under ``nlg``."""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from faq_component.dialogue.voice import Voices
from faq_component.settings import load_settings


class VoiceNlg(TemplatedNaturalLanguageGenerator):
    """Says responses as the voice has them now, in the language of the conversation; others as the trained domain.

    `rasa run` makes it before there is a model, with an empty domain. It gives it the model's responses later, but only
    if it has this base.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        self._voices = Voices(load_settings().voice)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """The response, with the values of slots."""
        voice = self._voices.of(language_of(tracker))
        if utter_action in voice.responses:
            return {"text": voice.say(utter_action, **{**tracker.current_slot_values(), **kwargs})}
        said: dict[str, Any] | None = await super().generate(utter_action, tracker, output_channel, **kwargs)
        return said


def language_of(tracker: DialogueStateTracker) -> str | None:
    """The language that the page gave with the latest message."""
    metadata = tracker.latest_message.metadata if tracker.latest_message else None
    language = (metadata or {}).get("language")
    return language if isinstance(language, str) else None
