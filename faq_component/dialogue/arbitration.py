"""The rule that decides between an intent of a dialogue and the FAQ."""

from __future__ import annotations

from faq_component.types import CERTAIN, Decision, Outcome

FAQ_INTENT = "faq"
CLARIFY_INTENT = "faq_clarify"
PICK_INTENT = "faq_pick"
FEEDBACK_INTENT = "faq_feedback"
SUGGEST_INTENT = "faq_suggest"  # the wish for questions to begin with
FAQ_INTENTS = frozenset({FAQ_INTENT, CLARIFY_INTENT, PICK_INTENT, FEEDBACK_INTENT, SUGGEST_INTENT})
# Of a handover to a person: the project's classifier recognises the first like any intent of the dialogue.
HANDOVER_INTENT = "faq_handover"
RESUME_INTENT = "faq_resume"
HANDOVER_COMMAND, RESUME_COMMAND = f"/{HANDOVER_INTENT}", f"/{RESUME_INTENT}"
SUGGEST_COMMAND = f"/{SUGGEST_INTENT}"


def is_readable(text: str, key: str) -> bool:
    """Whether a message, with its comparison key, has words that an intent can be read from.

    Signs and emoji have none, nor has a single Latin letter or digit. Commands (``/...``) that Rasa knows have their
    intent already.
    """
    if text.lstrip().startswith("/"):
        return False
    letters = [char for char in key if char.isalnum()]
    return len(letters) > 1 or not "".join(letters).isascii()


def intent_stands(
    intent: str | None, probability: float, decision: Decision, *, in_dialogue: bool, threshold: float
) -> bool:
    """Whether the classifier's intent stands; otherwise the FAQ's decision does.

    The classifier is trained on the dialogue's own intents and on examples of `faq`. A message with the entity that a
    form is asking for does not get here: `FaqRecall` leaves it to the dialogue. For all others, in order:

    1. No intent, or one of the FAQ's: the FAQ decides.
    2. A post matches the message exactly, and no dialogue is waiting for an answer: the FAQ decides.
    3. The intent's probability reaches `threshold`: the intent stands.
    4. A dialogue is waiting for an answer: the intent stands from half the threshold, if the FAQ would not answer or
       is less confident than the classifier.
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
