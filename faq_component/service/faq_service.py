"""The work of the service without HTTP: decisions, hits and vectors, computed in the thread pool."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from faq_component.assistant.answer import hit_to_json
from faq_component.assistant.assistant import Assistant, among
from faq_component.assistant.build_encoders import build_encoder, encoder_fingerprint
from faq_component.assistant.build_rules import build_rule_without_words
from faq_component.assistant.fitting import FIT_LOCK
from faq_component.assistant.live import Knowledge
from faq_component.decision.rules import DecisionRule
from faq_component.dialogue.scope import Scope
from faq_component.dialogue.spoken import language_of
from faq_component.dialogue.words import Heard
from faq_component.encoders import Vectors
from faq_component.errors import EncoderError
from faq_component.knowledge.topics import Faq
from faq_component.retrieval import Retriever
from faq_component.retrieval.question import Question
from faq_component.service.cache import DecisionCache
from faq_component.service.metrics import Metrics
from faq_component.service.pool import ComputePool
from faq_component.service.settings import ServiceSettings
from faq_component.settings import Settings
from faq_component.support.files import locked_where_possible
from faq_component.types import Hit, Result
from faq_component.usage.events import decision_event, words_event
from faq_component.usage.recorder import open_recorder

PROCESS = "serve"
_CHANNEL = "http"
_DIGITS = 7  # decimal places of a single-precision number below 1
_TEXTS_PER_WEIGHT = 8  # texts to encode, or segments to search, that cost as much as one question


class FaqService:
    """The knowledge base, the encoder, the cache and the threads of one process.

    Raises:
        FaqError: the knowledge base or the encoder cannot be used.
    """

    def __init__(self, settings: Settings, service: ServiceSettings) -> None:
        self.settings, self.limits = settings, service
        self.metrics = Metrics(settings.cache_dir)
        self.assistant = Assistant(
            settings, process=PROCESS, or_kept=True, make_rule=_build_rule_locked, timed=self.metrics.timed
        )
        self.live = self.assistant.live
        self.pool = ComputePool(service.threads, service.max_waiting, self.metrics, service.max_burst)
        self.cache = DecisionCache(service, settings, encoder_fingerprint(settings), self.metrics)
        self._usage = open_recorder(settings.log)

    def answer(self, text: str, scope: Scope | None = None) -> dict[str, Any]:
        """Decide on a question, log the decision as the bot does, and return the answer as JSON values.

        Raises:
            ScopeError: no topic has a tag of the scope; so do `recall`, `search` and `suggest`.
        """
        knowledge, language, heard = self.assistant.knowledge, language_of(text), self.assistant.heard(text)
        known: dict[str, Any] = {"faq": knowledge.faq.fingerprint, "conversation": "", "channel": _CHANNEL}
        if heard.stopped:
            answer = self.assistant.refuse(heard, knowledge.faq, language)
        else:
            begun = time.perf_counter()
            result = self._decide(knowledge, Question(heard.text, among(scope, knowledge.faq)), scope=scope)
            milliseconds = 1000 * (time.perf_counter() - begun)
            self._usage.record(decision_event(heard.text, result, milliseconds=milliseconds, scope=scope, **known))
            said = self.assistant.say(result, knowledge.faq, language=language, scope=scope)
            answer = replace(said, words=(*heard.lists, *said.words))
        for words in answer.words:
            self._usage.record(words_event(words, **known))
        return answer.to_json()

    def recall(
        self, text: str, after: str | None, scope: Scope | None = None, *, vector: bool = False
    ) -> dict[str, Any]:
        """Return the result of retrieval and decision for Rasa's component, as JSON values.

        Args:
            text: the message as written.
            after: id of the topic that the bot has just answered, or None.
            scope: limits what is found.
            vector: whether the vector of the message, which was computed for retrieval, and the encoder's fingerprint
                come along; they do not where there is no encoder, or no text.
        """
        knowledge = self.assistant.knowledge
        question = Question(text, among(scope, knowledge.faq))
        found: dict[str, Any] = {}

        def encode() -> None:
            with suppress(EncoderError):
                encoder = build_encoder(self.settings)
                found.update(vector=vector_rows(question.vector(encoder)[None])[0], encoder=encoder.fingerprint)

        also = encode if vector and question.text else None
        return {**self._decide(knowledge, question, after, scope, also).to_json(), **found}

    def search(self, text: str, top_k: int, scope: Scope | None = None) -> dict[str, Any]:
        """Return the topics nearest to a text, as JSON values."""
        knowledge = self.assistant.knowledge
        question = Question(text, among(scope, knowledge.faq))

        def search() -> list[Hit]:
            with self.metrics.timed("recall"):
                return knowledge.search(question, top_k)

        hits = self.pool.run(search)
        return {"hits": [hit_to_json(hit, knowledge.faq) for hit in hits], "version": knowledge.faq.version}

    def suggest(self, scope: Scope | None, count: int) -> dict[str, Any]:
        """Return questions to begin with, as JSON values."""
        questions = self.pool.run(lambda: self.assistant.suggest(count, scope=scope))
        return {"questions": [question.to_json() for question in questions], "version": self.assistant.faq.version}

    def complete(self, text: str, scope: Scope | None, count: int) -> dict[str, Any]:
        """Return the questions that a text typed so far may become, as JSON values."""
        questions = self.pool.run(lambda: self.assistant.complete(text, count, scope=scope))
        return {"questions": [question.to_json() for question in questions], "version": self.assistant.faq.version}

    def encode(self, texts: list[str]) -> tuple[Vectors, str]:
        """Return the vectors of texts and the encoder's fingerprint. *Shape:* ``(len(texts), dim)``."""

        def encode() -> tuple[Vectors, str]:
            encoder = build_encoder(self.settings)
            with self.metrics.timed("encode"):
                return encoder.encode(texts), encoder.fingerprint

        return self.pool.run(encode, weight=1 + len(texts) // _TEXTS_PER_WEIGHT)

    def close(self) -> None:
        """Stop following edits and flush the usage log."""
        self.live.close()
        self._usage.flush()

    def _decide(
        self,
        knowledge: Knowledge,
        question: Question,
        after: str | None = None,
        scope: Scope | None = None,
        also: Callable[[], None] | None = None,
    ) -> Result:
        """Return the result of a message from the cache, or compute it; `also` is done in the same thread."""

        def compute() -> Result:
            result = self.assistant.decide(question, after=after, knowledge=knowledge)
            if also is not None:
                also()
            return result

        text = question.written
        if self.assistant.heard(text) != Heard(text, None):  # an edit of the words is to change what the cache has
            return compute()
        last = knowledge.faq.by_id.get(after or "")
        within = json.dumps(scope.to_json() if scope else None, ensure_ascii=False)
        key = self.cache.key(knowledge, "\n".join([last.id if last else "", within, *question.lines]))
        result = Result.from_json(self.cache.get(key), knowledge.faq.by_id)
        self.cache.count(hit=result is not None)
        if result is None:
            searches = sum(map(len, knowledge.segments(question)))
            result = self.pool.run(compute, weight=1 + searches // _TEXTS_PER_WEIGHT)
            self.cache.set(key, result.to_json())
        elif also is not None:
            self.pool.run(also)
        self.metrics.decided(result.decision.outcome.value).inc()
        return result


def vector_rows(vectors: Vectors) -> list[list[float]]:
    """Return the rows with the digits of single precision, without those that double precision would add."""
    rows: list[list[float]] = np.round(vectors.astype(np.float64), _DIGITS).tolist()
    return rows


def _build_rule_locked(settings: Settings, faq: Faq, retriever: Retriever) -> DecisionRule:
    """Fit the decision rule under a lock so that other processes reuse the result."""
    with locked_where_possible(Path(settings.cache_dir) / FIT_LOCK):
        return build_rule_without_words(settings, faq, retriever)
