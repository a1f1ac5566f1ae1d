"""Questions that the service is asked before Rasa's pipeline runs, which would wait for the answers in the event loop.

While a component waits, Rasa handles no other message: one that takes 10 ms of the processor and waits 10 ms for the
service lets it handle 50 a second. So the components that ask the service say beforehand what they will ask. It is
asked in threads, while Rasa goes on with other messages; a component finds the answer, or the error, in the context of
its message. What it asks otherwise is asked then.

The vector of a message is asked for with its topics: one request in place of two, and the service encodes it once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faq_component.errors import ServiceRefusedError
from faq_component.rasa import patches
from faq_component.retrieval.question import Question

if TYPE_CHECKING:
    from rasa.core.channels.channel import UserMessage
    from rasa.shared.core.trackers import DialogueStateTracker

    from faq_component.rasa.remote.client import ServiceClient

RECALL, ENCODE = "/v1/recall", "/v1/encode"
_THREADS = 16  # each has a connection of its own to the service

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request to the service."""

    client: ServiceClient
    path: str
    content: dict[str, Any]

    @property
    def key(self) -> str:
        """Name under which its answer is kept."""
        return json.dumps([id(self.client), self.path, self.content])


Prepare = Callable[["UserMessage", "DialogueStateTracker | None"], "Asked | None"]
"""Says what a component will ask about a message; None for nothing."""

_prepared: dict[str, Prepare] = {}
_answers: ContextVar[dict[str, Future[dict[str, Any]]] | None] = ContextVar("answers of the service", default=None)
_threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="faq-ahead")


def prepare(component: str, ask: Prepare | None) -> None:
    """Have a component's question asked ahead; None for a component that asks nothing."""
    if ask is None:
        _prepared.pop(component, None)
    else:
        _prepared[component] = ask
        patches.ask_ahead(ask_ahead)


async def ask_ahead(message: UserMessage, tracker: DialogueStateTracker | None) -> None:
    """Ask the service what the components will ask about a message, and keep the answers in its context."""
    _answers.set(None)
    asked = [found for ask in _prepared.values() if (found := ask(message, tracker)) is not None]
    if not asked:
        return
    together = _together(asked)
    alone = [one for one in asked if together is None or one not in (together.recall, together.encode)]
    sent = [*alone, *([together.request] if together else [])]
    answers = {one.key: _threads.submit(one.client.post, one.path, one.content) for one in sent}
    await asyncio.gather(*map(asyncio.wrap_future, answers.values()), return_exceptions=True)
    if together:
        answers |= together.divided(answers.pop(together.request.key))
    _answers.set(answers)


@dataclass(frozen=True)
class _Together:
    """A request for the topics of a message and one for its vector, as one request."""

    recall: Asked
    encode: Asked

    @property
    def request(self) -> Asked:
        """Return the request for both."""
        return Asked(self.recall.client, RECALL, {**self.recall.content, "vector": True})

    def divided(self, answer: Future[dict[str, Any]]) -> dict[str, Future[dict[str, Any]]]:
        """Return the answers of the two; none of what the service refuses, or does not have: that is asked alone."""
        error = answer.exception()
        if isinstance(error, ServiceRefusedError):
            return {}
        if error is not None:
            return {self.recall.key: answer, self.encode.key: answer}
        found = answer.result()
        answers = {self.recall.key: answer}
        if "vector" in found:
            vector: Future[dict[str, Any]] = Future()
            vector.set_result({"vectors": [found["vector"]], "encoder": found.get("encoder")})
            answers[self.encode.key] = vector
        return answers


def _together(asked: Sequence[Asked]) -> _Together | None:
    """Return the requests for topics and vector of the same message; None where there are no two such."""
    recall, encode = (next((one for one in asked if one.path == path), None) for path in (RECALL, ENCODE))
    if recall is None or encode is None or recall.client is not encode.client:
        return None
    same = encode.content == {"texts": [Question(recall.content["text"]).text]}
    return _Together(recall, encode) if same else None


def answer_of(asked: Asked) -> dict[str, Any] | None:
    """Return the answer that was asked for ahead, once; None where it was not.

    Raises:
        ServiceError: the request failed.
    """
    answers = _answers.get()
    answer = answers.pop(asked.key, None) if answers else None
    return None if answer is None else answer.result()
