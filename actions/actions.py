"""The FAQ's actions, imported so that `rasa run actions` finds them."""

from faq_component.rasa.actions import (
    ActionFaqAnswer,
    ActionFaqClarify,
    ActionFaqFallback,
    ActionFaqFeedback,
    ActionFaqPick,
)

__all__ = ["ActionFaqAnswer", "ActionFaqClarify", "ActionFaqFallback", "ActionFaqFeedback", "ActionFaqPick"]
