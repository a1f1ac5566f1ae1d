"""A response generator with the bot's voice, for ``nlg: type:`` in `endpoints.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from faq_component.dialogue.spoken import language_of_last
from faq_component.dialogue.voice import Voices, voice_file
from faq_component.settings import load_settings


class VoiceNlg(TemplatedNaturalLanguageGenerator):
    """Takes responses from the current voice, in the language of the message; others from the trained domain.

    A response of the project's domain wins over the package's phrases (setting `voice`: ``zh`` or ``en``), not over a
    voice of the project's own.

    `rasa run` creates it before loading a model, with an empty domain, and passes the model's responses later, but only
    to a subclass of this base.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        voice = load_settings().voice
        self._voices, self._is_packaged = Voices(voice), str(voice_file(voice)) != voice

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Return a response, with slot values inserted."""
        voice = self._voices.of(language_of(tracker))
        if utter_action in voice.responses and not self._is_of_project(utter_action):
            return {"text": voice.say(utter_action, **{**tracker.current_slot_values(), **kwargs})}
        said: dict[str, Any] | None = await super().generate(utter_action, tracker, output_channel, **kwargs)
        return said

    def _is_of_project(self, utter_action: str) -> bool:
        """Whether the trained domain has another response of this name than the package's phrases."""
        if not self._is_packaged:
            return False
        ours = {(text,) for text in self._voices.of().responses.get(utter_action, ())}
        return any(tuple(response.values()) not in ours for response in self.responses.get(utter_action, ()))


def language_of(tracker: DialogueStateTracker) -> str | None:
    """Return the language that the latest message names or is written in, or else that of those before it."""
    metadata = tracker.latest_message.metadata if tracker.latest_message else None
    language = metadata.get("language") if isinstance(metadata, Mapping) else None
    if isinstance(language, str):
        return language
    return language_of_last(event.text or "" for event in reversed(tracker.events) if isinstance(event, UserUttered))
