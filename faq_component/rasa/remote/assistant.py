"""An assistant whose decisions come from ``faq serve``; only the texts of the knowledge base are local."""

from __future__ import annotations

from typing import Any, Protocol

from faq_component.assistant.assistant import Assistant
from faq_component.dialogue.scope import Scope
from faq_component.errors import ServiceError, ServiceRefusedError
from faq_component.knowledge.following import FollowedFaq
from faq_component.knowledge.scope import topics_in
from faq_component.knowledge.topics import Faq
from faq_component.language import _
from faq_component.rasa.remote.ahead import RECALL, Asked
from faq_component.rasa.remote.client import ServiceClient, service_client
from faq_component.retrieval.question import Question
from faq_component.settings import Settings, choose_language_of
from faq_component.types import Decision, Outcome, Result

_PROCESS = "rasa"
_MAX_TEXT = 1_000  # characters sent; the rest of a message does not affect a decision


class Decider(Protocol):
    """The interface of `Assistant` that Rasa's component uses, local or remote."""

    @property
    def faq(self) -> Faq:
        """Return the newest version of the knowledge base."""
        ...

    def faq_of(self, version: str) -> Faq:
        """Return the knowledge base in the version of a decision; the newest if that one is gone."""
        ...

    def decide(self, text: Question, *, after: str | None = None, scope: Scope | None = None) -> Result:
        """Return the result of a message; `after` is the id of the topic that the bot has just answered.

        Raises:
            ScopeError: no topic has a tag of the scope.
            FaqError: the service, an encoder or a search engine on another machine does not answer.
        """
        ...


class RemoteAssistant:
    """Asks the service, which retrieves and decides with its own settings."""

    def __init__(self, settings: Settings, client: ServiceClient) -> None:
        self._client = client
        self._faq = FollowedFaq(settings, _PROCESS)

    @property
    def faq(self) -> Faq:
        """Return the newest version of the knowledge base."""
        return self._faq.of(None)

    def faq_of(self, version: str) -> Faq:
        """Return the knowledge base in the version of a decision; the newest if that one is gone."""
        return self._faq.of(version)

    def asked(self, text: Question, *, after: str | None = None, scope: Scope | None = None) -> Asked:
        """Return the request of `decide`.

        Raises:
            ScopeError: no topic has a tag of the scope.
        """
        content: dict[str, Any] = {"text": "\n".join(text.lines)[:_MAX_TEXT], "after": after}
        if scope is not None:
            topics_in(scope, self.faq)  # an unknown tag is named here, where the sentence can be logged
            content["scope"] = scope.to_json()
        return Asked(self._client, RECALL, content)

    def decide(self, text: Question, *, after: str | None = None, scope: Scope | None = None) -> Result:
        """Return the service's result of a message; one that it refuses is rejected.

        Raises:
            ScopeError: no topic has a tag of the scope.
            ServiceError: the service does not answer, or its answer is malformed.
        """
        asked = self.asked(text, after=after, scope=scope)
        try:
            answer = self._client.post(asked.path, asked.content)
        except ServiceRefusedError:
            return Result((), Decision(Outcome.REJECT, 0.0, ()), self.faq.version)
        result = Result.from_json(answer)
        if result is None or not result.version:
            raise ServiceError(_("the service's answer to /v1/recall is malformed; is the service of another version?"))
        return result


def open_assistant(settings: Settings, *, or_kept: bool = False) -> Decider:
    """Return the assistant for the settings: local, or remote with `service_url`; `or_kept` as for `Assistant`.

    Raises:
        FaqError: the knowledge base or the encoder cannot be used, or a setting is wrong.
    """
    choose_language_of(settings)
    client = service_client(settings)
    return RemoteAssistant(settings, client) if client else Assistant(settings, process=_PROCESS, or_kept=or_kept)
