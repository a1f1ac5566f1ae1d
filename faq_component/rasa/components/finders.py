"""Where `FaqRecall` finds topics: in this process, or by asking ``faq serve``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from faq_component.assistant.follow_up import decide_after
from faq_component.assistant.live import LiveFaq
from faq_component.decision.confidence import DEPTH
from faq_component.decision.found import Found, found_from_json
from faq_component.errors import ServiceError, ServiceRefusedError
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.following import FollowedFaq
from faq_component.rasa.remote.client import ServiceClient, service_client
from faq_component.settings import Settings
from faq_component.types import Decision, Outcome

_PROCESS = "rasa"
_MOST_TEXT = 1_000  # characters that are sent; more decide nothing


@dataclass(frozen=True)
class Recalled:
    """What was found, the FAQ as this process has it, and the version that decided."""

    found: Found
    faq: Faq
    version: str


class Finder(Protocol):
    """Decides on messages."""

    @property
    def faq(self) -> Faq:
        """The newest version of the FAQ."""
        ...

    def find(self, text: str, after: str | None) -> Recalled:
        """The decision on a message; `after` is the id of the topic that the bot has just answered.

        Raises:
            FaqError: the service, an encoder or a search engine on another machine cannot be asked now.
        """
        ...


class LocalFinder:
    """Loads the encoder and the knowledge base, which follows edits."""

    def __init__(self, settings: Settings, *, or_kept: bool = False) -> None:
        self._live = LiveFaq(settings, _PROCESS, or_kept=or_kept)
        self._top_k = max(settings.top_k, DEPTH)

    @property
    def faq(self) -> Faq:
        """See `Finder`."""
        return self._live.current.faq

    def find(self, text: str, after: str | None) -> Recalled:
        """See `Finder`."""
        knowledge = self._live.current
        last = knowledge.faq.by_id.get(after or "")
        hits, decision = decide_after(knowledge.retriever, knowledge.rule, text, last, self._top_k)
        return Recalled(Found(hits, decision), knowledge.faq, knowledge.faq.version)


class RemoteFinder:
    """Asks the service, which recalls and decides by its own settings; here are only the texts of the FAQ."""

    def __init__(self, settings: Settings, client: ServiceClient) -> None:
        self._client = client
        self._faq = FollowedFaq(settings, _PROCESS)

    @property
    def faq(self) -> Faq:
        """See `Finder`."""
        return self._faq.of(None)

    def find(self, text: str, after: str | None) -> Recalled:
        """See `Finder`; a text that the service refuses is one that it does not understand."""
        try:
            answer = self._client.post("/v1/recall", {"text": text[:_MOST_TEXT], "after": after})
        except ServiceRefusedError:
            faq = self.faq
            return Recalled(Found((), Decision(Outcome.REJECT, 0.0, ())), faq, faq.version)
        found, version = found_from_json(answer), answer.get("version")
        if found is None or not isinstance(version, str):
            raise ServiceError("the service's answer to /v1/recall is not of its form; is it of this version?")
        return Recalled(found, self._faq.of(version), version)


def open_finder(settings: Settings, *, or_kept: bool = False) -> Finder:
    """What the settings name; `or_kept` as for `LiveFaq`.

    Raises:
        FaqError: the knowledge base or the encoder cannot be used, or a setting is wrong.
    """
    client = service_client(settings)
    return RemoteFinder(settings, client) if client else LocalFinder(settings, or_kept=or_kept)
