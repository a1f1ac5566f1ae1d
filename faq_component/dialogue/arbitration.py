"""The one rule that decides between an intent of a dialogue and the FAQ."""

from __future__ import annotations

from faq_component.types import CERTAIN, Decision, Outcome

FAQ_INTENT = "faq"
CLARIFY_INTENT = "faq_clarify"
PICK_INTENT = "faq_pick"
FEEDBACK_INTENT = "faq_feedback"
FAQ_INTENTS = frozenset({FAQ_INTENT, CLARIFY_INTENT, PICK_INTENT, FEEDBACK_INTENT})


def intent_stands(
    intent: str | None, probability: float, decision: Decision, *, in_dialogue: bool, threshold: float
) -> bool:
    """Whether the intent classifier's intent stands; if not, the FAQ's decision does.

    The classifier is trained on the dialogue's own intents and, as the other side, on examples of `faq`. A message
    that holds the very entity a form asks for is not a question to anybody: `FaqRecall` leaves it to the dialogue
    without asking here. For all others, in order:

    1. No intent, or one of the FAQ's: the FAQ decides.
    2. A post says just what was asked, and no dialogue is waiting for an answer: the FAQ decides.
    3. The intent's probability reaches `threshold`: the intent stands.
    4. A dialogue is waiting for an answer: the intent stands from half the threshold on, if the FAQ would not answer or
       is less sure than the classifier.
    5. Otherwise the FAQ decides.
    """
    if intent is None or intent in FAQ_INTENTS:
        return False
    if not in_dialogue and decision.outcome is Outcome.ANSWER and decision.confidence >= CERTAIN:
        return False
    if probability >= threshold:
        return True
    faq_is_surer = decision.outcome is Outcome.ANSWER and decision.confidence > probability
    return in_dialogue and probability >= threshold / 2 and not faq_is_surer
