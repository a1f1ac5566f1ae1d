"""From a question to a result: search it, in segments where it is long, and decide."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from faq_component.assistant.follow_up import in_context, is_marked, search_in_context
from faq_component.assistant.live import Knowledge
from faq_component.decision.segments import Segment
from faq_component.knowledge.topics import Topic
from faq_component.retrieval.question import Question
from faq_component.types import CERTAIN, Outcome, Result

Timed = Callable[[str], AbstractContextManager[object]]
"""Measures the time spent within it, under the name ``recall`` (retrieval) or ``decide``."""


def untimed(_: str) -> AbstractContextManager[object]:
    """Measure nothing."""
    return contextlib.nullcontext()


def decide(
    knowledge: Knowledge, question: Question, top_k: int, last: Topic | None = None, timed: Timed = untimed
) -> Result:
    """Decide on a message alone, or in the context of the topic that was answered last.

    The context is used where the message is unclear alone, or begins or ends like a follow-up (那...呢). It is not used
    where a post matches the message exactly, nor for a long message that is searched in segments.

    Args:
        knowledge: the version of the FAQ that decides.
        question: the message.
        top_k: greatest number of hits of each search.
        last: the topic that the bot has just answered; None where there is none.
        timed: measures retrieval and decision.
    """
    with timed("recall"):
        starts = search_segments(knowledge, question, top_k)
    return decide_on(starts, knowledge, question, top_k, last, timed)


def decide_on(
    starts: Sequence[Sequence[Segment]],
    knowledge: Knowledge,
    question: Question,
    top_k: int,
    last: Topic | None = None,
    timed: Timed = untimed,
) -> Result:
    """Decide on a message that has been searched (`search_segments`); other arguments as for `decide`."""
    with timed("decide"):
        segment, decision = knowledge.rule.decide_on_segments(starts)
    decided = {hit.topic_id for hit in decision.hits}
    others = [hit for hit in segment.hits if hit.topic_id not in decided]
    hits = (*decision.hits, *others)[: max(len(segment.hits), len(decision.hits))]
    result = Result(hits, decision, knowledge.faq.version)
    is_clear = decision.outcome is Outcome.ANSWER and not is_marked(question.text)
    if last is None or is_clear or decision.confidence >= CERTAIN or len(knowledge.segments(question)) > 1:
        return result
    with timed("recall"):
        near = search_in_context(knowledge, question, last, top_k)
    with timed("decide"):
        together = knowledge.asked(Question(in_context(question.text, last), question.among))
        with_context = knowledge.rule.decide(together, near)
    if with_context.outcome is Outcome.REJECT:
        return result
    return Result(tuple(near), with_context, knowledge.faq.version)


def search_segments(knowledge: Knowledge, question: Question, top_k: int) -> list[list[Segment]]:
    """Search a message, in segments where it is long, as the rule decides on it (`decide_on_segments`)."""
    return [
        [Segment(segment, knowledge.search(segment, top_k)) for segment in map(knowledge.asked, segments)]
        for segments in knowledge.segments(question)
    ]
