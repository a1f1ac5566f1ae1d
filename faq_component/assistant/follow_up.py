"""Follow-up questions, which leave out the topic of the answer before: "怎么退货", then "那运费呢？"."""

from __future__ import annotations

import re
from dataclasses import replace

from faq_component.knowledge.topics import Topic
from faq_component.retrieval.question import MAX_QUERY_CHARS, Question
from faq_component.retrieval.types import Retriever
from faq_component.types import Hit

_WIDE = 30  # topics of each of the two searches that are combined
_LEAD = re.compile(r"^(?:那么?|还有|另外|然后|如果是?|要是|万一|哦|嗯|好的?|对了)+[,，]?")
_MARK = re.compile(r"^(?:那|还有|如果|要是)|呢[?？]?$")
_TAIL = re.compile(r"(?:的话)?[呢呀啊吗嘛]*[?？]*$")


def is_marked(text: str) -> bool:
    """Whether a normalised message begins or ends like a follow-up."""
    return _MARK.search(text) is not None


def in_context(text: str, last: Topic) -> str:
    """Prefix a message with the title of the topic that was answered last: 退货流程运费."""
    asked = text[:MAX_QUERY_CHARS]
    return last.title + (_TAIL.sub("", _LEAD.sub("", asked)) or asked)


def search_in_context(retriever: Retriever, question: Question, last: Topic, top_k: int) -> list[Hit]:
    """Search a question that is unclear on its own; return at most `top_k` hits, best first.

    A topic's score is the mean of its scores for the question alone and for the question in context. The topic that was
    answered last is left out: it has been answered, and its title would dominate the search. The classifier gives what
    it would have had to the others.
    """
    among = replace(question.among, answered=last.id)
    alone, together = (
        {hit.topic_id: hit for hit in retriever.search(asked, _WIDE)}
        for asked in (question.within(among), Question(in_context(question.text, last), among))
    )
    hits = [
        Hit(topic_id, hit.post, (_score(alone, topic_id) + _score(together, topic_id)) / 2)
        for topic_id, hit in (together | alone).items()
    ]
    return sorted(hits, key=lambda hit: -hit.score)[:top_k]


def _score(hits: dict[str, Hit], topic_id: str) -> float:
    return hits[topic_id].score if topic_id in hits else 0.0
