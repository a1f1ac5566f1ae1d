"""The way from a message to the decision on it."""

from __future__ import annotations

from collections.abc import Sequence

from faq_component.decision.rules import Rule
from faq_component.retrieval.types import Retriever
from faq_component.types import Decision, Hit, Part


def find(retriever: Retriever, rule: Rule, message: str, top_k: int) -> tuple[list[Hit], Decision]:
    """The hits of a message and the decision on it.

    The hits are those decided on, and after them the others of the part of the message that the decision is on, best
    first: of a long message that the rule divides (`Rule.divide`) they may be of several parts.
    """
    return decide_on(rule, search_parts(retriever, rule, message, top_k))


def search_parts(retriever: Retriever, rule: Rule, message: str, top_k: int) -> list[list[Part]]:
    """The first half of `find`: what `rule` is to decide on, with at most `top_k` hits for each part."""
    return [[Part(text, retriever.search(text, top_k)) for text in texts] for texts in rule.divide(message)]


def decide_on(rule: Rule, starts: Sequence[Sequence[Part]]) -> tuple[list[Hit], Decision]:
    """The second half of `find`, from what `search_parts` has found."""
    part, decision = rule.decide_on_parts(starts)
    decided = {hit.topic_id for hit in decision.hits}
    others = [hit for hit in part.hits if hit.topic_id not in decided]
    return [*decision.hits, *others][: max(len(part.hits), len(decision.hits))], decision
