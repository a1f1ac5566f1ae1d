"""The FAQ's actions for the action server; a project's own `actions` package imports them from here.

The action server reads topics and responses. It loads no encoder, and nothing of Rasa but its SDK, in
whose server one request could stop all others, and whose log texts of users could steer a terminal.
"""

from faq_component.rasa import patches
from faq_component.rasa.actions.answers import ActionFaqAnswer, ActionFaqClarify, ActionFaqFallback, ActionFaqPick
from faq_component.rasa.actions.feedback import ActionFaqFeedback
from faq_component.rasa.actions.handover import ActionFaqHandover, ActionFaqResume
from faq_component.rasa.actions.suggest import ActionFaqSuggest

__all__ = [
    "ActionFaqAnswer",
    "ActionFaqClarify",
    "ActionFaqFallback",
    "ActionFaqFeedback",
    "ActionFaqHandover",
    "ActionFaqPick",
    "ActionFaqResume",
    "ActionFaqSuggest",
]

patches.refuse_misframed_requests()
patches.refuse_bad_action_calls()
patches.clean_logs()
