"""The FAQ's actions; importing them is what makes `rasa run actions` find them."""

from faq_component.rasa.actions import (
    ActionFaqAnswer,
    ActionFaqClarify,
    ActionFaqFallback,
    ActionFaqFeedback,
    ActionFaqPick,
)

__all__ = ["ActionFaqAnswer", "ActionFaqClarify", "ActionFaqFallback", "ActionFaqFeedback", "ActionFaqPick"]
