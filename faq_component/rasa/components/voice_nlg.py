"""A response generator with the bot's voice, for ``nlg: type:`` in `endpoints.yml`."""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from faq_component.dialogue.voice import Voices
from faq_component.settings import load_settings


class VoiceNlg(TemplatedNaturalLanguageGenerator):
    """Takes responses from the current voice, in the language of the message; others from the trained domain.

    `rasa run` creates it before loading a model, with an empty domain, and passes the model's responses later, but only
    to a subclass of this base.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        self._voices = Voices(load_settings().voice)

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Return a response, with slot values inserted."""
        voice = self._voices.of(language_of(tracker))
        if utter_action in voice.responses:
            return {"text": voice.say(utter_action, **{**tracker.current_slot_values(), **kwargs})}
        said: dict[str, Any] | None = await super().generate(utter_action, tracker, output_channel, **kwargs)
        return said


def language_of(tracker: DialogueStateTracker) -> str | None:
    """Return the language in the metadata of the latest message, or None."""
    metadata = tracker.latest_message.metadata if tracker.latest_message else None
    language = (metadata or {}).get("language")
    return language if isinstance(language, str) else None
