"""What is asked after an answer, and leaves out what the answer was about: "怎么退货" and then "那运费呢？"."""

from __future__ import annotations

import re

from faq_component.assistant.find import find
from faq_component.decision.rules import Rule
from faq_component.knowledge.topics import Topic
from faq_component.retrieval.types import MAX_QUERY_CHARS, Retriever
from faq_component.types import CERTAIN, Decision, Hit, Outcome

_WIDE = 30  # topics of each search that are put together
_LEAD = re.compile(r"^(?:那么?|还有|另外|然后|如果是?|要是|万一|哦|嗯|好的?|对了)+[,，]?")
_is_marked = re.compile(r"^(?:那|还有|如果|要是)|呢[?？]?$").search
_TAIL = re.compile(r"(?:的话)?[呢呀啊吗嘛]*[?？]*$")


def in_context(query: str, last: Topic) -> str:
    """The question with the title of the topic that was answered last before it: 退货流程运费."""
    asked = query[:MAX_QUERY_CHARS]
    return last.title + (_TAIL.sub("", _LEAD.sub("", asked)) or asked)


def search_in_context(retriever: Retriever, query: str, last: Topic, top_k: int) -> list[Hit]:
    """At most `top_k` hits, best first, of a question that is unclear on its own.

    A topic's score is the mean of those for the question and for the question in context. The topic that was answered
    last is left out: it has been answered, and its title would find little else.
    """
    alone, together = (
        {hit.topic_id: hit for hit in retriever.search(text, _WIDE)} for text in (query, in_context(query, last))
    )
    hits = [
        Hit(topic_id, hit.post, (_score(alone, topic_id) + _score(together, topic_id)) / 2)
        for topic_id, hit in (together | alone).items()
        if topic_id != last.id
    ]
    return sorted(hits, key=lambda hit: -hit.score)[:top_k]


def decide_after(
    retriever: Retriever, rule: Rule, query: str, last: Topic | None, top_k: int
) -> tuple[list[Hit], Decision]:
    """The hits of a message and the decision on it: alone, or in the context of the last topic.

    The context counts where the message is unclear alone, or begins or ends as follow-ups do (那...呢), unless a post
    says just that, or it is a long one that is taken in parts. `last` is None where the bot has not just answered.
    """
    hits, decision = find(retriever, rule, query, top_k)
    is_clear = decision.outcome is Outcome.ANSWER and not _is_marked(query)
    if last is None or is_clear or decision.confidence >= CERTAIN or len(rule.divide(query)) > 1:
        return hits, decision
    hits_in_context = search_in_context(retriever, query, last, top_k)
    with_context = rule.decide(in_context(query, last), hits_in_context)
    return (hits, decision) if with_context.outcome is Outcome.REJECT else (hits_in_context, with_context)


def _score(hits: dict[str, Hit], topic_id: str) -> float:
    return hits[topic_id].score if topic_id in hits else 0.0
