"""The assistant of another process: ``faq serve`` decides, and here are only the texts of the knowledge base."""

from __future__ import annotations

from typing import Protocol

from faq_component.assistant.assistant import Assistant
from faq_component.errors import ServiceError, ServiceRefusedError
from faq_component.knowledge.following import FollowedFaq
from faq_component.knowledge.topics import Faq
from faq_component.rasa.remote.client import ServiceClient, service_client
from faq_component.retrieval.question import Question
from faq_component.settings import Settings
from faq_component.types import Decision, Outcome, Result

_PROCESS = "rasa"
_MOST_TEXT = 1_000  # characters that are sent; more decide nothing


class Decider(Protocol):
    """What Rasa's component asks: an `Assistant` in this process, or in another."""

    @property
    def faq(self) -> Faq:
        """The newest version of the knowledge base."""
        ...

    def faq_of(self, version: str) -> Faq:
        """The knowledge base in a version that decided; the newest where that one can no longer be had."""
        ...

    def decide(self, text: Question, *, after: str | None = None) -> Result:
        """The result of a message; `after` is the id of the topic that the bot has just answered.

        Raises:
            FaqError: the service, an encoder or a search engine on another machine cannot be asked now.
        """
        ...


class RemoteAssistant:
    """Asks the service, which searches and decides by its own settings."""

    def __init__(self, settings: Settings, client: ServiceClient) -> None:
        self._client = client
        self._faq = FollowedFaq(settings, _PROCESS)

    @property
    def faq(self) -> Faq:
        """See `Decider`."""
        return self._faq.of(None)

    def faq_of(self, version: str) -> Faq:
        """See `Decider`."""
        return self._faq.of(version)

    def decide(self, text: Question, *, after: str | None = None) -> Result:
        """See `Decider`; a text that the service refuses is one that it does not understand."""
        asked = "\n".join(text.lines)[:_MOST_TEXT]
        try:
            answer = self._client.post("/v1/recall", {"text": asked, "after": after})
        except ServiceRefusedError:
            return Result((), Decision(Outcome.REJECT, 0.0, ()), self.faq.version)
        result = Result.from_json(answer)
        if result is None or not result.version:
            raise ServiceError("the service's answer to /v1/recall is not of its form; is it of this version?")
        return result


def open_assistant(settings: Settings, *, or_kept: bool = False) -> Decider:
    """The assistant that the settings name, here or behind `service_url`; `or_kept` as for `Assistant`.

    Raises:
        FaqError: the knowledge base or the encoder cannot be used, or a setting is wrong.
    """
    client = service_client(settings)
    return RemoteAssistant(settings, client) if client else Assistant(settings, process=_PROCESS, or_kept=or_kept)
