"""What the service does, without HTTP: questions to decisions, hits and vectors, in the threads of the pool."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from faq_component.assistant.build_encoders import build_encoder, build_query_encoder
from faq_component.assistant.build_rules import build_rule
from faq_component.assistant.find import decide_on, search_parts
from faq_component.assistant.follow_up import decide_after
from faq_component.assistant.live import Knowledge, LiveFaq
from faq_component.decision.confidence import DEPTH
from faq_component.decision.found import Found, found_from_json, found_to_json
from faq_component.decision.rules import Rule
from faq_component.dialogue.voice import Voices
from faq_component.encoders import Vectors
from faq_component.knowledge.checking import Faq
from faq_component.knowledge.drawing import draw_response
from faq_component.knowledge.responses import response_to_json
from faq_component.retrieval.tokens import forget_jieba_dictionary
from faq_component.service.cache import DecisionCache
from faq_component.service.metrics import Metrics
from faq_component.service.pool import ComputePool
from faq_component.service.settings import ServiceSettings
from faq_component.settings import WITHOUT_ENCODER, Settings
from faq_component.support.files import locked
from faq_component.text import normalize
from faq_component.types import Decision, Hit, Outcome
from faq_component.usage.events import decision_event
from faq_component.usage.recorder import open_recorder

PROCESS = "serve"
_CHANNEL = "http"
_TEXTS_OF_WEIGHT = 8  # texts to encode, or parts of a message, that weigh as much as one question


class FaqService:
    """The knowledge base, the encoder, the cache and the threads of one process.

    Raises:
        FaqError: the knowledge base or the encoder cannot be used.
    """

    def __init__(self, settings: Settings, service: ServiceSettings) -> None:
        self.settings, self.limits = settings, service
        self.live = LiveFaq(settings, PROCESS, _fit_apart, or_kept=True)
        self.metrics = Metrics(settings.cache_dir)
        self.pool = ComputePool(service.threads, service.max_waiting, self.metrics, service.max_burst)
        encoder = "" if settings.retriever in WITHOUT_ENCODER else build_query_encoder(settings).fingerprint
        self.cache = DecisionCache(service, settings, encoder, self.metrics)
        self._usage = open_recorder(settings.log)
        self._voices = Voices(settings.voice)
        self._draw = random.Random(settings.seed)  # noqa: S311 (which answer is given is no secret)

    def answer(self, text: str) -> dict[str, Any]:
        """The decision on a question, and what is said, as JSON values; it is logged as a bot's is."""
        knowledge = self.live.current
        question = normalize(text)
        found = self._decide(knowledge, question, question, partial(self._compute, knowledge, question))
        event = decision_event(
            text, found.decision, found.hits, faq=knowledge.faq.fingerprint, conversation="", channel=_CHANNEL
        )
        self._usage.record(event)
        return self._said(knowledge, found.decision)

    def recall(self, text: str, after: str | None) -> dict[str, Any]:
        """What Rasa's component would decide on a message by itself, as JSON values.

        Args:
            text: the message as it was written.
            after: id of the topic that the bot has just answered, if it has.
        """
        knowledge = self.live.current
        last = knowledge.faq.by_id.get(after or "")

        def compute() -> Found:
            with self.metrics.timed("recall"):
                top_k = max(self.settings.top_k, DEPTH)
                return Found(*decide_after(knowledge.retriever, knowledge.rule, text, last, top_k))

        found = self._decide(knowledge, text, f"{last.id if last else ''}\0{text}", compute)
        return {**found_to_json(found), "version": knowledge.faq.version}

    def search(self, text: str, top_k: int) -> dict[str, Any]:
        """The topics nearest to a text, as JSON values."""
        knowledge = self.live.current

        def recall() -> list[Hit]:
            with self.metrics.timed("recall"):
                return knowledge.retriever.search(normalize(text), top_k)

        hits = self.pool.run(recall)
        topics = knowledge.faq.by_id
        shown = [
            {"topic": hit.topic_id, "title": topics[hit.topic_id].title, "post": hit.post, "score": _rounded(hit.score)}
            for hit in hits
        ]
        return {"hits": shown, "version": knowledge.faq.version}

    def encode(self, texts: list[str]) -> tuple[Vectors, str]:
        """The vectors of texts, as the encoder makes them, and its fingerprint. *Shape:* ``(len(texts), dim)``."""

        def encode() -> tuple[Vectors, str]:
            encoder = build_encoder(self.settings)
            with self.metrics.timed("encode"):
                return encoder.encode(texts), encoder.fingerprint

        return self.pool.run(encode, weight=1 + len(texts) // _TEXTS_OF_WEIGHT)

    def close(self) -> None:
        """Follow edits no longer, and write what is left of the log."""
        self.live.close()
        self._usage.flush()

    def _decide(self, knowledge: Knowledge, text: str, asked: str, compute: Callable[[], Found]) -> Found:
        """The decision on a text, or on more that is asked with it, from the cache where it is there."""
        key = self.cache.key(knowledge, asked)
        found = found_from_json(self.cache.get(key), knowledge.faq.by_id)
        self.cache.count(hit=found is not None)
        if found is None:
            searches = sum(map(len, knowledge.rule.divide(text)))
            found = self.pool.run(compute, weight=1 + searches // _TEXTS_OF_WEIGHT)
            self.cache.set(key, found_to_json(found))
        self.metrics.decisions.labels(found.decision.outcome.value).inc()
        return found

    def _compute(self, knowledge: Knowledge, question: str) -> Found:
        with self.metrics.timed("recall"):
            starts = search_parts(knowledge.retriever, knowledge.rule, question, max(self.settings.top_k, DEPTH))
        with self.metrics.timed("decide"):
            return Found(*decide_on(knowledge.rule, starts))

    def _said(self, knowledge: Knowledge, decision: Decision) -> dict[str, Any]:
        topics = [knowledge.faq.by_id[hit.topic_id] for hit in decision.hits]
        topic = topics[0] if decision.outcome is Outcome.ANSWER else None
        response = draw_response(topic, self._draw) if topic else None
        said = response_to_json(response) if response is not None else None
        asked_back = decision.outcome is Outcome.CLARIFY
        return {
            "outcome": decision.outcome.value,
            "confidence": _rounded(decision.confidence),
            "topic": topic.id if topic else None,
            "title": topic.title if topic else None,
            "response": self._voices.of().first("ask_back") if asked_back else said,
            "choices": [{"topic": topic.id, "title": topic.title} for topic in topics] if asked_back else [],
            "version": knowledge.faq.version,
        }


def _fit_apart(settings: Settings, faq: Faq) -> Rule:
    """Fit what decides, one process at a time: what the first has found the others read; and keep little of it."""
    with locked(Path(settings.cache_dir) / "fit.lock"):
        rule = build_rule(settings, faq)
    if settings.tokens == "chars":  # jieba is only needed to fit
        forget_jieba_dictionary()
    return rule


def _rounded(value: float) -> float:
    return round(float(value), 4)
