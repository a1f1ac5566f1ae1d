"""The assistant that every front end calls."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from faq_component.assistant.answer import Answer
from faq_component.assistant.build_retrievers import build_negatives, build_retriever
from faq_component.assistant.build_rules import build_rule
from faq_component.assistant.build_text import build_rewriter
from faq_component.assistant.completion import COMPLETED, Completion, Completions
from faq_component.assistant.decide import Timed, decide, untimed
from faq_component.assistant.explanation import Explanation, Reason, explain
from faq_component.assistant.live import Knowledge, LiveFaq, MakeRule, active, build_knowledge
from faq_component.assistant.nearest import nearest_hits
from faq_component.decision.confidence import DEPTH
from faq_component.dialogue.scope import Scope
from faq_component.dialogue.spoken import language_of
from faq_component.dialogue.voice import Voices
from faq_component.dialogue.words import Heard
from faq_component.dialogue.words_file import LiveWords
from faq_component.knowledge import options
from faq_component.knowledge.offers import leads_of, offered
from faq_component.knowledge.passing import say_topic, shown_leads, shown_topics
from faq_component.knowledge.scope import topics_in
from faq_component.knowledge.topics import Faq
from faq_component.language import AUTO
from faq_component.retrieval.question import Among, Question
from faq_component.settings import Settings, choose_language_of
from faq_component.types import Decision, Hit, Outcome, Result
from faq_component.usage.suggestions import SUGGESTED, Suggestion, Suggestions


class Assistant:
    """Finds topics, decides and answers; follows edits of the knowledge base while it is open.

        with Assistant("data/faq") as assistant:
            print(assistant.answer("运费怎么算").response)

    Safe for several threads. One version of the knowledge base handles a message throughout.

    Args:
        source: the path or database URL of the knowledge base, for the default settings; or the settings.
        process: name of this process in ``faq status``.
        or_kept: whether to start with the last valid version where the knowledge base is faulty now.
        make_rule: makes the decision rule of a version.
        timed: measures retrieval and decision.
        place: a knowledge base that stands in for that of the settings, such as a draft (`LiveFaq`).

    Raises:
        FaqDataError: the knowledge base is faulty at the start.
        FaqError: the encoder cannot be used, or a setting is wrong.
    """

    def __init__(
        self,
        source: str | Path | Settings = Settings.faq,
        *,
        process: str = "assistant",
        or_kept: bool = False,
        make_rule: MakeRule = build_rule,
        timed: Timed = untimed,
        place: str | None = None,
    ) -> None:
        settings = source if isinstance(source, Settings) else Settings(faq=str(source))
        if settings.language != AUTO:
            choose_language_of(settings)  # of this process: messages come from threads and modules, too
        self._begin(settings, LiveFaq(settings, process, make_rule, or_kept=or_kept, place=place), timed)

    @classmethod
    def over(cls, faq: Faq, settings: Settings) -> Assistant:
        """Make an assistant over a loaded FAQ that does not change, for measurements or single questions."""
        assistant = object.__new__(cls)
        assistant._begin(settings, _Fixed(settings, faq), untimed)
        return assistant

    def _begin(self, settings: Settings, source: LiveFaq | _Fixed, timed: Timed) -> None:
        self.settings = settings
        self._source = source
        self._timed = timed
        self._top_k = max(settings.top_k, DEPTH)
        self._words = LiveWords(settings.words, simplify=settings.simplify)
        self._draw = random.Random(settings.seed)  # noqa: S311 (which answer is given is no secret)

    @property
    def live(self) -> LiveFaq:
        """Live knowledge base that follows edits.

        Raises:
            TypeError: the assistant was made by `over`, and its FAQ does not change.
        """
        if not isinstance(self._source, LiveFaq):
            raise TypeError("this assistant is over an FAQ that does not change")
        return self._source

    @property
    def knowledge(self) -> Knowledge:
        """Version in use, with its retriever and decision rule."""
        return self._source.current

    @property
    def faq(self) -> Faq:
        """Knowledge base of the version in use."""
        return self._source.faq

    def faq_of(self, version: str) -> Faq:
        """Return the knowledge base in the version that decided; the newest where it is no longer kept."""
        return self._source.of(version)

    def search(self, text: str | Question, k: int | None = None, *, scope: Any = None) -> list[Hit]:
        """Return the topics nearest to a text, best first: at most `k`, by default the setting `top_k`.

        Raises:
            ScopeError: the scope, as for `answer`, is malformed, or no topic has one of its tags.
        """
        return self._source.search(_question(text, scope, self.faq), k or self.settings.top_k)

    def decide(
        self,
        text: str | Question,
        *,
        after: str | None = None,
        scope: Any = None,
        knowledge: Knowledge | None = None,
    ) -> Result:
        """Decide on a message, without drawing a response.

        Args:
            text: the message as its user wrote it.
            after: id of the topic that the bot has just answered, if any.
            scope: as for `answer`.
            knowledge: the version that decides; by default the one in use.

        Raises:
            ScopeError: the scope is malformed, or no topic has one of its tags.
        """
        knowledge = knowledge or self.knowledge
        last = knowledge.faq.by_id.get(after or "")
        question = self._searched(_question(text, scope, knowledge.faq))
        if question is None:
            return _unsearched(knowledge.faq)
        return decide(knowledge, question, self._top_k, last, self._timed)

    def explain(
        self,
        text: str | Question,
        *,
        after: str | None = None,
        scope: Any = None,
        knowledge: Knowledge | None = None,
    ) -> Explanation:
        """Decide on a message, and say why; arguments as for `decide`, which takes less time.

        Raises:
            ScopeError: the scope is malformed, or no topic has one of its tags.
        """
        knowledge = knowledge or self.knowledge
        question = self._searched(_question(text, scope, knowledge.faq))
        if question is None:
            return Explanation(_unsearched(knowledge.faq), (Reason.WORDS,))
        return explain(knowledge, question, self._top_k, knowledge.faq.by_id.get(after or ""))

    def _searched(self, question: Question) -> Question | None:
        """Return what is searched of a question; None where a word of it must not pass."""
        heard = self.heard(question.written)
        if heard.stopped:
            return None
        return question if heard.text == question.written else Question(heard.text, question.among)

    def answer(
        self,
        text: str | Question,
        *,
        after: str | None = None,
        scope: Any = None,
        channel: str | None = None,
        slots: Mapping[str, Any] | None = None,
        knowledge: Knowledge | None = None,
    ) -> Answer:
        """Decide on a message, and draw the response.

        Args:
            text: the message as its user wrote it.
            after: id of the topic that the bot has just answered, if any.
            scope: the tags that limit retrieval (`Scope.of`): a tag, a list of tags (a topic needs one of them), or a
                list of such lists (a topic needs one tag of each).
            channel: the user's channel; responses for other channels are left out.
            slots: of the conversation, for responses under conditions.
            knowledge: the version that decides; by default the one in use.

        Raises:
            ScopeError: the scope is malformed, or no topic has one of its tags.
        """
        knowledge, asked = knowledge or self.knowledge, Scope.of(scope)
        question = _question(text, asked, knowledge.faq)

        def decided() -> Result:
            return self.decide(question, after=after, knowledge=knowledge)

        return self._answered(question, decided, knowledge.faq, channel, slots, asked)

    def answer_explained(
        self,
        text: str | Question,
        *,
        after: str | None = None,
        scope: Any = None,
        channel: str | None = None,
        slots: Mapping[str, Any] | None = None,
    ) -> tuple[Answer, Explanation]:
        """Decide on a message, draw the response, and say why; arguments as for `answer`.

        Raises:
            ScopeError: the scope is malformed, or no topic has one of its tags.
        """
        knowledge, asked = self.knowledge, Scope.of(scope)
        question = _question(text, asked, knowledge.faq)
        why = self.explain(question, after=after, knowledge=knowledge)
        return self._answered(question, lambda: why.result, knowledge.faq, channel, slots, asked), why

    def _answered(
        self,
        question: Question,
        decided: Callable[[], Result],
        faq: Faq,
        channel: str | None,
        slots: Mapping[str, Any] | None,
        scope: Scope | None,
    ) -> Answer:
        """Draw the response to what is decided on a question, unless a word of it must not pass."""
        language, heard = language_of(question.text), self.heard(question.written)
        if heard.stopped:
            return self.refuse(heard, faq, language)
        answer = self.say(decided(), faq, channel, slots, language, scope)
        return replace(answer, words=(*heard.lists, *answer.words))

    def heard(self, text: str) -> Heard:
        """Return what words that must not pass (setting `words`) leave of a message."""
        return self._words.current.heard(text)

    def refuse(self, heard: Heard, faq: Faq, language: str | None = None) -> Answer:
        """Return the answer to a message that is neither searched nor kept."""
        return Answer(_unsearched(faq), faq, None, self._voices.of(language).first("refused"), words=heard.lists)

    def say(
        self,
        result: Result,
        faq: Faq,
        channel: str | None = None,
        slots: Mapping[str, Any] | None = None,
        language: str | None = None,
        scope: Any = None,
    ) -> Answer:
        """Draw the response to a result of this version of the knowledge base; arguments as for `answer`.

        The bot's own sentences are in `language`, by default in that of the setting `voice`.
        """
        voice = self._voices.of(language)
        bot, unknown = self._words.current.bot, voice.first("utter_unknown")
        topics = [faq.by_id[hit.topic_id] for hit in result.decision.hits]
        if result.decision.outcome is Outcome.CLARIFY:
            choices = shown_topics(topics, bot)
            if choices:
                return Answer(result, faq, None, voice.first("ask_back"), choices=choices)
            return Answer(result, faq, None, unknown, words=("bot.refuse",))
        if result.decision.outcome is Outcome.ANSWER:
            said = say_topic(topics[0], bot, self._draw, channel=channel, slots=slots)
            if said.response is None:
                return Answer(result, faq, said.topic, unknown, words=said.lists)
            leads = shown_leads(leads_of(topics[0], faq, among(Scope.of(scope), faq).topics), bot)
            return Answer(result, faq, said.topic, said.response, said.suitable, leads=leads, words=said.lists)
        ids = [hit.topic_id for hit in nearest_hits(result, self.settings.nearest_floor)]
        nearest = shown_topics(offered(ids, faq, among(Scope.of(scope), faq).topics), bot)
        return Answer(result, faq, None, unknown, nearest=nearest)

    def suggest(self, count: int = SUGGESTED, *, scope: Any = None) -> list[Suggestion]:
        """Return at most `count` questions to begin with: recommended topics, else those most asked of late.

        Raises:
            ScopeError: the scope, as for `answer`, is malformed, or no topic has one of its tags.
        """
        return self._suggestions.of(self.faq, count, Scope.of(scope), self._words.current.bot)

    def complete(self, text: str, count: int = COMPLETED, *, scope: Any = None) -> list[Completion]:
        """Return at most `count` questions that what a user has typed so far may become (`Completions.of`).

        Raises:
            ScopeError: the scope, as for `answer`, is malformed, or no topic has one of its tags.
        """
        return self._completions.of(self.faq, text, count, Scope.of(scope), self._words.current.bot)

    def close(self) -> None:
        """Stop following edits."""
        self._source.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def _suggestions(self) -> Suggestions:
        return Suggestions(self.settings.log)

    @cached_property
    def _completions(self) -> Completions:
        return Completions(build_rewriter(self.settings))

    @cached_property
    def _voices(self) -> Voices:
        return Voices(self.settings.voice)


class _Fixed:
    """An unchanging FAQ with the interface of `LiveFaq`; the rule is fitted on first use."""

    def __init__(self, settings: Settings, faq: Faq) -> None:
        self.faq = faq
        self._inactive = faq.inactive(options.now())
        self.retriever = build_retriever(settings, faq.without(self._inactive))
        self._negatives = build_negatives(settings, faq)
        self._settings = settings

    @cached_property
    def current(self) -> Knowledge:
        """Only version, with its decision rule."""
        return build_knowledge(self._settings, self.faq, self.retriever, inactive=self._inactive)

    def search(self, question: Question, top_k: int) -> list[Hit]:
        """Search the only version, without its decision rule."""
        return active(self.faq, self.retriever.search(self._negatives.applied(question), top_k))

    def of(self, _: str) -> Faq:
        """Return the only version."""
        return self.faq

    def close(self) -> None:
        """Do nothing: there are no edits to follow."""


def among(scope: Scope | None, faq: Faq) -> Among:
    """Return the topics that a question in a scope may find.

    Raises:
        ScopeError: no topic has one of the tags.
    """
    return Among(None if scope is None else topics_in(scope, faq))


def _unsearched(faq: Faq) -> Result:
    return Result((), Decision(Outcome.REJECT, 0.0, ()), faq.version)


def _question(text: str | Question, scope: Any, faq: Faq) -> Question:
    """Return the question of a text among the topics of a scope; a question without one keeps its own."""
    question = text if isinstance(text, Question) else Question(text)
    asked = Scope.of(scope)
    return question if asked is None else question.within(among(asked, faq))
